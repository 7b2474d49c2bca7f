import DunlinInference

/// Decision trees in the form that is walked: one array of nodes, both children of a node side by side.
///
/// Every comparison is turned into one of three kinds when the forest is made, so that walking needs no table of
/// modes: `x <= threshold`, `x == threshold`, or "x is a member". The others are these with the children swapped or
/// the threshold moved by one unit in the last place. A NaN goes where `trueOnNaN` says.
///
/// `Scalar` is the type in which ONNX Runtime compares and sums: `Double` for FP64 input, `Float` for all else.
struct TreeForest<Scalar: TreeScalar>: Sendable {
    /// 16 bytes for `Float`. A leaf is its own child, so that a walk may take more steps than needed.
    struct Node: Sendable {
        /// What is compared with; in a leaf its weight, when it has exactly one.
        var threshold: Scalar
        /// The column compared; 0 in a leaf.
        var feature: Int32
        /// The true branch's node; the false branch's is the next one. In a leaf: the node itself.
        var child: Int32
        /// Bit 0: not a leaf. Bit 1: NaN goes the true way. Bits 2–3: kind. Above: the leaf's or the set's number.
        var bits: UInt32

        static var numberShift: UInt32 { 4 }
        var isBranch: Bool { bits & 1 != 0 }
        var number: Int { Int(bits >> Self.numberShift) }
    }

    /// The kinds of comparison, as they stand in bits 2–3 of a node.
    enum Kind: UInt32 {
        case atMost = 0, equal = 1, member = 2
    }

    /// Where a tree starts and how many steps reach its deepest leaf.
    struct Root: Sendable {
        var node: Int32
        var depth: Int32
    }

    /// What a leaf adds to one score.
    struct Weight: Sendable {
        var target: Int32
        var value: Scalar
    }

    /// Which walk a forest needs: the simplest that is right for all its nodes.
    enum Walk: Sendable {
        case atMost, atMostOrNaN, general
    }

    private(set) var nodes: [Node] = []
    private(set) var roots: [Root] = []
    /// The weights of leaf `i` are `weights[weightStarts[i]..<weightStarts[i + 1]]`.
    private(set) var weights: [Weight] = []
    private(set) var weightStarts: [Int32] = [0]
    /// Sorted members of set `i`: `members[memberStarts[i]..<memberStarts[i + 1]]`.
    private(set) var members: [Scalar] = []
    private(set) var memberStarts: [Int32] = [0]
    private(set) var walk = Walk.atMost
    /// True when each leaf has exactly one weight, all for the same target: a leaf's sum is its `threshold`.
    private(set) var onlyTarget: Int?
    /// The columns that rows must have.
    private(set) var featureCount = 0

    var treeCount: Int { roots.count }

    func weights(ofLeaf number: Int) -> ArraySlice<Weight> {
        weights[Int(weightStarts[number])..<Int(weightStarts[number + 1])]
    }

    var memoryByteCount: Int {
        nodes.count * MemoryLayout<Node>.stride + roots.count * MemoryLayout<Root>.stride
            + weights.count * MemoryLayout<Weight>.stride + (weightStarts.count + memberStarts.count) * 4
            + members.count * MemoryLayout<Scalar>.stride
    }

    /// Lays out the trees of `list`.
    ///
    /// - Throws: `.invalidArgument` that names the tree and node at fault: a child out of range, reached twice or by
    ///   itself; `.unsupported` beyond `TreeList`'s limits.
    init(_ list: TreeList, targetCount: Int) throws(InferError) {
        try list.checkCounts()
        var visited = [Bool](repeating: false, count: list.nodes.count)
        nodes.reserveCapacity(list.nodes.count)
        for root in list.roots {
            try lay(list, root: root, visited: &visited, targetCount: targetCount)
        }
        let targets = Set(weights.map(\.target))
        if targets.count == 1, weights.count == weightStarts.count - 1,
            zip(weightStarts, weightStarts.dropFirst()).allSatisfy({ $1 - $0 == 1 })
        {
            onlyTarget = Int(targets.first!)
        }
    }

