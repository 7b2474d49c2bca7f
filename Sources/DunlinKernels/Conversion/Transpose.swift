/// Transposes a matrix of 1-, 2-, 4- or 8-byte elements.
///
///     output[c, r] = input[r, c]
///
/// - Parameters:
///   - input: `[rows, columns]` elements, row-major, contiguous, any alignment.
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
    for r in 0..<rows {
        for c in 0..<columns {
            for b in 0..<elementByteCount {
                output[(c * rows + r) * elementByteCount + b] = input[(r * columns + c) * elementByteCount + b]
            }
        }
    }
}
