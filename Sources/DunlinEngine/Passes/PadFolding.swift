import DunlinInference

/// Takes zeros that a `Pad` adds round an image into the convolution or average pool behind it, which then reads the
/// image itself.
struct PadFolding: Pass {
    let name = "pad-folding"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        guard graph.nodes.contains(where: { $0.body is Pad }) else { return graph }
        var graph = graph
        let pattern = try GraphPattern(graph)
        var isChanged = false
        for (index, node) in graph.nodes.enumerated() {
            guard node.body is Conv || node.body is Pool, let maker = pattern.node(node.inputs[0]),
                let pad = maker.body as? Pad,
                let zeros = pad.spatialZeros(graph.constantFacts(maker, pattern.facts)),
                pattern.facts[maker.inputs[0] ?? 0]?.rank == zeros.count + 2
            else { continue }
            if let padded = (node.body as? Conv)?.padded(by: zeros) {
                graph.nodes[index].body = padded
            } else if let padded = (node.body as? Pool)?.padded(by: zeros) {
                graph.nodes[index].body = padded
            } else {
                continue
            }
            graph.nodes[index].inputs[0] = maker.inputs[0]
            isChanged = true
        }
        return isChanged ? graph.withoutUnusedNodes() : graph
    }
}
