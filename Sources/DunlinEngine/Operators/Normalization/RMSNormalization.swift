import DunlinInference
import DunlinKernels
import DunlinTensor

/// `RMSNormalization`, and `SimplifiedLayerNormalization` as ONNX Runtime's tools write it: over all axes from `axis`
/// on.
struct RMSNormalization: Operator {
    private let axis: Int
    let epsilon: Float

    init(_ node: Node) throws(InferError) {
        axis = try node.int("axis", default: -1)
        epsilon = try node.float("epsilon", default: 1e-5)
        let stash = try node.int("stash_type", default: 1)
        guard stash == 1 else { throw InferError(.unsupported, "attribute 'stash_type' is \(stash)") }
        guard node.givenOutputs.dropFirst().allSatisfy({ !$0 }) else {
            throw InferError(.unsupported, "the outputs of training are not supported")
        }
    }

    /// Over the last axis.
    init(epsilon: Float) { (axis, self.epsilon) = (-1, epsilon) }

    /// Whether rows of the last axis are normalized.
    var isPlain: Bool { axis == -1 }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp16, .bf16])
        try inputs.requireSameType(0, 1)
        guard let extents = inputs[0].extents else { return [TensorFact(inputs[0].dataType, nil)] }
        let axis = try normalized(axis: axis, rank: extents.count)
        let rows = extents[axis...]
        if !rows.contains(-1), let count = inputs[1].elementCount, count != rows.reduce(1, *) {
            throw InferError(
                .unsupported,
                "the scale has \(count) elements, supported are as many as a row has: \(rows.reduce(1, *))")
        }
        return [TensorFact(inputs[0].dataType, extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let epsilon = epsilon
        return Kernel { buffers in
            rmsNormalization(buffers.input(0), scale: buffers.input(1), epsilon: epsilon, into: buffers.output(0))
        }
    }
}
