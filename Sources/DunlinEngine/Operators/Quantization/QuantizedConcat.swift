import DunlinInference
import DunlinKernels
import DunlinTensor

/// `com.microsoft` `QLinearConcat`: tensors quantised differently, one after the other in one quantisation.
///
/// Inputs: the result's scale and zero point, then each tensor with its scale and zero point.
struct QuantizedConcat: Operator {
    let axis: Int

    init(axis: Int) { self.axis = axis }

    init(_ node: Node) throws(InferError) {
        guard let axis = try node.int("axis") else { throw node.missing("axis") }
        self.axis = axis
        guard node.givenInputs.count % 3 == 2 else {
            throw InferError(.invalidArgument, "\(node.givenInputs.count) inputs; expected 2 and 3 for each tensor")
        }
    }

    private func operand(_ part: Int) -> QuantizedOperand {
        QuantizedOperand(2 + 3 * part, scale: 3 + 3 * part, zero: 4 + 3 * part)
    }

    private func parts(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        let count = (inputs.count - 2) / 3
        var parts: [TensorFact] = []
        for part in 0..<count {
            for index in 2 + 3 * part..<5 + 3 * part where inputs.optional(index) == nil {
                throw InferError(.invalidArgument, "input \(index) is left out")
            }
            try inputs.require(operand(part))
            try inputs.requireSameType(2, 2 + 3 * part)
            parts.append(inputs[2 + 3 * part])
        }
        try inputs.requireScale(QuantizedOperand(2, scale: 0, zero: 1))
        return parts
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try Concat(axis: axis).infer(InputFacts(try parts(inputs)))
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let dataType = outputs[0].dataType, extents = outputs[0].shape.dimensions
        let axis = try normalized(axis: axis, rank: extents.count)
        let outer = extents[..<axis].reduce(1, *), total = extents[axis...].reduce(1, *)
        let counts = try parts(inputs).map { $0.shape.dimensions[axis...].reduce(1, *) }
        return Kernel { buffers in
            let output = buffers.output(0, as: UInt8.self)
            let range = buffers.range(QuantizedOperand(2, scale: 0, zero: 1), dataType)
            var offset = 0
            for (part, count) in counts.enumerated() where count > 0 && outer > 0 {
                let operand = operand(part)
                let source = buffers.input(operand.tensor, as: UInt8.self)
                let from = buffers.range(operand, dataType)
                let table = from == range ? nil : from.table(to: range) { $0 }
                for row in 0..<outer {
                    let piece = UnsafeBufferPointer(rebasing: source[row * count..<(row + 1) * count])
                    let first = row * total + offset
                    let target = UnsafeMutableBufferPointer(rebasing: output[first..<first + count])
                    if let table {
                        lookUp(piece, table: table, into: target)
                    } else {
                        _ = target.update(fromContentsOf: piece)
                    }
                }
                offset += count
            }
        }
    }
}
