import DunlinInference
import DunlinKernels
import DunlinTensor

/// An operator that applies one of the kernels' functions to each element: `Relu`, `Exp`, `Gelu`, ….
struct Elementwise: Operator {
    let function: UnaryFunction

    init(_ function: UnaryFunction) { self.function = function }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        let function = function
        switch inputs[0].dataType {
        case .fp32: return Kernel { apply(function, to: $0.input(0, as: Float.self), into: $0.output(0)) }
        case .fp64: return Kernel { apply(function, to: $0.input(0, as: Double.self), into: $0.output(0)) }
        default: return try bindThroughFloat(inputs, outputs)
        }
    }
}

/// `Relu`, `Abs`, `Neg` and `Sign`, which ONNX also defines for integers.
struct SignedElementwise: Operator {
    let function: UnaryFunction.Code

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.numbers)
        return [TensorFact(inputs[0].dataType, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        guard DataType.integers.contains(inputs[0].dataType) else {
            return try Elementwise(UnaryFunction(function)).bind(inputs, outputs)
        }
        return try Integers(function: function).kernel(for: inputs[0].dataType)
    }

    private struct Integers: IntegerKernels {
        let function: UnaryFunction.Code

        func make<Element: FixedWidthInteger & TensorElement>(_ type: Element.Type) throws(InferError) -> Kernel {
            switch function {
            case .relu: return map(type) { max($0, 0) }
            case .absolute: return map(type) { $0 < 0 ? 0 &- $0 : $0 }
            case .negate: return map(type) { 0 &- $0 }
            case .sign: return map(type) { $0.signum() }
            default: throw InferError(.unsupported, "the function is not defined for integers")
            }
        }

        private func map<Element: BitwiseCopyable>(
            _ type: Element.Type, _ transform: @escaping @Sendable (Element) -> Element
        ) -> Kernel {
            Kernel { buffers in
                let input = buffers.input(0, as: type)
                let output = buffers.output(0, as: type)
                for index in input.indices { output[index] = transform(input[index]) }
            }
        }
    }
}

/// ONNX `Not`.
struct Not: Operator {
    init(_ node: Node) {}

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: [.bool])
        return [TensorFact(.bool, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        Kernel { buffers in
            let input = buffers.input(0, as: Bool.self)
            let output = buffers.output(0, as: Bool.self)
            for index in input.indices { output[index] = !input[index] }
        }
    }
}

/// ONNX `IsNaN` and `IsInf`.
struct FloatTest: Operator {
    let findsNaN: Bool
    let findsPositive: Bool
    let findsNegative: Bool

    static func isNaN(_ node: Node) -> any Operator {
        FloatTest(findsNaN: true, findsPositive: false, findsNegative: false)
    }

    static func isInf(_ node: Node) throws(InferError) -> any Operator {
        FloatTest(
            findsNaN: false, findsPositive: try node.bool("detect_positive", default: true),
            findsNegative: try node.bool("detect_negative", default: true))
    }

    func infer(_ inputs: InputFacts) throws(InferError) -> [TensorFact] {
        try inputs.require(0, isOneOf: DataType.floats)
        return [TensorFact(.bool, inputs[0].extents)]
    }

    func bind(_ inputs: InputFacts, _ outputs: [TensorFact]) throws(InferError) -> Kernel {
        switch inputs[0].dataType {
        case .fp32: return kernel(Float.self)
        case .fp64: return kernel(Double.self)
        default: return try bindThroughFloat(inputs, outputs)
        }
    }

    private func kernel<Element: BinaryFloatingPoint & TensorElement>(_ type: Element.Type) -> Kernel {
        Kernel { buffers in
            let input = buffers.input(0, as: type)
            let output = buffers.output(0, as: Bool.self)
            for index in input.indices {
                let value = input[index]
                output[index] =
                    findsNaN
                    ? value.isNaN
                    : (findsPositive && value == .infinity) || (findsNegative && value == -.infinity)
            }
        }
    }
}
