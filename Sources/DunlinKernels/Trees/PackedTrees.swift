import DunlinKernelsBaseline

/// Decision trees over FP32 rows, laid out once, at load, as the kernels walk them: eight bytes a node, nodes that
/// follow one another in one cache line where they can.
///
/// Immutable and shared: copies of the struct refer to one allocation.
package struct PackedTrees: Sendable {
    /// A node as the packer takes it.
    package struct Node: Sendable {
        /// A row goes to `child` when its feature is at most this, else to the node after it.
        package var threshold: Float
        package var feature: Int
        package var child: Int
        /// Whether a NaN goes to `child`.
        package var takesNaN: Bool
        /// `nil` in a branch; what the kernels give out for a row that ends here.
        package var leaf: Int32?

        package init(threshold: Float, feature: Int, child: Int, takesNaN: Bool, leaf: Int32?) {
            self.threshold = threshold
            self.feature = feature
            self.child = child
            self.takesNaN = takesNaN
            self.leaf = leaf
        }
    }

    package let treeCount: Int
    /// Columns that rows must have.
    package let featureCount: Int
    /// Whether rows need a second set of keys, in which a NaN is less than all numbers.
    let takesNaN: Bool
    let storage: AlignedFloats
    let roots: [Int32]
    /// Steps to the deepest leaf of each group of trees.
    let depths: [Int32]
    /// The same trees with masks, where they are small enough and the CPU can look at those.
    let masks: TreeMasks?
    /// The same trees in blocks, where there are no masks, they fit and the CPU can walk those.
    let blocks: TreeBlocks?

    /// Nodes in a cache line.
    private static let lineNodes = 8
    /// The key of a leaf that stands in for a tree in the last group: adding it as a number changes nothing.
    private static let nothing = Int32(bitPattern: (-Float(0)).bitPattern)

    /// Whether rows are sent through blocks.
    package var usesBlocks: Bool { blocks != nil }
    /// Whether many rows, and single ones, are compared with all branches at once.
    package var usesMasks: (rows: Bool, row: Bool) { (masks != nil, masks?.groups != nil) }

    /// Keys of one row; the last is least of all.
    var keyCount: Int { featureCount * (takesNaN ? 2 : 1) + 1 }
    /// From one row's keys to the next one's.
    package var keyStride: Int { (keyCount + 15) / 16 * 16 }
    package var byteCount: Int {
        storage.count * 4 + (roots.count + depths.count) * 4 + (blocks?.byteCount ?? 0) + (masks?.byteCount ?? 0)
    }

    /// Packs trees.
    ///
    /// - Parameters:
    ///   - nodes: Checked: children exist, and no node has two parents. Both children of a branch stand side by side.
    ///   - roots: Indexes of `nodes`, in the order of the trees.
    ///   - isa: What the trees will be walked with.
    /// - Returns: `nil` when they do not fit: a feature or a distance above 65,535.
    package init?(_ nodes: [Node], roots: [Int], isa: ISA = KernelTable.current.isa) {
        treeCount = roots.count
        featureCount = nodes.reduce(0) { max($0, $1.leaf == nil ? $1.feature + 1 : 0) }
        takesNaN = nodes.contains { $0.leaf == nil && $0.takesNaN }
        let leafFeature = featureCount * (takesNaN ? 2 : 1)
        guard leafFeature <= Int(UInt16.max) else { return nil }
        var layout = Layout(nodes, featureCount: featureCount, leafFeature: UInt16(leafFeature))
        var packedRoots: [Int32] = [], depths: [Int32] = []
        for (number, root) in roots.enumerated() {
            guard let tree = layout.lay(root) else { return nil }
            packedRoots.append(Int32(tree.start))
            if number % treeGroup == 0 { depths.append(0) }
            depths[depths.count - 1] = max(depths[depths.count - 1], Int32(tree.depth))
        }
        if packedRoots.count % treeGroup != 0 {
            let empty = layout.addLeaf(Self.nothing)
            while packedRoots.count % treeGroup != 0 { packedRoots.append(Int32(empty)) }
        }
        self.roots = packedRoots
        self.depths = depths
        storage = AlignedFloats(count: layout.packed.count * 2)
        masks = isa == .v4 ? TreeMasks(nodes, roots: roots, featureCount: featureCount) : nil
        blocks =
            isa == .v4 && masks?.groups == nil
            ? TreeBlocks(nodes, roots: roots, featureCount: featureCount, nothing: Self.nothing) : nil
        let target = UnsafeMutableRawPointer(storage.pointer)
        layout.packed.withUnsafeBytes { target.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    }

    /// A node as the kernels read it.
    private struct Packed {
        var key: Int32 = 0
        var feature: UInt16
        var distance: UInt16 = 0
    }

    /// Places nodes in lines: a node, its children, theirs, as far as the line goes.
    private struct Layout {
        let nodes: [Node]
        let featureCount: Int
        let leafFeature: UInt16
        var packed: [Packed] = []

        init(_ nodes: [Node], featureCount: Int, leafFeature: UInt16) {
            self.nodes = nodes
            self.featureCount = featureCount
            self.leafFeature = leafFeature
            packed.reserveCapacity(nodes.count * 9 / 8)
        }

        mutating func addLeaf(_ key: Int32) -> Int {
            packed.append(Packed(key: key, feature: leafFeature))
            return packed.count - 1
        }

        private mutating func startLine(for count: Int) {
            guard packed.count % lineNodes + count > lineNodes else { return }
            while packed.count % lineNodes != 0 { packed.append(Packed(feature: leafFeature)) }
        }

        /// Siblings that wait for a place: the first of them, its parent's place, and its depth.
        private typealias Pair = (first: Int, parent: Int, depth: Int)

        mutating func lay(_ root: Int) -> (start: Int, depth: Int)? {
            startLine(for: lineNodes)
            let start = packed.count
            var waiting: [Pair] = []
            var depth = 0
            place(root, depth: 0, into: &waiting)
            // The root's line has one slot less for pairs than the others, as its own pair is half empty.
            var next = 0
            guard layLine(&waiting, &next, slots: lineNodes - 1, &depth) else { return nil }
            while next < waiting.count {
                guard layLine(&waiting, &next, slots: lineNodes, &depth) else { return nil }
            }
            return (start, depth)
        }

        /// Lays the next waiting pair and as many of its descendants as `slots` hold; the others wait behind all.
        private mutating func layLine(
            _ waiting: inout [Pair], _ next: inout Int, slots: Int, _ depth: inout Int
        ) -> Bool {
            guard next < waiting.count else { return true }
            var line = [waiting[next]]
            next += 1
            // Which descendants fit is known before any is placed, so that the line can start where they all fit.
            var known = 0
            while known < line.count, line.count * 2 < slots - 1 {
                let pair = line[known]
                for node in [pair.first, pair.first + 1]
                where nodes[node].leaf == nil && (line.count + 1) * 2 <= slots {
                    line.append((nodes[node].child, node, pair.depth + 1))
                }
                known += 1
            }
            startLine(for: line.count * 2)
            var places: [(node: Int, place: Int)] = []
            for (number, pair) in line.enumerated() {
                // The first pair's parent is a place already, the others' parents are nodes of this line.
                let parent = number == 0 ? pair.parent : places.first { $0.node == pair.parent }!.place
                let distance = packed.count - parent
                guard distance <= Int(UInt16.max) else { return false }
                packed[parent].distance = UInt16(distance)
                depth = max(depth, pair.depth)
                for node in [pair.first, pair.first + 1] {
                    places.append((node, packed.count))
                    place(node, depth: pair.depth, into: &waiting)
                    // What stands in this line waits no longer.
                    if nodes[node].leaf == nil, line.contains(where: { $0.first == nodes[node].child }) {
                        waiting.removeLast()
                    }
                }
            }
            return true
        }

        private mutating func place(_ index: Int, depth: Int, into waiting: inout [Pair]) {
            let node = nodes[index]
            if let leaf = node.leaf {
                _ = addLeaf(leaf)
                return
            }
            waiting.append((node.child, packed.count, depth + 1))
            packed.append(
                Packed(
                    key: PackedTrees.key(node.threshold),
                    feature: UInt16(node.feature + (node.takesNaN ? featureCount : 0))))
        }
    }

    /// The integer that a threshold is compared as: that of a NaN is less than those of all numbers.
    private static func key(_ threshold: Float) -> Int32 {
        var key: Int32 = 0
        withUnsafePointer(to: threshold) { treeKeys($0, 1, .min, &key) }
        return key
    }
}
