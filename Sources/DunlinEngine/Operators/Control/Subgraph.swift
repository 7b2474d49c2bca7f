import DunlinInference
import DunlinTensor
import Synchronization

/// A graph inside a node, ready to run. Shared by all runs; each makes a `SubgraphRun` of its own.
final class Subgraph: Sendable {
    /// Constants of outer graphs with more elements are not told to the inner graph: they say nothing of shapes.
    static let mostToldElements = 64

    /// What a plan is made for.
    private struct Key: Hashable, Sendable {
        var types: [DataType]
        var shapes: [Shape]
    }

    /// The attribute that holds it, for messages.
    let name: String
    private let graph: Graph
    private let formalCount: Int
    private let captured: [Int]
    private let plans = Mutex(PlanCache<Key>())

    /// - Parameter inputCount: How many inputs the operator gives the graph; `nil` when any number will do.
    /// - Throws: `.invalidArgument` when the graph lists another number of inputs.
    init(_ node: Node, _ name: String, inputCount: Int?) throws(InferError) {
        let imported = try node.subgraph(name)
        if let inputCount, inputCount != imported.formalCount {
            throw InferError(
                .invalidArgument,
                "attribute '\(name)': the graph has \(imported.formalCount) inputs, expected \(inputCount)")
        }
        self.name = name
        graph = imported.graph
        formalCount = imported.formalCount
        captured = imported.captured
    }

    private init(_ other: Subgraph, _ graph: Graph) {
        name = other.name
        self.graph = graph
        formalCount = other.formalCount
        captured = other.captured
    }

    var inputCount: Int { formalCount }
    var outputCount: Int { graph.outputs.count }
    var isDeterministic: Bool { graph.nodes.allSatisfy { $0.body.isDeterministic } }

    /// Loops that lie inside each other in this graph.
    var loopDepth: Int {
        graph.nodes.reduce(0) { max($0, ($1.body as? any NestingOperator)?.loopDepth ?? 0) }
    }

    var memoryByteCount: Int {
        graph.constantByteCount + graph.nodes.reduce(0) { $0 + $1.body.memoryByteCount }
    }

    // MARK: Facts

    /// What is known of the outputs.
    ///
    /// - Parameters:
    ///   - given: One fact for each of the graph's own inputs.
    ///   - node: What is known of the node's inputs, values of outer graphs included.
    func infer(_ given: [TensorFact], _ node: InputFacts) throws(InferError) -> [TensorFact] {
        let facts = try allFacts(given, node)
        var outputs: [TensorFact] = []
        for output in graph.outputs {
            guard let fact = facts[output.value] else {
                throw InferError(.internal, "attribute '\(name)': output '\(output.name)' has no fact")
            }
            outputs.append(fact)
        }
        return outputs
    }

    /// The same graph with constants packed.
    func prepared(_ given: [TensorFact], _ node: InputFacts) throws(InferError) -> Subgraph {
        let facts = try allFacts(given, node)
        var graph = graph
        for index in graph.nodes.indices {
            let inner = graph.nodes[index]
            do throws(InferError) {
                graph.nodes[index].body = try inner.body.prepare(
                    InputFacts(inner.inputs.map { $0.flatMap { facts[$0] } }, bf16: node.bf16))
            } catch { throw error.within("attribute '\(name)': \(inner.place)") }
        }
        return Subgraph(self, graph)
    }

    /// The same graph, prepared, without what it need not keep.
    func releasing(_ files: inout FileCopies) -> Subgraph {
        var graph = graph
        graph.release(&files)
        return Subgraph(self, graph)
    }

    private func allFacts(_ given: [TensorFact], _ node: InputFacts) throws(InferError) -> [TensorFact?] {
        var all = given
        for position in captured {
            guard var fact = node.optional(position) else {
                throw InferError(.internal, "attribute '\(name)': an outer value is missing")
            }
            if let constant = fact.constant, constant.elementCount > Self.mostToldElements { fact.constant = nil }
            all.append(fact)
        }
        for (fact, input) in zip(given, graph.inputs) {
            let value = graph.values[input]
            guard value.declared == nil || value.declared!.dataType == fact.dataType else {
                throw InferError(
                    .invalidArgument,
                    "attribute '\(name)': input '\(value.name)' is declared \(value.declared!), it is given \(fact)")
            }
        }
        do throws(InferError) { return try graph.facts(given: all) } catch {
            throw error.within("attribute '\(name)'")
        }
    }

    // MARK: Runs

    /// All inputs of the graph: its own, then those of outer graphs.
    func inputs(_ given: [Tensor], _ node: [Tensor?]) throws(InferError) -> [Tensor] {
        var all = given
        for position in captured {
            guard position < node.count, let tensor = node[position] else {
                throw InferError(.internal, "attribute '\(name)': an outer value is missing")
            }
            all.append(tensor)
        }
        return all
    }

    /// - Parameter byteLimit: The same for all runs of a model: kept plans do not tell it apart.
    func plan(for inputs: [Tensor], byteLimit: Int) throws(InferError) -> Plan {
        let key = Key(types: inputs.map(\.dataType), shapes: inputs.map(\.shape))
        if let known = plans.withLock({ $0[key] }) { return known }
        var typed = graph
        for (input, tensor) in zip(graph.inputs, inputs) {
            typed.values[input].declared = TensorFact(tensor.dataType, tensor.shape.dimensions)
        }
        let plan = try Plan.make(
            typed, inputShapes: key.shapes, byteLimit: byteLimit)
        return plans.withLock { $0.keep(plan, for: key) }
    }
}
