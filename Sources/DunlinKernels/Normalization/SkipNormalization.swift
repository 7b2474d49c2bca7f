/// Divides each row by the root of the mean of its squares, then scales it.
///
///     output[r, c] = input[r, c] / sqrt(mean of input[r, …]² + epsilon) * scale[c]
///
/// - Parameters:
///   - input: FP32 `[rows, columns]`, row-major, contiguous.
///   - scale: FP32 `[columns]`.
///   - output: FP32 `[rows, columns]`. May be `input` itself; may not otherwise overlap it.
/// - Precondition: All counts agree with `scale.count`. Programmer error: traps, never throws.
/// - SeeAlso: [ONNX RMSNormalization, opset 23](https://onnx.ai/onnx/operators/onnx__RMSNormalization.html)
package func rmsNormalization(
    _ input: UnsafeBufferPointer<Float>, scale: UnsafeBufferPointer<Float>, epsilon: Float = 1e-5,
    into output: UnsafeMutableBufferPointer<Float>, kernels: KernelTable = .current
) {
    let rows = checkedRows("rmsNormalization", input, scale.count, output)
    guard rows > 0 else { return }
    kernels.rmsNormalization(
        input.baseAddress!, rows, scale.count, scale.baseAddress!, epsilon, output.baseAddress!)
}

/// Adds a skip connection and normalizes the sum's rows.
///
///     sum[r, c] = input[r, c] + skip[r mod skipRows, c] + bias[c]
///     output = layerNormalization(sum), or rmsNormalization(sum) when `isSimplified`
///
/// - Parameters:
///   - input: FP32 `[rows, columns]`, row-major, contiguous.
///   - skip: FP32 `[skipRows, columns]`; `skipRows` divides `rows`.
///   - bias: FP32 `[columns]` added to the sum, or `nil`.
///   - scale: FP32 `[columns]`.
///   - shift: FP32 `[columns]` added at the end, or `nil`; not read when `isSimplified`.
///   - output: FP32 `[rows, columns]`. Overlaps nothing else.
///   - sum: FP32 `[rows, columns]` that receives the sum, or `nil`. Overlaps nothing else.
/// - Precondition: All counts agree with `scale.count`. Programmer error: traps, never throws.
package func skipNormalization(
    _ input: UnsafeBufferPointer<Float>, skip: UnsafeBufferPointer<Float>, bias: UnsafeBufferPointer<Float>? = nil,
    scale: UnsafeBufferPointer<Float>, shift: UnsafeBufferPointer<Float>? = nil, epsilon: Float,
    isSimplified: Bool = false, into output: UnsafeMutableBufferPointer<Float>,
    sum: UnsafeMutableBufferPointer<Float>? = nil, kernels: KernelTable = .current
) {
    let columns = scale.count
    let rows = checkedRows("skipNormalization", input, columns, output)
    guard rows > 0 else { return }
    precondition(
        skip.count > 0 && input.count % skip.count == 0 && skip.count % columns == 0,
        "skipNormalization: skip has \(skip.count) elements for \(rows) rows of \(columns)")
    precondition(bias == nil || bias!.count == columns, "skipNormalization: bias has not \(columns) elements")
    precondition(shift == nil || shift!.count == columns, "skipNormalization: shift has not \(columns) elements")
    precondition(sum == nil || sum!.count == input.count, "skipNormalization: sum has not \(input.count) elements")
    kernels.skipNormalization(
        input.baseAddress!, skip.baseAddress!, skip.count / columns, bias?.baseAddress, rows, columns,
        scale.baseAddress!, shift?.baseAddress, epsilon, isSimplified, output.baseAddress!, sum?.baseAddress)
}
