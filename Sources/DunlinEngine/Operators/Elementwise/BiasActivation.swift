import DunlinInference
import DunlinKernels
import DunlinTensor

/// An activation of the sum of a tensor and a row: `com.microsoft.BiasGelu` and `FastGelu`, whose row may be left out.
struct BiasActivation: Operator {
    private let function: UnaryFunction

    static func gelu(_ node: Node) -> any Operator { BiasActivation(function: .gelu) }
    static func fastGelu(_ node: Node) -> any Operator { BiasActivation(function: .geluTanh) }

    static func quickGelu(_ node: Node) throws(InferError) -> any Operator {
        let factor = try node.float("alpha", default: 1.702)
        guard factor > 0, factor.isFinite else {
            throw InferError(.unsupported, "attribute 'alpha' is \(factor), supported are positive numbers")
        }
        return Elementwise(.swish(factor: factor))
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.fp32, .fp16, .bf16])
        if let bias = inputs.optional(1) {
            try inputs.requireSameType(0, 1)
            try inputs.require(1, rank: 1...1)
            try inputs.require(0, rank: 1...TensorFact.mostAxes)
            if let columns = inputs[0].extents?.last, let count = bias.elementCount, columns >= 0, columns != count {
                throw InferError(.invalidArgument, "the bias has \(count) elements for rows of \(columns)")
            }
        }
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        let function = function
        guard inputs.optional(1) != nil else {
            return Kernel { apply(function, to: $0.input(0, as: Float.self), into: $0.output(0)) }
        }
        return Kernel { buffers in
            let output = buffers.output(0, as: Float.self)
            applyByRow(.add, matrix: buffers.input(0), row: buffers.input(1), into: output)
            apply(function, to: UnsafeBufferPointer(output), into: output)
        }
    }
}
