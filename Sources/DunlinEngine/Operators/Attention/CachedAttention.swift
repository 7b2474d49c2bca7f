import DunlinInference
import DunlinKernels
import DunlinTensor
import Glibc

/// ONNX `Attention` with keys and values of earlier calls, with lengths of padded keys, or whose scores somebody asks
/// for.
///
/// Inputs beside those of the plain form: past_key `[B, Hk, P, D]`, past_value `[B, Hk, P, Dv]`, nonpad_kv_seqlen `[B]`.
/// Outputs: Y; present_key `[B, Hk, T, D]` and present_value, the past followed by the new rows; scores `[B, H, S, T]`.
struct CachedAttention: Operator {
    private let base: AttentionOperator
    private let scoreStage: AttentionScores.Stage
    private let givenOutputs: [Bool]

    init(_ node: Node) throws(InferError) {
        base = try AttentionOperator(node)
        givenOutputs = node.givenOutputs
        let mode = try node.int("qk_matmul_output_mode", default: 0)
        guard let stage = AttentionScores.Stage(rawValue: mode) else {
            throw InferError(.invalidArgument, "attribute 'qk_matmul_output_mode' is \(mode), expected 0 to 3")
        }
        scoreStage = stage
        guard node.hasInput(4) == node.hasInput(5) else {
            throw InferError(.invalidArgument, "past_key and past_value are given one without the other")
        }
        guard !(node.hasInput(4) && node.hasInput(6)) else {
            throw InferError(.invalidArgument, "nonpad_kv_seqlen is given beside a past")
        }
    }

    /// Q, K and V as batch, heads, rows, columns, and how many rows the past has; K and V without it.
    private struct Extents {
        var q, k, v: [Int]
        var past = 0

        /// Rows of the past and of what is new; -1 where that is not known.
        var keys: Int { past < 0 || k[2] < 0 ? -1 : past + k[2] }
        var presentKey: [Int] { [k[0], k[1], keys, k[3]] }
        var presentValue: [Int] { [v[0], v[1], keys, v[3]] }
    }

