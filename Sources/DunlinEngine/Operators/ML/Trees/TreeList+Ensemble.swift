import DunlinInference
import DunlinTensor

extension TreeList {
    /// Reads the attributes of `TreeEnsemble`: branches and leaves in separate lists, set membership.
    init(ensemble node: DunlinEngine.Node) throws(InferError) {
        let roots = try node.ints("tree_roots") ?? []
        let features = try node.ints("nodes_featureids") ?? []
        let count = features.count
        let onTrue = try Self.list(node.ints("nodes_truenodeids"), "nodes_truenodeids", count)
        let onFalse = try Self.list(node.ints("nodes_falsenodeids"), "nodes_falsenodeids", count)
        let trueIsLeaf = try Self.list(node.ints("nodes_trueleafs"), "nodes_trueleafs", count)
        let falseIsLeaf = try Self.list(node.ints("nodes_falseleafs"), "nodes_falseleafs", count)
        let missing = try node.ints("nodes_missing_value_tracks_true") ?? []
        node.ignore("nodes_hitrates")
        guard missing.isEmpty || missing.count == count else {
            throw Self.length("nodes_missing_value_tracks_true", missing.count, count)
        }
        let splits = try Self.list(node.tensor("nodes_splits")?.doubles("nodes_splits"), "nodes_splits", count)
        let modes = try Self.list(Self.modes(node), "nodes_modes", count)
        let targets = try node.ints("leaf_targetids") ?? []
        let weights = try Self.list(
            node.tensor("leaf_weights")?.doubles("leaf_weights"), "leaf_weights", targets.count)
        guard count + targets.count <= Self.mostNodes / 2 else {
            throw InferError(.unsupported, "the trees have \(count + targets.count) nodes and leaves")
        }

        // The sets stand one after another, each ended by a NaN, in the order of the nodes that use them.
        var sets = try node.tensor("membership_values")?.doubles("membership_values")[...] ?? []
        var nodes: [Node] = []
        for index in 0..<count {
            var made = Node()
            made.id = index
            var branch = Branch(
                modes[index], feature: features[index], value: splits[index], onTrue: onTrue[index],
                onFalse: onFalse[index])
            branch.trueOnMissing = !missing.isEmpty && missing[index] != 0
            if modes[index] == .member {
                branch.members = Array(sets.prefix { !$0.isNaN })
                sets = sets.dropFirst(branch.members.count + 1)
            }
            made.branch = branch
            nodes.append(made)
        }
        // Leaves may be shared by branches: each mention becomes a node of its own.
        func leaf(_ index: Int, of branch: Int) throws(InferError) -> Int {
            guard targets.indices.contains(index) else {
                throw InferError(.invalidArgument, "node \(branch) has the leaf \(index); there are \(targets.count)")
            }
            var made = Node()
            made.id = count + index
            made.weights = [Weight(target: targets[index], value: weights[index])]
            nodes.append(made)
            return nodes.count - 1
        }
        for index in 0..<count {
            for isTrue in [true, false] {
                let child = isTrue ? onTrue[index] : onFalse[index]
                guard (isTrue ? trueIsLeaf[index] : falseIsLeaf[index]) != 0 else {
                    guard (0..<count).contains(child) else {
                        throw InferError(
                            .invalidArgument, "node \(index) has the child \(child); there are \(count) nodes")
                    }
                    continue
                }
                let place = try leaf(child, of: index)
                if isTrue { nodes[index].branch!.onTrue = place } else { nodes[index].branch!.onFalse = place }
            }
        }
        for root in roots where !(0..<count).contains(root) {
            throw InferError(.invalidArgument, "'tree_roots' names node \(root); there are \(count)")
        }
        self.init()
        self.nodes = nodes
        self.roots = roots
    }

    private static func modes(_ node: DunlinEngine.Node) throws(InferError) -> [Mode]? {
        guard let tensor = try node.tensor("nodes_modes") else { return nil }
        guard tensor.dataType == .uint8 else {
            throw InferError(
                .invalidArgument, "attribute 'nodes_modes' is a tensor of \(tensor.dataType), expected UINT8")
        }
        let known: [Mode] = [.lessOrEqual, .less, .greaterOrEqual, .greater, .equal, .notEqual, .member]
        var modes: [Mode] = []
        for number in tensor.elements(as: UInt8.self) {
            guard Int(number) < known.count else {
                throw InferError(.invalidArgument, "attribute 'nodes_modes' has the value \(number), expected 0...6")
            }
            modes.append(known[Int(number)])
        }
        return modes
    }
}
