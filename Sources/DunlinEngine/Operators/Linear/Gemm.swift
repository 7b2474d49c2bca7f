import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `Gemm`: `alpha · op(A) · op(B) + beta · C`. With constant B and C it is one call of the packed kernel, which
/// also applies an activation that a pass moved here.
struct Gemm: Operator {
    private let alpha: Float
    private let beta: Float
    private let transposesA: Bool
    let transposesB: Bool
    var activation = UnaryFunction.identity
    private var packed: PackedMatrix?
    private var bias: [Float]?

    init(_ node: Node) throws(InferError) {
        alpha = try node.float("alpha", default: 1)
        beta = try node.float("beta", default: 1)
        transposesA = try node.bool("transA", default: false)
        transposesB = try node.bool("transB", default: false)
        node.ignore("broadcast")
    }

    /// Whether it is a plain product of A with C added, and no pass changed it.
    var isPlain: Bool { alpha == 1 && beta == 1 && !transposesA && activation == .identity }

    /// A·B + C, which a pass makes of `MatMul` and `Add`.
    init() { (alpha, beta, transposesA, transposesB) = (1, 1, false, false) }

    /// Whether a row of the result needs one row of A alone.
    func keepsRows(_ inputs: InputFacts) -> Bool {
        guard !transposesA, let addend = inputs.optional(2) else { return !transposesA }
        return addend.extents.map { $0.count < 2 || $0[0] == 1 } ?? false
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        try inputs.requireSameType(0, 1)
        if inputs.optional(2) != nil { try inputs.requireSameType(0, 2) }
        try inputs.require(0, rank: 2...2)
        try inputs.require(1, rank: 2...2)
        let a = inputs[0].extents ?? [-1, -1]
        let b = inputs[1].extents ?? [-1, -1]
        let (m, k) = transposesA ? (a[1], a[0]) : (a[0], a[1])
        let (rows, n) = transposesB ? (b[1], b[0]) : (b[0], b[1])
        guard k < 0 || rows < 0 || k == rows else {
            throw InferError(.invalidArgument, "A has rows of \(k) elements, B has \(rows) rows")
        }
        if let c = inputs.optional(2)?.extents {
            let result = try broadcast(c, [m, n]) ?? []
            guard result.count == 2, zip(result, [m, n]).allSatisfy({ $0 < 0 || $1 < 0 || $0 == $1 }) else {
                throw InferError(.invalidArgument, "C has shape \(c), it must broadcast to \([m, n])")
            }
        }
        return [TensorFact(inputs[0].dataType, [m, n])]
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        guard inputs[1].dataType == .fp32, alpha == 1, !transposesA, let weights = inputs[1].constant else {
            return self
        }
        let rows = transposesB ? weights.shape[1] : weights.shape[0]
        let columns = transposesB ? weights.shape[0] : weights.shape[1]
        var prepared = self
        if let c = inputs.optional(2) {
            guard let constant = c.constant, constant.elementCount == 1 || constant.shape.dimensions.last == columns,
                constant.shape.rank < 2 || constant.shape[0] == 1
            else { return self }
            let values = constant.elements(as: Float.self)
            prepared.bias = (0..<columns).map { beta * values[values.count == 1 ? 0 : $0] }
        }
        prepared.packed = weights.withElements(as: Float.self) {
            PackedMatrix(rows: rows, columns: columns, elements: $0, isTransposed: transposesB, bf16: inputs.bf16)
        }
        return prepared
    }

    var packedInputs: [Int] { packed == nil ? [] : [1, 2] }

    var memoryByteCount: Int { (packed?.byteCount ?? 0) + (bias?.count ?? 0) * 4 }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let (m, n) = (outputs[0].shape[0], outputs[0].shape[1])
        if let packed, inputs[0].dataType == .fp32 {
            let activation = activation
            let multiplyAdds = m * packed.rows * packed.columns
            guard let bias else {
                return Kernel(variant: packed.variant, multiplyAdds: multiplyAdds) {
                    gemm(
                        m: m, a: $0.input(0), b: packed, activation: activation, c: $0.output(0), threads: $0.threads)
                }
            }
            return Kernel(variant: packed.variant, multiplyAdds: multiplyAdds) { buffers in
                bias.withUnsafeBufferPointer {
                    gemm(
                        m: m, a: buffers.input(0), b: packed, bias: $0, activation: activation, c: buffers.output(0),
                        threads: buffers.threads)
                }
            }
        }
        let k = inputs[0].shape[transposesA ? 0 : 1]
        let copy = inputs.optional(2)?.extents.map { StridedCopy(broadcasting: $0, to: [m, n]) }
        let scale = copy == nil ? 0 : beta
        let (alpha, transposesA, transposesB, activation) = (alpha, transposesA, transposesB, activation)
        if inputs[0].dataType == .fp64 {
            return Kernel { buffers in
                copy?.run(buffers.bytes(ofInput: 2), into: buffers.bytes(ofOutput: 0), elementByteCount: 8)
                gemm(
                    m: m, n: n, k: k, alpha: Double(alpha), a: buffers.input(0, as: Double.self),
                    isTransposedA: transposesA, b: buffers.input(1), isTransposedB: transposesB, beta: Double(scale),
                    c: buffers.output(0))
            }
        }
        return Kernel { buffers in
            copy?.run(buffers.bytes(ofInput: 2), into: buffers.bytes(ofOutput: 0), elementByteCount: 4)
            let output = buffers.output(0, as: Float.self)
            gemm(
                m: m, n: n, k: k, alpha: alpha, a: buffers.input(0, as: Float.self), isTransposedA: transposesA,
                b: buffers.input(1), isTransposedB: transposesB, beta: scale, c: output)
            if activation != .identity { apply(activation, to: UnsafeBufferPointer(output), into: output) }
        }
    }
}
