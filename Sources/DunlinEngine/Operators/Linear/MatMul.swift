import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `MatMul`: numpy's product of stacks of matrices.
struct MatMul: Operator {
    /// The right side, packed at load when it is one constant matrix.
    private var packed: PackedMatrix?

    init(_ node: Node) {}

    init() {}

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats + [.int32, .int64, .uint32, .uint64])
        try inputs.requireSameType(0, 1)
        return [TensorFact(inputs[0].dataType, try MatMulShape.output(inputs[0].extents, inputs[1].extents))]
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        guard inputs[1].dataType == .fp32, let weights = inputs[1].constant, weights.shape.rank == 2 else {
            return self
        }
        var prepared = self
        prepared.packed = weights.withElements(as: Float.self) {
            PackedMatrix(rows: weights.shape[0], columns: weights.shape[1], elements: $0, bf16: inputs.bf16)
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
        let shape = MatMulShape(left, right)
        let multiplyAdds = (outputs[0].elementCount ?? 0) * shape.k
        if let packed, inputs[0].dataType == .fp32 {
            let rows = left.dropLast().reduce(1, *)
            return Kernel(variant: packed.variant, multiplyAdds: rows * packed.rows * packed.columns) {
                gemm(m: rows, a: $0.input(0), b: packed, c: $0.output(0), threads: $0.threads)
            }
        }
        switch inputs[0].dataType {
        case .fp32:
            return Kernel(multiplyAdds: multiplyAdds) { buffers in
                shape.forEachMatrix(buffers, Float.self) {
                    gemm(m: shape.m, n: shape.n, k: shape.k, a: $0, b: $1, c: $2)
                }
            }
        case .fp64:
            return Kernel(multiplyAdds: multiplyAdds) { buffers in
                shape.forEachMatrix(buffers, Double.self) {
                    gemm(m: shape.m, n: shape.n, k: shape.k, a: $0, b: $1, c: $2)
                }
            }
        default: return try Integers(shape: shape).kernel(for: inputs[0].dataType)
        }
    }

    private struct Integers: IntegerKernels {
        let shape: MatMulShape

        func make<Element: FixedWidthInteger & TensorElement>(_ type: Element.Type) throws(InferError) -> Kernel {
            let shape = shape
            return Kernel { buffers in
                shape.forEachMatrix(buffers, type) { a, b, c in
                    for i in 0..<shape.m {
                        for j in 0..<shape.n {
                            var sum: Element = 0
                            for p in 0..<shape.k { sum &+= a[i * shape.k + p] &* b[p * shape.n + j] }
                            c[i * shape.n + j] = sum
                        }
                    }
                }
            }
        }
    }
}

/// The stacks of matrices that a `MatMul` multiplies.
struct MatMulShape: Sendable {
    let m: Int
    let n: Int
    let k: Int
    private let batches: BroadcastLoop

    init(_ left: [Int], _ right: [Int]) {
        let a = left.count == 1 ? [1] + left : left
        let b = right.count == 1 ? right + [1] : right
        m = a[a.count - 2]
        k = a[a.count - 1]
        n = b[b.count - 1]
        let stackA = Array(a.dropLast(2))
        let stackB = Array(b.dropLast(2))
        // `infer` accepted the shapes, so they broadcast.
        batches = BroadcastLoop(stackA, stackB, output: (try? broadcast(stackA, stackB)) ?? [])
    }

    func forEachMatrix<Element: BitwiseCopyable>(
        _ buffers: Buffers, _ type: Element.Type,
        _ body: (UnsafeBufferPointer<Element>, UnsafeBufferPointer<Element>, UnsafeMutableBufferPointer<Element>) ->
            Void
    ) {
        let left = buffers.input(0, as: type)
        let right = buffers.input(1, as: type)
        let output = buffers.output(0, as: type)
        guard m > 0 && n > 0 else { return }
        try! batches.forEachRow { (l, r, o) throws(InferError) in
            for i in 0..<batches.rowCount {
                let a = (l + i * batches.leftStep) * m * k
                let b = (r + i * batches.rightStep) * k * n
                let c = (o + i) * m * n
                body(
                    UnsafeBufferPointer(rebasing: left[a..<a + m * k]),
                    UnsafeBufferPointer(rebasing: right[b..<b + k * n]),
                    UnsafeMutableBufferPointer(rebasing: output[c..<c + m * n]))
            }
        }
    }

    /// The product's shape; vectors count as a row on the left and a column on the right.
    static func output(_ left: [Int]?, _ right: [Int]?) throws(InferError) -> [Int]? {
        guard let left, let right else { return nil }
        guard let k = left.last, !right.isEmpty else { throw InferError(.invalidArgument, "a scalar has no rows") }
        let rows = right.count == 1 ? right[0] : right[right.count - 2]
        guard k < 0 || rows < 0 || k == rows else {
            throw InferError(.invalidArgument, "the left side has rows of \(k) elements, the right side \(rows) rows")
        }
        var result = try broadcast(Array(left.dropLast(2)), Array(right.dropLast(2))) ?? []
        if left.count > 1 { result.append(left[left.count - 2]) }
        if right.count > 1 { result.append(right[right.count - 1]) }
        return result
    }
}
