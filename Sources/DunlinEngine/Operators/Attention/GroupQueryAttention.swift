import DunlinInference
import DunlinKernels
import DunlinTensor
import Glibc

/// `com.microsoft` `GroupQueryAttention`: causal attention of new rows to themselves and to a cache of keys and values.
///
/// Inputs: query `[B, S, H·D]`, key and value `[B, S, Hk·D]` (or all three in the first), past key and value
/// `[B, Hk, P, D]`, `[B]` keys of each row but one, how many keys the longest has, tables of cosines and sines, positions
/// `[B, S]`, a bias `[B or 1, H or 1, S, T]`, and what each head's weights share with nobody `[H]`. Outputs: `[B, S, H·D]`
/// and the caches with the new rows.
struct GroupQueryAttention: EagerOperator {
    private let heads: Int
    private let keyHeads: Int
    private let scale: Float
    private let softcap: Float
    /// How many keys before its own a query sees; `nil` for all.
    private let window: Int?
    private let rotates: Bool
    private let isInterleaved: Bool
    private let isSmooth: Bool

    init(_ node: Node) throws(InferError) {
        guard let heads = try node.int("num_heads") else { throw node.missing("num_heads") }
        guard let keyHeads = try node.int("kv_num_heads") else { throw node.missing("kv_num_heads") }
        guard (1...AttentionOperator.mostHeads).contains(heads), keyHeads > 0, heads % keyHeads == 0 else {
            throw InferError(.invalidArgument, "attributes 'num_heads' and 'kv_num_heads' are \(heads) and \(keyHeads)")
        }
        (self.heads, self.keyHeads) = (heads, keyHeads)
        scale = try node.float("scale", default: 0)
        softcap = try node.float("softcap", default: 0)
        let size = try node.int("local_window_size", default: -1)
        window = size > 0 ? min(size, TensorFact.mostElements) : nil
        rotates = try node.bool("do_rotary", default: false)
        isInterleaved = try node.bool("rotary_interleaved", default: false)
        isSmooth = try node.bool("smooth_softmax", default: false)
        node.ignore("qk_norm_epsilon")
        for (name, only) in [("qk_output", 0), ("sliding_window_cache", 0), ("causal", 1)] {
            let value = try node.int(name, default: only)
            guard value == only else {
                throw InferError(.unsupported, "attribute '\(name)' is \(value); supported: \(only)")
            }
        }
        for name in ["k_quant_type", "v_quant_type"] {
            let value = try node.string(name, default: "NONE")
            guard value == "NONE" else {
                throw InferError(.unsupported, "attribute '\(name)' is '\(value)'; supported: NONE")
            }
        }
        guard !(12...15).contains(where: node.hasInput), !node.hasOutput(3) else {
            throw InferError(.unsupported, "scales or norms of the cache, or scores as an output, are not supported")
        }
        guard node.hasInput(1) == node.hasInput(2), node.hasInput(3) == node.hasInput(4) else {
            throw InferError(.invalidArgument, "key and value are given one without the other")
        }
        try node.requireInputs(rotates ? [0, 5, 6, 7, 8] : [0, 5, 6])
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        for index in [0, 1, 2, 3, 4, 7, 8, 10, 11] where inputs.optional(index) != nil {
            try inputs.require(index, isOneOf: [.fp32])
        }
        try inputs.require(0, rank: 3...3)
        try inputs.require(5, isOneOf: [.int32])
        try inputs.require(6, isOneOf: [.int32])
        if inputs.optional(9) != nil { try inputs.require(9, isOneOf: [.int64]) }
        guard let query = inputs[0].extents else {
            return [Int](repeating: 0, count: 3).map { _ in TensorFact(.fp32, nil) }
        }
        let parts = inputs.optional(1) == nil ? heads + 2 * keyHeads : heads
        guard query[2] < 0 || query[2] % parts == 0 else {
            throw InferError(.invalidArgument, "rows of \(query[2]) elements for \(parts) heads")
        }
        let depth = query[2] < 0 ? -1 : query[2] / parts
        let cache = [query[0], keyHeads, -1, depth]
        return [
            TensorFact(.fp32, [query[0], query[1], depth < 0 ? -1 : heads * depth]), TensorFact(.fp32, cache),
            TensorFact(.fp32, cache),
        ]
    }

    /// The sizes of a run, checked.
    private struct Extents {
        var batch, rows, depth, past, total: Int
        var present: Int { max(past, total) }
        /// Whether there is nothing before the new rows.
        var isFirst: Bool { rows == total }
    }

