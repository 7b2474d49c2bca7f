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
/// - Precondition: All counts agree with `scale.count`. Programmer error: traps, never throws.
/// - SeeAlso: [ONNX LayerNormalization, opset 17](https://onnx.ai/onnx/operators/onnx__LayerNormalization.html)
package func layerNormalization(
    _ input: UnsafeBufferPointer<Float>, scale: UnsafeBufferPointer<Float>, bias: UnsafeBufferPointer<Float>? = nil,
    epsilon: Float = 1e-5, into output: UnsafeMutableBufferPointer<Float>,
    means: UnsafeMutableBufferPointer<Float>? = nil, inverseDeviations: UnsafeMutableBufferPointer<Float>? = nil,
    kernels: KernelTable = .current
) {
    let columns = scale.count
    let rows = checkedRows("layerNormalization", input, columns, output)
    precondition(bias == nil || bias!.count == columns, "layerNormalization: bias has not \(columns) elements")
    precondition(means == nil || means!.count == rows, "layerNormalization: means has not \(rows) elements")
    precondition(
        inverseDeviations == nil || inverseDeviations!.count == rows,
        "layerNormalization: inverseDeviations has not \(rows) elements")
    for r in 0..<rows {
        let row = UnsafeBufferPointer(rebasing: input[r * columns..<(r + 1) * columns])
        let mean = row.reduce(0, +) / Float(columns)
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(columns)
        let inverse = 1 / (variance + epsilon).squareRoot()
        for c in 0..<columns { output[r * columns + c] = (row[c] - mean) * inverse * scale[c] + (bias?[c] ?? 0) }
        means?[r] = mean
        inverseDeviations?[r] = inverse
    }
}

/// Scales and shifts each channel: an inference-time batch normalization whose statistics were folded at load.
///
///     output[n, c, i] = input[n, c, i] * scale[c] + shift[c]
///
/// with `scale = gamma / sqrt(variance + epsilon)` and `shift = beta - mean * scale`.
///
/// - Parameters:
///   - input: FP32 `[batch, channels, spatial]`, row-major, contiguous; the channel count is `scale.count`.
///   - spatialCount: Elements in one channel of one image.
///   - output: FP32, the same shape. May be `input` itself; may not otherwise overlap it.
///   - activation: Applied to each result.
/// - Precondition: `shift.count == scale.count`; `input.count` is a multiple of `scale.count * spatialCount`.
package func scaleChannels(
    _ input: UnsafeBufferPointer<Float>, spatialCount: Int, scale: UnsafeBufferPointer<Float>,
    shift: UnsafeBufferPointer<Float>, activation: UnaryFunction = .identity,
    into output: UnsafeMutableBufferPointer<Float>, kernels: KernelTable = .current
) {
    precondition(scale.count == shift.count, "scaleChannels: \(scale.count) scales and \(shift.count) shifts")
    let rows = checkedRows("scaleChannels", input, spatialCount, output)
    guard rows > 0 else { return }
    let channels = scale.count
    precondition(
        channels > 0 && rows % channels == 0, "scaleChannels: \(rows) planes are no images of \(channels) channels")
    for r in 0..<rows {
        for i in r * spatialCount..<(r + 1) * spatialCount {
            output[i] = input[i] * scale[r % channels] + shift[r % channels]
        }
    }
    if activation != .identity { apply(activation, to: UnsafeBufferPointer(output), into: output, kernels: kernels) }
}
