import DunlinInference
import DunlinKernels
import DunlinTensor

/// What is added to the scores of a cached attention: its mask, padded to all keys, what lies beyond a row's keys, and
/// with lengths of keys also what a query may not see yet.
struct AttentionBias: Sendable {
    private let mask: TensorFact?
    private let hasLengths: Bool
    private let isCausal: Bool
    private let batch, heads, queries, keys: Int

    init(
        _ mask: TensorFact?, hasLengths: Bool, isCausal: Bool, batch: Int, heads: Int, queries: Int,
        keys: Int
    ) {
        (self.mask, self.hasLengths, self.isCausal) = (mask, hasLengths, isCausal)
        (self.batch, self.queries, self.keys) = (batch, queries, keys)
        self.heads = mask?.extents.map { $0.count > 2 && $0[$0.count - 3] != 1 } ?? false ? heads : 1
    }

    var isNeeded: Bool { mask != nil || hasLengths }

    /// `[batch, heads or 1, queries, keys]`.
    var elementCount: Int { isNeeded ? batch * heads * queries * keys : 0 }

    var layout: AttentionHeads.Layout {
        .init(batch: heads * queries * keys, head: heads == 1 ? 0 : queries * keys, row: keys, column: 1)
    }

    /// - Throws: When a row has less than no keys, or more than there are.
    func fill(_ buffers: Buffers, into bias: UnsafeMutableBufferPointer<Float>) throws(InferError) {
        guard isNeeded, !bias.isEmpty else { return }
        let lengths = buffers.input(6, orEmpty: Int64.self)
        for item in lengths.indices where !(0...keys).contains(Int(clamping: lengths[item])) {
            throw InferError(.invalidArgument, "input 6: row \(item) has \(lengths[item]) keys of \(keys)")
        }
        let extents = mask?.extents ?? [1, 1]
        let own = zip(extents, strides(of: extents)).map { $0 == 1 ? 0 : $1 }
        let steps = [Int](repeating: 0, count: 4 - own.count) + own
        let width = extents[extents.count - 1]
        let numbers = mask?.dataType == .fp32 ? buffers.input(3, orEmpty: Float.self).baseAddress : nil
        let choices = mask?.dataType == .bool ? buffers.input(3, orEmpty: Bool.self).baseAddress : nil
        for item in 0..<batch {
            let length = hasLengths ? Int(lengths[item]) : keys
            for head in 0..<heads {
                for query in 0..<queries {
                    let first = ((item * heads + head) * queries + query) * keys
                    let source = item * steps[0] + head * steps[1] + query * steps[2]
                    // With lengths the queries are the last of a row's keys.
                    let seen = isCausal && hasLengths ? min(length, length - queries + query + 1) : length
                    for key in 0..<keys {
                        var value: Float = 0
                        if mask != nil {
                            let place = source + key * steps[3]
                            value =
                                key >= width
                                ? -.infinity : numbers?[place] ?? ((choices?[place] ?? true) ? 0 : -.infinity)
                        }
                        bias[first + key] = key < seen ? value : -.infinity
                    }
                }
            }
        }
    }
}
