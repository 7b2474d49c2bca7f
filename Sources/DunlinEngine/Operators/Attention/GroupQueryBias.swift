/// What a `GroupQueryAttention` adds to the scores of one item of the batch: keys before the window, a bias, and before
/// all keys the score of the one that no head shares.
struct GroupQueryBias {
    /// The most elements that are held at once, unless a single row has more: 16 MB.
    static let mostElements = 1 << 22

    let heads: Int
    let keys: Int
    /// Keys before those of row 0.
    let past: Int
    /// By head, the score of a key before all others; empty where there is none.
    let sinks: [Float]
    /// How many keys before its own a row sees; `nil` for all.
    let window: Int?
    /// Elements, and by head and row where those of key 0 are.
    let added: (elements: [Float], headStride: Int, rowStride: Int, first: Int)?

    var isNeeded: Bool { !sinks.isEmpty || window != nil || added != nil }

    /// Keys, and the one before them.
    var columns: Int { keys + (sinks.isEmpty ? 0 : 1) }

    /// How many rows to take at once.
    var mostRows: Int { isNeeded ? max(1, Self.mostElements / max(heads * columns, 1)) : .max }

    /// `[heads, rows, columns]`; nothing where nothing is needed.
    func elements(_ rows: Range<Int>) -> [Float] {
        guard isNeeded else { return [] }
        var bias: [Float] = []
        bias.reserveCapacity(heads * rows.count * columns)
        for head in 0..<heads {
            for row in rows {
                if !sinks.isEmpty { bias.append(sinks[head]) }
                for key in 0..<keys {
                    if let window, key + window < past + row + 1 {
                        bias.append(-.infinity)
                    } else if let added {
                        bias.append(added.elements[added.first + head * added.headStride + row * added.rowStride + key])
                    } else {
                        bias.append(0)
                    }
                }
            }
        }
        return bias
    }
}
