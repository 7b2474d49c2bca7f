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
///   - activation: Applied to each result. Vectorised functions only.
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
    precondition(activation.isVectorised, "scaleChannels: \(activation.code) cannot be fused")
    precondition(
        channels > 0 && rows % channels == 0, "scaleChannels: \(rows) planes are no images of \(channels) channels")
    for r in 0..<rows {
        let channel = r % channels, offset = r * spatialCount
        kernels.scale(
            input.baseAddress! + offset, scale[channel], shift[channel], activation.code.rawValue, activation.alpha,
            activation.beta, output.baseAddress! + offset, spatialCount)
    }
}
