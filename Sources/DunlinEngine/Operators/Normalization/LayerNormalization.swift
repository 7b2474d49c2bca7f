import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `LayerNormalization`: over all axes from `axis` on.
struct LayerNormalization: Operator {
    private let axis: Int
    let epsilon: Float
    private let wantsStatistics: Bool

    init(_ node: Node) throws(InferError) {
        axis = try node.int("axis", default: -1)
        epsilon = try node.float("epsilon", default: 1e-5)
        let stash = try node.int("stash_type", default: 1)
        guard stash == 1 else { throw InferError(.unsupported, "attribute 'stash_type' is \(stash)") }
        wantsStatistics = node.givenOutputs.count > 1
    }

    /// Over the last axis.
    init(epsilon: Float) { (axis, self.epsilon, wantsStatistics) = (-1, epsilon, false) }

    /// Whether rows of the last axis are normalized and nothing but the result is wanted.
    var isPlain: Bool { axis == -1 && !wantsStatistics }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp16, .bf16])
        for index in 1...2 where inputs.optional(index) != nil { try inputs.requireSameType(0, index) }
        guard let extents = inputs[0].extents else {
            return (0..<(wantsStatistics ? 3 : 1)).map { _ in TensorFact(inputs[0].dataType, nil) }
        }
        let axis = try normalized(axis: axis, rank: extents.count)
        let columns = extents[axis...].contains(-1) ? nil : extents[axis...].reduce(1, *)
        for index in 1...2 {
            guard let columns, let count = inputs.optional(index)?.elementCount else { continue }
            guard count == columns else {
                throw InferError(.invalidArgument, "input \(index) has \(count) elements, expected \(columns)")
            }
        }
        let statistics = extents[..<axis] + [Int](repeating: 1, count: extents.count - axis)
        let output = TensorFact(inputs[0].dataType, extents)
        return wantsStatistics
            ? [output, TensorFact(.fp32, Array(statistics)), TensorFact(.fp32, Array(statistics))] : [output]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let epsilon = epsilon
        let hasBias = inputs.optional(2) != nil
        let wantsStatistics = wantsStatistics
        return Kernel { buffers in
            let means = wantsStatistics ? buffers.output(1, as: Float.self) : nil
            let deviations = wantsStatistics ? buffers.output(2, as: Float.self) : nil
            layerNormalization(
                buffers.input(0), scale: buffers.input(1), bias: hasBias ? buffers.input(2) : nil, epsilon: epsilon,
                into: buffers.output(0), means: means.flatMap { $0.isEmpty ? nil : $0 },
                inverseDeviations: deviations.flatMap { $0.isEmpty ? nil : $0 })
        }
    }
}
