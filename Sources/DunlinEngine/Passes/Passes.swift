import DunlinInference

/// A rewriting of the graph that changes no output beyond rounding.
protocol Pass: Sendable {
    /// The word in `EngineOptions.passes`.
    var name: String { get }
    func apply(_ graph: Graph) throws(InferError) -> Graph
}

/// The passes, in the order in which they run.
enum Passes {
    static let all: [any Pass] = []
}
