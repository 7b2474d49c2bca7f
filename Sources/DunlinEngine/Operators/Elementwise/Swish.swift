import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `Swish`: x · sigmoid(alpha · x).
struct Swish: Operator {
    private let alpha: Float

    init(_ node: Node) throws(InferError) { alpha = try node.float("alpha", default: 1) }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let alpha = alpha
        if inputs[0].dataType == .fp64 {
            let sigmoid = UnaryFunction(.sigmoid)
            return Kernel { buffers in
                let input = buffers.input(0, as: Double.self)
                let output = buffers.output(0, as: Double.self)
                for index in input.indices { output[index] = input[index] * sigmoid(Double(alpha) * input[index]) }
            }
        }
        if alpha == 1 { return Kernel { apply(.silu, to: $0.input(0, as: Float.self), into: $0.output(0)) } }
        return Kernel { buffers in
            let input = buffers.input(0, as: Float.self)
            let output = buffers.output(0, as: Float.self)
            for index in input.indices { output[index] = alpha * input[index] }
            apply(.sigmoid, to: UnsafeBufferPointer(output), into: output)
            apply(.multiply, input, UnsafeBufferPointer(output), into: output)
        }
    }
}
