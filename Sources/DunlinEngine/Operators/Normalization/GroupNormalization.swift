import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `GroupNormalization`: each group of channels of each image to zero mean and unit variance, then scaled and
/// shifted, by group before opset 21 and by channel from then on.
struct GroupNormalization: Operator {
    private let groupCount: Int
    private let epsilon: Float
    private let scalesGroups: Bool

    /// The most groups that an attribute may name.
    static let mostGroups = 1 << 24

    init(_ node: Node) throws(InferError) {
        guard let groups = try node.int("num_groups") else { throw node.missing("num_groups") }
        guard (1...Self.mostGroups).contains(groups) else {
            throw InferError(.invalidArgument, "attribute 'num_groups' is \(groups)")
        }
        groupCount = groups
        epsilon = try node.float("epsilon", default: 1e-5)
        scalesGroups = node.opset < 21
        let stash = try node.int("stash_type", default: 1)
        guard stash == 1 else { throw InferError(.unsupported, "attribute 'stash_type' is \(stash)") }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp16, .bf16])
        try inputs.require(0, rank: 2...TensorFact.mostAxes)
        if let channels = inputs[0].extents?[1], channels >= 0 {
            guard channels % groupCount == 0 else {
                throw InferError(.invalidArgument, "\(channels) channels in \(groupCount) groups")
            }
            for index in 1...2 {
                let expected = scalesGroups ? groupCount : channels
                guard let count = inputs[index].elementCount, count != expected else { continue }
                throw InferError(.invalidArgument, "input \(index) has \(count) elements, expected \(expected)")
            }
        }
        for index in 1...2 { try inputs.requireSameType(0, index) }
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let extents = inputs[0].shape.dimensions
        let channels = extents[1], spatial = extents[2...].reduce(1, *), perGroup = channels / groupCount
        let groups = extents[0] * groupCount
        let columns = perGroup * spatial
        let (epsilon, scalesGroups, groupCount) = (epsilon, scalesGroups, groupCount)
        return Kernel { buffers in
            guard groups > 0, columns > 0 else { return }
            let input = buffers.input(0, as: Float.self), output = buffers.output(0, as: Float.self)
            let scale = buffers.input(1, as: Float.self), shift = buffers.input(2, as: Float.self)
            for row in 0..<groups {
                let start = row * columns
                let values = UnsafeBufferPointer(rebasing: input[start..<start + columns])
                var sum = 0.0, squares = 0.0
                for value in values { sum += Double(value) }
                let mean = sum / Double(columns)
                for value in values { squares += (Double(value) - mean) * (Double(value) - mean) }
                let inverse = 1 / (squares / Double(columns) + Double(epsilon)).squareRoot()
                for member in 0..<perGroup {
                    let group = row % groupCount
                    let channel = scalesGroups ? group : group * perGroup + member
                    let factor = Float(inverse) * scale[channel]
                    let offset = shift[channel] - Float(mean) * factor
                    for index in start + member * spatial..<start + (member + 1) * spatial {
                        output[index] = input[index] * factor + offset
                    }
                }
            }
        }
    }
}
