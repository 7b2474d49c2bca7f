import DunlinInference
import DunlinTensor

/// ONNX-ML `Normalizer`: divides each row by its largest element, its sum of magnitudes or its length.
///
/// A row whose divisor is zero stays as it is.
struct Normalizer: Operator {
    private enum Norm: String, Sendable {
        case max = "MAX", l1 = "L1", l2 = "L2"
    }

    private let norm: Norm

    init(_ node: Node) throws(InferError) {
        let name = try node.string("norm", default: "MAX")
        guard let norm = Norm(rawValue: name) else {
            throw InferError(.invalidArgument, "attribute 'norm' is '\(name)'; expected MAX, L1 or L2")
        }
        self.norm = norm
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        _ = try RowMatrix.extents(inputs)
        var output = TensorFact(.fp32, inputs[0].extents)
        output.labels = inputs[0].labels
        return [output]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let (rows, columns) = try RowMatrix.extents(inputs)
        let dataType = inputs[0].dataType
        let norm = norm
        let scratchByteCount = RowMatrix.scratchByteCount(dataType, as: .fp32, rows: rows, columns: columns)
        return Kernel(scratchByteCount: scratchByteCount) { buffers in
            guard rows > 0, columns > 0 else { return }
            let input = RowMatrix(buffers.bytes(ofInput: 0), dataType, rows: rows, columns: columns)
            let elements = input.floats(buffers.scratch.baseAddress)
            let output = buffers.output(0, as: Float.self).baseAddress!
            for row in 0..<rows {
                Self.normalize(norm, elements + row * columns, output + row * columns, columns)
            }
        }
    }

    private static func normalize(
        _ norm: Norm, _ row: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ columns: Int
    ) {
        var divisor: Float = norm == .max ? -.greatestFiniteMagnitude : 0
        switch norm {
        case .max: for column in 0..<columns where row[column] > divisor { divisor = row[column] }
        case .l1: for column in 0..<columns { divisor += abs(row[column]) }
        case .l2: for column in 0..<columns { divisor += row[column] * row[column] }
        }
        if divisor == 0 {
            output.update(from: row, count: columns)
        } else if norm == .l2 {
            for column in 0..<columns {
                let length = (row[column] * row[column] / divisor).squareRoot()
                output[column] = row[column] < 0 ? -length : length
            }
        } else {
            for column in 0..<columns { output[column] = row[column] / divisor }
        }
    }
}
