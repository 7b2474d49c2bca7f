import DunlinInference
import DunlinTensor

/// An operator that holds graphs.
protocol NestingOperator: EagerOperator {
    /// - Parameters:
    ///   - byteLimit: What one run of a graph, and one tensor put together from many runs, may take.
    ///   - scope: The request's, which counts the runs of graphs.
    ///   - isWanted: Asked before each run of a graph and each of its steps.
    func evaluate(
        _ inputs: [Tensor?], byteLimit: Int, _ scope: inout RunScope, while isWanted: () -> Bool
    ) throws(InferError) -> [Tensor]

    /// The same operator whose graphs let go of what is packed or lies in the model's files.
    func releasing(_ files: inout FileCopies) -> any Operator

    /// How many loops lie inside each other, this one included.
    var loopDepth: Int { get }
}

extension NestingOperator {
    package func evaluate(_ inputs: [Tensor?]) throws(InferError) -> [Tensor] {
        var scope = RunScope()
        return try evaluate(
            inputs, byteLimit: EngineOptions.defaultMaxRunByteCount, &scope, while: { true })
    }
}

/// The graph that `Loop` and `Scan` repeat: some of its outputs are its inputs of the next time.
struct LoopBody: Sendable {
    /// Loops inside loops. Each level multiplies the work of inference.
    static let mostDepth = 6
    /// Rounds of inference after which the shapes of all states are left open, so that nothing can change any more.
    static let mostWideningRounds = 3

    private(set) var graph: Subgraph
    /// The inputs that come before the states, and the outputs that do.
    let leadingInputs, leadingOutputs: Int
    let stateCount: Int
    let depth: Int

    /// - Parameter inputCount: How many inputs the graph must list.
    init(
        _ node: Node, inputCount: Int, stateCount: Int, leadingInputs: Int, leadingOutputs: Int
    ) throws(InferError) {
        graph = try Subgraph(node, "body", inputCount: inputCount)
        depth = graph.loopDepth + 1
        guard depth <= Self.mostDepth else {
            throw InferError(.unsupported, "loops are nested more than \(Self.mostDepth) deep")
        }
        self.stateCount = stateCount
        self.leadingInputs = leadingInputs
        self.leadingOutputs = leadingOutputs
        let wanted = node.givenOutputs.count
        guard graph.outputCount >= leadingOutputs + stateCount, wanted <= graph.outputCount - leadingOutputs else {
            throw InferError(
                .invalidArgument,
                "attribute 'body': the graph has \(graph.outputCount) outputs for \(stateCount) states and "
                    + "\(wanted) outputs of the node")
        }
    }

    var stackedCount: Int { graph.outputCount - leadingOutputs - stateCount }

    /// What is known of the graph's inputs and outputs whichever time it runs: the shapes of states that change from
    /// one time to the next are left open.
    func facts(
        _ given: [TensorFact], _ node: InputFacts
    ) throws(InferError) -> (inputs: [TensorFact], outputs: [TensorFact]) {
        var inputs = given.map { TensorFact($0.dataType, $0.extents) }
        for round in 0... {
            let outputs = try graph.infer(inputs, node)
            var isStable = true
            for state in 0..<stateCount {
                let output = outputs[leadingOutputs + state]
                let input = inputs[leadingInputs + state]
                guard output.dataType == input.dataType else {
                    throw InferError(
                        .invalidArgument, "attribute 'body': state \(state) is \(input) and becomes \(output)")
                }
                let widened = input.widened(by: output)
                if widened.extents == input.extents { continue }
                isStable = false
                inputs[leadingInputs + state] = widened
            }
            if isStable { return (inputs, outputs) }
            guard round + 1 >= Self.mostWideningRounds else { continue }
            // States that pass a change on to each other would take one round each.
            for state in leadingInputs..<leadingInputs + stateCount { inputs[state].extents = nil }
        }
        preconditionFailure("there is always a last round")
    }

    /// The states' facts and those of one part of each stacked output.
    func results(_ facts: (inputs: [TensorFact], outputs: [TensorFact])) throws(InferError) -> [TensorFact] {
        var results = Array(facts.inputs[leadingInputs..<leadingInputs + stateCount])
        for fact in facts.outputs[(leadingOutputs + stateCount)...] {
            guard fact.dataType.byteCount != nil else {
                throw InferError(.unsupported, "an output of the graph that is stacked is BYTES")
            }
            results.append(TensorFact(fact.dataType, fact.extents))
        }
        return results
    }

    func releasing(_ files: inout FileCopies) -> LoopBody {
        var body = self
        body.graph = graph.releasing(&files)
        return body
    }

    func prepared(_ given: [TensorFact], _ node: InputFacts) throws(InferError) -> LoopBody {
        var prepared = self
        prepared.graph = try graph.prepared(try facts(given, node).inputs, node)
        return prepared
    }
}
