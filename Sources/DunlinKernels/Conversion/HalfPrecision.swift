/// Widens FP16 (IEEE 754 binary16, as bits) to FP32; exact.
///
/// - Precondition: The counts agree; the buffers do not overlap.
package func widenFP16(
    _ input: UnsafeBufferPointer<UInt16>, into output: UnsafeMutableBufferPointer<Float>,
    kernels: KernelTable = .current
) {
    precondition(input.count == output.count, "widenFP16: \(input.count) elements into \(output.count)")
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    kernels.widenFP16(source, target, input.count)
}

/// Narrows FP32 to FP16 bits: to nearest, ties to even; too large becomes infinity, NaN stays NaN.
///
/// - Precondition: The counts agree; the buffers do not overlap.
package func narrowToFP16(
    _ input: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<UInt16>,
    kernels: KernelTable = .current
) {
    precondition(input.count == output.count, "narrowToFP16: \(input.count) elements into \(output.count)")
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    kernels.narrowToFP16(source, target, input.count)
}

/// Widens BF16 (the upper half of an FP32, as bits) to FP32; exact.
///
/// - Precondition: The counts agree; the buffers do not overlap.
package func widenBF16(
    _ input: UnsafeBufferPointer<UInt16>, into output: UnsafeMutableBufferPointer<Float>,
    kernels: KernelTable = .current
) {
    precondition(input.count == output.count, "widenBF16: \(input.count) elements into \(output.count)")
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    kernels.widenBF16(source, target, input.count)
}

/// Narrows FP32 to BF16 bits: to nearest, ties to even; too large becomes infinity, NaN stays NaN.
///
/// - Precondition: The counts agree; the buffers do not overlap.
package func narrowToBF16(
    _ input: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<UInt16>,
    kernels: KernelTable = .current
) {
    precondition(input.count == output.count, "narrowToBF16: \(input.count) elements into \(output.count)")
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    kernels.narrowToBF16(source, target, input.count)
}
