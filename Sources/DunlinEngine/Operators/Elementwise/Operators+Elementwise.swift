import DunlinInference
import DunlinKernels

extension Operators {
    // swift-format-ignore
    static let elementwise: [OperatorEntry] = [
        //            domain  name               since  inputs
        OperatorEntry("", "Relu",            6,  inputs: 1...1) { _ in SignedElementwise(function: .relu) },
        OperatorEntry("", "Abs",             6,  inputs: 1...1) { _ in SignedElementwise(function: .absolute) },
        OperatorEntry("", "Neg",             6,  inputs: 1...1) { _ in SignedElementwise(function: .negate) },
        OperatorEntry("", "Sign",            9,  inputs: 1...1) { _ in SignedElementwise(function: .sign) },
        OperatorEntry("", "LeakyRelu",       6,  inputs: 1...1, leakyRelu),
        OperatorEntry("", "ThresholdedRelu", 10, inputs: 1...1, thresholdedRelu),
        OperatorEntry("", "Elu",             6,  inputs: 1...1, elu),
        OperatorEntry("", "Selu",            6,  inputs: 1...1, selu),
        OperatorEntry("", "Celu",            12, inputs: 1...1, celu),
        OperatorEntry("", "HardSigmoid",     6,  inputs: 1...1, hardSigmoid),
        OperatorEntry("", "Gelu",            20, inputs: 1...1, gelu),
        OperatorEntry("com.microsoft", "Gelu", 1, inputs: 1...1, plain(.gelu)),
        OperatorEntry("", "HardSwish",       14, inputs: 1...1, plain(.hardSwish)),
        OperatorEntry("", "Swish",           24, inputs: 1...1, Swish.init),
        OperatorEntry("", "Sigmoid",         6,  inputs: 1...1, plain(.sigmoid)),
        OperatorEntry("", "Tanh",            6,  inputs: 1...1, plain(.tanh)),
        OperatorEntry("", "Softplus",        1,  inputs: 1...1, plain(.softplus)),
        OperatorEntry("", "Softsign",        1,  inputs: 1...1, plain(.softsign)),
        OperatorEntry("", "Mish",            18, inputs: 1...1, plain(.mish)),
        OperatorEntry("", "Erf",             9,  inputs: 1...1, plain(.erf)),
        OperatorEntry("", "Sqrt",            6,  inputs: 1...1, plain(.squareRoot)),
        OperatorEntry("", "Exp",             6,  inputs: 1...1, plain(.exponential)),
        OperatorEntry("", "Log",             6,  inputs: 1...1, plain(.logarithm)),
        OperatorEntry("", "Reciprocal",      6,  inputs: 1...1, plain(.reciprocal)),
        OperatorEntry("", "Floor",           6,  inputs: 1...1, plain(.floor)),
        OperatorEntry("", "Ceil",            6,  inputs: 1...1, plain(.ceil)),
        OperatorEntry("", "Round",           11, inputs: 1...1, plain(.round)),
        OperatorEntry("", "Sin",             7,  inputs: 1...1, plain(.sin)),
        OperatorEntry("", "Cos",             7,  inputs: 1...1, plain(.cos)),
        OperatorEntry("", "Tan",             7,  inputs: 1...1, plain(.tan)),
        OperatorEntry("", "Asin",            7,  inputs: 1...1, plain(.asin)),
        OperatorEntry("", "Acos",            7,  inputs: 1...1, plain(.acos)),
        OperatorEntry("", "Atan",            7,  inputs: 1...1, plain(.atan)),
        OperatorEntry("", "Sinh",            9,  inputs: 1...1, plain(.sinh)),
        OperatorEntry("", "Cosh",            9,  inputs: 1...1, plain(.cosh)),
        OperatorEntry("", "Asinh",           9,  inputs: 1...1, plain(.asinh)),
        OperatorEntry("", "Acosh",           9,  inputs: 1...1, plain(.acosh)),
        OperatorEntry("", "Atanh",           9,  inputs: 1...1, plain(.atanh)),
        OperatorEntry("", "Clip",            6,  inputs: 1...3, Clip.init),
        OperatorEntry("", "Not",             1,  inputs: 1...1, Not.init),
        OperatorEntry("", "IsNaN",           9,  inputs: 1...1, FloatTest.isNaN),
        OperatorEntry("", "IsInf",           10, inputs: 1...1, FloatTest.isInf),
    ]

    private static func plain(_ code: UnaryFunction.Code) -> OperatorEntry.Maker {
        { _ in Elementwise(UnaryFunction(code)) }
    }

    private static func leakyRelu(_ node: Node) throws(InferError) -> any Operator {
        Elementwise(.leakyRelu(slope: try node.float("alpha", default: 0.01)))
    }

    private static func thresholdedRelu(_ node: Node) throws(InferError) -> any Operator {
        Elementwise(.thresholdedRelu(threshold: try node.float("alpha", default: 1)))
    }

    private static func elu(_ node: Node) throws(InferError) -> any Operator {
        Elementwise(.elu(scale: try node.float("alpha", default: 1)))
    }

    private static func selu(_ node: Node) throws(InferError) -> any Operator {
        Elementwise(
            .selu(
                alpha: try node.float("alpha", default: 1.67326319217681884765625),
                gamma: try node.float("gamma", default: 1.05070102214813232421875)))
    }

    private static func celu(_ node: Node) throws(InferError) -> any Operator {
        Elementwise(.celu(alpha: try node.float("alpha", default: 1)))
    }

    private static func hardSigmoid(_ node: Node) throws(InferError) -> any Operator {
        Elementwise(
            .hardSigmoid(
                slope: try node.float("alpha", default: 0.2), offset: try node.float("beta", default: 0.5)))
    }

    private static func gelu(_ node: Node) throws(InferError) -> any Operator {
        let approximation = try node.string("approximate", default: "none")
        switch approximation {
        case "none": return Elementwise(.gelu)
        case "tanh": return Elementwise(.geluTanh)
        default:
            throw InferError(.invalidArgument, "attribute 'approximate' must be none or tanh, it is '\(approximation)'")
        }
    }
}
