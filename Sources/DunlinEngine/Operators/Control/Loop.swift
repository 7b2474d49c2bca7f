import DunlinInference
import DunlinTensor

/// ONNX `Loop`: repeats a graph a number of times or while a condition holds.
///
/// Inputs: the number of times and the condition, both may be left out, and the states' first values. The graph takes
/// the iteration's number, the condition and the states, and makes the condition, the states and parts of outputs
/// that are stacked.
struct Loop: NestingOperator {
    private var body: LoopBody
    private let stateCount: Int

    init(_ node: Node) throws(InferError) {
        let count = node.givenInputs.count
        guard count >= 2, node.givenInputs.dropFirst(2).allSatisfy({ $0 }) else {
            throw InferError(
                .invalidArgument, "a trip count, a condition (\"\" for none) and all states must be listed")
        }
        stateCount = count - 2
        body = try LoopBody(
            node, inputCount: count, stateCount: count - 2, leadingInputs: 2, leadingOutputs: 1)
    }

    var loopDepth: Int { body.depth }
    func releasing(_ files: inout FileCopies) -> any Operator {
        var operation = self
        operation.body = body.releasing(&files)
        return operation
    }

    var memoryByteCount: Int { body.graph.memoryByteCount }
    /// Never folded: loading a model must not take as long as the model says.
    var isDeterministic: Bool { false }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try checkControls(inputs)
        let facts = try body.facts(given(inputs), inputs)
        guard facts.outputs[0].dataType == .bool else {
            throw InferError(.invalidArgument, "attribute 'body': the condition is \(facts.outputs[0]), expected BOOL")
        }
        let results = try body.results(facts)
        return results.prefix(stateCount)
            + results.dropFirst(stateCount).map { fact in TensorFact(fact.dataType, fact.extents.map { [-1] + $0 }) }
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        var prepared = self
        prepared.body = try body.prepared(given(inputs), inputs)
        return prepared
    }

    func evaluate(
        _ inputs: [Tensor?], byteLimit: Int, _ scope: inout RunScope, while isWanted: () -> Bool
    ) throws(InferError) -> [Tensor] {
        let facts = InputFacts(inputs.map { $0.map(TensorFact.init(constant:)) })
        try checkControls(facts)
        let parts = try body.results(try body.facts(given(facts), facts))
        let most = inputs[0]?.elements(as: Int64.self)[0] ?? .max
        var goesOn = inputs[1]?.elements(as: Bool.self)[0] ?? true
        var states = inputs[2..<2 + stateCount].compactMap { $0 }
        var stacked = [StackedOutput](repeating: StackedOutput(byteLimit: byteLimit), count: body.stackedCount)
        let run = SubgraphRun(body.graph, inputs, byteLimit: byteLimit)
        var trip: Int64 = 0
        while goesOn && trip < most {
            let made = try run(
                [Tensor([trip] as [Int64], shape: []), Tensor([goesOn] as [Bool], shape: [])] + states, &scope,
                while: isWanted)
            guard made[0].dataType == .bool, made[0].elementCount == 1 else {
                throw InferError(
                    .invalidArgument, "attribute 'body': the condition is \(made[0].dataType)\(made[0].shape)")
            }
            goesOn = made[0].elements(as: Bool.self)[0]
            states = Array(made[1..<1 + stateCount])
            for index in stacked.indices {
                try stacked[index].append(made[1 + stateCount + index], 1 + stateCount + index)
            }
            trip += 1
        }
        var results = states
        for (output, part) in zip(stacked, parts.dropFirst(stateCount)) { results.append(try output.finish(part)) }
        return results
    }

    private func checkControls(_ inputs: InputFacts) throws(InferError) {
        for (index, type) in [DataType.int64, .bool].enumerated() where inputs.optional(index) != nil {
            try inputs.require(index, isOneOf: [type])
            if let count = inputs[index].elementCount, count != 1 {
                throw InferError(.invalidArgument, "input \(index) has \(count) elements, expected 1")
            }
        }
    }

    private func given(_ inputs: InputFacts) -> [TensorFact] {
        [TensorFact(.int64, []), TensorFact(.bool, [])] + (0..<stateCount).map { inputs[2 + $0] }
    }
}
