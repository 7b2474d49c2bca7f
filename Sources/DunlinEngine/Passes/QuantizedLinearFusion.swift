import DunlinInference
import DunlinKernels
import DunlinTensor

/// The part of `QuantizedFusion` that makes integer convolutions and products.
enum QuantizedLinearFusion {
    /// INT32 biases beyond this are left alone: sums could leave their range.
    private static let largestBias = Double(1 << 30)

    static func convolution(_ body: Conv, _ index: Int, _ pattern: inout QuantizedPattern) {
        let node = pattern.graph.nodes[index]
        guard let image = pattern.dequantized(node.inputs[0]), image.isPerTensor,
            let filter = pattern.dequantized(node.inputs[1]), let weights = pattern.fact(filter.tensor)?.constant,
            (3...4).contains(weights.shape.rank), weights.elementCount > 0,
            filter.isPerTensor || filter.axis == 0 || filter.axis == -weights.shape.rank
        else { return }
        let tail = QuantizedFusion.Tail(index, pattern)
        let columns = weights.shape[0]
        let bias: Tensor?
        do {
            bias = try Self.bias(
                node.inputs.count > 2 ? node.inputs[2] : nil, columns,
                unit: tail.result == nil ? nil : (image.scales[0], filter.scales), pattern)
        } catch { return }
        let biasValue = bias.map { pattern.add(node.name + " bias", $0) }
        if let result = tail.result {
            var convolution = IntegerConvolution(
                body, image: QuantizedOperand(0, scale: 1, zero: 2), filter: QuantizedOperand(3, scale: 4, zero: 5),
                IntegerResult(.bits8, output: QuantizedOperand(0, scale: 6, zero: 7), integerBias: 8))
            convolution.result.limits = tail.limits
            let zero = pattern.zero(of: result, node.name)
            pattern.replace(
                tail.nodes,
                by: [
                    GraphNode(
                        name: node.name, domain: "", type: "QLinearConv", body: convolution,
                        inputs: [
                            image.tensor, image.scale, image.zero, filter.tensor, filter.scale, filter.zero,
                            result.scale, zero, biasValue,
                        ], outputs: [tail.output])
                ])
        } else {
            var convolution = IntegerConvolution(
                body, image: QuantizedOperand(0, scale: 1, zero: 2), filter: QuantizedOperand(3, scale: 4, zero: 5),
                IntegerResult(.fp32, bias: 6))
            convolution.result.limits = tail.limits
            pattern.replace(
                tail.nodes,
                by: [
                    GraphNode(
                        name: node.name, domain: "", type: "QLinearConv to FP32", body: convolution,
                        inputs: [
                            image.tensor, image.scale, image.zero, filter.tensor, filter.scale, filter.zero, biasValue,
                        ], outputs: [tail.output])
                ])
        }
    }

    /// - Parameter bias: The input that holds one, where the operator has such an input.
    static func product(_ index: Int, transposesB: Bool, bias biasInput: Int?, _ pattern: inout QuantizedPattern) {
        let node = pattern.graph.nodes[index]
        guard let left = pattern.dequantized(node.inputs[0]), left.isPerTensor,
            let right = pattern.dequantized(node.inputs[1]), let rank = pattern.fact(right.tensor)?.rank, rank >= 2,
            pattern.fact(left.tensor)?.rank ?? 0 >= 2
        else { return }
        let columns = pattern.fact(right.tensor)?.extents?[transposesB ? rank - 2 : rank - 1] ?? -1
        let columnAxis = transposesB ? 0 : rank - 1
        guard right.isPerTensor || (rank == 2 && (right.axis + rank) % rank == columnAxis) else { return }
        var tail = QuantizedFusion.Tail(index, pattern)
        var biasValue = biasInput.flatMap { $0 < node.inputs.count ? node.inputs[$0] : nil }
        if biasInput == nil, let row = Self.addition(index, columns, left, pattern) {
            tail = QuantizedFusion.Tail(row.index, pattern)
            tail.nodes.append(index)
            biasValue = row.value
        }
        let bias: Tensor?
        do {
            bias = try Self.bias(
                biasValue, columns, unit: tail.result == nil ? nil : (left.scales[0], right.scales), pattern)
        } catch { return }
        let constant = bias.map { pattern.add(node.name + " bias", $0) }
        var form = IntegerResult(.fp32, bias: 6)
        var inputs = [left.tensor, left.scale, left.zero, right.tensor, right.scale, right.zero, constant]
        if let result = tail.result {
            form = IntegerResult(.bits8, output: QuantizedOperand(0, scale: 7, zero: 8), integerBias: 6)
            inputs += [result.scale, pattern.zero(of: result, node.name)]
        }
        form.limits = tail.limits
        let body = IntegerProduct(
            left: QuantizedOperand(0, scale: 1, zero: 2), right: QuantizedOperand(3, scale: 4, zero: 5), form,
            transposesB: transposesB)
        pattern.replace(
            tail.nodes,
            by: [
                GraphNode(
                    name: node.name, domain: "", type: tail.result == nil ? "QLinearMatMul to FP32" : "QLinearMatMul",
                    body: body, inputs: inputs, outputs: [tail.output])
            ])
    }

    /// The addition of a constant row to a product, when nothing else uses the product.
    private static func addition(
        _ index: Int, _ columns: Int, _ left: QuantizedPattern.Quantized, _ pattern: QuantizedPattern
    ) -> (index: Int, value: Int)? {
        let output = pattern.graph.nodes[index].outputs[0]
        guard let user = pattern.soleUser(output), let add = user.node.body as? Arithmetic, add.function == .add,
            let rank = pattern.fact(left.tensor)?.rank
        else { return nil }
        for case let value? in user.node.inputs where value != output {
            guard let row = pattern.fact(value)?.constant, row.elementCount == columns,
                row.shape.dimensions.last == columns, row.shape.rank <= rank
            else { continue }
            return (user.index, value)
        }
        return nil
    }

    /// A bias that the fused operator cannot take.
    private struct UnusableBias: Error {}

    /// A constant bias of one number for each column; `nil` for none.
    ///
    /// - Parameter unit: Both sides' scales, for a bias that is added to the sums; else it stays FP32.
    private static func bias(
        _ value: Int?, _ columns: Int, unit: (left: Float, right: [Float])?, _ pattern: QuantizedPattern
    ) throws(UnusableBias) -> Tensor? {
        guard let value else { return nil }
        guard let constant = pattern.fact(value)?.constant, constant.dataType == .fp32, columns > 0,
            constant.elementCount == columns, constant.shape.dimensions.last == columns
        else { throw UnusableBias() }
        guard let unit else { return constant.reshaped([columns]) }
        guard unit.right.count == 1 || unit.right.count == columns else { throw UnusableBias() }
        var bias: [Int32] = []
        for (column, number) in constant.elements(as: Float.self).enumerated() {
            let step = Double(unit.left * unit.right[unit.right.count == 1 ? 0 : column])
            let scaled = (Double(number) / step).rounded(.toNearestOrEven)
            guard abs(scaled) <= largestBias else { throw UnusableBias() }
            bias.append(Int32(scaled))
        }
        return Tensor(bias, shape: [columns])
    }
}
