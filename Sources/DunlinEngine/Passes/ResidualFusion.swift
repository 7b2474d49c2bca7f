import DunlinInference
import DunlinKernels

/// Moves the sum of a blocked convolution's results and another blocked image into the convolution, which adds while its
/// results are in registers.
struct ResidualFusion: Pass {
    let name = "residual-fusion"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        var graph = graph
        let makers = graph.makers()
        let uses = graph.useCounts()
        var removed: Set<Int> = []
        for index in graph.nodes.indices {
            let node = graph.nodes[index]
            guard (node.body as? Arithmetic)?.function == .add else { continue }
            for (sum, other) in [(0, 1), (1, 0)] {
                guard let maker = graph.soleMaker(node.inputs[sum], makers, uses), !removed.contains(maker),
                    let body = graph.nodes[maker].body as? BlockedConv, let fused = body.addingResidual()
                else { continue }
                // At the place of the sum, where both of its inputs are there.
                graph.nodes[index].body = fused
                graph.nodes[index].name = graph.nodes[maker].name
                graph.nodes[index].type = "\(graph.nodes[maker].type)+Add"
                graph.nodes[index].inputs = [graph.nodes[maker].inputs[0], node.inputs[other]]
                removed.insert(maker)
                break
            }
        }
        return graph.removing(removed)
    }
}
