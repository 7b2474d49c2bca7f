import DunlinInference
import DunlinTensor

/// ONNX-ML `SVMRegressor`: the weighted kernel values of a row with all support vectors, `[rows, 1]`.
struct SVMRegressor: Operator {
    private let vectors: SupportVectors
    private let coefficients: [Float]
    private let rho: Float
    private let isLinear: Bool
    /// Whether the sign is given out instead of the sum.
    private let isOneClass: Bool

    init(_ node: Node) throws(InferError) {
        coefficients = try node.floats("coefficients") ?? []
        guard let rho = try node.floats("rho")?.first else { throw node.missing("rho") }
        self.rho = rho
        isOneClass = try node.bool("one_class", default: false)
        let transform = try PostTransform(node)
        guard transform == .none else {
            throw InferError(.unsupported, "'post_transform' is \(transform.rawValue); supported: NONE")
        }
        let count = try node.int("n_supports", default: 0)
        guard count >= 0, count <= SVMClassifier.mostVectors else {
            throw InferError(.invalidArgument, "attribute 'n_supports' is \(count)")
        }
        isLinear = count == 0
        let support = try node.floats("support_vectors") ?? []
        vectors = try SupportVectors(
            node, isLinear ? coefficients : support, count: isLinear ? 1 : count, isLinear: isLinear)
        guard isLinear || coefficients.count == count else {
            throw TreeList.length("coefficients", coefficients.count, count)
        }
    }

    var memoryByteCount: Int { vectors.memoryByteCount + coefficients.count * 4 }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        let (rows, columns) = try RowMatrix.extents(inputs)
        try vectors.check(columns: columns)
        return [TensorFact(.fp32, [rows, 1])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let (rows, columns) = try RowMatrix.extents(inputs)
        let dataType = inputs[0].dataType
        let own = (vectors.count * 4 + 63) / 64 * 64
        let scratchByteCount = RowMatrix.scratchByteCount(dataType, as: .fp32, rows: rows, columns: columns) + own
        return Kernel(scratchByteCount: scratchByteCount) { buffers in
            guard rows > 0 else { return }
            let kernels = buffers.scratch.baseAddress!.assumingMemoryBound(to: Float.self)
            let input = RowMatrix(buffers.bytes(ofInput: 0), dataType, rows: rows, columns: columns)
            let elements = input.floats(buffers.scratch.baseAddress! + own)
            let output = buffers.output(0, as: Float.self)
            for row in 0..<rows {
                vectors.compare(elements + row * columns, into: kernels)
                var sum: Float = 0
                if isLinear {
                    sum = kernels[0]
                } else {
                    for index in 0..<vectors.count { sum += coefficients[index] * kernels[index] }
                }
                sum += rho
                output[row] = isOneClass ? (sum > 0 ? 1 : -1) : sum
            }
        }
    }
}