    private func extents(_ inputs: [Tensor?]) throws(InferError) -> Extents {
        guard let query = inputs[0], let lengths = inputs[5], let total = inputs[6] else {
            preconditionFailure("GroupQueryAttention without its inputs")
        }
        func require(_ index: Int, _ expected: [[Int]]) throws(InferError) {
            guard let found = inputs[index]?.shape.dimensions else { return }
            guard expected.contains(found) else {
                throw InferError(
                    .invalidArgument, "input \(index) has shape \(Shape(found)), expected \(Shape(expected[0]))")
            }
        }
        let (batch, rows) = (query.shape[0], query.shape[1])
        let depth = query.shape[2] / (inputs[1] == nil ? heads + 2 * keyHeads : heads)
        var extents = Extents(batch: batch, rows: rows, depth: depth, past: 0, total: 0)
        guard total.elementCount == 1 else { throw InferError(.invalidArgument, "input 6 is not one number") }
        extents.total = Int(total.elements(as: Int32.self)[0])
        for index in [1, 2] { try require(index, [[batch, rows, keyHeads * depth]]) }
        if let past = inputs[3]?.shape.dimensions, past.count == 4 { extents.past = past[2] }
        for index in [3, 4] { try require(index, [[batch, keyHeads, extents.past, depth]]) }
        try require(5, [[batch], [batch, 1]])
        try require(9, [[batch, rows], [1]])
        guard depth > 0, rows > 0, extents.total >= rows, extents.total <= extents.past + rows else {
            throw InferError(
                .invalidArgument, "\(extents.total) keys for \(rows) rows of \(depth) elements after \(extents.past)")
        }
        for (row, length) in lengths.elements(as: Int32.self).enumerated() {
            let keys = Int(length) + 1
            let before = extents.isFirst ? 0 : keys - rows
            guard keys >= 1, keys <= extents.total, before >= 0, before <= extents.past else {
                throw InferError(
                    .invalidArgument,
                    "input 5: row \(row) has \(keys) keys: \(rows) new, \(extents.past) cached, "
                        + "\(extents.total) in all")
            }
        }
        let cache = TensorFact(.fp32, [batch, keyHeads, extents.present, depth])
        try cache.checkLimits()
        return extents
    }

