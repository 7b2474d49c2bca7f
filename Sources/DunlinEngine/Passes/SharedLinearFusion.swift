import DunlinInference
import DunlinKernels
import DunlinTensor

/// Makes products of one tensor by several constant matrices one operator that reads and packs the tensor once: the
/// projections of Q, K and V.
struct SharedLinearFusion: Pass {
    let name = "shared-linear-fusion"

    /// Nodes from the first product to the last. Results live from the first on, so that distant ones would take memory
    /// longer than they save time.
    static let widestSpan = 24

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        var graph = graph
        var groups: [Int: [Int]] = [:]
        for (index, node) in graph.nodes.enumerated() where Self.isProduct(node, graph) {
            if let input = node.inputs[0] { groups[input, default: []].append(index) }
        }
        var removed: Set<Int> = []
        for (_, group) in groups.sorted(by: { $0.key < $1.key }) {
            let members = group.filter { $0 - group[0] <= Self.widestSpan }
            guard members.count > 1 else { continue }
            let nodes = members.map { graph.nodes[$0] }
            guard Set(nodes.map { graph.values[$0.inputs[1]!].constant?.shape[0] }).count == 1 else { continue }
            graph.nodes[members[0]] = GraphNode(
                name: nodes[0].name, domain: nodes[0].domain,
                type: nodes.map(\.type).joined(separator: "|"),
                body: SharedLinear(nodes.map { ($0.body as? LinearLayer)?.activation ?? .identity }),
                inputs: [nodes[0].inputs[0]]
                    + nodes.flatMap { [$0.inputs[1], $0.inputs.count > 2 ? $0.inputs[2] : nil] },
                outputs: nodes.map { $0.outputs[0] })
            removed.formUnion(members.dropFirst())
        }
        return graph.removing(removed)
    }

    private static func isProduct(_ node: GraphNode, _ graph: Graph) -> Bool {
        guard node.body is LinearLayer || node.body is MatMul, let matrix = node.inputs[1],
            let weights = graph.values[matrix].constant
        else { return false }
        return weights.dataType == .fp32 && weights.shape.rank == 2 && weights.elementCount > 0
    }
}
