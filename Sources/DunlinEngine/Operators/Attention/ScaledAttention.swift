import DunlinInference
import DunlinKernels
import DunlinTensor

/// softmax(scale · Q·Kᵀ + masks) · V of many heads in one kernel; only passes make it.
///
/// Inputs: Q, K, V, then a tensor for each of `masks`. Q, K and V have 3 or 4 axes in any order, so that what
/// transposed them is not needed.
struct ScaledAttention: Operator {
    /// What a mask does to the scores.
    enum Mask: Sendable {
        /// It is added.
        case added
        /// Where a BOOL is `when`, the score becomes `fill`.
        case replacing(fill: Float, when: Bool)
    }

    /// Tensor axes of Q, K and V in the order batch, head (with 4 axes), row, column.
    var orders: [[Int]]
    /// The same axes' numbers in the order in which the output has them.
    var outputOrder: [Int]
    var scale: Float
    var masks: [Mask]
    /// Whether a query whose weights are NaN gives zeros: one all of whose keys are masked, or that has NaN in its scores.
    var guardsNaN = false

    /// The most masks the kernel applies.
    static let mostMasks = 2

    private var rank: Int { outputOrder.count }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp16, .bf16])
        let extents = try Extents(self, inputs)
        let logical = rank == 4 ? extents.result : [extents.result[0]] + extents.result[2...]
        return [TensorFact(inputs[0].dataType, outputOrder.map { logical[$0] })]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let extents = try Extents(self, inputs)
        var heads = AttentionHeads(
            batch: extents.result[0], heads: extents.result[1], keyHeads: max(extents.result[1], 1),
            queries: extents.result[2], keys: extents.keys, depth: extents.q[3], valueDepth: extents.result[3])
        heads.scale = scale
        heads.zeroing = guardsNaN ? .notNumbers : .none
        heads.query = layout(inputs[0].shape.dimensions, orders[0])
        heads.key = layout(inputs[1].shape.dimensions, orders[1])
        heads.value = layout(inputs[2].shape.dimensions, orders[2])
        heads.output = layout(outputs[0].shape.dimensions, (0..<rank).map { outputOrder.firstIndex(of: $0)! })
        let tensors = masks.enumerated().map { index, mask in
            AttentionMask(mask, input: 3 + index, inputs[3 + index].shape.dimensions, rank: rank)
        }
        return AttentionCall(heads, tensors).kernel
    }

    private func layout(_ extents: [Int], _ order: [Int]) -> AttentionHeads.Layout {
        let own = strides(of: extents)
        let steps = order.map { extents[$0] == 1 ? 0 : own[$0] }
        return steps.count == 4
            ? .init(batch: steps[0], head: steps[1], row: steps[2], column: steps[3])
            : .init(batch: steps[0], head: 0, row: steps[1], column: steps[2])
    }

    /// Extents as batch, head, row, column; -1 where one is not known.
    private struct Extents {
        let q: [Int]
        let keys: Int
        let result: [Int]

        init(_ attention: ScaledAttention, _ inputs: InputFacts) throws(InferError) {
            var logical: [[Int]] = []
            for index in 0..<3 {
                try inputs.requireSameType(0, index)
                try inputs.require(index, rank: attention.rank...attention.rank)
                let extents = inputs[index].extents ?? [Int](repeating: -1, count: attention.rank)
                logical.append(four(attention.orders[index].map { extents[$0] }))
            }
            let (q, k, v) = (logical[0], logical[1], logical[2])
            guard q[3] < 0 || k[3] < 0 || q[3] == k[3] else {
                throw InferError(.invalidArgument, "Q has rows of \(q[3]) elements, K of \(k[3])")
            }
            var scores = try broadcast(Array(q[..<2]), Array(k[..<2])) ?? []
            scores += [q[2], k[2]]
            for (index, mask) in attention.masks.enumerated() {
                switch mask {
                case .added: try inputs.requireSameType(0, 3 + index)
                case .replacing: try inputs.require(3 + index, isOneOf: [.bool])
                }
                try inputs.require(3 + index, rank: 0...attention.rank)
                guard let extents = inputs[3 + index].extents else {
                    scores = [-1, -1, -1, -1]
                    continue
                }
                let missing = [Int](repeating: 1, count: attention.rank - extents.count)
                scores = try broadcast(scores, four(missing + extents)) ?? scores
            }
            guard scores[3] < 0 || v[2] < 0 || scores[3] == v[2] else {
                throw InferError(.invalidArgument, "there are \(scores[3]) weights for \(v[2]) rows of V")
            }
            let outer = try broadcast(Array(scores[..<2]), Array(v[..<2])) ?? []
            self.q = [q[0], q[1], q[2], max(q[3], k[3])]
            keys = max(scores[3], v[2])
            result = outer + [scores[2], v[3]]
        }
    }
}

/// Extents with a head axis.
private func four(_ extents: [Int]) -> [Int] {
    extents.count == 4 ? extents : [extents[0], 1, extents[1], extents[2]]
}
