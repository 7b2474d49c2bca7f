/// Widens FP16 (IEEE 754 binary16, as bits) to FP32; exact.
///
/// - Precondition: The counts agree; the buffers do not overlap.
package func widenFP16(
    _ input: UnsafeBufferPointer<UInt16>, into output: UnsafeMutableBufferPointer<Float>,
    kernels: KernelTable = .current
) {
    precondition(input.count == output.count, "widenFP16: \(input.count) elements into \(output.count)")
    for i in 0..<input.count { output[i] = Float(Float16(bitPattern: input[i])) }
}

/// Narrows FP32 to FP16 bits: to nearest, ties to even; too large becomes infinity, NaN stays NaN.
///
/// - Precondition: The counts agree; the buffers do not overlap.
package func narrowToFP16(
    _ input: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<UInt16>,
    kernels: KernelTable = .current
) {
    precondition(input.count == output.count, "narrowToFP16: \(input.count) elements into \(output.count)")
    for i in 0..<input.count { output[i] = Float16(input[i]).bitPattern }
}

/// Widens BF16 (the upper half of an FP32, as bits) to FP32; exact.
///
/// - Precondition: The counts agree; the buffers do not overlap.
package func widenBF16(
    _ input: UnsafeBufferPointer<UInt16>, into output: UnsafeMutableBufferPointer<Float>,
    kernels: KernelTable = .current
) {
    precondition(input.count == output.count, "widenBF16: \(input.count) elements into \(output.count)")
    for i in 0..<input.count { output[i] = Float(bitPattern: UInt32(input[i]) << 16) }
}

/// Narrows FP32 to BF16 bits: to nearest, ties to even; too large becomes infinity, NaN stays NaN.
///
/// - Precondition: The counts agree; the buffers do not overlap.
package func narrowToBF16(
    _ input: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<UInt16>,
    kernels: KernelTable = .current
) {
    precondition(input.count == output.count, "narrowToBF16: \(input.count) elements into \(output.count)")
    for i in 0..<input.count {
        let bits = input[i].bitPattern
        let rounded = (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
        output[i] = input[i].isNaN ? UInt16(bits >> 16) | 0x40 : UInt16(truncatingIfNeeded: rounded)
    }
}
