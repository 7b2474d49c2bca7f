import Glibc

extension UnaryFunction {
    /// A magnitude that f(x) does not exceed, up to rounding, for any x with |x| ≤ `limit`; `nil` where some f(x) is not
    /// finite, or where nobody has worked it out (the functions that are not on lanes).
    ///
    /// - Parameter limit: Finite, not negative.
    package func largestMagnitude(within limit: Float) -> Float? {
        let most: Float
        switch code {
        case .identity, .relu, .negate, .absolute, .thresholdedRelu: most = limit
        // x times something from 0 to 1.
        case .gelu, .geluTanh, .hardSwish, .mish: most = limit
        case .silu: most = alpha.isFinite ? limit : .infinity
        case .leakyRelu: most = max(limit, alpha.magnitude * limit)
        case .clip: most = max(clipped(limit).magnitude, clipped(-limit).magnitude)
        case .sigmoid, .tanh, .erf, .softsign, .sign: most = 1
        case .hardSigmoid: most = alpha.isFinite && beta.isFinite ? 1 : .infinity
        case .floor, .ceil, .round, .softplus: most = limit + 1
        case .elu, .celu: most = max(limit, alpha.magnitude)
        case .selu: most = beta.magnitude * max(limit, alpha.magnitude)
        case .exponential: most = expf(limit)
        // Of 0 alone it is known that it is not below 0.
        case .squareRoot: most = limit == 0 ? 0 : .infinity
        case .reciprocal, .logarithm: return nil
        case .sin, .cos, .tan, .asin, .acos, .atan, .sinh, .cosh, .asinh, .acosh, .atanh: return nil
        }
        // A parameter that is no number makes none that is finite.
        return most.isFinite && !(alpha.isNaN || beta.isNaN) ? most : nil
    }

    private func clipped(_ x: Float) -> Float {
        let raised = x < alpha ? alpha : x
        return raised > beta ? beta : raised
    }
}
