import DunlinInference

/// Removes `Identity` and `Dropout`: users of the result use the input.
struct ViewElimination: Pass {
    let name = "identity-elimination"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        var graph = graph
        var replacements: [Int: Int] = [:]
        var removed: Set<Int> = []
        for index in graph.nodes.indices {
            for (position, input) in graph.nodes[index].inputs.enumerated() {
                if let input, let other = replacements[input] { graph.nodes[index].inputs[position] = other }
            }
            let node = graph.nodes[index]
            guard node.body is Identity, let input = node.inputs[0], let output = node.outputs[0],
                node.outputs.dropFirst().allSatisfy({ $0 == nil })
            else { continue }
            replacements[output] = input
            removed.insert(index)
        }
        for index in graph.outputs.indices {
            if let other = replacements[graph.outputs[index].value] { graph.outputs[index].value = other }
        }
        return graph.removing(removed)
    }
}
