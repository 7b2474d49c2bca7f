import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `QuantizeLinear` and `DequantizeLinear`: per tensor, per axis and blocked. Halves are computed in FP32.
struct LinearQuantization: Operator {
    let quantizes: Bool
    let axis: Int
    let block: Int
    private let stated: DataType?

    static func quantize(_ node: Node) throws(InferError) -> any Operator { try Self(node, quantizes: true) }
    static func dequantize(_ node: Node) throws(InferError) -> any Operator { try Self(node, quantizes: false) }

    private static let narrow: [DataType] = [.int8, .uint8, .int16, .uint16]
    private static let numbers: [DataType] = [.fp32, .fp16, .bf16]

    private init(_ node: Node, quantizes: Bool) throws(InferError) {
        self.quantizes = quantizes
        axis = try node.int("axis", default: 1)
        block = try node.int("block_size", default: 0)
        node.ignore("saturate")  // concerns 8-bit floats alone
        stated = try node.int("output_dtype", default: 0) == 0 ? nil : try node.dataType("output_dtype")
        guard block >= 0 else { throw InferError(.invalidArgument, "attribute 'block_size' is \(block)") }
        let precision = try node.int("precision", default: 0)
        guard precision == 0 || precision == 1 else {
            throw InferError(.unsupported, "attribute 'precision' is \(precision); supported: FP32")
        }
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: quantizes ? Self.numbers : Self.narrow + [.int32])
        try inputs.require(1, isOneOf: Self.numbers)
        let zeroPoint = inputs.optional(2)
        let result: DataType
        if quantizes {
            result = zeroPoint?.dataType ?? stated ?? .uint8
            guard Self.narrow.contains(result) else {
                throw InferError(.unsupported, "quantising to \(result) is not supported")
            }
            if let stated, stated != result {
                throw InferError(.invalidArgument, "'output_dtype' is \(stated), the zero point is \(result)")
            }
        } else {
            if zeroPoint != nil { try inputs.requireSameType(0, 2) }
            result = stated ?? inputs[1].dataType
            guard Self.numbers.contains(result) else {
                throw InferError(.unsupported, "'output_dtype' \(result) is not supported")
            }
        }
        if inputs[0].isComplete, inputs[1].isComplete { _ = try layout(inputs) }
        if let zeroPoint, zeroPoint.isComplete, inputs[1].isComplete,
            zeroPoint.elementCount != inputs[1].elementCount
        {
            throw InferError(.invalidArgument, "the zero point is \(zeroPoint), the scale is \(inputs[1])")
        }
        return [TensorFact(result, inputs[0].extents)]
    }

    private func layout(_ inputs: InputFacts) throws(InferError) -> ScaleLayout {
        try ScaleLayout(
            inputs[0].shape.dimensions, scales: inputs[1].shape.dimensions, axis: axis, block: block)
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf || inputs[1].dataType.isHalf || outputs[0].dataType.isHalf {
            return try bindThroughFloat(inputs, outputs)
        }
        let layout = try layout(inputs)
        let dataType = quantizes ? outputs[0].dataType : inputs[0].dataType
        if dataType == .int8 || dataType == .uint8, layout.block == 0 {
            return byteKernel(layout, isSigned: dataType == .int8)
        }
        if quantizes { return try Quantizing(layout: layout).kernel(for: dataType) }
        return try Dequantizing(layout: layout).kernel(for: dataType)
    }

    /// One vectorised call for each stretch of elements with one scale.
    private func byteKernel(_ layout: ScaleLayout, isSigned: Bool) -> Kernel {
        let quantizes = quantizes
        return Kernel { buffers in
            let scales = buffers.input(1, as: Float.self)
            let zeroPoints = buffers.input(2, orEmpty: UInt8.self)
            layout.forEachStretch { first, scale in
                let stretch = first..<first + layout.inner
                let bits = zeroPoints.isEmpty ? 0 : zeroPoints[scale]
                let zero = isSigned ? Int32(Int8(bitPattern: bits)) : Int32(bits)
                if quantizes {
                    DunlinKernels.quantize(
                        UnsafeBufferPointer(rebasing: buffers.input(0, as: Float.self)[stretch]),
                        scale: scales[scale], zero: zero, isSigned: isSigned,
                        into: UnsafeMutableBufferPointer(rebasing: buffers.output(0, as: UInt8.self)[stretch]))
                } else {
                    DunlinKernels.dequantize(
                        UnsafeBufferPointer(rebasing: buffers.input(0, as: UInt8.self)[stretch]),
                        isSigned: isSigned, scale: scales[scale], zero: zero,
                        into: UnsafeMutableBufferPointer(rebasing: buffers.output(0, as: Float.self)[stretch]))
                }
            }
        }
    }

    private struct Quantizing: IntegerKernels {
        let layout: ScaleLayout

        func make<Element: FixedWidthInteger & TensorElement>(_ type: Element.Type) throws(InferError) -> Kernel {
            let layout = layout
            return Kernel { buffers in
                let input = buffers.input(0, as: Float.self)
                let scales = buffers.input(1, as: Float.self)
                let zeroPoints = buffers.input(2, orEmpty: type)
                let output = buffers.output(0, as: type)
                let step = layout.block == 0 ? 0 : 1
                layout.forEachStretch { first, scale in
                    for i in 0..<layout.inner {
                        let s = scale + i * step
                        output[first + i] = quantized(
                            input[first + i], scale: scales[s], zeroPoint: zeroPoints.isEmpty ? 0 : zeroPoints[s])
                    }
                }
            }
        }
    }

    private struct Dequantizing: IntegerKernels {
        let layout: ScaleLayout

        func make<Element: FixedWidthInteger & TensorElement>(_ type: Element.Type) throws(InferError) -> Kernel {
            let layout = layout
            return Kernel { buffers in
                let input = buffers.input(0, as: type)
                let scales = buffers.input(1, as: Float.self)
                let zeroPoints = buffers.input(2, orEmpty: type)
                let output = buffers.output(0, as: Float.self)
                let step = layout.block == 0 ? 0 : 1
                layout.forEachStretch { first, scale in
                    for i in 0..<layout.inner {
                        let s = scale + i * step
                        let zero = zeroPoints.isEmpty ? 0 : Int32(truncatingIfNeeded: zeroPoints[s])
                        output[first + i] = Float(Int32(truncatingIfNeeded: input[first + i]) &- zero) * scales[s]
                    }
                }
            }
        }
    }
}

/// `value / scale`, rounded half to even, moved by the zero point and saturated. NaN becomes the least value, as in
/// ONNX Runtime. Only for elements of 8 and 16 bits, whose limits a `Float` holds.
@inline(__always) func quantized<Element: FixedWidthInteger>(
    _ value: Float, scale: Float, zeroPoint: Element
) -> Element {
    let zero = Int32(truncatingIfNeeded: zeroPoint)
    let least = Float(Int32(truncatingIfNeeded: Element.min) &- zero)
    let most = Float(Int32(truncatingIfNeeded: Element.max) &- zero)
    let scaled = value / scale
    let above = scaled > least ? scaled : least
    let clamped = above < most ? above : most
    return Element(truncatingIfNeeded: Int32(clamped.rounded(.toNearestOrEven)) &+ zero)
}
