import DunlinInference
import DunlinTensor

/// Multiplies a batch normalization into the weights and bias of the convolution before it.
struct BatchNormalizationFolding: Pass {
    let name = "batch-normalization-folding"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        var graph = graph
        let makers = graph.makers()
        let uses = graph.useCounts()
        let facts = try graph.facts(given: graph.inputFacts())
        var removed: Set<Int> = []
        for index in graph.nodes.indices {
            let node = graph.nodes[index]
            guard let batch = node.body as? BatchNormalization,
                let maker = graph.soleMaker(node.inputs[0], makers, uses), !removed.contains(maker),
                graph.nodes[maker].body is Conv,
                let (scale, shift) = batch.scaleAndShift(graph.constantFacts(node, facts)),
                let folded = Self.fold(graph, maker, scale, shift)
            else { continue }
            let name = graph.nodes[maker].name
            let weights = graph.add(
                Graph.Value(name: "\(name)/weights", declared: TensorFact(constant: folded.weights)))
            let bias = graph.add(Graph.Value(name: "\(name)/bias", declared: TensorFact(constant: folded.bias)))
            graph.nodes[maker].inputs = [graph.nodes[maker].inputs[0], weights, bias]
            graph.nodes[maker].outputs = [node.outputs[0]]
            removed.insert(index)
        }
        return graph.removing(removed)
    }

    private static func fold(
        _ graph: Graph, _ maker: Int, _ scale: [Float], _ shift: [Float]
    ) -> (weights: Tensor, bias: Tensor)? {
        let inputs = graph.nodes[maker].inputs
        guard let weightsValue = inputs[1], let weights = graph.values[weightsValue].constant,
            weights.dataType == .fp32,
            weights.shape[0] == scale.count, scale.count > 0
        else { return nil }
        var bias = [Float](repeating: 0, count: scale.count)
        if inputs.count > 2, let value = inputs[2] {
            guard let constant = graph.values[value].constant else { return nil }
            bias = constant.elements(as: Float.self)
        }
        let perChannel = weights.elementCount / scale.count
        let elements = weights.elements(as: Float.self).enumerated().map { $1 * scale[$0 / max(perChannel, 1)] }
        for channel in bias.indices { bias[channel] = bias[channel] * scale[channel] + shift[channel] }
        return (Tensor(elements, shape: weights.shape), Tensor(bias, shape: [bias.count]))
    }
}
