import DunlinInference
import DunlinKernels
import DunlinTensor

/// Moves an activation into the convolution or matrix product before it, which applies it while its results are in
/// the cache.
struct ActivationFusion: Pass {
    let name = "activation-fusion"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        var graph = graph
        let makers = graph.makers()
        let uses = graph.useCounts()
        let facts = try graph.facts(given: graph.inputFacts())
        var removed: Set<Int> = []
        for index in graph.nodes.indices {
            let node = graph.nodes[index]
            guard let function = Self.function(node, graph.constantFacts(node, facts)), function.isVectorised,
                let maker = graph.soleMaker(node.inputs[0], makers, uses), !removed.contains(maker),
                let input = node.inputs[0], facts[input]?.dataType == .fp32,
                let body = Self.adding(function, to: graph.nodes[maker].body)
            else { continue }
            graph.nodes[maker].body = body
            graph.nodes[maker].outputs = [node.outputs[0]]
            removed.insert(index)
        }
        return graph.removing(removed)
    }

    static func function(_ node: GraphNode, _ inputs: InputFacts) -> UnaryFunction? {
        switch node.body {
        case let body as Elementwise: body.function
        case let body as SignedElementwise: body.function == .relu ? .relu : nil
        case let body as Clip: body.function(inputs)
        default: nil
        }
    }

    private static func adding(_ function: UnaryFunction, to body: any Operator) -> (any Operator)? {
        switch body {
        case var body as Conv where body.activation == .identity:
            body.activation = function
            return body
        case var body as Gemm where body.activation == .identity:
            body.activation = function
            return body
        case var body as BlockedConv
        where body.activation == .identity && BlockedConvolution.canFuse(function):
            body.activation = function
            return body
        case var body as LinearLayer where body.activation == .identity:
            body.activation = function
            return body
        default: return nil
        }
    }
}
