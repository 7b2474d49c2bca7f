import DunlinInference
import DunlinKernels
import DunlinTensor

/// Makes `Add` and the normalization of its sum one operator; where others use the sum too, it is its second result.
struct SkipNormalizationFusion: Pass {
    let name = "skip-normalization-fusion"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        let pattern = try GraphPattern(graph)
        var graph = graph
        var removed: Set<Int> = []
        for (index, node) in graph.nodes.enumerated() {
            guard let form = Self.form(node), let sum = node.inputs[0], let maker = pattern.makers[sum],
                !removed.contains(maker), let (left, right) = pattern.operands(graph.nodes[maker], .add),
                Self.haveOneRowLength(pattern, left, right)
            else { continue }
            let isShared = pattern.uses[sum] > 1
            // Others need the sum before the normalization comes: then this must take the place of the sum.
            let place = isShared ? maker : index
            guard !isShared || node.inputs.dropFirst().allSatisfy({ $0.map { pattern.makers[$0] == nil } ?? true })
            else { continue }
            let body = SkipLayerNormalization(
                epsilon: form.epsilon, isSimplified: form.isSimplified, wantsSum: isShared)
            graph.nodes[place] = GraphNode(
                name: node.name, domain: node.domain, type: "Add+\(node.type)", body: body,
                inputs: [left, right] + node.inputs.dropFirst(),
                outputs: isShared ? [node.outputs[0], nil, nil, sum] : [node.outputs[0]])
            removed.insert(isShared ? index : maker)
        }
        return graph.removing(removed)
    }

    private static func form(_ node: GraphNode) -> (epsilon: Float, isSimplified: Bool)? {
        guard node.outputs.dropFirst().allSatisfy({ $0 == nil }) else { return nil }
        switch node.body {
        case let body as LayerNormalization where body.isPlain: return (body.epsilon, false)
        case let body as RMSNormalization where body.isPlain: return (body.epsilon, true)
        default: return nil
        }
    }

    /// Whether the last axis of both operands is known, not empty and the same.
    private static func haveOneRowLength(_ pattern: GraphPattern, _ left: Int, _ right: Int) -> Bool {
        guard let a = pattern.facts[left], let b = pattern.facts[right], [.fp32, .fp16, .bf16].contains(a.dataType),
            let length = a.extents?.last, length > 0
        else { return false }
        return b.extents?.last == length
    }
}
