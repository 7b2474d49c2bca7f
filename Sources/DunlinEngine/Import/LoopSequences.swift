import DunlinONNX

/// Takes sequences that start empty, and that each iteration appends one tensor to, out of a loop's state: the tensors
/// become an output of the loop that is stacked along a new first axis.
struct LoopSequences {
    /// The loop without the sequences among its state, with one more output for each.
    private(set) var loop: ONNXNode
    /// The stack that stands for each sequence that the loop gave.
    private(set) var stacks: [String: String] = [:]

    private var body: ONNXGraph
    private let attribute: Int
    private var stateCount: Int

    /// - Parameter isEmpty: Whether a name is that of a sequence without elements.
    /// - Returns: `nil` where a sequence is used in any other way.
    init?(_ node: ONNXNode, isSequence: (String) -> Bool, isEmpty: (String) -> Bool) {
        guard let attribute = node.attributes.firstIndex(where: { $0.name == "body" }),
            case .graph(let body) = node.attributes[attribute].value, node.inputs.count > 2,
            body.inputs.count == node.inputs.count, body.outputs.count >= node.inputs.count - 1,
            node.outputs.count <= body.outputs.count - 1
        else { return nil }
        (loop, self.attribute, self.body, stateCount) = (node, attribute, body, node.inputs.count - 2)
        loop.outputs += [String](repeating: "", count: body.outputs.count - 1 - node.outputs.count)
        for state in (0..<stateCount).reversed() where isSequence(node.inputs[state + 2]) {
            guard isEmpty(node.inputs[state + 2]), take(state) else { return nil }
        }
        loop.attributes[attribute].value = .graph(self.body)
    }

    /// Takes the state at a position out; false where its body does more than append to it.
    private mutating func take(_ state: Int) -> Bool {
        let (formal, result) = (body.inputs[state + 2].name, body.outputs[state + 1].name)
        let users = body.nodes.indices.filter { uses(body.nodes[$0], formal) }
        guard users.count == 1, !body.nodes.contains(where: { uses($0, result) }),
            body.outputs.filter({ $0.name == formal || $0.name == result }).count == 1
        else { return false }
        let insert = body.nodes[users[0]]
        guard insert.domain.isEmpty, insert.type == "SequenceInsert", insert.inputs.count >= 2,
            insert.inputs[0] == formal, insert.inputs[1] != formal, insert.inputs.dropFirst(2).allSatisfy(\.isEmpty),
            insert.outputs == [result]
        else { return false }
        var element = ONNXValue()
        element.name = insert.inputs[1]
        body.nodes.remove(at: users[0])
        body.inputs.remove(at: state + 2)
        body.outputs.remove(at: state + 1)
        body.outputs.append(element)
        let sequence = loop.outputs[state]
        loop.inputs.remove(at: state + 2)
        loop.outputs.remove(at: state)
        loop.outputs.append(sequence.isEmpty ? "" : "\(sequence)/stack")
        if !sequence.isEmpty { stacks[sequence] = "\(sequence)/stack" }
        return true
    }

    private func uses(_ node: ONNXNode, _ name: String) -> Bool {
        node.inputs.contains(name)
            || node.attributes.contains {
                if case .graph(let graph) = $0.value { graph.outerNames.contains(name) } else { false }
            }
    }
}
