import DunlinInference

/// Turns values that no request changes into constants, and removes nodes whose results nobody uses.
struct ConstantFolding: Pass {
    let name = "constant-folding"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        var graph = graph
        let facts = try graph.facts(given: graph.inputFacts())
        for (value, fact) in facts.enumerated() where fact?.constant != nil && graph.values[value].constant == nil {
            graph.values[value].declared = fact
        }
        var needed = Set(graph.outputs.map(\.value).filter { graph.values[$0].constant == nil })
        var kept: [GraphNode] = []
        for node in graph.nodes.reversed() {
            guard node.outputs.contains(where: { $0.map { needed.contains($0) } ?? false }) else { continue }
            kept.append(node)
            for case let input? in node.inputs where graph.values[input].constant == nil { needed.insert(input) }
        }
        graph.nodes = kept.reversed()
        return graph
    }
}
