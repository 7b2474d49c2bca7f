import CDunlinKernels

/// Small trees as the kernels take them that look at all branches at once: a mask for each branch, of the leaves that
/// are left when it sends a row on to its second child. For forests whose trees have at most 64 leaves and read at most
/// 256 features, on CPUs with AVX-512.
final class TreeMasks: Sendable {
    /// Leaves that a tree may have: two words of masks.
    static let mostLeaves = 64
    /// Features that rows may have: 32 rows of them stay in the first-level cache.
    static let mostFeatures = 256
    /// Scores of a row, at most, that are summed for many rows at once.
    static let mostTargets = 64
    /// Rows that are looked at together.
    static let rowLanes = 32
    /// Trees whose leaves are found before they are added.
    static let part = 32

    let trees: Int
    let features: Int
    /// The same trees for single rows, where they fit.
    let groups: TreeMaskGroups?
    private let thresholds: AlignedFloats
    private let branchFeatures: [Int32]
    private let masks: [UInt32]
    private let ends: [Int32]
    private let leafStarts: [Int32]
    private let leaves: AlignedFloats

    var byteCount: Int {
        (thresholds.count + branchFeatures.count + masks.count + ends.count + leafStarts.count + leaves.count) * 4
            + (groups?.byteCount ?? 0)
    }

    /// What the leaves hold, by the numbers that `TreeMaskGroups.find` gives.
    var held: UnsafePointer<Int32> { UnsafeRawPointer(leaves.pointer).assumingMemoryBound(to: Int32.self) }

    /// - Parameters:
    ///   - nodes: Checked, as `PackedTrees` takes them.
    ///   - roots: Indexes of `nodes`, in the order of the trees.
    /// - Returns: `nil` when the trees do not fit.
    init?(_ nodes: [PackedTrees.Node], roots: [Int], featureCount: Int) {
        guard featureCount <= Self.mostFeatures else { return nil }
        var cut: [TreeCut] = []
        for root in roots {
            guard let tree = TreeCut(nodes, root: root) else { return nil }
            cut.append(tree)
        }
        trees = roots.count
        features = featureCount
        var branches: [TreeCut.Branch] = [], ends: [Int32] = [0], starts: [Int32] = [0], held: [Int32] = []
        for tree in cut {
            branches += tree.high
            ends.append(Int32(branches.count))
            branches += tree.low
            ends.append(Int32(branches.count))
            held += tree.leaves
            held += [Int32](repeating: 0, count: tree.leaves.count.roundedUp(to: 32) - tree.leaves.count)
            starts.append(Int32(held.count))
        }
        thresholds = AlignedFloats(count: branches.count)
        for (index, branch) in branches.enumerated() { thresholds.pointer[index] = branch.threshold }
        branchFeatures = branches.map { Int32($0.feature) }
        masks = branches.map(\.mask)
        self.ends = ends
        leafStarts = starts
        let leaves = AlignedFloats(count: held.count)
        held.withUnsafeBytes { held in
            guard let source = held.baseAddress else { return }
            UnsafeMutableRawPointer(leaves.pointer).copyMemory(from: source, byteCount: held.count)
        }
        self.leaves = leaves
        groups = TreeMaskGroups(cut, leafStarts: starts, featureCount: featureCount)
    }

    /// Gives `body` the trees as the kernels want them.
    func withTrees(_ body: (UnsafePointer<dk_tree_masks>) -> Void) {
        branchFeatures.withUnsafeBufferPointer { features in
            masks.withUnsafeBufferPointer { masks in
                ends.withUnsafeBufferPointer { ends in
                    leafStarts.withUnsafeBufferPointer { starts in
                        var trees = dk_tree_masks(
                            thresholds: UnsafePointer(thresholds.pointer), features: features.baseAddress,
                            masks: masks.baseAddress, ends: ends.baseAddress, leaves: held,
                            leaf_starts: starts.baseAddress)
                        body(&trees)
                    }
                }
            }
        }
    }
}

/// One tree as its leaves, from left to right, and the masks of its branches.
struct TreeCut {
    struct Branch {
        var threshold: Float
        var feature: Int
        /// A bit for each of 32 leaves, the highest for the first: those that are not below the first child.
        var mask: UInt32
    }

    private(set) var leaves: [Int32] = []
    /// Branches that take of the first 32 leaves, and of those after them; one may be in both.
    private(set) var high: [Branch] = []
    private(set) var low: [Branch] = []
    private var branchCount = 0

    /// - Returns: `nil` for more leaves than `TreeMasks.mostLeaves`.
    init?(_ nodes: [PackedTrees.Node], root: Int) {
        guard add(nodes, root) else { return nil }
    }

    private mutating func add(_ nodes: [PackedTrees.Node], _ index: Int) -> Bool {
        let node = nodes[index]
        if let leaf = node.leaf {
            leaves.append(leaf)
            return true
        }
        // Counted on the way down, so that a deep tree is given up before it is walked.
        branchCount += 1
        guard branchCount < TreeMasks.mostLeaves else { return false }
        let begin = leaves.count
        guard add(nodes, node.child) else { return false }
        let end = leaves.count
        guard add(nodes, node.child + 1) else { return false }
        if begin < 32 { high.append(Self.branch(node, begin, min(end, 32))) }
        if end > 32 { low.append(Self.branch(node, max(begin, 32) - 32, end - 32)) }
        return true
    }

    /// A branch that takes away leaves `begin..<end` of a word.
    private static func branch(_ node: PackedTrees.Node, _ begin: Int, _ end: Int) -> Branch {
        // Shifts by 32 give 0.
        let taken = (UInt32.max >> UInt32(begin)) & ~(UInt32.max >> UInt32(end))
        return Branch(threshold: node.threshold, feature: node.feature, mask: ~taken)
    }
}

extension Int {
    fileprivate func roundedUp(to unit: Int) -> Int { (self + unit - 1) / unit * unit }
}
