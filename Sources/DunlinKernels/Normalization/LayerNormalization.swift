/// Normalizes each row to zero mean and unit variance, then scales and shifts it.
///
///     output[r, c] = (input[r, c] - mean[r]) / sqrt(variance[r] + epsilon) * scale[c] + bias[c]
///
/// Mean and variance are taken in FP32 over the `columns` elements of a row; variance is the
/// population variance (divided by `columns`), as ONNX requires.
///
/// - Parameters:
///   - input: FP32 `[rows, columns]`, row-major, contiguous.
///   - scale: FP32 `[columns]`.
///   - bias: FP32 `[columns]`, or `nil` for zero.
///   - epsilon: Added to the variance. ONNX default: 1e-5.
///   - output: FP32 `[rows, columns]`. May be `input` itself; may not otherwise overlap it.
///   - means: FP32 `[rows]` that receives the rows' means, or `nil`.
///   - inverseDeviations: FP32 `[rows]` that receives 1 / sqrt(variance + epsilon), or `nil`.
///     Both are NaN for rows without elements.
/// - Precondition: All counts agree with `scale.count`. Programmer error: traps, never throws.
/// - SeeAlso: [ONNX LayerNormalization, opset 17](https://onnx.ai/onnx/operators/onnx__LayerNormalization.html)
package func layerNormalization(
    _ input: UnsafeBufferPointer<Float>, scale: UnsafeBufferPointer<Float>, bias: UnsafeBufferPointer<Float>? = nil,
    epsilon: Float = 1e-5, into output: UnsafeMutableBufferPointer<Float>,
    means: UnsafeMutableBufferPointer<Float>? = nil, inverseDeviations: UnsafeMutableBufferPointer<Float>? = nil,
    kernels: KernelTable = .current
) {
    let columns = scale.count
    guard columns > 0 else {
        // The mean of no elements is no number, whatever the rows.
        means?.update(repeating: .nan)
        inverseDeviations?.update(repeating: .nan)
        return precondition(
            input.isEmpty && output.isEmpty, "layerNormalization: \(input.count) elements without a scale")
    }
    let rows = checkedRows("layerNormalization", input, columns, output)
    precondition(bias == nil || bias!.count == columns, "layerNormalization: bias has not \(columns) elements")
    precondition(means == nil || means!.count == rows, "layerNormalization: means has not \(rows) elements")
    precondition(
        inverseDeviations == nil || inverseDeviations!.count == rows,
        "layerNormalization: inverseDeviations has not \(rows) elements")
    guard rows > 0 else { return }
    kernels.layerNormalization(
        input.baseAddress!, rows, columns, scale.baseAddress!, bias?.baseAddress, epsilon, output.baseAddress!,
        means?.baseAddress, inverseDeviations?.baseAddress)
}