    /// Appends one tree, breadth first, so that the steps near the root, which every row takes, share cache lines.
    private mutating func lay(
        _ list: TreeList, root: Int, visited: inout [Bool], targetCount: Int
    ) throws(InferError) {
        let start = nodes.count
        var depth: Int32 = 0
        var level = [(source: root, place: start)]
        nodes.append(Node(threshold: 0, feature: 0, child: 0, bits: 0))
        while !level.isEmpty {
            var next: [(source: Int, place: Int)] = []
            for (source, place) in level {
                guard !visited[source] else { throw list.fault(source, "is reached by more than one branch") }
                visited[source] = true
                let node = list.nodes[source]
                guard let branch = node.branch else {
                    try layLeaf(node, at: place, list, source, targetCount)
                    continue
                }
                guard branch.feature >= 0, branch.feature < TreeList.mostFeatures else {
                    throw list.fault(source, "has the feature id \(branch.feature)")
                }
                for child in [branch.onTrue, branch.onFalse] {
                    guard list.nodes.indices.contains(child) else { throw list.fault(source, "has no such child") }
                }
                featureCount = Swift.max(featureCount, branch.feature + 1)
                let place2 = nodes.count
                let (onTrue, onFalse) = layBranch(branch, at: place, child: place2)
                nodes.append(Node(threshold: 0, feature: 0, child: 0, bits: 0))
                nodes.append(Node(threshold: 0, feature: 0, child: 0, bits: 0))
                next.append((onTrue, place2))
                next.append((onFalse, place2 + 1))
            }
            if !next.isEmpty { depth += 1 }
            level = next
        }
        roots.append(Root(node: Int32(start), depth: depth))
    }

    /// Writes a branch and says which of its children stands first.
    private mutating func layBranch(
        _ branch: TreeList.Branch, at place: Int, child: Int
    ) -> (onTrue: Int, onFalse: Int) {
        let value = Scalar(branch.value)
        var threshold = value
        var kind = Kind.atMost
        var isSwapped = false
        var trueOnNaN = branch.trueOnMissing
        switch branch.mode {
        case .lessOrEqual: break
        case .less: threshold = value.belowOrNaN
        case .greater:
            (isSwapped, trueOnNaN) = (true, !trueOnNaN)
        case .greaterOrEqual:
            (threshold, isSwapped, trueOnNaN) = (value.belowOrNaN, true, !trueOnNaN)
        case .equal: kind = .equal
        case .notEqual: (kind, isSwapped, trueOnNaN) = (.equal, true, false)
        case .member: kind = .member
        }
        // Every comparison with NaN but "not equal" is false, which swapping must not turn around.
        if value.isNaN, kind == .atMost { (isSwapped, trueOnNaN) = (false, branch.trueOnMissing) }
        var number = 0
        if kind == .member {
            number = memberStarts.count - 1
            members.append(contentsOf: branch.members.map { Scalar($0) }.filter { !$0.isNaN }.sorted())
            memberStarts.append(Int32(members.count))
        }
        switch (kind, trueOnNaN) {
        case (.atMost, true): if walk == .atMost { walk = .atMostOrNaN }
        case (.atMost, false): break
        default: walk = .general
        }
        nodes[place] = Node(
            threshold: threshold, feature: Int32(branch.feature), child: Int32(child),
            bits: 1 | (trueOnNaN ? 2 : 0) | kind.rawValue << 2 | UInt32(number) << Node.numberShift)
        return isSwapped ? (branch.onFalse, branch.onTrue) : (branch.onTrue, branch.onFalse)
    }

    private mutating func layLeaf(
        _ node: TreeList.Node, at place: Int, _ list: TreeList, _ source: Int, _ targetCount: Int
    ) throws(InferError) {
        for weight in node.weights {
            guard weight.target >= 0, weight.target < targetCount else {
                throw list.fault(source, "adds to score \(weight.target) of \(targetCount)")
            }
            weights.append(Weight(target: Int32(weight.target), value: Scalar(weight.value)))
        }
        let number = weightStarts.count - 1
        weightStarts.append(Int32(weights.count))
        nodes[place] = Node(
            threshold: node.weights.count == 1 ? Scalar(node.weights[0].value) : 0, feature: 0,
            child: Int32(place), bits: UInt32(number) << Node.numberShift)
    }
}

/// The number types trees are compared and summed in.
protocol TreeScalar: BinaryFloatingPoint, SIMDScalar, Codable, Sendable {}

extension Float: TreeScalar {}
extension Double: TreeScalar {}

extension TreeScalar {
    /// The `y` for which `x < self` is `x <= y`; NaN where nothing is below.
    fileprivate var belowOrNaN: Self { self == -.infinity ? .nan : nextDown }
}
