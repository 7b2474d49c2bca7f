import DunlinInference
import DunlinTensor

/// ONNX-ML `Scaler`: `(x - offset) * scale`, each given once or for every column.
struct Scaler: Operator {
    private let offset: [Float]
    private let scale: [Float]

    init(_ node: Node) throws(InferError) {
        offset = try node.floats("offset") ?? [0]
        scale = try node.floats("scale") ?? [1]
        for (key, values) in [("offset", offset), ("scale", scale)] where values.isEmpty {
            throw InferError(.invalidArgument, "attribute '\(key)' is empty")
        }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        let (_, columns) = try RowMatrix.extents(inputs)
        for (key, values) in [("offset", offset), ("scale", scale)] {
            guard columns < 0 || values.count == 1 || values.count == columns else {
                throw InferError(
                    .invalidArgument, "attribute '\(key)' has \(values.count) elements for \(columns) columns")
            }
        }
        return [TensorFact(.fp32, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let (rows, columns) = try RowMatrix.extents(inputs)
        let dataType = inputs[0].dataType
        let offset = offset.count == columns ? offset : [Float](repeating: offset[0], count: columns)
        let scale = scale.count == columns ? scale : [Float](repeating: scale[0], count: columns)
        let scratchByteCount =
            dataType == .fp64 ? 0 : RowMatrix.scratchByteCount(dataType, as: .fp32, rows: rows, columns: columns)
        return Kernel(scratchByteCount: scratchByteCount) { buffers in
            guard rows > 0, columns > 0 else { return }
            let input = RowMatrix(buffers.bytes(ofInput: 0), dataType, rows: rows, columns: columns)
            let output = buffers.output(0, as: Float.self).baseAddress!
            if dataType == .fp64 {
                let elements = input.doubles(nil)
                for index in 0..<rows * columns {
                    let column = index % columns
                    output[index] = Float((elements[index] - Double(offset[column])) * Double(scale[column]))
                }
                return
            }
            let elements = input.floats(buffers.scratch.baseAddress)
            for row in 0..<rows {
                let (source, target) = (elements + row * columns, output + row * columns)
                for column in 0..<columns { target[column] = (source[column] - offset[column]) * scale[column] }
            }
        }
    }
}
