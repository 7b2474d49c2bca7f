/// The largest or the mean element under a moving window, plane by plane (ONNX `MaxPool`, `AveragePool`).
package enum Pooling: Sendable, Equatable {
    case maximum
    /// The sum divided by the window's elements inside the image, or inside image and padding.
    case average(includesPadding: Bool)

    /// The code that the kernel switches on.
    var mode: Int32 {
        switch self {
        case .maximum: 0
        case .average(let includesPadding): includesPadding ? 2 : 1
        }
    }
}

/// Bytes of scratch that `pool` needs for planes of this size.
package func poolScratchByteCount(
    window: Window2D, inputHeight: Int, inputWidth: Int, outputHeight: Int, outputWidth: Int,
    kernels: KernelTable = .current
) -> Int {
    AlignedFloats.alignment + 4
        * window.withGeometry(
            inputHeight: inputHeight, inputWidth: inputWidth, outputHeight: outputHeight, outputWidth: outputWidth
        ) { outputHeight * outputWidth == 0 ? 0 : kernels.planeScratch($0) }
}

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
    precondition(
        scratch.count
            >= poolScratchByteCount(
                window: window, inputHeight: inputHeight, inputWidth: inputWidth, outputHeight: outputHeight,
                outputWidth: outputWidth, kernels: kernels),
        "pool: \(scratch.count) bytes of scratch are too few")
    guard output.count > 0, let target = output.baseAddress else { return }
    // A pointer that is never followed stands in for a plane without pixels.
    let source = input.baseAddress ?? UnsafePointer(target)
    let buffer = alignedFloats(in: scratch)
    window.withGeometry(
        inputHeight: inputHeight, inputWidth: inputWidth, outputHeight: outputHeight, outputWidth: outputWidth
    ) { geometry in
        for plane in 0..<planes {
            kernels.pool(
                pooling.mode, geometry, source + plane * inputHeight * inputWidth,
                target + plane * outputHeight * outputWidth, buffer)
        }
    }
}
