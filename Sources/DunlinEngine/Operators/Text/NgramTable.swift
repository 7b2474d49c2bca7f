import DunlinBytes

/// A tree of n-grams: from a node and a token to the node of the longer n-gram.
struct NgramTable: Sendable {
    /// Node 0 is the empty n-gram. -1 where a node is none of the pool.
    private var columns: [Int32] = [-1]
    /// Open addressing; a power of two, at most half full. A key is a node, then a token.
    private var keys: [UInt64] = Array(repeating: Self.free, count: 16)
    private var children: [Int32] = Array(repeating: 0, count: 16)
    private var count = 0

    private static let free = UInt64.max

    init() {}

    var memoryByteCount: Int { columns.count * 4 + keys.count * 12 }

    /// Adds an n-gram of tokens.
    ///
    /// - Returns: False when it is there already.
    mutating func insert(_ ngram: [Int32], column: Int32) -> Bool {
        var node: Int32 = 0
        for token in ngram { node = child(of: node, token) ?? add(node, token) }
        guard columns[Int(node)] < 0 else { return false }
        columns[Int(node)] = column
        return true
    }

    /// The longer n-gram's node, or `nil` when the pool has none that begins so.
    func child(of node: Int32, _ token: Int32) -> Int32? {
        let key = Self.key(node, token)
        var slot = Self.slot(key, keys.count)
        while keys[slot] != Self.free {
            if keys[slot] == key { return children[slot] }
            slot = (slot &+ 1) & (keys.count &- 1)
        }
        return nil
    }

    /// The column that counts the node's n-gram, or -1.
    func column(of node: Int32) -> Int32 { columns[Int(node)] }

    private mutating func add(_ node: Int32, _ token: Int32) -> Int32 {
        if (count + 1) * 2 > keys.count { grow() }
        columns.append(-1)
        let child = Int32(columns.count - 1)
        place(Self.key(node, token), child)
        count += 1
        return child
    }

    private mutating func place(_ key: UInt64, _ child: Int32) {
        var slot = Self.slot(key, keys.count)
        while keys[slot] != Self.free { slot = (slot + 1) & (keys.count - 1) }
        keys[slot] = key
        children[slot] = child
    }

    private mutating func grow() {
        let (oldKeys, oldChildren) = (keys, children)
        keys = Array(repeating: Self.free, count: oldKeys.count * 2)
        children = Array(repeating: 0, count: keys.count)
        for (slot, key) in oldKeys.enumerated() where key != Self.free { place(key, oldChildren[slot]) }
    }

    private static func key(_ node: Int32, _ token: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: node)) << 32 | UInt64(UInt32(bitPattern: token))
    }

    private static func slot(_ key: UInt64, _ count: Int) -> Int {
        let (high, low) = key.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return Int(truncatingIfNeeded: high ^ low) & (count - 1)
    }
}
