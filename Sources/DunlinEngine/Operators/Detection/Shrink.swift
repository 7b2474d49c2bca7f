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
        try inputs.require(0, isOneOf: DataType.numbers)
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        switch inputs[0].dataType {
        case .fp32: return kernel(Float.self)
        case .fp64: return kernel(Double.self)
        case .fp16, .bf16: return try bindThroughFloat(inputs, outputs)
        default: return try integers(inputs[0])
        }
    }

    /// Computed in FP64, cut off towards zero.
    private func integers(_ fact: TensorFact) throws(InferError) -> Kernel {
        let access = try NumberAccess(fact.dataType)
        let count = fact.shape.elementCount
        let (bias, threshold) = (bias, threshold)
        return Kernel { buffers in
            let input = buffers.bytes(ofInput: 0)
            let output = buffers.bytes(ofOutput: 0)
            for index in 0..<count {
                let x = access.number(input, index)
                access.store(x < -threshold ? x + bias : x > threshold ? x - bias : 0, output, index)
            }
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
