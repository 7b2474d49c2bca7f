/// Transposes a matrix of 1-, 2-, 4- or 8-byte elements.
///
///     output[c, r] = input[r, c]
///
/// - Parameters:
///   - input: `[rows, columns]` elements, row-major, contiguous, aligned to the element.
///   - elementByteCount: 1, 2, 4 or 8.
///   - output: `[columns, rows]`; may not overlap `input`.
/// - Precondition: Both hold `rows * columns * elementByteCount` bytes. Programmer error: traps, never throws.
package func transpose(
    rows: Int, columns: Int, elementByteCount: Int, _ input: UnsafeRawBufferPointer,
    into output: UnsafeMutableRawBufferPointer, kernels: KernelTable = .current
) {
    precondition(
        rows >= 0 && columns >= 0 && input.count == rows * columns * elementByteCount && output.count == input.count,
        "transpose: \(input.count) into \(output.count) bytes are not \(rows) x \(columns) x \(elementByteCount)")
    precondition(
        [1, 2, 4, 8].contains(elementByteCount), "transpose: elements of \(elementByteCount) bytes are not supported")
    guard input.count > 0 else { return }
    precondition(
        UInt(bitPattern: input.baseAddress!) % UInt(elementByteCount) == 0
            && UInt(bitPattern: output.baseAddress!) % UInt(elementByteCount) == 0,
        "transpose: the buffers are not aligned to \(elementByteCount) bytes")
    kernels.transpose(rows, columns, elementByteCount, input.baseAddress!, output.baseAddress!)
}
