/// The largest or the mean element under a moving window, plane by plane (ONNX `MaxPool`, `AveragePool`).
package enum Pooling: Sendable, Equatable {
    case maximum
    /// The sum divided by the window's elements inside the image, or inside image and padding.
    case average(includesPadding: Bool)
}

/// Bytes of scratch that `pool` needs for planes of this size.
package func poolScratchByteCount(
    window: Window2D, inputHeight: Int, inputWidth: Int, outputHeight: Int, outputWidth: Int
) -> Int { 0 }

/// Slides a window over each plane.
///
/// - Parameters:
///   - planes: Batch × channels.
///   - input: FP32 `[planes, inputHeight, inputWidth]`, contiguous.
///   - outputHeight: Output rows; with ceil mode one more than `window.outputHeight(inputHeight)` is possible.
///   - outputWidth: Output columns, likewise.
///   - scratch: `poolScratchByteCount(…)` bytes or more, any alignment, any content.
///   - output: FP32 `[planes, outputHeight, outputWidth]`; may not overlap `input`.
/// - Precondition: Counts agree with the shapes, and every window starts inside image and padding.
/// - Note: A NaN under a window gives NaN. A window with no element of the image gives -∞ (maximum) or 0 (average).
package func pool(
    _ pooling: Pooling, window: Window2D, planes: Int, inputHeight: Int, inputWidth: Int,
    input: UnsafeBufferPointer<Float>, outputHeight: Int, outputWidth: Int,
    scratch: UnsafeMutableRawBufferPointer, into output: UnsafeMutableBufferPointer<Float>,
    kernels: KernelTable = .current
) {
    precondition(window.isValid, "pool: \(window) is not a window")
    precondition(input.count == planes * inputHeight * inputWidth, "pool: \(input.count) inputs")
    precondition(output.count == planes * outputHeight * outputWidth, "pool: \(output.count) outputs")
    precondition(
        (outputHeight - 1) * window.strideY < inputHeight + window.padTop + window.padBottom
            && (outputWidth - 1) * window.strideX < inputWidth + window.padLeft + window.padRight,
        "pool: a window starts outside the padded image")
    var at = 0
    for plane in 0..<planes {
        for y in 0..<outputHeight {
            for x in 0..<outputWidth {
                var sum: Float = pooling == .maximum ? -.infinity : 0
                var count: Float = 0
                for ky in 0..<window.height {
                    for kx in 0..<window.width {
                        let row = y * window.strideY + ky * window.dilationY - window.padTop
                        let column = x * window.strideX + kx * window.dilationX - window.padLeft
                        if row < inputHeight + window.padBottom, column < inputWidth + window.padRight,
                            pooling == .average(includesPadding: true)
                        {
                            count += 1
                        }
                        guard row >= 0, row < inputHeight, column >= 0, column < inputWidth else { continue }
                        let value = input[(plane * inputHeight + row) * inputWidth + column]
                        if pooling == .maximum { sum = value > sum || value.isNaN ? value : sum } else { sum += value }
                        if pooling == .average(includesPadding: false) { count += 1 }
                    }
                }
                output[at] = pooling == .maximum ? sum : count > 0 ? sum / count : 0
                at += 1
            }
        }
    }
}
