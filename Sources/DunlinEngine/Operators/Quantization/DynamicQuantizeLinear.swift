import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `DynamicQuantizeLinear`: FP32 to UINT8 with the scale and zero point that the elements' range asks for.
struct DynamicQuantizeLinear: Operator {
    init(_ node: Node) {}

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32])
        return [TensorFact(.uint8, inputs[0].extents), TensorFact(.fp32, []), TensorFact(.uint8, [])]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        Kernel { buffers in
            let input = buffers.input(0, as: Float.self)
            let (scale, zero) = dynamicScale(of: input)
            let output = buffers.output(0, as: UInt8.self)
            if !output.isEmpty { quantize(input, scale: scale, zero: Int32(zero), isSigned: false, into: output) }
            let (scales, zeroPoints) = (buffers.output(1, as: Float.self), buffers.output(2, as: UInt8.self))
            if !scales.isEmpty { scales[0] = scale }
            if !zeroPoints.isEmpty { zeroPoints[0] = zero }
        }
    }
}
