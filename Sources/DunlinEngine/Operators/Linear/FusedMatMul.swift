import DunlinInference
import DunlinKernels
import DunlinTensor

/// `com.microsoft.FusedMatMul`: alpha · op(A)·op(B) of stacks of matrices, where op may transpose the last two axes; also
/// what a pass makes of `MatMul` and `Transpose`.
struct FusedMatMul: Operator {
    private let alpha: Float
    private let transposesLeft: Bool
    private let transposesRight: Bool
    /// The right side where it is one constant matrix and the model asks for BF16.
    private var packed: PackedMatrix?

    init(_ node: Node) throws(InferError) {
        alpha = try node.float("alpha", default: 1)
        transposesLeft = try node.bool("transA", default: false)
        transposesRight = try node.bool("transB", default: false)
        for key in ["transBatchA", "transBatchB"] where try node.bool(key, default: false) {
            throw InferError(.unsupported, "attribute '\(key)' is 1")
        }
    }

    init(transposesLeft: Bool, transposesRight: Bool) {
        alpha = 1
        self.transposesLeft = transposesLeft
        self.transposesRight = transposesRight
    }

    /// Extents after `op`; a vector has nothing to transpose.
    private func turned(_ extents: [Int], _ isTurned: Bool) -> [Int] {
        guard isTurned, extents.count >= 2 else { return extents }
        return extents.dropLast(2) + [extents[extents.count - 1], extents[extents.count - 2]]
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        try inputs.requireSameType(0, 1)
        return [
            TensorFact(
                inputs[0].dataType,
                try MatMulShape.output(
                    inputs[0].extents.map { turned($0, transposesLeft) },
                    inputs[1].extents.map { turned($0, transposesRight) }))
        ]
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        guard let bf16 = inputs.bf16, inputs[1].dataType == .fp32, let weights = inputs[1].constant,
            weights.shape.rank == 2, !transposesLeft
        else { return self }
        let turned = turned(weights.shape.dimensions, transposesRight)
        var prepared = self
        prepared.packed = weights.withElements(as: Float.self) {
            PackedMatrix(rows: turned[0], columns: turned[1], elements: $0, isTransposed: transposesRight, bf16: bf16)
        }
        return prepared
    }

    var packedInputs: [Int] { packed == nil ? [] : [1] }

    var memoryByteCount: Int { packed?.byteCount ?? 0 }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let left = inputs[0].extents, let right = inputs[1].extents else {
            preconditionFailure("bound with open shapes")
        }
        let shape = MatMulShape(turned(left, transposesLeft), turned(right, transposesRight))
        let isTransposedA = transposesLeft && left.count >= 2, isTransposedB = transposesRight && right.count >= 2
        let alpha = alpha
        if let packed {
            let rows = left.dropLast().reduce(1, *)
            return Kernel(variant: packed.variant, multiplyAdds: rows * packed.rows * packed.columns) { buffers in
                let output = buffers.output(0, as: Float.self)
                gemm(m: rows, a: buffers.input(0), b: packed, c: output, threads: buffers.threads)
                guard alpha != 1 else { return }
                withUnsafePointer(to: alpha) {
                    apply(
                        .multiply, UnsafeBufferPointer(output), UnsafeBufferPointer(start: $0, count: 1), into: output)
                }
            }
        }
        if inputs[0].dataType == .fp64 {
            return Kernel { buffers in
                shape.forEachMatrix(buffers, Double.self) {
                    gemm(
                        m: shape.m, n: shape.n, k: shape.k, alpha: Double(alpha), a: $0, isTransposedA: isTransposedA,
                        b: $1, isTransposedB: isTransposedB, c: $2)
                }
            }
        }
        return Kernel { buffers in
            shape.forEachMatrix(buffers, Float.self) {
                gemm(
                    m: shape.m, n: shape.n, k: shape.k, alpha: alpha, a: $0, isTransposedA: isTransposedA, b: $1,
                    isTransposedB: isTransposedB, c: $2)
            }
        }
    }
}
