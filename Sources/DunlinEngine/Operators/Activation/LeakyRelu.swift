import DunlinInference
import DunlinTensor

/// ONNX `LeakyRelu`: `x` where it is 0 or more, `alpha * x` elsewhere.
struct LeakyRelu: Operator {
    let alpha: Float

    init(_ node: Node) throws(InferError) {
        alpha = try node.float("alpha", default: 0.01)
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32])
        return [TensorFact(.fp32, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let alpha = alpha
        return Kernel { buffers in
            let input = buffers.input(0, as: Float.self)
            let output = buffers.output(0, as: Float.self)
            for index in input.indices { output[index] = input[index] >= 0 ? input[index] : alpha * input[index] }
        }
    }
}
