/// A two-dimensional convolution whose weights were packed at load (ONNX `Conv`, NCHW).
///
///     output[n, o, y, x] = activation(bias[o] + Σ input[n, g·I + i, y·strideY + ky·dilationY - padTop, …]
///                                                · weights[o, i, ky, kx])        with I = inputChannels / groups
///
/// A one-dimensional convolution is one of height 1.
package struct Convolution2D: Sendable {
    package let inputChannels, outputChannels, groups: Int
    package let window: Window2D
    package let activation: UnaryFunction
    private let kernels: KernelTable
    /// Tiles, group after group; or `[outputChannels, window]` as given where `isDepthwise`.
    private let weights: AlignedFloats
    private let bias: AlignedFloats
    /// The same weights for images that fit in the cache; `nil` where that way has no advantage.
    private let small: SmallConvolution?

    /// Packs the weights.
    ///
    /// - Parameters:
    ///   - weights: FP32 `[outputChannels, inputChannels / groups, window.height, window.width]`.
    ///   - bias: FP32 `[outputChannels]`, or `nil` for zero.
    ///   - activation: Applied to each result. Vectorised functions only.
    /// - Precondition: `groups` divides both channel counts, the window is valid and the counts agree.
    package init(
        inputChannels: Int, outputChannels: Int, groups: Int = 1, window: Window2D,
        weights: UnsafeBufferPointer<Float>, bias: UnsafeBufferPointer<Float>? = nil,
        activation: UnaryFunction = .identity, kernels: KernelTable = .current
    ) {
        precondition(window.isValid, "Convolution2D: \(window) is not a window")
        precondition(
            groups >= 1 && inputChannels >= 1 && outputChannels >= 1 && inputChannels % groups == 0
                && outputChannels % groups == 0,
            "Convolution2D: \(groups) groups do not divide \(inputChannels) and \(outputChannels) channels")
        let count = outputChannels * (inputChannels / groups) * window.height * window.width
        precondition(weights.count == count, "Convolution2D: \(weights.count) weights, expected \(count)")
        precondition(bias == nil || bias!.count == outputChannels, "Convolution2D: bias has not \(outputChannels)")
        precondition(activation.isVectorised, "Convolution2D: \(activation.code) cannot be fused")
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.groups = groups
        self.window = window
        self.activation = activation
        self.kernels = kernels
        self.bias = AlignedFloats(count: outputChannels)
        for (o, value) in (bias ?? .init(start: nil, count: 0)).enumerated() { self.bias.pointer[o] = value }
        self.weights = AlignedFloats(count: count)
        small = SmallConvolution(
            inputChannels: inputChannels, outputChannels: outputChannels, groups: groups, window: window,
            weights: weights, bias: self.bias, activation: activation, kernels: kernels)
        let source = weights.baseAddress!
        if isDepthwise {
            self.weights.pointer.update(from: source, count: count)
        } else {
            let rows = outputChannels / groups
            for group in 0..<groups {
                let offset = group * rows * depth
                kernels.packRows(rows, depth, source + offset, depth, 1, 1, self.weights.pointer + offset)
            }
        }
    }

    /// One input channel a group: each plane is convolved on its own, without a product.
    private var isDepthwise: Bool { inputChannels == groups && groups > 1 }

    /// Elements under the window of one output, all input channels of its group together.
    private var depth: Int { inputChannels / groups * window.height * window.width }

    /// Whether the windows are single pixels in their order: then an image is one long row.
    private var isPointwise: Bool {
        window == Window2D(height: 1, width: 1)
    }

    /// Bytes that the packed weights hold.
    package var byteCount: Int { weights.count * MemoryLayout<Float>.size + (small?.byteCount ?? 0) }

    /// Whether images of this size are convolved where they are, without packing their windows.
    package func isSmall(inputHeight: Int, inputWidth: Int, pool: MaximumPool? = nil) -> Bool {
        small?.scratchCount(inputHeight, inputWidth, pool) != nil
    }

    /// Bytes of scratch that `run` needs for images of this size; does not depend on the batch.
    ///
    /// - Parameter pool: As in `run`.
    package func scratchByteCount(inputHeight: Int, inputWidth: Int, pool: MaximumPool? = nil) -> Int {
        let ofSmall = small?.scratchCount(inputHeight, inputWidth, pool).map {
            AlignedFloats.alignment + $0 * MemoryLayout<Float>.size
        }
        // Without a pool there may be an accumulation, which the product alone does.
        guard let pool else { return max(ofSmall ?? 0, scratchByteCountOfProduct(inputHeight, inputWidth)) }
        if let ofSmall { return ofSmall }
        let height = window.outputHeight(inputHeight), width = window.outputWidth(inputWidth)
        let scratch = poolScratchByteCount(
            window: pool.window, inputHeight: height, inputWidth: width, outputHeight: pool.outputHeight,
            outputWidth: pool.outputWidth, kernels: kernels)
        return AlignedFloats.alignment + outputChannels * height * width * MemoryLayout<Float>.size
            + max(scratchByteCountOfProduct(inputHeight, inputWidth), scratch)
    }

    private func scratchByteCountOfProduct(_ inputHeight: Int, _ inputWidth: Int) -> Int {
        let count = withGeometry(inputHeight, inputWidth) { geometry in
            let pixels = geometry[2] * geometry[3]
            if pixels == 0 { return 0 }
            return isDepthwise ? kernels.planeScratch(geometry) : kernels.convolveScratch(depth, pixels)
        }
        return AlignedFloats.alignment + count * MemoryLayout<Float>.size
    }

    private func withGeometry<Result>(
        _ inputHeight: Int, _ inputWidth: Int, _ body: (UnsafePointer<Int>) -> Result
    ) -> Result {
        let isRow = isPointwise
        let height = isRow ? 1 : inputHeight, width = isRow ? inputHeight * inputWidth : inputWidth
        return window.withGeometry(
            inputHeight: height, inputWidth: width, outputHeight: window.outputHeight(height),
            outputWidth: window.outputWidth(width), body)
    }

    /// Convolves a batch of images.
    ///
    /// - Parameters:
    ///   - input: FP32 `[batch, inputChannels, inputHeight, inputWidth]`, contiguous.
    ///   - scratch: `scratchByteCount(…)` bytes or more, any alignment, any content; one execution at a time.
    ///   - accumulate: Whether the old content of `output` is added before the activation (a residual).
    ///   - pool: A max pool over the activations, whose results alone are written; not with `accumulate`.
    ///   - output: FP32 `[batch, outputChannels, window.outputHeight(…), window.outputWidth(…)]` or, with `pool`,
    ///     `[batch, outputChannels, pool.outputHeight, pool.outputWidth]`, contiguous; may not overlap `input`.
    /// - Precondition: Counts agree with the shapes. Programmer error: traps, never throws.
    package func run(
        batch: Int, inputHeight: Int, inputWidth: Int, input: UnsafeBufferPointer<Float>,
        scratch: UnsafeMutableRawBufferPointer, accumulate: Bool = false, pool: MaximumPool? = nil,
        into output: UnsafeMutableBufferPointer<Float>
    ) {
        let height = window.outputHeight(inputHeight), width = window.outputWidth(inputWidth)
        precondition(pool == nil || !accumulate, "Convolution2D: a pool's results cannot be added to")
        precondition(
            pool == nil || pool!.fits(height, width), "Convolution2D: \(pool!) does not fit \(height) x \(width)")
        let outputPixels = pool.map { $0.outputHeight * $0.outputWidth } ?? height * width
        precondition(
            input.count == batch * inputChannels * inputHeight * inputWidth, "Convolution2D: \(input.count) inputs")
        precondition(output.count == batch * outputChannels * outputPixels, "Convolution2D: \(output.count) outputs")
        precondition(
            scratch.count >= scratchByteCount(inputHeight: inputHeight, inputWidth: inputWidth, pool: pool),
            "Convolution2D: \(scratch.count) bytes of scratch are too few")
        guard output.count > 0, let target = output.baseAddress else { return }
        // A pointer that is never followed stands in for an image without pixels.
        let source = input.baseAddress ?? UnsafePointer(target)
        let buffer = alignedFloats(in: scratch)
        if !accumulate, let small, isSmall(inputHeight: inputHeight, inputWidth: inputWidth, pool: pool) {
            small.run(batch, inputHeight, inputWidth, source, pool, target, buffer)
            return
        }
        let inputStride = inputChannels * inputHeight * inputWidth, outputStride = outputChannels * outputPixels
        guard let pool else {
            withGeometry(inputHeight, inputWidth) { geometry in
                for image in 0..<batch {
                    runImage(
                        geometry, source + image * inputStride, inputHeight * inputWidth, accumulate,
                        target + image * outputStride, buffer)
                }
            }
            return
        }
        // One image's result at a time lies between the convolution and the pool, and behind it their scratch.
        let count = outputChannels * height * width
        let between = UnsafeMutableBufferPointer(start: buffer, count: count)
        let used = UnsafeMutableRawPointer(buffer + count) - scratch.baseAddress!
        let rest = UnsafeMutableRawBufferPointer(rebasing: scratch[used...])
        withGeometry(inputHeight, inputWidth) { geometry in
            for image in 0..<batch {
                if count > 0 {
                    runImage(
                        geometry, source + image * inputStride, inputHeight * inputWidth, false, buffer,
                        alignedFloats(in: rest))
                }
                DunlinKernels.pool(
                    .maximum, window: pool.window, planes: outputChannels, inputHeight: height, inputWidth: width,
                    input: UnsafeBufferPointer(between), outputHeight: pool.outputHeight,
                    outputWidth: pool.outputWidth, scratch: rest,
                    into: UnsafeMutableBufferPointer(start: target + image * outputStride, count: outputStride),
                    kernels: kernels)
            }
        }
    }

    private func runImage(
        _ geometry: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ inputPixels: Int, _ accumulate: Bool,
        _ output: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
    ) {
        if isDepthwise {
            runDepthwise(geometry, image, inputPixels, accumulate, output, scratch)
        } else {
            runGroups(geometry, image, inputPixels, accumulate, output, scratch)
        }
    }

    private func runGroups(
        _ geometry: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ inputPixels: Int, _ accumulate: Bool,
        _ output: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
    ) {
        let rows = outputChannels / groups, outputPixels = geometry[2] * geometry[3]
        for group in 0..<groups {
            kernels.convolve(
                geometry, image + group * (inputChannels / groups) * inputPixels, rows, depth,
                weights.pointer + group * rows * depth, bias.pointer + group * rows, activation.code.rawValue,
                activation.alpha, activation.beta, accumulate, output + group * rows * outputPixels, scratch)
        }
    }

    private func runDepthwise(
        _ geometry: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ inputPixels: Int, _ accumulate: Bool,
        _ output: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
    ) {
        let multiplier = outputChannels / inputChannels, outputPixels = geometry[2] * geometry[3]
        for channel in 0..<outputChannels {
            kernels.depthwise(
                geometry, image + channel / multiplier * inputPixels, weights.pointer + channel * depth,
                bias.pointer[channel], activation.code.rawValue, activation.alpha, activation.beta, accumulate,
                output + channel * outputPixels, scratch)
        }
    }
}
