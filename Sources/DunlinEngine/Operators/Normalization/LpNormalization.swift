import DunlinInference
import DunlinTensor

/// `LpNormalization`: divides each line along an axis by its sum of magnitudes or its length.
///
/// A line that is all zero stays so.
struct LpNormalization: Operator {
    private let axis: Int
    private let isSquared: Bool

    init(_ node: Node) throws(InferError) {
        axis = try node.int("axis", default: -1)
        let p = try node.int("p", default: 2)
        guard p == 1 || p == 2 else {
            throw InferError(.invalidArgument, "attribute 'p' is \(p), expected 1 or 2")
        }
        isSquared = p == 2
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        if let rank = inputs[0].rank { _ = try normalized(axis: axis, rank: rank) }
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let dataType = inputs[0].dataType
        if dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let extents = inputs[0].shape.dimensions
        let axis = try normalized(axis: axis, rank: extents.count)
        let lines = Lines(extent: extents[axis], inner: extents[(axis + 1)...].reduce(1, *), isSquared: isSquared)
        return dataType == .fp32
            ? Kernel { lines.divide($0.input(0, as: Float.self), into: $0.output(0)) }
            : Kernel { lines.divide($0.input(0, as: Double.self), into: $0.output(0)) }
    }

    /// Lines of `extent` elements that stand `inner` apart.
    private struct Lines: Sendable {
        let extent: Int
        let inner: Int
        let isSquared: Bool

        @inline(__always)
        func divide<Element: BinaryFloatingPoint & BitwiseCopyable>(
            _ input: UnsafeBufferPointer<Element>, into output: UnsafeMutableBufferPointer<Element>
        ) {
            guard !input.isEmpty else { return }
            for line in 0..<input.count / extent {
                let first = line / inner * extent * inner + line % inner
                var sum: Element = 0
                for index in 0..<extent {
                    let value = input[first + index * inner]
                    sum += isSquared ? value * value : abs(value)
                }
                let divisor = isSquared ? sum.squareRoot() : sum
                for index in 0..<extent {
                    let place = first + index * inner
                    output[place] = divisor == 0 ? 0 : input[place] / divisor
                }
            }
        }
    }
}
