import CDunlinKernels

/// Trees in blocks of four levels, for the kernel that takes four steps at once. For forests that fit the second-level
/// cache in this form and read at most 64 features, on CPUs with AVX-512.
struct TreeBlocks: Sendable {
    /// Trees that one call of the kernel walks.
    static let group = 32
    /// The row's numbers that the kernel holds in registers.
    static let mostFeatures = 64
    /// Bytes of all blocks, at most: half of a usual second-level cache. Above, nodes that are never read cost more
    /// than the steps that are saved.
    static let mostByteCount = 1 << 19
    private static let ways = 16

    private let thresholds: AlignedFloats
    private let features: AlignedFloats
    private let exits: [Int32]
    /// What each leaf holds.
    let leaves: [Int32]
    private let roots: [Int32]
    /// Blocks from a root to the deepest leaf, for each group.
    private let levels: [Int32]
    private let isWide: Int32

    var byteCount: Int {
        (thresholds.count + features.count + exits.count + leaves.count + roots.count + levels.count) * 4
    }

    var groupCount: Int { levels.count }

    /// - Parameter nothing: The leaf of trees that fill up the last group.
    /// - Returns: `nil` when the trees do not fit.
    init?(_ nodes: [PackedTrees.Node], roots: [Int], featureCount: Int, nothing: Int32) {
        guard featureCount <= Self.mostFeatures else { return nil }
        var builder = Builder(nodes)
        var placed: [Int32] = []
        var levels: [Int32] = []
        for (number, root) in roots.enumerated() {
            guard let (way, depth) = builder.add(root) else { return nil }
            placed.append(way)
            if number % Self.group == 0 { levels.append(0) }
            levels[levels.count - 1] = max(levels[levels.count - 1], depth)
        }
        if placed.count % Self.group != 0 {
            let filler = builder.way(toLeaf: nothing)
            while placed.count % Self.group != 0 { placed.append(filler) }
        }
        self.roots = placed
        isWide = featureCount > 32 ? 1 : 0
        self.levels = levels
        // The kernel reads the first block for trees that are leaves alone.
        if builder.exits.isEmpty { builder.addBlock(0) }
        exits = builder.exits
        leaves = builder.leaves
        let count = builder.thresholds.count
        thresholds = AlignedFloats(count: count)
        thresholds.pointer.update(from: builder.thresholds, count: count)
        features = AlignedFloats(count: count / 4)
        UnsafeMutableRawPointer(features.pointer).copyMemory(from: builder.features, byteCount: count)
    }

    /// The leaves that one row reaches in the trees of a group.
    ///
    /// - Parameters:
    ///   - row: `mostFeatures` elements.
    ///   - found: Gets `group` indexes of `leaves`.
    func findLeaves(
        group: Int, blocks: UnsafePointer<dk_tree_blocks>, row: UnsafePointer<Float>,
        into found: UnsafeMutablePointer<Int32>
    ) {
        roots.withUnsafeBufferPointer {
            dk_tree_leaves_v4(blocks, $0.baseAddress! + group * Self.group, levels[group], row, isWide, found)
        }
    }

    /// Gives `body` the blocks as the kernel wants them.
    func withBlocks(_ body: (UnsafePointer<dk_tree_blocks>) -> Void) {
        exits.withUnsafeBufferPointer {
            var blocks = dk_tree_blocks(
                thresholds: UnsafePointer(thresholds.pointer),
                features: UnsafeRawPointer(features.pointer).assumingMemoryBound(to: UInt8.self),
                ways: $0.baseAddress)
            body(&blocks)
        }
    }

    /// Cuts trees into blocks.
    private struct Builder {
        let nodes: [PackedTrees.Node]
        var thresholds: [Float] = []
        var features: [UInt8] = []
        var exits: [Int32] = []
        var leaves: [Int32] = []
        private var waiting: [(node: Int, depth: Int32)] = []

        init(_ nodes: [PackedTrees.Node]) { self.nodes = nodes }

        mutating func way(toLeaf held: Int32) -> Int32 {
            leaves.append(held)
            return ~Int32(leaves.count - 1)
        }

        mutating func addBlock(_ way: Int32) {
            thresholds.append(contentsOf: [Float](repeating: 0, count: ways))
            features.append(contentsOf: [UInt8](repeating: 0, count: ways))
            exits.append(contentsOf: [Int32](repeating: way, count: ways))
        }

        /// Adds a tree; returns where it starts and how many blocks deep it is.
        mutating func add(_ root: Int) -> (way: Int32, depth: Int32)? {
            var deepest: Int32 = 0
            let start = way(to: root, depth: 1)
            // Blocks are numbered as they are met, and filled in that order.
            while !waiting.isEmpty {
                guard exits.count * 9 <= TreeBlocks.mostByteCount else { return nil }
                let next = waiting.removeFirst()
                deepest = max(deepest, next.depth)
                fill(blockOf[next.node]!, slot: 0, level: 0, node: next.node, depth: next.depth)
            }
            blockOf.removeAll(keepingCapacity: true)
            return (start, deepest)
        }

        private var blockOf: [Int: Int] = [:]

        private mutating func way(to node: Int, depth: Int32) -> Int32 {
            if let held = nodes[node].leaf { return way(toLeaf: held) }
            let block = exits.count / ways
            addBlock(0)
            blockOf[node] = block
            waiting.append((node, depth))
            return Int32(block)
        }

        private mutating func fill(_ block: Int, slot: Int, level: Int, node: Int, depth: Int32) {
            let first = block * ways
            if level == 4 || nodes[node].leaf != nil {
                // A leaf above the last level is reached whatever the branches below it say.
                let exit = way(to: node, depth: depth + 1)
                let start = ((slot + 1) << (4 - level)) - ways
                for index in start..<start + (1 << (4 - level)) { exits[first + index] = exit }
                return
            }
            thresholds[first + slot] = nodes[node].threshold
            features[first + slot] = UInt8(nodes[node].feature)
            fill(block, slot: 2 * slot + 1, level: level + 1, node: nodes[node].child, depth: depth)
            fill(block, slot: 2 * slot + 2, level: level + 1, node: nodes[node].child + 1, depth: depth)
        }
    }
}
