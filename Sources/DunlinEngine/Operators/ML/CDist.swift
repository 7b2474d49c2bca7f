import DunlinInference
import DunlinTensor

/// `com.microsoft.CDist`: the distance of each row of A from each row of B, `[rows of A, rows of B]`.
///
/// Differences are squared and added, which keeps the digits of near rows that a matrix product would lose.
struct CDist: Operator {
    private let isSquared: Bool

    init(_ node: Node) throws(InferError) {
        switch try node.string("metric", default: "sqeuclidean") {
        case "sqeuclidean": isSquared = true
        case "euclidean": isSquared = false
        case let name:
            throw InferError(
                .unsupported, "attribute 'metric' is '\(name)'; supported: euclidean, sqeuclidean")
        }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp64])
        try inputs.requireSameType(0, 1)
        try inputs.require(0, rank: 2...2)
        try inputs.require(1, rank: 2...2)
        let (a, b) = (inputs[0].extents ?? [-1, -1], inputs[1].extents ?? [-1, -1])
        guard a[1] < 0 || b[1] < 0 || a[1] == b[1] else {
            throw InferError(.invalidArgument, "A has rows of \(a[1]) elements, B of \(b[1])")
        }
        return [TensorFact(inputs[0].dataType, [a[0], b[0]])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let columns = inputs[0].shape[1]
        return inputs[0].dataType == .fp64
            ? kernel(Double.self, outputs[0].shape, columns) : kernel(Float.self, outputs[0].shape, columns)
    }

    private func kernel<Scalar: TreeScalar>(_ type: Scalar.Type, _ shape: Shape, _ columns: Int) -> Kernel {
        let (rows, others) = (shape[0], shape[1])
        let isSquared = isSquared
        return Kernel { buffers in
            let a = buffers.input(0, as: Scalar.self), b = buffers.input(1, as: Scalar.self)
            let output = buffers.output(0, as: Scalar.self)
            for row in 0..<rows {
                for other in 0..<others {
                    let sum = Self.squared(a, row * columns, b, other * columns, columns)
                    output[row * others + other] = isSquared ? sum : sum.squareRoot()
                }
            }
        }
    }

    /// Eight sums side by side, whatever the rows are.
    @inline(__always)
    private static func squared<Scalar: TreeScalar>(
        _ a: UnsafeBufferPointer<Scalar>, _ first: Int, _ b: UnsafeBufferPointer<Scalar>, _ second: Int, _ count: Int
    ) -> Scalar {
        var lanes = SIMD8<Scalar>.zero
        var index = 0
        while index + 8 <= count {
            let difference =
                UnsafeRawPointer(a.baseAddress! + first + index).loadUnaligned(as: SIMD8<Scalar>.self)
                - UnsafeRawPointer(b.baseAddress! + second + index).loadUnaligned(as: SIMD8<Scalar>.self)
            lanes += difference * difference
            index += 8
        }
        var sum = lanes.sum()
        while index < count {
            let difference = a[first + index] - b[second + index]
            sum += difference * difference
            index += 1
        }
        return sum
    }
}