    func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor] {
        let inputs = inputs + [Tensor?](repeating: nil, count: max(0, 12 - inputs.count))
        let extents = try extents(inputs)
        let lengths = (inputs[5]?.elements(as: Int32.self) ?? []).map { Int($0) + 1 }
        let rotation = try rotates ? CacheRotation(inputs, extents.depth, isInterleaved: isInterleaved) : nil
        let numbers = inputs.map { $0?.dataType == .fp32 ? $0?.elements(as: Float.self) ?? [] : [] }
        let width = (heads + (inputs[1] == nil ? 2 * keyHeads : 0)) * extents.depth
        let depth = extents.depth
        var output = [Float](repeating: 0, count: extents.batch * extents.rows * heads * depth)
        var key = [Float](repeating: 0, count: extents.batch * keyHeads * extents.present * depth)
        var value = key
        for item in 0..<extents.batch {
            let past = extents.isFirst ? 0 : lengths[item] - extents.rows
            var query = [Float](repeating: 0, count: extents.rows * heads * depth)
            for row in 0..<extents.rows {
                let line = item * extents.rows + row
                let place = try rotation.map { (rotation) throws(InferError) in
                    try rotation.place(item, row, rows: extents.rows, past: past, isFirst: extents.isFirst)
                }
                /// One head's elements, turned where heads are.
                func take(_ input: Int, _ first: Int, _ turns: Bool) -> [Float] {
                    var elements = Array(numbers[input][first..<first + depth])
                    if turns, let rotation, let place { rotation.turn(&elements, place) }
                    return elements
                }
                for head in 0..<heads {
                    let start = (row * heads + head) * depth
                    query.replaceSubrange(start..<start + depth, with: take(0, line * width + head * depth, true))
                }
                for head in 0..<keyHeads {
                    let target = ((item * keyHeads + head) * extents.present + past + row) * depth
                    let (packed, own) = (line * width + (heads + head) * depth, (line * keyHeads + head) * depth)
                    let isPacked = inputs[1] == nil
                    key.replaceSubrange(
                        target..<target + depth, with: take(isPacked ? 0 : 1, isPacked ? packed : own, true))
                    value.replaceSubrange(
                        target..<target + depth,
                        with: take(isPacked ? 0 : 2, isPacked ? packed + keyHeads * depth : own, false))
                }
            }
            for head in 0..<keyHeads where past > 0 {
                let source = (item * keyHeads + head) * extents.past * depth
                let target = (item * keyHeads + head) * extents.present * depth
                key.replaceSubrange(target..<target + past * depth, with: numbers[3][source..<source + past * depth])
                value.replaceSubrange(target..<target + past * depth, with: numbers[4][source..<source + past * depth])
            }
            try attend(item, query, key, value, keys: lengths[item], past: past, extents, inputs, numbers, &output)
        }
        let cache = Shape([extents.batch, keyHeads, extents.present, depth])
        return [
            Tensor(output, shape: [extents.batch, extents.rows, heads * depth]), Tensor(key, shape: cache),
            Tensor(value, shape: cache),
        ]
    }

    private func attend(
        _ item: Int, _ query: [Float], _ key: [Float], _ value: [Float], keys: Int, past: Int, _ extents: Extents,
        _ inputs: [Tensor?], _ numbers: [[Float]], _ output: inout [Float]
    ) throws(InferError) {
        let (rows, depth) = (extents.rows, extents.depth)
        let sinks = inputs[11] != nil ? numbers[11] : isSmooth ? [Float](repeating: 0, count: heads) : []
        guard sinks.isEmpty || sinks.count == heads else {
            throw InferError(.invalidArgument, "input 11 has \(sinks.count) elements for \(heads) heads")
        }
        // What no key has a part in is a key of its own before the others: zeros, whose score is given.
        let extra = sinks.isEmpty ? 0 : 1
        func rowsOf(_ cache: [Float]) -> [Float] {
            (0..<keyHeads).flatMap { head in
                let start = (item * keyHeads + head) * extents.present * depth
                return [Float](repeating: 0, count: extra * depth) + cache[start..<start + keys * depth]
            }
        }
        let shape = inputs[10]?.shape.dimensions
        if let shape {
            guard shape.count == 4, [1, extents.batch].contains(shape[0]), [1, heads].contains(shape[1]),
                shape[2] == rows, shape[3] >= keys
            else {
                throw InferError(
                    .invalidArgument, "input 10 has shape \(Shape(shape)) for \(rows) rows of \(keys) keys")
            }
        }
        let bias = GroupQueryBias(
            heads: heads, keys: keys, past: past, sinks: sinks, window: window,
            added: shape.map {
                (
                    numbers[10], $0[1] == 1 ? 0 : rows * $0[3], $0[3],
                    $0[0] == 1 ? 0 : item * $0[1] * rows * $0[3]
                )
            })
        let (k, v) = (rowsOf(key), rowsOf(value))
        // Some rows at a time: the bias of all of them has as many elements as there are scores.
        for first in stride(from: 0, to: rows, by: min(bias.mostRows, rows)) {
            let range = first..<first + min(bias.mostRows, rows - first)
            let call = call(range, bias, past: past, depth)
            let before = first * heads * depth, count = range.count * heads * depth
            let start = item * rows * heads * depth + before
            query.withUnsafeBufferPointer { query in
                k.withUnsafeBufferPointer { k in
                    v.withUnsafeBufferPointer { v in
                        bias.elements(range).withUnsafeBufferPointer { bias in
                            output.withUnsafeMutableBufferPointer { output in
                                call.run(
                                    q: UnsafeBufferPointer(rebasing: query[before..<before + count]), k: k, v: v,
                                    mask: bias, secondMask: UnsafeBufferPointer(start: nil, count: 0), threads: .one,
                                    into: UnsafeMutableBufferPointer(rebasing: output[start..<start + count]))
                            }
                        }
                    }
                }
            }
        }
    }

    /// The attention of some rows.
    private func call(_ rows: Range<Int>, _ bias: GroupQueryBias, past: Int, _ depth: Int) -> AttentionHeads {
        let columns = bias.columns
        var call = AttentionHeads(
            batch: 1, heads: heads, keyHeads: keyHeads, queries: rows.count, keys: columns, depth: depth,
            valueDepth: depth)
        call.scale = scale != 0 ? scale : 1 / sqrtf(Float(depth))
        call.softcap = softcap
        call.query = .init(batch: 0, head: depth, row: heads * depth, column: 1)
        call.output = call.query
        call.key = .init(batch: 0, head: columns * depth, row: depth, column: 1)
        call.value = call.key
        call.causalOffset = past + columns - bias.keys + rows.lowerBound
        if bias.isNeeded {
            call.mask = .init(
                .added, layout: .init(batch: 0, head: rows.count * columns, row: columns, column: 1))
        }
        return call
    }
}
