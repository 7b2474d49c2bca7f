import DunlinInference
import DunlinTensor

/// Removes transposes that change nothing, and makes one of two in a row.
struct TransposeElimination: Pass {
    let name = "transpose-elimination"

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
            guard let body = node.body as? Transpose, let input = node.inputs[0], let output = node.outputs[0],
                let rank = facts[input]?.rank, var order = try? body.order(rank)
            else { continue }
            var source = input
            if let maker = makers[input], let first = graph.nodes[maker].body as? Transpose,
                let origin = graph.nodes[maker].inputs[0], let inner = try? first.order(rank)
            {
                order = order.map { inner[$0] }
                source = origin
            }
            if order == Array(0..<rank) {
                replacements[output] = source
                removed.insert(index)
                continue
            }
            graph.nodes[index].inputs[0] = source
            graph.nodes[index].body = Transpose(permutation: order)
            makers[output] = index
        }
        for index in graph.outputs.indices {
            if let other = replacements[graph.outputs[index].value] { graph.outputs[index].value = other }
        }
        return graph.removing(removed).withoutUnusedNodes()
    }
}
