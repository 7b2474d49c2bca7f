import DunlinKernels

/// A forest in the kernels' form: FP32 comparisons with `<=`, weights that are summed, and leaves that are alike.
struct PackedForest: Sendable {
    let trees: PackedTrees
    private let leaves: PackedTrees.Leaves
    /// 1 for each target that some leaf adds to: then a leaf of every row does.
    private let isScored: [UInt8]

    var memoryByteCount: Int {
        switch leaves {
        case .weight: trees.byteCount
        case .weights(let targets): trees.byteCount + targets.count * 4
        case .vectors(let vectors): trees.byteCount + vectors.count * 4
        }
    }

    /// - Returns: `nil` when the forest needs the general walk: other comparisons or sums, leaves without a weight,
    ///   leaves of one tree with different targets, or sizes that do not fit.
    init?(_ forest: TreeForest<Float>, targetCount: Int, aggregate: TreeAggregate) {
        guard forest.walk != .general, aggregate == .sum || aggregate == .average else { return nil }
        var isScored = [UInt8](repeating: 0, count: targetCount)
        var isVector = false
        if let targets = Self.targets(forest) {
            for target in targets { isScored[Int(target)] = 1 }
            if targets.allSatisfy({ $0 == targets[0] }) {
                leaves = .weight(target: Int(targets[0]))
            } else {
                leaves = .weights(targets: PackedTrees.padded(targets))
            }
        } else if let vectors = Self.vectors(forest, targetCount: targetCount) {
            isScored = [UInt8](repeating: 1, count: targetCount)
            leaves = .vectors(vectors)
            isVector = true
        } else {
            return nil
        }
        self.isScored = isScored
        let nodes = forest.nodes.map { node in
            let leaf = isVector ? Int32(node.number) : Int32(bitPattern: node.threshold.bitPattern)
            return PackedTrees.Node(
                threshold: node.threshold, feature: Int(node.feature), child: Int(node.child),
                takesNaN: node.bits & 2 != 0, leaf: node.isBranch ? nil : leaf)
        }
        guard let trees = PackedTrees(nodes, roots: forest.roots.map { Int($0.node) }) else { return nil }
        self.trees = trees
    }

    /// The one target that each tree's leaves add one weight to.
    private static func targets(_ forest: TreeForest<Float>) -> [Int32]? {
        var targets: [Int32] = []
        for (number, root) in forest.roots.enumerated() {
            let end = number + 1 < forest.roots.count ? Int(forest.roots[number + 1].node) : forest.nodes.count
            var target: Int32?
            for node in forest.nodes[Int(root.node)..<end] where !node.isBranch {
                let weights = forest.weights(ofLeaf: node.number)
                guard weights.count == 1, target == nil || target == weights.first?.target else { return nil }
                target = weights.first?.target
            }
            guard let target else { return nil }
            targets.append(target)
        }
        return targets
    }

    /// The weights of leaves that each have one for every target: `[leaves, targets]`.
    private static func vectors(_ forest: TreeForest<Float>, targetCount: Int) -> [Float]? {
        let leafCount = forest.weightStarts.count - 1
        guard forest.weights.count == leafCount * targetCount else { return nil }
        var vectors = [Float](repeating: 0, count: leafCount * targetCount)
        var filled = [Int](repeating: -1, count: targetCount)
        for leaf in 0..<leafCount {
            let weights = forest.weights(ofLeaf: leaf)
            guard weights.count == targetCount else { return nil }
            for weight in weights {
                guard filled[Int(weight.target)] != leaf else { return nil }
                filled[Int(weight.target)] = leaf
                vectors[leaf * targetCount + Int(weight.target)] = weight.value
            }
        }
        return vectors
    }

    /// Scores up to `TreeForest.blockRows` rows, as `TreeForest.score` does.
    func score(
        rows: UnsafePointer<Float>, count: Int, columns: Int, targetCount: Int, into block: TreeBlock<Float>,
        scratch: UnsafeMutableRawPointer
    ) {
        block.scores.update(repeating: 0, count: count * targetCount)
        isScored.withUnsafeBufferPointer {
            for row in 0..<count {
                (block.isScored + row * targetCount).update(from: $0.baseAddress!, count: targetCount)
            }
        }
        trees.add(
            leaves, rows: rows, count: count, columns: columns, targetCount: targetCount, into: block.scores,
            scratch: scratch)
    }
}
