import DunlinInference

/// A rewriting of the graph that changes no output beyond rounding.
protocol Pass: Sendable {
    /// The word in `EngineOptions.passes`.
    var name: String { get }
    func apply(_ graph: Graph) throws(InferError) -> Graph
}

/// The passes, in the order in which they run.
enum Passes {
    static let all: [any Pass] = [
        QuantizedFusion(), DynamicQuantizationFusion(),
        ConstantFolding(), HalfWidening(), ViewElimination(), SubexpressionSharing(),
        PadFolding(), BatchNormalizationFolding(), ReshapeElimination(), TransposeElimination(), GeluFusion(),
        LayerNormalizationFusion(), AttentionFusion(), MatMulTransposeFusion(), MatMulAddFusion(), SwishFusion(),
        ChannelBlocking(), ResidualFusion(), ActivationFusion(), SkipNormalizationFusion(), SharedLinearFusion(),
        TermClassifierFusion(), PoolFusion(), QuantizedLayout(),
    ]
}

extension Graph {
    /// The node that makes each value.
    func makers() -> [Int: Int] {
        var makers: [Int: Int] = [:]
        for (index, node) in nodes.enumerated() {
            for case let output? in node.outputs { makers[output] = index }
        }
        return makers
    }

    /// The node that makes `value`, when nothing but one other node uses it.
    func soleMaker(_ value: Int?, _ makers: [Int: Int], _ uses: [Int]) -> Int? {
        guard let value, uses[value] == 1, let maker = makers[value] else { return nil }
        return maker
    }

    /// The same graph without the nodes at `indexes`.
    func removing(_ indexes: Set<Int>) -> Graph {
        var graph = self
        graph.nodes = nodes.enumerated().filter { !indexes.contains($0.offset) }.map(\.element)
        return graph
    }

    /// The same graph without nodes whose results nobody uses.
    func withoutUnusedNodes() -> Graph {
        var needed = Set(outputs.map(\.value))
        var kept: [GraphNode] = []
        for node in nodes.reversed() where node.outputs.contains(where: { $0.map(needed.contains) ?? false }) {
            kept.append(node)
            needed.formUnion(node.inputs.compactMap { $0 })
        }
        var graph = self
        graph.nodes = kept.reversed()
        return graph
    }

    /// What is known of a node's inputs from constants and declarations alone.
    func constantFacts(_ node: GraphNode, _ facts: [TensorFact?]) -> InputFacts {
        InputFacts(node.inputs.map { $0.flatMap { facts[$0] } })
    }
}
