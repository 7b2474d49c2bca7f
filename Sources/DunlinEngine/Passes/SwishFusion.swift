import DunlinInference
import DunlinKernels
import DunlinTensor

/// Makes one operator of x · sigmoid(factor · x): SiLU, Swish and the quick form of GELU.
struct SwishFusion: Pass {
    let name = "swish-fusion"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        let pattern = try GraphPattern(graph)
        var graph = graph
        for (index, node) in graph.nodes.enumerated() {
            guard let (left, right) = pattern.operands(node, .multiply) else { continue }
            for (input, curve) in [(left, right), (right, left)] {
                guard let sigmoid = pattern.soleNode(curve), let body = sigmoid.body as? Elementwise,
                    body.function.code == .sigmoid, let argument = sigmoid.inputs[0]
                else { continue }
                var factor = 1.0
                if argument != input {
                    let (factors, number) = pattern.product(argument)
                    guard pattern.uses[argument] == 1, factors == [input], number > 0, number < .infinity else {
                        continue
                    }
                    factor = number
                }
                graph.nodes[index].body = Elementwise(.swish(factor: Float(factor)))
                graph.nodes[index].type = "Swish"
                graph.nodes[index].inputs = [input]
                break
            }
        }
        return graph.withoutUnusedNodes()
    }
}
