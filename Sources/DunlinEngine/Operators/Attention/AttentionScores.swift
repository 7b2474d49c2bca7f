import DunlinKernels
import Glibc

/// The scores of an attention, for those who ask for them: the kernel itself never holds them.
struct AttentionScores: Sendable {
    enum Stage: Int, Sendable { case products, capped, masked, weights }

    let heads: AttentionHeads
    let stage: Stage
    /// Of the bias.
    let layout: AttentionHeads.Layout

    /// - Parameter scores: `[batch, heads, queries, keys]`; empty where nobody asks for them.
    func run(
        q: UnsafeBufferPointer<Float>, k: UnsafeBufferPointer<Float>, bias: UnsafeBufferPointer<Float>,
        into scores: UnsafeMutableBufferPointer<Float>
    ) {
        guard !scores.isEmpty, let nowhere = scores.baseAddress else { return }
        // Pointers that are never followed stand in for rows without elements.
        let (query, key) = (q.baseAddress ?? UnsafePointer(nowhere), k.baseAddress ?? UnsafePointer(nowhere))
        let (queries, keys, depth) = (heads.queries, heads.keys, heads.depth)
        let added = bias.isEmpty ? nil : bias.baseAddress
        for index in 0..<heads.batch * heads.heads {
            let (item, head) = (index / heads.heads, index % heads.heads)
            let target = UnsafeMutableBufferPointer(
                rebasing: scores[index * queries * keys..<(index + 1) * queries * keys])
            let rows = UnsafeBufferPointer(
                start: query + item * heads.query.batch + head * heads.query.head,
                count: depth == 0 ? 0 : (queries - 1) * heads.query.row + depth)
            let columns = UnsafeBufferPointer(
                start: key + item * heads.key.batch + head / (heads.heads / heads.keyHeads) * heads.key.head,
                count: keys * depth)
            gemm(
                m: queries, n: keys, k: depth, alpha: heads.scale, a: rows, lda: heads.query.row, b: columns,
                isTransposedB: true, c: target)
            guard stage != .products else { continue }
            if heads.softcap > 0 {
                for place in target.indices { target[place] = heads.softcap * tanhf(target[place] / heads.softcap) }
            }
            guard stage != .capped else { continue }
            for row in 0..<queries {
                finish(
                    UnsafeMutableBufferPointer(rebasing: target[row * keys..<(row + 1) * keys]), row,
                    added.map { $0 + item * layout.batch + head * layout.head + row * layout.row })
            }
        }
    }

    private func finish(_ scores: UnsafeMutableBufferPointer<Float>, _ row: Int, _ bias: UnsafePointer<Float>?) {
        let seen = heads.causalOffset.map { max(0, min(scores.count, $0 + row + 1)) } ?? scores.count
        var isMasked = true
        for key in scores.indices {
            let added = key < seen ? bias?[key] ?? 0 : -.infinity
            scores[key] += added
            isMasked = isMasked && added == -.infinity
        }
        guard stage == .weights else { return }
        if isMasked {
            scores.update(repeating: 0)
        } else {
            softmaxRows(UnsafeBufferPointer(scores), columns: scores.count, into: scores)
        }
    }
}
