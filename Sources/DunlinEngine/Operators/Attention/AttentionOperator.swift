import DunlinInference
import DunlinKernels
import DunlinTensor
import Glibc

/// ONNX `Attention` without a cache: heads are an axis of their own (4 axes) or part of the rows (3 axes).
struct AttentionOperator: Operator {
    let queryHeads: Int?
    let keyHeads: Int?
    let scale: Float?
    let softcap: Float
    let isCausal: Bool

    static func make(_ node: Node) throws(InferError) -> any Operator {
        let isCached = (4...6).contains(where: node.hasInput) || node.givenOutputs.dropFirst().contains(true)
        if isCached { return try CachedAttention(node) }
        return try AttentionOperator(node)
    }

    init(_ node: Node) throws(InferError) {
        queryHeads = try node.int("q_num_heads")
        keyHeads = try node.int("kv_num_heads")
        scale = try node.float("scale")
        softcap = try node.float("softcap", default: 0)
        isCausal = try node.bool("is_causal", default: false)
        // Weights are computed in FP32 whatever precision is asked for.
        node.ignore("softmax_precision")
        node.ignore("qk_matmul_output_mode")
        for (name, count) in [("q_num_heads", queryHeads), ("kv_num_heads", keyHeads)] {
            guard let count else { continue }
            guard (1...Self.mostHeads).contains(count) else {
                throw InferError(.invalidArgument, "attribute '\(name)' is \(count)")
            }
        }
        guard softcap >= 0, softcap.isFinite else {
            throw InferError(.invalidArgument, "attribute 'softcap' is \(softcap)")
        }
    }

    /// The most heads that an attribute may name.
    static let mostHeads = 1 << 16

    /// One operand's extents as batch, heads, rows, columns; `nil` while the rank is not known.
    func heads(_ fact: TensorFact, _ name: String, _ count: Int?) throws(InferError) -> [Int]? {
        guard let extents = fact.extents else { return nil }
        if extents.count == 4 { return extents }
        guard extents.count == 3 else {
            throw InferError(.invalidArgument, "\(name) has rank \(extents.count), expected 3 or 4")
        }
        guard let count else {
            throw InferError(.invalidArgument, "\(name) has 3 axes, and no attribute says how many heads it has")
        }
        guard extents[2] < 0 || extents[2] % count == 0 else {
            throw InferError(.invalidArgument, "\(name) has rows of \(extents[2]) elements for \(count) heads")
        }
        return [extents[0], count, extents[1], extents[2] < 0 ? -1 : extents[2] / count]
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp16, .bf16])
        for index in 1...2 { try inputs.requireSameType(0, index) }
        if let mask = inputs.optional(3), mask.dataType != .bool { try inputs.requireSameType(0, 3) }
        guard let q = try heads(inputs[0], "Q", queryHeads), let k = try heads(inputs[1], "K", keyHeads),
            let v = try heads(inputs[2], "V", keyHeads)
        else { return [TensorFact(inputs[0].dataType, nil)] }
        guard inputs[0].rank == inputs[1].rank, inputs[0].rank == inputs[2].rank else {
            throw InferError(.invalidArgument, "Q, K and V have different ranks")
        }
        func agree(_ left: Int, _ right: Int, _ what: String) throws(InferError) {
            guard left < 0 || right < 0 || left == right else {
                throw InferError(.invalidArgument, "\(what) differ: \(left) and \(right)")
            }
        }
        try agree(q[0], k[0], "the batches of Q and K")
        try agree(q[0], v[0], "the batches of Q and V")
        try agree(k[1], v[1], "the heads of K and V")
        try agree(k[2], v[2], "the rows of K and V")
        try agree(q[3], k[3], "the columns of Q and K")
        if q[1] >= 0, k[1] >= 0, k[1] == 0 || q[1] % k[1] != 0 {
            throw InferError(.invalidArgument, "\(k[1]) heads of K for \(q[1]) heads of Q")
        }
        if let mask = inputs.optional(3)?.extents {
            guard (2...4).contains(mask.count) else {
                throw InferError(.invalidArgument, "the mask has rank \(mask.count), expected 2 to 4")
            }
            guard mask[mask.count - 1] == k[2] || mask[mask.count - 1] < 0 || k[2] < 0 else {
                throw InferError(
                    .unsupported, "the mask has rows of \(mask[mask.count - 1]) elements for \(k[2]) keys")
            }
            let scores = [q[0], q[1], q[2], k[2]]
            guard try broadcast(mask, scores) == scores || scores.contains(-1) || mask.contains(-1) else {
                throw InferError(.invalidArgument, "a mask of shape \(mask) does not fit scores of shape \(scores)")
            }
        }
        let extents =
            inputs[0].rank == 4
            ? [q[0], q[1], q[2], v[3]] : [q[0], q[2], v[3] < 0 || q[1] < 0 ? -1 : q[1] * v[3]]
        return [TensorFact(inputs[0].dataType, extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        guard let q = try heads(inputs[0], "Q", queryHeads), let k = try heads(inputs[1], "K", keyHeads),
            let v = try heads(inputs[2], "V", keyHeads)
        else { preconditionFailure("bound with open shapes") }
        var heads = AttentionHeads(
            batch: q[0], heads: q[1], keyHeads: k[1], queries: q[2], keys: k[2], depth: q[3], valueDepth: v[3])
        heads.scale = scale ?? (q[3] == 0 ? 1 : 1 / sqrtf(Float(q[3])))
        heads.softcap = softcap
        heads.causalOffset = isCausal ? 0 : nil
        heads.zeroing = .masked
        let isSplit = inputs[0].rank == 4
        heads.query = Self.layout(q, isSplit: isSplit)
        heads.key = Self.layout(k, isSplit: isSplit)
        heads.value = Self.layout(v, isSplit: isSplit)
        heads.output = Self.layout([q[0], q[1], q[2], v[3]], isSplit: isSplit)
        var masks: [AttentionMask] = []
        if let mask = inputs.optional(3) {
            let form: ScaledAttention.Mask =
                mask.dataType == .bool ? .replacing(fill: -.infinity, when: false) : .added
            masks.append(AttentionMask(form, input: 3, mask.shape.dimensions, rank: 4))
        }
        return AttentionCall(heads, masks).kernel
    }

    /// The layout of `[batch, heads, rows, columns]`, or of `[batch, rows, heads · columns]` when not `isSplit`.
    static func layout(_ extents: [Int], isSplit: Bool) -> AttentionHeads.Layout {
        let (heads, rows, columns) = (extents[1], extents[2], extents[3])
        return isSplit
            ? .init(batch: heads * rows * columns, head: rows * columns, row: columns, column: 1)
            : .init(batch: heads * rows * columns, head: columns, row: heads * columns, column: 1)
    }
}
