import DunlinInference
import DunlinKernels
import DunlinTensor

/// Makes one operator of x · sigmoid(factor · x) (SiLU, Swish and the quick form of GELU), and of x · hardSigmoid(x).
struct SwishFusion: Pass {
    let name = "swish-fusion"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        let pattern = try GraphPattern(graph)
        var graph = graph
        for (index, node) in graph.nodes.enumerated() {
            guard let (left, right) = pattern.operands(node, .multiply) else { continue }
            for (input, curve) in [(left, right), (right, left)] {
                guard let sigmoid = pattern.soleNode(curve), let body = sigmoid.body as? Elementwise,
                    let argument = sigmoid.inputs[0]
                else { continue }
                if argument == input, body.function == .hardSigmoid(slope: 1 / 6, offset: 0.5) {
                    graph.nodes[index].body = Elementwise(.hardSwish)
                    graph.nodes[index].type = "HardSwish"
                    graph.nodes[index].inputs = [input]
                    break
                }
                guard body.function.code == .sigmoid else { continue }
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
