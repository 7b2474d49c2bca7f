import DunlinInference
import DunlinTensor

extension TreeList {
    /// Reads the `nodes_*` attributes of `TreeEnsembleClassifier` and `TreeEnsembleRegressor`, and the leaves'
    /// weights from those that begin with `prefix`.
    ///
    /// - Throws: When lists differ in length, a node is there twice, or a child or weight names none.
    init(_ node: DunlinEngine.Node, weightPrefix prefix: String) throws(InferError) {
        let ids = try node.ints("nodes_nodeids") ?? []
        let trees = try Self.list(node.ints("nodes_treeids"), "nodes_treeids", ids.count)
        let features = try Self.list(node.ints("nodes_featureids"), "nodes_featureids", ids.count)
        let onTrue = try Self.list(node.ints("nodes_truenodeids"), "nodes_truenodeids", ids.count)
        let onFalse = try Self.list(node.ints("nodes_falsenodeids"), "nodes_falsenodeids", ids.count)
        let modes = try Self.list(node.strings("nodes_modes"), "nodes_modes", ids.count)
        let values = try Self.list(node.numbers("nodes_values"), "nodes_values", ids.count)
        let missing = try node.ints("nodes_missing_value_tracks_true") ?? []
        for key in ["nodes_hitrates", "nodes_hitrates_as_tensor"] { node.ignore(key) }
        guard missing.isEmpty || missing.count == ids.count else {
            throw Self.length("nodes_missing_value_tracks_true", missing.count, ids.count)
        }
        guard ids.count <= Self.mostNodes else {
            throw InferError(.unsupported, "the trees have \(ids.count) nodes; supported: \(Self.mostNodes)")
        }

        var places: [Key: Int] = [:]
        places.reserveCapacity(ids.count)
        for index in ids.indices {
            let key = Key(tree: trees[index], node: ids[index])
            guard places.updateValue(index, forKey: key) == nil else {
                throw InferError(.invalidArgument, "tree \(key.tree) has more than one node \(key.node)")
            }
        }
        func place(_ tree: Int, _ id: Int, _ what: String) throws(InferError) -> Int {
            guard let found = places[Key(tree: tree, node: id)] else {
                throw InferError(.invalidArgument, "tree \(tree) has no node \(id), which is \(what)")
            }
            return found
        }
        nodes.reserveCapacity(ids.count)
        var lastTree: Int?
        for index in ids.indices {
            // A tree's root is the first of its nodes in the file.
            if trees[index] != lastTree { roots.append(index) }
            lastTree = trees[index]
            var made = Node()
            made.tree = trees[index]
            made.id = ids[index]
            if modes[index] != "LEAF" {
                guard let mode = Mode(name: modes[index]) else {
                    throw InferError(.invalidArgument, "'nodes_modes' has the unknown mode '\(modes[index])'")
                }
                let child = "a child of node \(ids[index])"
                var branch = Branch(
                    mode, feature: features[index], value: values[index],
                    onTrue: try place(trees[index], onTrue[index], child),
                    onFalse: try place(trees[index], onFalse[index], child))
                branch.trueOnMissing = !missing.isEmpty && missing[index] != 0
                made.branch = branch
            }
            nodes.append(made)
        }

        let targets = try node.ints("\(prefix)_ids") ?? []
        let weightTrees = try Self.list(node.ints("\(prefix)_treeids"), "\(prefix)_treeids", targets.count)
        let weightNodes = try Self.list(node.ints("\(prefix)_nodeids"), "\(prefix)_nodeids", targets.count)
        let weights = try Self.list(node.numbers("\(prefix)_weights"), "\(prefix)_weights", targets.count)
        for index in targets.indices {
            let leaf = try place(weightTrees[index], weightNodes[index], "given a weight")
            nodes[leaf].weights.append(Weight(target: targets[index], value: weights[index]))
        }
    }

    private struct Key: Hashable {
        var tree: Int
        var node: Int
    }

    static func list<Element>(_ found: [Element]?, _ key: String, _ count: Int) throws(InferError) -> [Element] {
        guard let found else {
            if count == 0 { return [] }
            throw InferError(.invalidArgument, "attribute '\(key)' is missing")
        }
        guard found.count == count else { throw length(key, found.count, count) }
        return found
    }

    static func length(_ key: String, _ received: Int, _ expected: Int) -> InferError {
        InferError(.invalidArgument, "attribute '\(key)' has \(received) elements, expected \(expected)")
    }
}

extension TreeList.Mode {
    init?(name: String) {
        switch name {
        case "BRANCH_LEQ": self = .lessOrEqual
        case "BRANCH_LT": self = .less
        case "BRANCH_GTE": self = .greaterOrEqual
        case "BRANCH_GT": self = .greater
        case "BRANCH_EQ": self = .equal
        case "BRANCH_NEQ": self = .notEqual
        default: return nil
        }
    }
}

extension Node {
    /// Numbers given as `key` (FP32) or, from version 3 on, as the tensor `key_as_tensor`.
    func numbers(_ key: String) throws(InferError) -> [Double]? {
        let floats = try floats(key)
        guard let tensor = try tensor("\(key)_as_tensor") else { return floats?.map(Double.init) }
        guard floats == nil || floats!.isEmpty else {
            throw InferError(.invalidArgument, "attributes '\(key)' and '\(key)_as_tensor' are both set")
        }
        return try tensor.doubles("\(key)_as_tensor")
    }
}

extension Tensor {
    /// The elements of an attribute that may be FP32 or FP64.
    func doubles(_ key: String) throws(InferError) -> [Double] {
        switch dataType {
        case .fp32: return elements(as: Float.self).map(Double.init)
        case .fp64: return elements()
        default: throw InferError(.unsupported, "attribute '\(key)' is a tensor of \(dataType); supported: FP32, FP64")
        }
    }
}
