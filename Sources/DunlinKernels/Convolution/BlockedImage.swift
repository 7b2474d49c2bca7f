/// Images whose channels lie in registers: `[batch, blocks, height, width, lanes]`, the lanes of the last block that have
/// no channel filled up.
///
/// Convolutions between blocked images need no copy of their windows and no remainders of rows: each pixel is one or
/// more whole registers.
package struct BlockedImage: Sendable, Equatable {
    /// Channels of a block: the FP32 of one register.
    package let lanes: Int

    private let kernels: KernelTable

    package init(kernels: KernelTable = .current) {
        self.kernels = kernels
        lanes = kernels.blocks.blockSize()
    }

    package static func == (lhs: BlockedImage, rhs: BlockedImage) -> Bool { lhs.lanes == rhs.lanes }

    /// Blocks of `channels` channels.
    package func blocks(_ channels: Int) -> Int { (channels + lanes - 1) / lanes }

    /// Blocks images.
    ///
    /// - Parameters:
    ///   - input: FP32 `[batch, channels, pixels]`.
    ///   - output: FP32 `[batch, blocks, pixels, lanes]`, 0 in lanes without a channel; may not overlap `input`.
    /// - Precondition: Counts agree with the shapes.
    package func block(
        batch: Int, channels: Int, pixels: Int, _ input: UnsafeBufferPointer<Float>,
        into output: UnsafeMutableBufferPointer<Float>
    ) {
        let stride = blocks(channels) * pixels * lanes
        precondition(input.count == batch * channels * pixels, "block: \(input.count) inputs")
        precondition(output.count == batch * stride, "block: \(output.count) outputs")
        guard let source = input.baseAddress, let target = output.baseAddress else { return }
        for image in 0..<batch {
            kernels.blocks.block(channels, pixels, source + image * channels * pixels, target + image * stride)
        }
    }

    /// Undoes `block`.
    package func unblock(
        batch: Int, channels: Int, pixels: Int, _ input: UnsafeBufferPointer<Float>,
        into output: UnsafeMutableBufferPointer<Float>
    ) {
        let stride = blocks(channels) * pixels * lanes
        precondition(input.count == batch * stride, "unblock: \(input.count) inputs")
        precondition(output.count == batch * channels * pixels, "unblock: \(output.count) outputs")
        guard let source = input.baseAddress, let target = output.baseAddress else { return }
        for image in 0..<batch {
            kernels.blocks.unblock(channels, pixels, source + image * stride, target + image * channels * pixels)
        }
    }

    /// The mean of each channel (ONNX `GlobalAveragePool`).
    ///
    /// - Parameters:
    ///   - input: FP32 `[batch, blocks, pixels, lanes]`.
    ///   - output: FP32 `[batch, channels]`; may not overlap `input`. NaN where there are no pixels.
    package func means(
        batch: Int, channels: Int, pixels: Int, _ input: UnsafeBufferPointer<Float>,
        into output: UnsafeMutableBufferPointer<Float>
    ) {
        let stride = blocks(channels) * pixels * lanes
        precondition(input.count == batch * stride, "means: \(input.count) inputs")
        precondition(output.count == batch * channels, "means: \(output.count) outputs")
        guard let target = output.baseAddress else { return }
        let source = input.baseAddress ?? UnsafePointer(target)
        for image in 0..<batch {
            kernels.blocks.blockMeans(channels, pixels, source + image * stride, target + image * channels)
        }
    }

    /// Multiplies every channel of every image by a factor of its own.
    ///
    /// - Parameters:
    ///   - planes: Batch × blocks.
    ///   - input: FP32 `[planes, pixels, lanes]`.
    ///   - factors: FP32 `[planes, lanes]`.
    ///   - output: As `input`, which it may be; may not otherwise overlap it.
    package func scale(
        planes: Int, pixels: Int, _ input: UnsafeBufferPointer<Float>, factors: UnsafeBufferPointer<Float>,
        into output: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(input.count == planes * pixels * lanes, "scale: \(input.count) inputs")
        precondition(factors.count == planes * lanes, "scale: \(factors.count) factors")
        precondition(output.count == input.count, "scale: \(output.count) outputs")
        guard let source = input.baseAddress, let f = factors.baseAddress, let target = output.baseAddress else {
            return
        }
        kernels.blocks.scaleBlocks(planes, pixels, source, f, target)
    }

    /// Slides a window over blocked images (ONNX `MaxPool`, `AveragePool`).
    ///
    /// - Parameters:
    ///   - planes: Batch × blocks.
    ///   - input: FP32 `[planes, inputHeight, inputWidth, lanes]`.
    ///   - output: FP32 `[planes, outputHeight, outputWidth, lanes]`; may not overlap `input`.
    /// - Precondition: Counts agree with the shapes, and every window starts inside image and padding.
    /// - Note: As `pool` for images that are not blocked.
    package func pool(
        _ pooling: Pooling, window: Window2D, planes: Int, inputHeight: Int, inputWidth: Int,
        input: UnsafeBufferPointer<Float>, outputHeight: Int, outputWidth: Int,
        into output: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(window.isValid, "pool: \(window) is not a window")
        precondition(input.count == planes * inputHeight * inputWidth * lanes, "pool: \(input.count) inputs")
        precondition(output.count == planes * outputHeight * outputWidth * lanes, "pool: \(output.count) outputs")
        guard output.count > 0, let target = output.baseAddress else { return }
        let source = input.baseAddress ?? UnsafePointer(target)
        window.withGeometry(
            inputHeight: inputHeight, inputWidth: inputWidth, outputHeight: outputHeight, outputWidth: outputWidth
        ) { kernels.blocks.poolBlocked(pooling.mode, $0, planes, source, target) }
    }
}
