/// Converts numbers to a floating-point type: to nearest, ties to even; too large becomes infinity.
///
/// - Precondition: The counts agree; the buffers do not overlap.
package func cast<Source: BinaryInteger, Target: BinaryFloatingPoint>(
    _ input: UnsafeBufferPointer<Source>, into output: UnsafeMutableBufferPointer<Target>
) {
    precondition(input.count == output.count, "cast: \(input.count) elements into \(output.count)")
    for i in 0..<input.count { output[i] = Target(input[i]) }
}

/// Converts between floating-point types: to nearest, ties to even; too large becomes infinity.
///
/// - Precondition: The counts agree; the buffers do not overlap.
package func cast<Source: BinaryFloatingPoint, Target: BinaryFloatingPoint>(
    _ input: UnsafeBufferPointer<Source>, into output: UnsafeMutableBufferPointer<Target>
) {
    precondition(input.count == output.count, "cast: \(input.count) elements into \(output.count)")
    for i in 0..<input.count { output[i] = Target(input[i]) }
}

/// Converts floating-point numbers to integers: towards zero; what does not fit becomes the nearest bound, NaN 0.
///
/// - Precondition: The counts agree; the buffers do not overlap.
package func cast<Source: BinaryFloatingPoint, Target: FixedWidthInteger>(
    _ input: UnsafeBufferPointer<Source>, into output: UnsafeMutableBufferPointer<Target>
) {
    precondition(input.count == output.count, "cast: \(input.count) elements into \(output.count)")
    // Exact in every source type: a power of two, or infinity where the type does not reach that far.
    let end = Source(
        sign: .plus, exponent: Source.Exponent(Target.bitWidth - (Target.isSigned ? 1 : 0)), significand: 1)
    for i in 0..<input.count {
        let x = input[i].rounded(.towardZero)
        if x.isNaN {
            output[i] = 0
        } else if x >= end {
            output[i] = .max
        } else if x <= (Target.isSigned ? -end : 0) {
            output[i] = .min
        } else {
            output[i] = Target(x)
        }
    }
}

/// Converts between integer types by keeping the low bits, as C does.
///
/// - Precondition: The counts agree; the buffers do not overlap.
package func cast<Source: FixedWidthInteger, Target: FixedWidthInteger>(
    _ input: UnsafeBufferPointer<Source>, into output: UnsafeMutableBufferPointer<Target>
) {
    precondition(input.count == output.count, "cast: \(input.count) elements into \(output.count)")
    for i in 0..<input.count { output[i] = Target(truncatingIfNeeded: input[i]) }
}
