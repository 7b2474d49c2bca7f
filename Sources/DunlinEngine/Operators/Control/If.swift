import DunlinInference
import DunlinTensor

/// ONNX `If`: runs one of two graphs, which have no inputs of their own.
struct If: NestingOperator {
    private var then: Subgraph
    private var otherwise: Subgraph

    init(_ node: Node) throws(InferError) {
        then = try Subgraph(node, "then_branch", inputCount: 0)
        otherwise = try Subgraph(node, "else_branch", inputCount: 0)
        guard then.outputCount == otherwise.outputCount, node.givenOutputs.count <= then.outputCount else {
            throw InferError(
                .invalidArgument,
                "the node has \(node.givenOutputs.count) outputs, 'then_branch' \(then.outputCount), "
                    + "'else_branch' \(otherwise.outputCount)")
        }
    }

    var loopDepth: Int { max(then.loopDepth, otherwise.loopDepth) }
    var isDeterministic: Bool { then.isDeterministic && otherwise.isDeterministic }
    func releasing(_ files: inout FileCopies) -> any Operator {
        var operation = self
        operation.then = then.releasing(&files)
        operation.otherwise = otherwise.releasing(&files)
        return operation
    }

    var memoryByteCount: Int { then.memoryByteCount + otherwise.memoryByteCount }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try checkCondition(inputs)
        // The branch that is not taken may be wrong for these shapes.
        if let condition = inputs[0].number { return try (condition != 0 ? then : otherwise).infer([], inputs) }
        let first = try then.infer([], inputs)
        let second = try otherwise.infer([], inputs)
        var merged: [TensorFact] = []
        for (index, pair) in zip(first, second).enumerated() {
            guard pair.0.dataType == pair.1.dataType else {
                throw InferError(
                    .unsupported,
                    "output \(index) is \(pair.0) in 'then_branch' and \(pair.1) in 'else_branch': two types")
            }
            merged.append(pair.0.widened(by: pair.1))
        }
        return merged
    }

    private func checkCondition(_ inputs: InputFacts) throws(InferError) {
        try inputs.require(0, isOneOf: [.bool])
        if let count = inputs[0].elementCount, count != 1 {
            throw InferError(.invalidArgument, "input 0 has \(count) elements, expected 1")
        }
    }

    func prepare(_ inputs: InputFacts) throws(InferError) -> any Operator {
        var prepared = self
        let condition = inputs[0].number
        if condition != 0 { prepared.then = try then.prepared([], inputs) }
        if condition == nil || condition == 0 { prepared.otherwise = try otherwise.prepared([], inputs) }
        return prepared
    }

    func evaluate(
        _ inputs: [Tensor?], byteLimit: Int, _ scope: inout RunScope, while isWanted: () -> Bool
    ) throws(InferError) -> [Tensor] {
        guard let condition = inputs[0] else { preconditionFailure("If without condition") }
        try checkCondition(InputFacts([TensorFact(constant: condition)]))
        let branch = condition.elements(as: Bool.self)[0] ? then : otherwise
        return try SubgraphRun(branch, inputs, byteLimit: byteLimit)([], &scope, while: isWanted)
    }
}

extension TensorFact {
    /// What holds of both this tensor and another one of the same type: type, and the extents that agree.
    func widened(by other: TensorFact) -> TensorFact {
        guard let extents, let others = other.extents, extents.count == others.count else {
            return TensorFact(dataType, nil)
        }
        return TensorFact(dataType, zip(extents, others).map { $0 == $1 ? $0 : -1 })
    }
}
