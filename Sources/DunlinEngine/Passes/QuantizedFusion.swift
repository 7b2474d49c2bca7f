import DunlinInference
import DunlinKernels
import DunlinTensor

/// Makes `DequantizeLinear` → operator → `QuantizeLinear` one operator on 8-bit integers.
struct QuantizedFusion: Pass {
    let name = "quantized-fusion"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        guard graph.nodes.contains(where: { $0.body is LinearQuantization }) else { return graph }
        var pattern = try QuantizedPattern(graph)
        for index in graph.nodes.indices where pattern.replacements[index] == nil {
            let node = graph.nodes[index]
            guard !node.inputs.isEmpty, node.outputs.dropFirst().allSatisfy({ $0 == nil }) else { continue }
            switch node.body {
            case let body as Conv where body.isPlain:
                QuantizedLinearFusion.convolution(body, index, &pattern)
            case let body as Gemm where body.isPlain:
                QuantizedLinearFusion.product(index, transposesB: body.transposesB, bias: 2, &pattern)
            case is MatMul: QuantizedLinearFusion.product(index, transposesB: false, bias: nil, &pattern)
            case let body as Arithmetic where body.function == .add || body.function == .multiply:
                Self.combine(index, isProduct: body.function == .multiply, &pattern)
            case let body as Concat: Self.concat(body, index, &pattern)
            default: Self.single(index, &pattern)
            }
        }
        return pattern.rewritten()
    }

    /// An operator's result, perhaps through an activation that is a pair of limits, and what quantises it.
    struct Tail {
        var nodes: [Int]
        var limits: ClosedRange<Float> = -.infinity ... .infinity
        var result: QuantizedPattern.Quantized?
        var output: Int?

        init(_ index: Int, _ pattern: QuantizedPattern) {
            nodes = [index]
            output = pattern.graph.nodes[index].outputs[0]
            guard var user = pattern.soleUser(output) else { return }
            if let limits = Tail.limits(user.node, pattern) {
                nodes.append(user.index)
                self.limits = limits
                output = user.node.outputs[0]
                guard let next = pattern.soleUser(output) else { return }
                user = next
            }
            guard let result = pattern.quantizing(user.node) else { return }
            nodes.append(user.index)
            self.result = result
            output = result.tensor
        }

        static func limits(_ node: GraphNode, _ pattern: QuantizedPattern) -> ClosedRange<Float>? {
            if let relu = node.body as? SignedElementwise, relu.function == .relu { return 0...(.infinity) }
            guard let clip = node.body as? Clip, let function = clip.function(pattern.inputs(node)),
                function.alpha <= function.beta
            else { return nil }
            return function.alpha...function.beta
        }
    }

    private static func combine(_ index: Int, isProduct: Bool, _ pattern: inout QuantizedPattern) {
        let node = pattern.graph.nodes[index]
        guard let a = pattern.dequantized(node.inputs[0]), let b = pattern.dequantized(node.inputs[1]),
            a.isPerTensor, b.isPerTensor, a.dataType == b.dataType
        else { return }
        let tail = Tail(index, pattern)
        guard let result = tail.result, result.dataType == a.dataType else { return }
        pattern.replace(
            tail.nodes,
            by: [
                GraphNode(
                    name: node.name, domain: "com.microsoft", type: isProduct ? "QLinearMul" : "QLinearAdd",
                    body: QuantizedCombine(isProduct: isProduct, limits: tail.limits),
                    inputs: [a.tensor, a.scale, a.zero, b.tensor, b.scale, b.zero, result.scale, result.zero],
                    outputs: [tail.output])
            ])
    }

    private static func concat(_ body: Concat, _ index: Int, _ pattern: inout QuantizedPattern) {
        let node = pattern.graph.nodes[index]
        let parts = node.inputs.compactMap { pattern.dequantized($0) }
        guard parts.count == node.inputs.count, let user = pattern.soleUser(node.outputs[0]),
            let result = pattern.quantizing(user.node), result.zero != nil,
            parts.allSatisfy({ $0.isPerTensor && $0.zero != nil && $0.dataType == result.dataType })
        else { return }
        pattern.replace(
            [index, user.index],
            by: [
                GraphNode(
                    name: node.name, domain: "com.microsoft", type: "QLinearConcat",
                    body: QuantizedConcat(axis: body.axis),
                    inputs: [result.scale, result.zero] + parts.flatMap { [$0.tensor, $0.scale, $0.zero] },
                    outputs: [result.tensor])
            ])
    }

    // MARK: One quantised input

    private static func single(_ index: Int, _ pattern: inout QuantizedPattern) {
        let node = pattern.graph.nodes[index]
        guard let input = pattern.dequantized(node.inputs[0]), input.isPerTensor else { return }
        if let result = pattern.quantizing(node) {
            table(.identity, node, [index], input, result, &pattern)
            return
        }
        guard let user = pattern.soleUser(node.outputs[0]), let result = pattern.quantizing(user.node) else {
            if node.body is Gather { lookUp(index, input, &pattern) }
            return
        }
        let both = [index, user.index]
        let inputs = [input.tensor, input.scale, input.zero, result.scale, result.zero]
        let isSameType = input.dataType == result.dataType
        if let function = function(node, pattern) {
            table(function, node, both, input, result, &pattern)
        } else if let pool = node.body as? GlobalPool, pool.reduction == .mean, isSameType {
            let body = QuantizedGlobalAveragePool(isChannelsLast: false, isResultChannelsFirst: true)
            pattern.replace(both, by: [made(node, "QLinearGlobalAveragePool", body, inputs, result.tensor)])
        } else if let pool = node.body as? Pool, pool.isAverage, isSameType {
            pattern.replace(
                both, by: [made(node, "QLinearAveragePool", QuantizedAveragePool(pool), inputs, result.tensor)])
        } else {
            var body = node.body
            if let pool = node.body as? Pool {
                guard let window = pool.maximumWindow, (3...4).contains(pattern.fact(node.inputs[0])?.rank ?? 0) else {
                    return
                }
                body = QuantizedMaximumPool(window)
            } else {
                guard isMovement(node.body) else { return }
            }
            var moved = node
            moved.body = body
            moved.inputs[0] = input.tensor
            if input.matches(result) {
                moved.outputs = [result.tensor]
                pattern.replace(both, by: [moved])
            } else {
                let value = pattern.add(node.name + " quantized")
                moved.outputs = [value]
                var next = inputs
                next[0] = value
                next[4] = pattern.zero(of: result, node.name)
                pattern.replace(
                    both, by: [moved, made(node, "Requantize", QuantizedTable(.identity), next, result.tensor)])
            }
        }
    }

    /// Rows of a quantised table: picks them first and dequantises only these.
    private static func lookUp(_ index: Int, _ input: QuantizedPattern.Quantized, _ pattern: inout QuantizedPattern) {
        var node = pattern.graph.nodes[index]
        guard let maker = pattern.maker(node.inputs[0]) else { return }
        let value = pattern.add(node.name + " quantized")
        var dequantizing = maker.node
        dequantizing.inputs[0] = value
        dequantizing.outputs = node.outputs
        node.inputs[0] = input.tensor
        node.outputs = [value]
        pattern.replace([index], by: [node, dequantizing])
    }

    private static func table(
        _ function: QuantizedTable.Function, _ node: GraphNode, _ vanishing: [Int],
        _ input: QuantizedPattern.Quantized, _ result: QuantizedPattern.Quantized, _ pattern: inout QuantizedPattern
    ) {
        let zero = pattern.zero(of: result, node.name)
        pattern.replace(
            vanishing,
            by: [
                made(
                    node, "\(node.type) table", QuantizedTable(function),
                    [input.tensor, input.scale, input.zero, result.scale, zero], result.tensor)
            ])
    }

    private static func made(
        _ node: GraphNode, _ type: String, _ body: any Operator, _ inputs: [Int?], _ output: Int
    ) -> GraphNode {
        GraphNode(name: node.name, domain: "com.microsoft", type: type, body: body, inputs: inputs, outputs: [output])
    }

    private static func function(_ node: GraphNode, _ pattern: QuantizedPattern) -> QuantizedTable.Function? {
        switch node.body {
        case let body as Elementwise: .unary(body.function)
        default: Tail.limits(node, pattern).map { .limited($0) }
        }
    }

    /// Whether an operator moves the elements of its first input alone.
    private static func isMovement(_ body: any Operator) -> Bool {
        body is Reshape || body is Flatten || body is Squeeze || body is Unsqueeze || body is Transpose
            || body is Slice || body is Gather || body is Expand || body is Tile || body is BlockMove
    }
}
