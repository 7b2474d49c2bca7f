/// A function of one FP32 number, with its parameters: an element-wise operator, or the activation
/// that a GEMM or a convolution applies to its results while they are still in the cache.
///
/// Functions up to `isVectorised` run on SIMD lanes; the rest call libm once per element.
package struct UnaryFunction: Sendable, Equatable {
    /// What to compute; the raw value is the code that the kernels switch on.
    package enum Code: Int32, Sendable, CaseIterable {
        case identity, relu, leakyRelu, clip, negate, absolute, squareRoot, reciprocal
        case exponential, logarithm, sigmoid, tanh, erf, gelu, geluTanh, softplus
        case hardSigmoid, hardSwish, elu, selu, celu, silu, softsign, mish, thresholdedRelu
        case floor, ceil, round, sign
        // One libm call per element.
        case sin, cos, tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh
    }

    package let code: Code
    /// First parameter of the code: a slope, a lower bound, …; 0 where there is none.
    package let alpha: Float
    /// Second parameter of the code: an offset, an upper bound, …; 0 where there is none.
    package let beta: Float

    package init(_ code: Code, alpha: Float = 0, beta: Float = 0) {
        self.code = code
        self.alpha = alpha
        self.beta = beta
    }

    /// Whether the kernels compute it on SIMD lanes; otherwise it is a loop over libm.
    package var isVectorised: Bool { code.rawValue < Code.sin.rawValue }
}

extension UnaryFunction {
    /// x.
    package static let identity = UnaryFunction(.identity)
    /// x for x > 0 (and NaN), otherwise 0.
    package static let relu = UnaryFunction(.relu)
    /// 1 / (1 + e^-x).
    package static let sigmoid = UnaryFunction(.sigmoid)
    package static let tanh = UnaryFunction(.tanh)
    package static let erf = UnaryFunction(.erf)
    /// x / 2 · (1 + erf(x / √2)).
    package static let gelu = UnaryFunction(.gelu)
    /// x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))).
    package static let geluTanh = UnaryFunction(.geluTanh)
    /// x · sigmoid(x).
    package static let silu = swish(factor: 1)
    /// ln(1 + e^x), without overflow.
    package static let softplus = UnaryFunction(.softplus)
    /// x · clip(x / 6 + 1/2, 0, 1).
    package static let hardSwish = UnaryFunction(.hardSwish)
    /// x / (1 + |x|).
    package static let softsign = UnaryFunction(.softsign)
    /// x · tanh(softplus(x)).
    package static let mish = UnaryFunction(.mish)

    /// x for x ≥ 0, otherwise slope · x.
    package static func leakyRelu(slope: Float) -> UnaryFunction { .init(.leakyRelu, alpha: slope) }
    /// min(max(x, lower), upper): where the bounds cross, the upper one wins. NaN stays NaN.
    package static func clip(lower: Float, upper: Float) -> UnaryFunction { .init(.clip, alpha: lower, beta: upper) }
    /// x · sigmoid(factor · x).
    package static func swish(factor: Float) -> UnaryFunction { .init(.silu, alpha: factor) }
    /// clip(slope · x + offset, 0, 1).
    package static func hardSigmoid(slope: Float, offset: Float) -> UnaryFunction {
        .init(.hardSigmoid, alpha: slope, beta: offset)
    }
    /// x for x > 0, otherwise scale · (e^x - 1).
    package static func elu(scale: Float) -> UnaryFunction { .init(.elu, alpha: scale) }
    /// gamma · x for x > 0, otherwise gamma · (alpha · e^x - alpha).
    package static func selu(alpha: Float, gamma: Float) -> UnaryFunction { .init(.selu, alpha: alpha, beta: gamma) }
    /// max(x, 0) + min(0, alpha · (e^(x / alpha) - 1)).
    package static func celu(alpha: Float) -> UnaryFunction { .init(.celu, alpha: alpha) }
    /// x for x > threshold, otherwise 0.
    package static func thresholdedRelu(threshold: Float) -> UnaryFunction {
        .init(.thresholdedRelu, alpha: threshold)
    }
}
