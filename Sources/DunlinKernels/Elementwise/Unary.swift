import Glibc

/// Applies a function to each element.
///
///     output[i] = function(input[i])
///
/// - Parameters:
///   - input: FP32, any count.
///   - output: FP32, the same count. May be `input` itself; may not otherwise overlap it.
/// - Precondition: The counts agree. Programmer error: traps, never throws.
/// - Note: Accuracy of the vector functions is stated, and held, by `UnaryAccuracyTests`.
package func apply(
    _ function: UnaryFunction, to input: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>,
    kernels: KernelTable = .current
) {
    precondition(input.count == output.count, "apply: \(input.count) elements into \(output.count)")
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    if function.isVectorised {
        kernels.unary(function.code.rawValue, source, target, input.count, function.alpha, function.beta)
    } else {
        for i in 0..<input.count { target[i] = Float(function(Double(source[i]))) }
    }
}

/// Applies a function to each element in FP64, one libm call at a time.
///
/// - Parameters:
///   - input: FP64, any count.
///   - output: FP64, the same count. May be `input` itself; may not otherwise overlap it.
/// - Precondition: The counts agree.
package func apply(
    _ function: UnaryFunction, to input: UnsafeBufferPointer<Double>, into output: UnsafeMutableBufferPointer<Double>
) {
    precondition(input.count == output.count, "apply: \(input.count) elements into \(output.count)")
    for i in 0..<input.count { output[i] = function(input[i]) }
}

extension UnaryFunction {
    /// The function in FP64 with libm: the loop of the FP64 operators, and what the FP32 kernels are tested against.
    package func callAsFunction(_ x: Double) -> Double {
        let alpha = Double(self.alpha), beta = Double(self.beta)
        switch code {
        case .identity: return x
        case .relu: return x < 0 ? 0 : x
        case .leakyRelu: return x < 0 ? alpha * x : x
        case .clip: return Self.clip(x, alpha, beta)
        case .negate: return -x
        case .absolute: return x.magnitude
        case .squareRoot: return x.squareRoot()
        case .reciprocal: return 1 / x
        case .exponential: return Glibc.exp(x)
        case .logarithm: return Glibc.log(x)
        case .sigmoid: return Self.sigmoid(x)
        case .tanh: return Glibc.tanh(x)
        case .erf: return Glibc.erf(x)
        case .gelu: return x == -.infinity ? 0 : x * 0.5 * Glibc.erfc(-x * 0.5.squareRoot())
        case .geluTanh:
            return x == -.infinity ? 0 : x * Self.sigmoid(2 * Self.rootTwoOverPi * (x + 0.044715 * x * x * x))
        case .softplus: return Self.softplus(x)
        case .hardSigmoid: return Self.clip(alpha * x + beta, 0, 1)
        case .hardSwish: return x == -.infinity ? 0 : x * Self.clip(x / 6 + 0.5, 0, 1)
        case .elu: return x < 0 ? alpha * Glibc.expm1(x) : x
        case .selu: return beta * (x < 0 ? alpha * Glibc.expm1(x) : x)
        case .celu: return x < 0 ? alpha * Glibc.expm1(x / alpha) : x
        case .silu: return x == -.infinity && alpha > 0 ? 0 : x * Self.sigmoid(alpha * x)
        case .softsign: return x.isInfinite ? (x < 0 ? -1 : 1) : x / (1 + x.magnitude)
        case .mish: return x == -.infinity ? 0 : x * Glibc.tanh(Self.softplus(x))
        case .thresholdedRelu: return x <= alpha ? 0 : x
        case .floor: return x.rounded(.down)
        case .ceil: return x.rounded(.up)
        case .round: return x.rounded(.toNearestOrEven)
        case .sign: return x > 0 ? 1 : x < 0 ? -1 : x
        case .sin: return Glibc.sin(x)
        case .cos: return Glibc.cos(x)
        case .tan: return Glibc.tan(x)
        case .asin: return Glibc.asin(x)
        case .acos: return Glibc.acos(x)
        case .atan: return Glibc.atan(x)
        case .sinh: return Glibc.sinh(x)
        case .cosh: return Glibc.cosh(x)
        case .asinh: return Glibc.asinh(x)
        case .acosh: return Glibc.acosh(x)
        case .atanh: return Glibc.atanh(x)
        }
    }

    /// √(2/π).
    private static let rootTwoOverPi = 0.7978845608028653558798921198687

    private static func clip(_ x: Double, _ lower: Double, _ upper: Double) -> Double {
        let raised = x < lower ? lower : x
        return raised > upper ? upper : raised
    }

    private static func sigmoid(_ x: Double) -> Double {
        let e = Glibc.exp(-x.magnitude)
        return x < 0 ? e / (1 + e) : 1 / (1 + e)
    }

    private static func softplus(_ x: Double) -> Double {
        (x < 0 ? 0 : x) + Glibc.log1p(Glibc.exp(-x.magnitude))
    }
}
