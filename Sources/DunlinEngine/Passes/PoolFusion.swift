import DunlinInference
import DunlinTensor

/// Moves a max pool into the convolution before it, which pools an image's results while they are in the cache.
struct PoolFusion: Pass {
    let name = "pool-fusion"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        var graph = graph
        let makers = graph.makers()
        let uses = graph.useCounts()
        let facts = try graph.facts(given: graph.inputFacts())
        var removed: Set<Int> = []
        for index in graph.nodes.indices {
            let node = graph.nodes[index]
            guard let pool = (node.body as? Pool)?.maximumWindow,
                let maker = graph.soleMaker(node.inputs[0], makers, uses), !removed.contains(maker),
                var convolution = graph.nodes[maker].body as? Conv, convolution.pool == nil,
                Self.isPacked(graph.constantFacts(graph.nodes[maker], facts))
            else { continue }
            convolution.pool = pool
            graph.nodes[maker].body = convolution
            graph.nodes[maker].outputs = [node.outputs[0]]
            removed.insert(index)
        }
        return graph.removing(removed)
    }

    /// Whether a convolution of these inputs has the kernel that pools: constant FP32 weights with one or two axes.
    private static func isPacked(_ inputs: InputFacts) -> Bool {
        guard inputs[0].dataType == .fp32, let weights = inputs[1].constant, weights.elementCount > 0,
            (3...4).contains(weights.shape.rank)
        else { return false }
        return inputs.optional(2).map { $0.constant != nil } ?? true
    }
}
