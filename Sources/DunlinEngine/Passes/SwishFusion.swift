import DunlinInference
import DunlinKernels
import DunlinTensor

/// Makes x · sigmoid(x) and x · hardSigmoid(x) one function each.
struct SwishFusion: Pass {
    let name = "swish-fusion"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        var graph = graph
        let makers = graph.makers()
        let uses = graph.useCounts()
        let facts = try graph.facts(given: graph.inputFacts())
        var removed: Set<Int> = []
        for index in graph.nodes.indices {
            let node = graph.nodes[index]
            guard (node.body as? Arithmetic)?.function == .multiply else { continue }
            for (gate, other) in [(0, 1), (1, 0)] {
                guard let maker = graph.soleMaker(node.inputs[gate], makers, uses),
                    let body = graph.nodes[maker].body as? Elementwise, let function = Self.product(body.function),
                    let input = graph.nodes[maker].inputs[0], node.inputs[other] == input,
                    facts[input]?.dataType == .fp32
                else { continue }
                graph.nodes[index].body = Elementwise(function)
                graph.nodes[index].type = function == .silu ? "Swish" : "HardSwish"
                graph.nodes[index].inputs = [input]
                removed.insert(maker)
                break
            }
        }
        return graph.removing(removed)
    }

    /// x · f(x), where there is one function for it.
    private static func product(_ function: UnaryFunction) -> UnaryFunction? {
        switch function {
        case .sigmoid: .silu
        case .hardSigmoid(slope: 1 / 6, offset: 0.5): .hardSwish
        default: nil
        }
    }
}
