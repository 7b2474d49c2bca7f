import DunlinInference
import DunlinTensor

/// ONNX `Shrink`: what is nearer to zero than `lambd` becomes zero, the rest moves towards it by `bias`.
struct Shrink: Operator {
    private let bias: Double
    private let threshold: Double

    init(_ node: Node) throws(InferError) {
        bias = Double(try node.float("bias", default: 0))
        threshold = Double(try node.float("lambd", default: 0.5))
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        switch inputs[0].dataType {
        case .fp32: return kernel(Float.self)
        case .fp64: return kernel(Double.self)
        default: return try bindThroughFloat(inputs, outputs)
        }
    }

    private func kernel<Element: BinaryFloatingPoint & TensorElement>(_ type: Element.Type) -> Kernel {
        let (bias, threshold) = (Element(bias), Element(threshold))
        return Kernel { buffers in
            let input = buffers.input(0, as: type)
            let output = buffers.output(0, as: type)
            for index in output.indices {
                let x = input[index]
                output[index] = x < -threshold ? x + bias : x > threshold ? x - bias : 0
            }
        }
    }
}
