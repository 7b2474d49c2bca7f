import DunlinInference
import DunlinTensor

/// An operator of two inputs as opset 6 and before define it: only input 1 is broadcast, to the shape of input 0, and
/// its axes may begin at attribute `axis` instead of ending at the last one.
struct LegacyBroadcast: Operator {
    private let modern: any Operator
    private let broadcasts: Bool
    private let axis: Int?

    init(_ node: Node, _ modern: any Operator) throws(InferError) {
        self.modern = modern
        broadcasts = try node.bool("broadcast", default: false)
        axis = try node.int("axis")
        node.ignore("consumed_inputs")
    }

    /// `PRelu`, whose slopes belong to the channels.
    init(prelu node: Node, _ modern: any Operator) {
        self.modern = modern
        (broadcasts, axis) = (true, 1)
        node.ignore("consumed_inputs")
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        guard let left = inputs[0].extents, inputs[1].extents != nil else {
            return [TensorFact(try modern.infer(inputs)[0].dataType, inputs[0].extents)]
        }
        let result = try modern.infer(try aligned(inputs))
        guard result[0].extents?.count == left.count,
            zip(result[0].extents ?? [], left).allSatisfy({ $0 == $1 || $1 < 0 })
        else {
            throw InferError(
                .invalidArgument, "input 1 \(inputs[1]) is not broadcast to input 0 \(inputs[0]) at axis \(axis ?? -1)")
        }
        return result
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        try modern.bind(try aligned(inputs), outputs)
    }

    /// The inputs with axes of one element behind those of input 1, so that numpy's rules bring them to their place.
    private func aligned(_ inputs: InputFacts) throws(InferError) -> InputFacts {
        guard let left = inputs[0].extents, let right = inputs[1].extents else { return inputs }
        guard broadcasts else {
            guard left.count == right.count, zip(left, right).allSatisfy({ $0 == $1 || min($0, $1) < 0 }) else {
                throw InferError(.invalidArgument, "the inputs differ in shape: \(inputs[0]), \(inputs[1])")
            }
            return inputs
        }
        guard let axis, right.contains(where: { $0 != 1 }) else { return inputs }
        let first = try normalized(axis: axis, rank: left.count)
        guard first + right.count <= left.count else {
            throw InferError(.invalidArgument, "input 1 \(inputs[1]) does not fit input 0 \(inputs[0]) at axis \(axis)")
        }
        let extents = right + [Int](repeating: 1, count: left.count - first - right.count)
        var fact = TensorFact(inputs[1].dataType, extents)
        fact.constant = inputs[1].constant?.reshaped(Shape(extents))
        return InputFacts([inputs[0], fact])
    }
}
