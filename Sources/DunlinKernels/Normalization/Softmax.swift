/// Turns each row into probabilities.
///
///     output[r, c] = e^(input[r, c] - max[r]) / Σ e^(input[r, j] - max[r])
///
/// - Parameters:
///   - input: FP32 `[rows, columns]`, row-major, contiguous.
///   - columns: Elements in a row.
///   - output: FP32 `[rows, columns]`. May be `input` itself; may not otherwise overlap it.
/// - Precondition: Counts agree. Programmer error: traps, never throws.
/// - SeeAlso: [ONNX Softmax](https://onnx.ai/onnx/operators/onnx__Softmax.html)
package func softmaxRows(
    _ input: UnsafeBufferPointer<Float>, columns: Int, into output: UnsafeMutableBufferPointer<Float>,
    kernels: KernelTable = .current
) {
    let rows = checkedRows("softmaxRows", input, columns, output)
    guard rows > 0 else { return }
    kernels.softmaxRows(input.baseAddress!, rows, columns, output.baseAddress!)
}

/// The logarithm of each row's softmax, without leaving the range of FP32.
///
///     output[r, c] = input[r, c] - max[r] - ln Σ e^(input[r, j] - max[r])
///
/// Parameters and rules are those of `softmaxRows`.
package func logSoftmaxRows(
    _ input: UnsafeBufferPointer<Float>, columns: Int, into output: UnsafeMutableBufferPointer<Float>,
    kernels: KernelTable = .current
) {
    let rows = checkedRows("logSoftmaxRows", input, columns, output)
    guard rows > 0 else { return }
    kernels.logSoftmaxRows(input.baseAddress!, rows, columns, output.baseAddress!)
}

/// The rows in `input`; traps when the counts do not agree.
func checkedRows(
    _ name: StaticString, _ input: UnsafeBufferPointer<Float>, _ columns: Int,
    _ output: UnsafeMutableBufferPointer<Float>
) -> Int {
    precondition(input.count == output.count, "\(name): \(input.count) elements into \(output.count)")
    guard input.count > 0 else { return 0 }
    precondition(
        columns > 0 && input.count % columns == 0, "\(name): \(input.count) elements are no rows of \(columns)")
    return input.count / columns
}
