/// A function of two FP32 numbers; the raw value is the code that the kernels switch on.
package enum BinaryFunction: Int32, Sendable, CaseIterable {
    /// lhs + rhs, lhs - rhs, lhs · rhs, lhs / rhs.
    case add, subtract, multiply, divide
    /// The smaller or larger of the two; NaN when either is NaN.
    case minimum, maximum
    /// lhs for lhs ≥ 0, otherwise lhs · rhs (ONNX `PRelu`).
    case prelu
    /// (lhs - rhs)².
    case squaredDifference
    // One libm call per element.
    /// lhs to the power of rhs; the remainder with the dividend's sign (C `fmod`); with the divisor's (Python's `%`).
    case power, truncatedRemainder, flooredRemainder

    /// Whether the kernels compute it on SIMD lanes; otherwise it is a loop over libm.
    package var isVectorised: Bool { rawValue < BinaryFunction.power.rawValue }
}
