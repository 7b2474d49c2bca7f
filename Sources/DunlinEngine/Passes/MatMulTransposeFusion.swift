import DunlinInference
import DunlinTensor

/// Lets a `MatMul` of two tensors read a side that is transposed in its last two axes as it was before.
struct MatMulTransposeFusion: Pass {
    let name = "matmul-transpose-fusion"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        let pattern = try GraphPattern(graph)
        var graph = graph
        for (index, node) in graph.nodes.enumerated() {
            guard node.body is MatMul, let left = node.inputs[0], let right = node.inputs[1],
                [.fp32, .fp16, .bf16, .fp64].contains(pattern.facts[left]?.dataType),
                pattern.facts[right]?.constant == nil
            else { continue }
            let sources = [left, right].map { Self.untransposed(pattern, $0) }
            guard sources.contains(where: { $0 != nil }) else { continue }
            graph.nodes[index].body = FusedMatMul(
                transposesLeft: sources[0] != nil, transposesRight: sources[1] != nil)
            graph.nodes[index].type = "FusedMatMul"
            graph.nodes[index].inputs = [sources[0] ?? left, sources[1] ?? right]
        }
        return graph.withoutUnusedNodes()
    }

    /// What a transpose of the last two axes alone made `value` of; only where nothing else uses the result, which
    /// would be computed all the same.
    private static func untransposed(_ pattern: GraphPattern, _ value: Int) -> Int? {
        guard let node = pattern.soleNode(value), let body = node.body as? Transpose, let input = node.inputs[0],
            let rank = pattern.facts[input]?.rank, rank >= 2, let order = try? body.order(rank)
        else { return nil }
        return order == Array(0..<rank - 2) + [rank - 1, rank - 2] ? input : nil
    }
}
