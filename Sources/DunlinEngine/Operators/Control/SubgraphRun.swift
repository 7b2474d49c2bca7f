import DunlinInference
import DunlinTensor
import Glibc

/// The memory in which one evaluation of a node runs its graph, once or many times. Confined to that evaluation.
final class SubgraphRun {
    private let subgraph: Subgraph
    private let node: [Tensor?]
    private let byteLimit: Int
    private var execution: Execution?
    private var types: [DataType] = []
    private var arena: UnsafeMutableRawPointer?
    private var arenaByteCount = 0

    /// - Parameter node: The node's inputs, values of outer graphs included.
    init(_ subgraph: Subgraph, _ node: [Tensor?], byteLimit: Int) {
        self.byteLimit = byteLimit
        self.subgraph = subgraph
        self.node = node
    }

    deinit { free(arena) }

    /// - Parameter given: One tensor for each of the graph's own inputs.
    func callAsFunction(
        _ given: [Tensor], _ scope: inout RunScope, while isWanted: () -> Bool
    ) throws(InferError) -> [Tensor] {
        // A graph may have no steps, which would ask.
        guard isWanted() else { throw Execution.unwanted }
        let inputs = try subgraph.inputs(given, node)
        do throws(InferError) {
            try scope.countRun()
            let execution = try execution(for: inputs)
            return try execution.run(inputs.map { NamedTensor("", $0) }, arena: arena, &scope, while: isWanted)
                .map(\.tensor)
        } catch { throw error.within("attribute '\(subgraph.name)'") }
    }

    private func execution(for inputs: [Tensor]) throws(InferError) -> Execution {
        if let execution, execution.plan.inputShapes == inputs.map(\.shape), types == inputs.map(\.dataType) {
            return execution
        }
        let made = Execution(try subgraph.plan(for: inputs, byteLimit: byteLimit))
        let needed = made.plan.arenaByteCount
        if needed > arenaByteCount {
            free(arena)
            arenaByteCount = 0
            arena = aligned_alloc(64, (needed + 63) / 64 * 64)
            guard arena != nil else {
                throw InferError(.resourceExhausted, "no memory for an arena of \(needed) bytes")
            }
            arenaByteCount = needed
        }
        execution = made
        types = inputs.map(\.dataType)
        return made
    }
}
