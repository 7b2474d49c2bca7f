import DunlinInference

/// Trees as a model file lists them, before they are checked and laid out.
struct TreeList: Sendable {
    /// The most nodes a forest may have; more would not fit the numbers in a node.
    static let mostNodes = 1 << 26
    /// The most weights of all leaves together.
    static let mostWeights = 1 << 28
    /// The most members of all sets together.
    static let mostMembers = 1 << 26
    /// The highest feature id is one below this.
    static let mostFeatures = 1 << 30

    enum Mode: Sendable {
        case lessOrEqual, less, greaterOrEqual, greater, equal, notEqual, member
    }

    struct Branch: Sendable {
        var mode: Mode
        var feature: Int
        var value: Double
        var trueOnMissing = false
        /// Indices into `nodes`.
        var onTrue: Int
        var onFalse: Int
        /// For `.member`.
        var members: [Double] = []

        init(_ mode: Mode, feature: Int, value: Double, onTrue: Int, onFalse: Int) {
            self.mode = mode
            self.feature = feature
            self.value = value
            self.onTrue = onTrue
            self.onFalse = onFalse
        }
    }

    struct Weight: Sendable {
        var target: Int
        var value: Double
    }

    struct Node: Sendable {
        /// `nil` for a leaf.
        var branch: Branch?
        var weights: [Weight] = []
        /// The file's own numbers, for messages.
        var tree = 0
        var id = 0

        init() {}
    }

    var nodes: [Node] = []
    /// Indices into `nodes`.
    var roots: [Int] = []

    init() {}

    func checkCounts() throws(InferError) {
        guard !roots.isEmpty else { throw InferError(.invalidArgument, "there are no trees") }
        for root in roots where !nodes.indices.contains(root) {
            throw InferError(.invalidArgument, "root \(root) is not one of the \(nodes.count) nodes")
        }
        try check(nodes.count, atMost: Self.mostNodes, "nodes")
        try check(nodes.reduce(0) { $0 + $1.weights.count }, atMost: Self.mostWeights, "leaf weights")
        try check(nodes.reduce(0) { $0 + ($1.branch?.members.count ?? 0) }, atMost: Self.mostMembers, "set members")
    }

    private func check(_ count: Int, atMost limit: Int, _ what: String) throws(InferError) {
        guard count <= limit else {
            throw InferError(.unsupported, "the trees have \(count) \(what); supported: \(limit)")
        }
    }

    func fault(_ index: Int, _ what: String) -> InferError {
        InferError(.invalidArgument, "tree \(nodes[index].tree), node \(nodes[index].id) \(what)")
    }
}
