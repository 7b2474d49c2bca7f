import DunlinInference
import DunlinKernels
import DunlinTensor
import Glibc

/// `com.microsoft.MultiHeadAttention` of encoders: Q, K and V as `[batch, rows, heads · columns]`, with a bias for each
/// column, a mask of padded keys and a bias of the scores. Packed and cached forms are refused.
struct MultiHeadAttention: Operator {
    private let headCount: Int
    private let scale: Float
    private let maskValue: Float
    private let isCausal: Bool

    init(_ node: Node) throws(InferError) {
        guard let heads = try node.int("num_heads") else { throw node.missing("num_heads") }
        guard (1...AttentionOperator.mostHeads).contains(heads) else {
            throw InferError(.invalidArgument, "attribute 'num_heads' is \(heads)")
        }
        headCount = heads
        scale = try node.float("scale", default: 0)
        maskValue = try node.float("mask_filter_value", default: -10000)
        isCausal = try node.bool("unidirectional", default: false)
        guard node.hasInput(1) && node.hasInput(2) else {
            throw InferError(.unsupported, "packed keys and values are not supported")
        }
        guard (6..<10).allSatisfy({ !node.hasInput($0) }) else {
            throw InferError(.unsupported, "past keys and values are not supported")
        }
        guard node.givenOutputs.dropFirst().allSatisfy({ !$0 }) else {
            throw InferError(.unsupported, "outputs other than the first are not supported")
        }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp16])
        for index in 1...2 { try inputs.requireSameType(0, index) }
        var known: [[Int]] = []
        for index in 0...2 {
            let extents = inputs[index].extents ?? [-1, -1, -1]
            guard extents.count == 3 else {
                throw InferError(.unsupported, "input \(index) has rank \(extents.count), supported is 3")
            }
            guard extents[2] < 0 || extents[2] % headCount == 0 else {
                throw InferError(
                    .invalidArgument, "input \(index) has rows of \(extents[2]) elements for \(headCount) heads")
            }
            known.append(extents)
        }
        let (q, k, v) = (known[0], known[1], known[2])
        for (left, right, what) in [
            (q[0], k[0], "batches of Q and K"), (q[0], v[0], "batches of Q and V"), (k[1], v[1], "rows of K and V"),
            (q[2], k[2], "columns of Q and K"),
        ] {
            guard left < 0 || right < 0 || left == right else {
                throw InferError(.invalidArgument, "the \(what) differ: \(left) and \(right)")
            }
        }
        if let bias = inputs.optional(3) {
            try inputs.requireSameType(0, 3)
            guard let count = bias.elementCount, q[2] >= 0, v[2] >= 0 else {
                return [TensorFact(inputs[0].dataType, [q[0], q[1], v[2]])]
            }
            guard count == 2 * q[2] + v[2] else {
                throw InferError(.invalidArgument, "the bias has \(count) elements, expected \(2 * q[2] + v[2])")
            }
        }
        if let mask = inputs.optional(4) {
            try inputs.require(4, isOneOf: [.int32])
            if let extents = mask.extents {
                guard extents.count == 2 else {
                    throw InferError(.unsupported, "a key padding mask of rank \(extents.count) is not supported")
                }
                for (extent, expected) in zip(extents, [q[0], k[1]]) where extent >= 0 && expected >= 0 {
                    guard extent == expected else {
                        throw InferError(.invalidArgument, "the key padding mask has shape \(extents)")
                    }
                }
            }
        }
        if let bias = inputs.optional(5) {
            try inputs.requireSameType(0, 5)
            if let extents = bias.extents {
                let scores = [q[0], headCount, q[1], k[1]]
                guard extents.count == 4,
                    zip(extents, scores).allSatisfy({ $0 < 0 || $1 < 0 || $0 == $1 || $0 == 1 })
                else { throw InferError(.invalidArgument, "the attention bias has shape \(extents)") }
            }
        }
        return [TensorFact(inputs[0].dataType, [q[0], q[1], v[2]])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let (q, k, v) = (inputs[0].shape, inputs[1].shape, inputs[2].shape)
        let depth = q[2] / headCount, valueDepth = v[2] / headCount
        var heads = AttentionHeads(
            batch: q[0], heads: headCount, keyHeads: headCount, queries: q[1], keys: k[1], depth: depth,
            valueDepth: valueDepth)
        heads.scale = scale != 0 ? scale : depth == 0 ? 1 : 1 / sqrtf(Float(depth))
        heads.causalOffset = isCausal ? 0 : nil
        heads.query = AttentionOperator.layout([q[0], headCount, q[1], depth], isSplit: false)
        heads.key = AttentionOperator.layout([q[0], headCount, k[1], depth], isSplit: false)
        heads.value = AttentionOperator.layout([q[0], headCount, k[1], valueDepth], isSplit: false)
        heads.output = AttentionOperator.layout([q[0], headCount, q[1], valueDepth], isSplit: false)
        if let bias = inputs.optional(5) {
            heads.mask = AttentionMask(.added, input: 5, bias.shape.dimensions, rank: 4).mode
        }
        let hasPadding = inputs.optional(4) != nil, hasBias = inputs.optional(3) != nil
        let hasScoreBias = inputs.optional(5) != nil
        if hasPadding {
            heads.secondMask = .init(.added, layout: .init(batch: k[1], head: 0, row: 0, column: 1))
        }
        let call = heads
        let maskValue = maskValue
        let counts = [q, k, v].map(\.elementCount), widths = [q[2], k[2], v[2]]
        let paddingCount = hasPadding ? q[0] * k[1] : 0
        let copied = hasBias ? counts.reduce(0, +) : 0
        return Kernel(scratchByteCount: (paddingCount + copied) * 4, multiplyAdds: heads.multiplyAdds) { buffers in
            let memory = buffers.scratch.bindMemory(to: Float.self)
            if hasPadding {
                let mask = buffers.input(4, as: Int32.self)
                for index in 0..<paddingCount { memory[index] = mask[index] > 0 ? 0 : maskValue }
            }
            func operand(_ index: Int) -> UnsafeBufferPointer<Float> {
                guard hasBias, counts[index] > 0 else { return buffers.input(index) }
                let start = paddingCount + counts[..<index].reduce(0, +)
                let target = UnsafeMutableBufferPointer(rebasing: memory[start..<start + counts[index]])
                let from = widths[..<index].reduce(0, +)
                let row = UnsafeBufferPointer(
                    rebasing: buffers.input(3, as: Float.self)[from..<from + widths[index]])
                applyByRow(.add, matrix: buffers.input(index), row: row, into: target)
                return UnsafeBufferPointer(target)
            }
            call.run(
                q: operand(0), k: operand(1), v: operand(2),
                mask: hasScoreBias ? buffers.input(5) : UnsafeBufferPointer(start: nil, count: 0),
                secondMask: UnsafeBufferPointer(UnsafeMutableBufferPointer(rebasing: memory[..<paddingCount])),
                threads: buffers.threads, into: buffers.output(0))
        }
    }
}
