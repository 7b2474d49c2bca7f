import DunlinInference
import DunlinKernels
import DunlinTensor

/// Makes `MatMulInteger` or `ConvInteger` → `Cast` → `Mul` by the scales → `Add` of a bias → `Relu` one operator.
struct DynamicQuantizationFusion: Pass {
    let name = "dynamic-quantization-fusion"

    func apply(_ graph: Graph) throws(InferError) -> Graph {
        guard graph.nodes.contains(where: { $0.body is IntegerProduct || $0.body is IntegerConvolution }) else {
            return graph
        }
        var pattern = try QuantizedPattern(graph)
        for index in graph.nodes.indices {
            let node = graph.nodes[index]
            if let body = node.body as? IntegerProduct, body.result.kind == .int32 {
                let columns = pattern.fact(node.inputs[1])?.extents?.last ?? -1
                Self.fuse(index, columns, axesAfter: 0, &pattern) { result in
                    var product = IntegerProduct.toFloat()
                    product.result.limits = result
                    return product
                }
            } else if let body = node.body as? IntegerConvolution, body.result.kind == .int32,
                let rank = pattern.fact(node.inputs[1])?.rank
            {
                let columns = pattern.fact(node.inputs[1])?.extents?.first ?? -1
                Self.fuse(index, columns, axesAfter: rank - 2, &pattern) { result in
                    var convolution = body.toFloat()
                    convolution.result.limits = result
                    return convolution
                }
            }
        }
        return pattern.rewritten()
    }

    /// - Parameters:
    ///   - columns: Elements of a bias.
    ///   - axesAfter: Axes of the result after that of the columns.
    private static func fuse(
        _ index: Int, _ columns: Int, axesAfter: Int, _ pattern: inout QuantizedPattern,
        _ make: (ClosedRange<Float>) -> any Operator
    ) {
        let node = pattern.graph.nodes[index]
        guard columns > 0, let rank = pattern.fact(node.outputs[0])?.rank, rank >= 2,
            let cast = pattern.soleUser(node.outputs[0]), cast.node.body is Cast,
            pattern.fact(cast.node.outputs[0])?.dataType == .fp32,
            let scaling = pattern.soleUser(cast.node.outputs[0]), isMultiplication(scaling.node),
            let scales = scaling.node.inputs.first(where: { $0 != cast.node.outputs[0] }),
            let factors = pattern.maker(scales), isMultiplication(factors.node),
            let sides = sides(factors.node, columns, allowsColumns: axesAfter == 0, pattern)
        else { return }
        var nodes = [index, cast.index, scaling.index]
        var output = scaling.node.outputs[0]
        var bias: Int?
        if let user = pattern.soleUser(output), let add = user.node.body as? Arithmetic, add.function == .add,
            let other = user.node.inputs.first(where: { $0 != output }),
            let row = pattern.fact(other)?.constant, row.dataType == .fp32, row.elementCount == columns,
            row.shape.rank <= rank, row.shape.rank > axesAfter,
            row.shape.dimensions[row.shape.rank - 1 - axesAfter] == columns
        {
            bias = pattern.add(node.name + " bias", row.reshaped([columns]))
            nodes.append(user.index)
            output = user.node.outputs[0]
        }
        var limits: ClosedRange<Float> = -.infinity ... .infinity
        if let user = pattern.soleUser(output), let found = QuantizedFusion.Tail.limits(user.node, pattern) {
            limits = found
            nodes.append(user.index)
            output = user.node.outputs[0]
        }
        let zero = { (position: Int) in position < node.inputs.count ? node.inputs[position] : nil }
        pattern.replace(
            nodes,
            by: [
                GraphNode(
                    name: node.name, domain: "", type: "\(node.type) to FP32", body: make(limits),
                    inputs: [node.inputs[0], node.inputs[1], sides.left, sides.right, zero(2), zero(3), bias],
                    outputs: [output])
            ])
    }

    private static func isMultiplication(_ node: GraphNode) -> Bool {
        (node.body as? Arithmetic)?.function == .multiply
    }

    /// The two scales that a node multiplies: one number, and one number or one for each column.
    private static func sides(
        _ node: GraphNode, _ columns: Int, allowsColumns: Bool, _ pattern: QuantizedPattern
    ) -> (left: Int, right: Int)? {
        guard let first = node.inputs[0], let second = node.inputs[1] else { return nil }
        for (left, right) in [(first, second), (second, first)] {
            guard let one = pattern.fact(left), let other = pattern.fact(right), one.dataType == .fp32,
                one.isComplete, other.isComplete, one.elementCount == 1, one.rank ?? 2 <= 1, other.rank ?? 2 <= 1,
                other.elementCount == 1 || (allowsColumns && other.elementCount == columns)
            else { continue }
            return (left, right)
        }
        return nil
    }
}
