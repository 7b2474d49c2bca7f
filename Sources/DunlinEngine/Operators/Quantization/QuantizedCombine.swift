import DunlinInference
import DunlinKernels
import DunlinTensor

/// `com.microsoft` `QLinearAdd` and `QLinearMul`: two quantised tensors, broadcast.
///
/// Inputs: A, its scale and zero point, B and its, the result's scale and zero point.
struct QuantizedCombine: Operator {
    private let isProduct: Bool
    /// An activation's limits, in numbers.
    private let limits: ClosedRange<Float>
    private let left = QuantizedOperand(0, scale: 1, zero: 2)
    private let right = QuantizedOperand(3, scale: 4, zero: 5)
    private let result = QuantizedOperand(0, scale: 6, zero: 7)

    init(isProduct: Bool, limits: ClosedRange<Float> = -.infinity ... .infinity) {
        (self.isProduct, self.limits) = (isProduct, limits)
    }

    static func add(_ node: Node) throws(InferError) -> any Operator { try Self(node, isProduct: false) }
    static func multiply(_ node: Node) throws(InferError) -> any Operator { try Self(node, isProduct: true) }

    private init(_ node: Node, isProduct: Bool) throws(InferError) {
        try node.requireInputs([0, 1, 3, 4, 6])
        self.init(isProduct: isProduct)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(left)
        try inputs.require(right)
        try inputs.requireSameType(0, 3)
        try inputs.requireScale(result)
        return [TensorFact(inputs[0].dataType, try broadcast(inputs[0].extents, inputs[3].extents))]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let dataType = inputs[0].dataType
        let loop = BroadcastLoop(
            inputs[0].shape.dimensions, inputs[3].shape.dimensions, output: outputs[0].shape.dimensions)
        return Kernel { (buffers) throws(InferError) in
            let a = buffers.input(left.tensor, as: UInt8.self), b = buffers.input(right.tensor, as: UInt8.self)
            let output = buffers.output(0, as: UInt8.self)
            let (leftRange, rightRange) = (buffers.range(left, dataType), buffers.range(right, dataType))
            let range = buffers.range(result, dataType)
            try loop.forEachRow { (l, r, o) throws(InferError) in
                let target = UnsafeMutableBufferPointer(rebasing: output[o..<o + loop.rowCount])
                if loop.leftStep == 1 && loop.rightStep == 1 {
                    combine(
                        isProduct: isProduct, UnsafeBufferPointer(rebasing: a[l..<l + loop.rowCount]), leftRange,
                        UnsafeBufferPointer(rebasing: b[r..<r + loop.rowCount]), rightRange, into: target, range,
                        limits: limits)
                    return
                }
                for i in 0..<loop.rowCount {
                    let x = leftRange.number(bits: a[l + i * loop.leftStep])
                    let y = rightRange.number(bits: b[r + i * loop.rightStep])
                    target[i] = range.bits(
                        number: min(max(isProduct ? x * y : x + y, limits.lowerBound), limits.upperBound))
                }
            }
        }
    }
}