    private func extents(_ inputs: InputFacts) throws(InferError) -> Extents? {
        guard let q = try base.heads(inputs[0], "Q", base.queryHeads),
            let k = try base.heads(inputs[1], "K", base.keyHeads), let v = try base.heads(inputs[2], "V", base.keyHeads)
        else { return nil }
        guard inputs[0].rank == inputs[1].rank, inputs[0].rank == inputs[2].rank else {
            throw InferError(.invalidArgument, "Q, K and V have different ranks")
        }
        var extents = Extents(q: q, k: k, v: v)
        for (index, own) in [(4, k), (5, v)] {
            guard let past = inputs.optional(index) else { continue }
            guard let found = past.extents else { return nil }
            let expected = [own[0], own[1], index == 5 ? extents.past : -1, own[3]]
            guard found.count == 4, zip(found, expected).allSatisfy({ $0 < 0 || $1 < 0 || $0 == $1 }) else {
                throw InferError(
                    .invalidArgument, "input \(index) is \(past), expected \(TensorFact(past.dataType, expected))")
            }
            extents.past = found[2]
        }
        return extents
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        let dataType = inputs[0].dataType
        for index in [4, 5] where inputs.optional(index) != nil { try inputs.requireSameType(1, index) }
        if let lengths = inputs.optional(6) {
            try inputs.require(6, isOneOf: [.int64])
            try inputs.require(6, rank: 1...1)
            if let count = lengths.extents?[0], let batch = inputs[0].extents?[0], count >= 0, batch >= 0,
                count != batch
            {
                throw InferError(.invalidArgument, "input 6 has \(count) lengths for a batch of \(batch)")
            }
        }
        guard let extents = try extents(inputs) else {
            try inputs.require(0, isOneOf: [.fp32, .fp16, .bf16])
            return [TensorFact](repeating: TensorFact(dataType, nil), count: 4)
        }
        let (q, keys) = (extents.q, extents.keys)
        // What the plain form asks of Q, K and V.
        let y = try base.infer(
            InputFacts([
                TensorFact(dataType, q), TensorFact(inputs[1].dataType, extents.presentKey),
                TensorFact(inputs[2].dataType, extents.presentValue),
            ]))
        if let mask = inputs.optional(3) {
            if mask.dataType != .bool { try inputs.requireSameType(0, 3) }
            if let found = mask.extents {
                guard (2...4).contains(found.count), let last = found.last, last < 0 || keys < 0 || last <= keys,
                    try broadcast(Array(found.dropLast()), Array(q[..<3])) == Array(q[..<3]) || q.contains(-1)
                        || found.contains(-1)
                else { throw InferError(.invalidArgument, "the mask is \(mask) for \(keys) keys of queries \(q)") }
            }
        }
        let output = y[0].extents.map { inputs[0].rank == 4 ? $0 : [$0[0], $0[2], $0[3] < 0 ? -1 : $0[1] * $0[3]] }
        return [
            TensorFact(dataType, output), TensorFact(dataType, extents.presentKey),
            TensorFact(dataType, extents.presentValue), TensorFact(dataType, [q[0], q[1], q[2], keys]),
        ]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf {
            // What nobody asks for (the scores are as large as nothing else) needs no memory to be widened in.
            let wanted = outputs.enumerated().map { index, fact in
                index < givenOutputs.count && givenOutputs[index] ? fact : TensorFact(fact.dataType, [0])
            }
            return try bindThroughFloat(inputs, wanted)
        }
        guard let extents = try extents(inputs) else { preconditionFailure("bound with open shapes") }
        let (q, k, v, keys) = (extents.q, extents.k, extents.v, extents.keys)
        let isSplit = inputs[0].rank == 4
        var heads = AttentionHeads(
            batch: q[0], heads: q[1], keyHeads: k[1], queries: q[2], keys: keys, depth: q[3], valueDepth: v[3])
        heads.scale = base.scale ?? (q[3] == 0 ? 1 : 1 / sqrtf(Float(q[3])))
        heads.softcap = base.softcap
        heads.zeroing = .masked
        heads.query = AttentionOperator.layout(q, isSplit: isSplit)
        heads.key = AttentionOperator.layout(extents.presentKey, isSplit: true)
        heads.value = AttentionOperator.layout(extents.presentValue, isSplit: true)
        heads.output = AttentionOperator.layout([q[0], q[1], q[2], v[3]], isSplit: isSplit)
        let mask = AttentionBias(
            inputs.optional(3), hasLengths: inputs.optional(6) != nil, isCausal: base.isCausal,
            batch: q[0], heads: q[1], queries: q[2], keys: keys)
        // Without a past the frontier is a number that all rows share, else the mask has it.
        if base.isCausal && inputs.optional(6) == nil { heads.causalOffset = extents.past }
        if mask.isNeeded { heads.mask = .init(.added, layout: mask.layout) }
        let scores = AttentionScores(heads: heads, stage: scoreStage, layout: mask.layout)
        let keyCopy = PastRows(past: extents.past, new: k, isSplit: isSplit)
        let valueCopy = PastRows(past: extents.past, new: v, isSplit: isSplit)
        let (keyCount, valueCount) = (extents.presentKey.product, extents.presentValue.product)
        let call = heads
        return Kernel(
            scratchByteCount: (keyCount + valueCount + mask.elementCount) * 4, multiplyAdds: heads.multiplyAdds
        ) { (buffers) throws(InferError) in
            let memory = buffers.scratch.bindMemory(to: Float.self)
            func present(_ output: Int, _ range: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
                let wanted = buffers.output(output, as: Float.self)
                return wanted.isEmpty ? UnsafeMutableBufferPointer(rebasing: memory[range]) : wanted
            }
            let key = present(1, 0..<keyCount), value = present(2, keyCount..<keyCount + valueCount)
            keyCopy.run(buffers.input(4, orEmpty: Float.self), buffers.input(1), into: key)
            valueCopy.run(buffers.input(5, orEmpty: Float.self), buffers.input(2), into: value)
            let bias = UnsafeMutableBufferPointer(
                rebasing: memory[(keyCount + valueCount)..<(keyCount + valueCount + mask.elementCount)])
            try mask.fill(buffers, into: bias)
            call.run(
                q: buffers.input(0), k: UnsafeBufferPointer(key), v: UnsafeBufferPointer(value),
                mask: UnsafeBufferPointer(bias), secondMask: UnsafeBufferPointer(start: nil, count: 0),
                threads: buffers.threads, into: buffers.output(0))
            scores.run(
                q: buffers.input(0), k: UnsafeBufferPointer(key), bias: UnsafeBufferPointer(bias),
                into: buffers.output(3))
        }
    }
}

/// Puts the rows of a past before new ones, heads first.
private struct PastRows: Sendable {
    let past: Int
    /// Batch, heads, rows, columns of what is new.
    let new: [Int]
    let isSplit: Bool

    func run(
        _ past: UnsafeBufferPointer<Float>, _ rows: UnsafeBufferPointer<Float>,
        into present: UnsafeMutableBufferPointer<Float>
    ) {
        guard let target = present.baseAddress, !present.isEmpty else { return }
        let (heads, count, columns) = (new[1], new[2], new[3])
        let layout = AttentionOperator.layout(new, isSplit: isSplit)
        for index in 0..<new[0] * heads {
            let start = target + index * (self.past + count) * columns
            if let old = past.baseAddress, self.past > 0 {
                start.update(from: old + index * self.past * columns, count: self.past * columns)
            }
            guard let source = rows.baseAddress else { continue }
            let first = source + index / heads * layout.batch + index % heads * layout.head
            for row in 0..<count {
                (start + (self.past + row) * columns).update(from: first + row * layout.row, count: columns)
            }
        }
    }
}
