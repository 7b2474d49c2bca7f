import DunlinInference
import DunlinKernels
import DunlinTensor

/// ONNX `Clip`. The bounds are attributes up to opset 10 and inputs from 11 on.
struct Clip: Operator {
    private let lowest: Float?
    private let highest: Float?

    init(_ node: Node) throws(InferError) {
        lowest = node.opset < 11 ? try node.float("min") : nil
        highest = node.opset < 11 ? try node.float("max") : nil
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.numbers)
        for bound in 1...2 {
            guard let fact = inputs.optional(bound) else { continue }
            try inputs.requireSameType(0, bound)
            if let count = fact.elementCount, count != 1 {
                throw InferError(.invalidArgument, "bound \(bound) must be one number, it has shape \(fact.shape)")
            }
        }
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    /// The function with its bounds, when these are known and the elements are FP32.
    func function(_ inputs: InputFacts) -> UnaryFunction? {
        guard inputs[0].dataType == .fp32 else { return nil }
        var bounds: [Float] = [lowest ?? -.infinity, highest ?? .infinity]
        for bound in 1...2 {
            guard let fact = inputs.optional(bound) else { continue }
            guard let number = fact.number else { return nil }
            bounds[bound - 1] = Float(number)
        }
        return .clip(lower: bounds[0], upper: bounds[1])
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        if let function = function(inputs) { return try Elementwise(function).bind(inputs, outputs) }
        if inputs[0].dataType.isHalf { return try bindThroughFloat(inputs, outputs) }
        if lowest != nil || highest != nil {
            // No range: a model may state them the wrong way round, or as NaN.
            let (lower, upper) = (Double(lowest ?? -.infinity), Double(highest ?? .infinity))
            guard inputs[0].dataType == .fp64 else {
                throw InferError(.unsupported, "integer elements with float bounds")
            }
            return Kernel { buffers in
                let input = buffers.input(0, as: Double.self)
                let output = buffers.output(0, as: Double.self)
                for index in input.indices {
                    output[index] = min(max(input[index], lower), upper)
                }
            }
        }
        return try RunTimeBounds(hasLower: inputs.optional(1) != nil, hasUpper: inputs.optional(2) != nil)
            .kernel(for: inputs[0].dataType)
    }

    private struct RunTimeBounds: NumberKernels {
        let hasLower: Bool
        let hasUpper: Bool

        func make<Element: WrappingNumber>(
            _ type: Element.Type
        ) throws(InferError) -> Kernel {
            let hasLower = hasLower
            let hasUpper = hasUpper
            return Kernel { buffers in
                let input = buffers.input(0, as: type)
                let output = buffers.output(0, as: type)
                let lower = hasLower ? buffers.input(1, as: type)[0] : nil
                let upper = hasUpper ? buffers.input(2, as: type)[0] : nil
                for index in input.indices {
                    var value = input[index]
                    if let lower, value < lower { value = lower }
                    if let upper, value > upper { value = upper }
                    output[index] = value
                }
            }
        }
    }
}
