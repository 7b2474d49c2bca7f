import DunlinInference
import DunlinTensor

/// Removes reshapes to the shape a tensor has, and skips the first of two reshapes in a row.
struct ReshapeElimination: Pass {
    let name = "reshape-elimination"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        var graph = graph
        let facts = try graph.facts(given: graph.inputFacts())
        var makers: [Int: Int] = [:]
        var replacements: [Int: Int] = [:]
        var removed: Set<Int> = []
        for index in graph.nodes.indices {
            for (position, input) in graph.nodes[index].inputs.enumerated() {
                if let input, let other = replacements[input] { graph.nodes[index].inputs[position] = other }
            }
            let node = graph.nodes[index]
            guard node.body is Reshape, node.inputs.count == 2, let input = node.inputs[0], let output = node.outputs[0]
            else { continue }
            if let before = facts[input], let after = facts[output], before.isComplete,
                before.extents == after.extents, graph.outputs.allSatisfy({ $0.value != output })
            {
                replacements[output] = input
                removed.insert(index)
                continue
            }
            // A 0 copies an extent of the tensor in between.
            if let maker = makers[input], let shape = node.inputs[1].flatMap({ facts[$0]?.integers }),
                shape.allSatisfy({ $0 != 0 })
            {
                graph.nodes[index].inputs[0] = graph.nodes[maker].inputs[0]
            }
            makers[output] = index
        }
        return graph.removing(removed).withoutUnusedNodes()
    }
}
