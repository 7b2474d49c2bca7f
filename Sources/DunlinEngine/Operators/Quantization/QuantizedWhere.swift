import DunlinInference
import DunlinKernels
import DunlinTensor

/// `com.microsoft` `QLinearWhere`: picks from two quantised tensors, and gives both the result's scale and zero point.
///
/// Inputs: the condition, X, its scale and zero point, Y, its scale and zero point, the result's scale and zero point.
struct QuantizedWhere: Operator {
    private let yes = QuantizedOperand(1, scale: 2, zero: 3)
    private let no = QuantizedOperand(4, scale: 5, zero: 6)
    private let result = QuantizedOperand(1, scale: 7, zero: 8)

    init(_ node: Node) {}

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.bool])
        try inputs.require(yes)
        try inputs.require(no)
        try inputs.requireSameType(1, 4)
        try inputs.requireScale(result)
        let values = try broadcast(inputs[1].extents, inputs[4].extents)
        return [TensorFact(inputs[1].dataType, try broadcast(inputs[0].extents, values))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let dataType = inputs[1].dataType
        let loop = ThreeWayLoop(
            inputs[0].shape.dimensions, inputs[1].shape.dimensions, inputs[4].shape.dimensions,
            output: outputs[0].shape.dimensions)
        return Kernel { buffers in
            let condition = buffers.input(0, as: Bool.self)
            let left = buffers.input(yes.tensor, as: UInt8.self), right = buffers.input(no.tensor, as: UInt8.self)
            let output = buffers.output(0, as: UInt8.self)
            let range = buffers.range(result, dataType)
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 512) { tables in
                Self.fill(tables[..<256], from: buffers.range(yes, dataType), to: range)
                Self.fill(tables[256...], from: buffers.range(no, dataType), to: range)
                loop.forEachRow { (c, y, n, o) in
                    for i in 0..<loop.rowCount {
                        output[o + i] =
                            condition[c + i * loop.steps.0]
                            ? tables[Int(left[y + i * loop.steps.1])] : tables[256 + Int(right[n + i * loop.steps.2])]
                    }
                }
            }
        }
    }

    /// What becomes of each of 256 bytes.
    private static func fill(
        _ table: Swift.Slice<UnsafeMutableBufferPointer<UInt8>>, from source: QuantizedRange, to result: QuantizedRange
    ) {
        let entries = UnsafeMutableBufferPointer(rebasing: table)
        for bits in 0..<256 {
            // Without a change of scale an element stays what it is, whatever rounding would make of it.
            entries[bits] =
                source == result ? UInt8(bits) : result.bits(number: source.number(bits: UInt8(bits)))
        }
    }
}
