import DunlinInference
import DunlinKernels
import DunlinTensor
import Glibc

/// `com.microsoft` `QLinearSoftmax`: softmax of quantised tensors through a table of exponentials, over one axis, or
/// where attribute `opset` is less than 13 over all axes from `axis` on.
///
/// Inputs: X, its scale and zero point, the result's scale and zero point. As in ONNX Runtime the result's scale counts
/// as 1 over a whole number, and exponentials are scaled so that a row's sum stays finite.
struct QuantizedSoftmax: Operator {
    private let axis: Int
    private let flattens: Bool
    private let input = QuantizedOperand(0, scale: 1, zero: 2)
    private let result = QuantizedOperand(0, scale: 3, zero: 4)

    init(_ node: Node) throws(InferError) {
        try node.requireInputs([0, 1, 3])
        guard let opset = try node.int("opset") else { throw node.missing("opset") }
        flattens = opset < 13
        axis = try node.int("axis", default: -1)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(input)
        try inputs.requireScale(result)
        try inputs.require(0, rank: 1...TensorFact.mostAxes)
        if let rank = inputs[0].rank { _ = try normalized(axis: axis, rank: rank) }
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let extents = inputs[0].shape.dimensions
        let count = extents.product
        guard count > 0 else { return Kernel { _ in } }
        let axis = try normalized(axis: axis, rank: extents.count)
        let columns = flattens ? extents[axis...].reduce(1, *) : extents[axis]
        let inner = flattens ? 1 : extents[(axis + 1)...].reduce(1, *)
        let dataType = inputs[0].dataType
        // The axis is moved to the end and back.
        let outer = count / (columns * inner)
        let there = StridedCopy([outer, inner, columns], sourceStrides: [columns * inner, 1, inner])
        let back = StridedCopy([outer, columns, inner], sourceStrides: [columns * inner, 1, columns])
        return Kernel(scratchByteCount: inner == 1 ? 0 : 2 * count) { buffers in
            let from = buffers.range(input, dataType), to = buffers.range(result, dataType)
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 256) { table in
                Self.fill(table, scale: from.scale, columns: columns)
                guard inner > 1 else {
                    Self.rows(buffers.input(0), columns, table, to, buffers.output(0))
                    return
                }
                let lines = UnsafeMutableRawBufferPointer(rebasing: buffers.scratch[..<count])
                let results = UnsafeMutableRawBufferPointer(rebasing: buffers.scratch[count..<2 * count])
                there.run(buffers.bytes(ofInput: 0), into: lines, elementByteCount: 1)
                Self.rows(
                    UnsafeRawBufferPointer(lines).assumingMemoryBound(to: UInt8.self), columns, table, to,
                    results.assumingMemoryBound(to: UInt8.self))
                back.run(UnsafeRawBufferPointer(results), into: buffers.bytes(ofOutput: 0), elementByteCount: 1)
            }
        }
    }

    /// `table[i]` is the exponential of a number `255 - i` steps below a row's largest.
    private static func fill(_ table: UnsafeMutableBufferPointer<Float>, scale: Float, columns: Int) {
        // e^5 less than what would let the sum of a row of largest numbers overflow.
        let headroom = max(0, Double(logf(Float.greatestFiniteMagnitude / Float(columns))) - 5)
        let shift = headroom / Double(scale)
        for i in 0..<256 { table[i] = Float(exp((Double(i - 255) + shift) * Double(scale))) }
    }

    private static func rows(
        _ input: UnsafeBufferPointer<UInt8>, _ columns: Int, _ table: UnsafeMutableBufferPointer<Float>,
        _ result: QuantizedRange, _ output: UnsafeMutableBufferPointer<UInt8>
    ) {
        let sign: UInt8 = result.isSigned ? 0x80 : 0
        let factor = (1 / result.scale).rounded(.down)
        let (least, most) = (Float(result.least - result.zero), Float(result.most - result.zero))
        for row in 0..<input.count / columns {
            let line = row * columns..<(row + 1) * columns
            var largest: UInt8 = 0
            for index in line { largest = max(largest, input[index] ^ sign) }
            let shift = 255 - Int(largest)
            var sum: Float = 0
            for index in line { sum += table[Int(input[index] ^ sign) + shift] }
            for index in line {
                let scaled = table[Int(input[index] ^ sign) + shift] * factor / sum
                // NaN, of a scale that is none, becomes the least.
                let limited = scaled > least ? min(scaled.rounded(.toNearestOrEven), most) : least
                output[index] = UInt8(truncatingIfNeeded: Int32(limited) + result.zero)
            }
        }
    }
}
