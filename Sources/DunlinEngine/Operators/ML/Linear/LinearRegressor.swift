import DunlinInference
import DunlinTensor

/// ONNX-ML `LinearRegressor`: linear scores, `[rows, targets]`.
struct LinearRegressor: Operator {
    private var linear: LinearScores
    private let transform: PostTransform

    init(_ node: Node) throws(InferError) {
        let targetCount = try node.int("targets", default: 1)
        guard let coefficients = try node.floats("coefficients") else { throw node.missing("coefficients") }
        transform = try PostTransform(node)
        linear = try LinearScores(
            coefficients, intercepts: try node.floats("intercepts") ?? [], targetCount: targetCount)
    }

    var memoryByteCount: Int { linear.memoryByteCount }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        let (rows, columns) = try RowMatrix.extents(inputs)
        try linear.check(columns: columns)
        return [TensorFact(.fp32, [rows, linear.targetCount])]
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        var prepared = self
        prepared.linear = linear.packed
        return prepared
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let (rows, columns) = try RowMatrix.extents(inputs)
        let dataType = inputs[0].dataType
        let (linear, transform) = (linear.packed, transform)
        let scratchByteCount = RowMatrix.scratchByteCount(dataType, as: .fp32, rows: rows, columns: columns)
        return Kernel(scratchByteCount: scratchByteCount) { buffers in
            guard rows > 0 else { return }
            let input = RowMatrix(buffers.bytes(ofInput: 0), dataType, rows: rows, columns: columns)
            let elements = input.floats(buffers.scratch.baseAddress)
            let output = buffers.output(0, as: Float.self).baseAddress!
            linear.score(rows: elements, count: rows, into: output, scoreStride: linear.targetCount)
            // A single target knows one transform only, as in ONNX Runtime.
            if linear.targetCount > 1 || transform == .probit {
                transform.apply(
                    UnsafeMutableBufferPointer(start: output, count: rows * linear.targetCount),
                    columns: linear.targetCount)
            }
        }
    }
}
