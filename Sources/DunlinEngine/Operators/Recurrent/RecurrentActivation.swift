import DunlinInference
import DunlinKernels

/// An activation of a recurrent operator: a kernel's function of the scaled input, scaled and moved.
///
///     y = scale · function(inputScale · x) + offset
struct RecurrentActivation: Sendable {
    private let function: UnaryFunction
    private var inputScale: Float = 1
    private var scale: Float = 1
    private var offset: Float = 0

    /// The parameters that the attributes `activation_alpha` and `activation_beta` list, in the order of use.
    struct Parameters {
        var alphas: ArraySlice<Float>
        var betas: ArraySlice<Float>

        mutating func alpha(_ fallback: Float) -> Float { alphas.popFirst() ?? fallback }
        mutating func beta(_ fallback: Float) -> Float { betas.popFirst() ?? fallback }
    }

    /// - Parameters:
    ///   - name: As ONNX lists them; the case of the letters does not matter.
    ///   - parameters: Each function takes those that it has.
    init(_ name: String, _ parameters: inout Parameters) throws(InferError) {
        switch name.lowercased() {
        case "relu": function = UnaryFunction(.relu)
        case "tanh": function = UnaryFunction(.tanh)
        case "sigmoid": function = UnaryFunction(.sigmoid)
        case "softsign": function = UnaryFunction(.softsign)
        case "softplus": function = UnaryFunction(.softplus)
        case "leakyrelu": function = UnaryFunction(.leakyRelu, alpha: parameters.alpha(0.01))
        case "thresholdedrelu": function = UnaryFunction(.thresholdedRelu, alpha: parameters.alpha(1))
        case "elu": function = UnaryFunction(.elu, alpha: parameters.alpha(1))
        case "hardsigmoid":
            function = UnaryFunction(.hardSigmoid, alpha: parameters.alpha(0.2), beta: parameters.beta(0.5))
        case "scaledtanh":
            function = UnaryFunction(.tanh)
            scale = parameters.alpha(1)
            inputScale = parameters.beta(1)
        case "affine":
            function = .identity
            scale = parameters.alpha(1)
            offset = parameters.beta(0)
        default: throw InferError(.unsupported, "attribute 'activations': there is no function '\(name)'")
        }
    }

    /// Replaces `count` elements from `values` on.
    func apply<Number: RecurrentNumber>(to values: UnsafeMutablePointer<Number>, count: Int) {
        let elements = UnsafeMutableBufferPointer(start: values, count: count)
        if inputScale != 1 {
            for i in 0..<count { elements[i] *= Number(inputScale) }
        }
        if function != .identity { Number.apply(function, to: elements) }
        if scale != 1 || offset != 0 {
            for i in 0..<count { elements[i] = Number(scale) * elements[i] + Number(offset) }
        }
    }
}
