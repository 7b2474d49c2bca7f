/// A two-dimensional convolution between blocked images, whose weights were packed at load.
///
///     output[n, o, y, x] = activation(bias[o] + Σ input[n, i, …] · weights[o, i, ky, kx] + residual[n, o, y, x])
///
/// All input channels meet all output channels, or each channel has a window of its own.
package struct BlockedConvolution: Sendable {
    /// How the results are computed.
    package enum Form: Sendable, Equatable {
        /// Tap by tap.
        case direct
        /// Tap by tap, from images that are not blocked: for few channels, which would fill few lanes.
        case planar
        /// Each channel alone.
        case depthwise
        /// In tiles of 4 × 4 results: 3 × 3 windows with steps of 1. The weights take four times the memory. Results
        /// differ from the direct ones by up to about 10⁻⁵ of their scale.
        case winograd
    }

    package let inputChannels, outputChannels: Int
    package let window: Window2D
    package let form: Form
    package let activation: UnaryFunction
    private let kernels: KernelTable
    private let image: BlockedImage
    private let weights: AlignedFloats
    private let bias: AlignedFloats

    /// Packs the weights.
    ///
    /// - Parameters:
    ///   - weights: FP32 `[outputChannels, inputChannels, window.height, window.width]`; with `.depthwise` 1 in place of
    ///     the input channels.
    ///   - bias: FP32 `[outputChannels]`, or `nil` for zero.
    ///   - activation: One of those that `canFuse` allows.
    /// - Precondition: The window is valid and allowed by the form, and the counts agree.
    package init(
        inputChannels: Int, outputChannels: Int, window: Window2D, form: Form, weights: UnsafeBufferPointer<Float>,
        bias: UnsafeBufferPointer<Float>? = nil, activation: UnaryFunction = .identity,
        kernels: KernelTable = .current
    ) {
        let taps = window.height * window.width, inputs = form == .depthwise ? 1 : inputChannels
        precondition(window.isValid, "BlockedConvolution: \(window) is not a window")
        precondition(inputChannels >= 1 && outputChannels >= 1, "BlockedConvolution: no channels")
        precondition(
            form != .depthwise || inputChannels == outputChannels, "BlockedConvolution: depthwise changes no channels")
        precondition(form != .winograd || Self.allowsWinograd(window), "BlockedConvolution: \(window) by Winograd")
        precondition(
            weights.count == outputChannels * inputs * taps, "BlockedConvolution: \(weights.count) weights")
        precondition(bias == nil || bias!.count == outputChannels, "BlockedConvolution: wrong count of biases")
        precondition(Self.canFuse(activation), "BlockedConvolution: \(activation.code) cannot be fused")
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.window = window
        self.form = form
        self.activation = activation
        self.kernels = kernels
        image = BlockedImage(kernels: kernels)
        let lanes = image.lanes, outputs = image.blocks(outputChannels) * lanes
        self.bias = AlignedFloats(count: outputs)
        for (o, value) in (bias ?? .init(start: nil, count: 0)).enumerated() { self.bias.pointer[o] = value }
        let source = weights.baseAddress!
        switch form {
        case .depthwise:
            self.weights = AlignedFloats(count: outputs * taps)
            // `[channels, taps]` is to a window what `[channels, pixels]` is to an image.
            kernels.blocks.block(outputChannels, taps, source, self.weights.pointer)
        case .direct, .planar:
            let isPlanar = form == .planar
            let depth = isPlanar ? inputChannels : image.blocks(inputChannels) * lanes
            self.weights = AlignedFloats(count: outputs * depth * taps)
            kernels.blocks.packPanels(outputChannels, inputChannels, taps, isPlanar, source, self.weights.pointer)
        case .winograd:
            self.weights = AlignedFloats(count: outputs * image.blocks(inputChannels) * lanes * 36)
            withUnsafeTemporaryAllocation(of: Double.self, capacity: 54) {
                kernels.blocks.packWinograd(
                    outputChannels, inputChannels, source, self.weights.pointer, $0.baseAddress!)
            }
        }
    }

    /// Whether a window can be computed in Winograd's tiles.
    package static func allowsWinograd(_ window: Window2D) -> Bool {
        window.height == 3 && window.width == 3 && window.strideY == 1 && window.strideX == 1
            && window.dilationY == 1 && window.dilationX == 1
    }

    /// Whether an activation can be fused: it must be on lanes, and finite at 0, which lanes without a channel hold.
    package static func canFuse(_ activation: UnaryFunction) -> Bool {
        guard activation.isVectorised else { return false }
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: 1) { zero in
            zero[0] = 0
            apply(activation, to: UnsafeBufferPointer(zero), into: zero)
            return zero[0].isFinite
        }
    }

    /// Bytes that the packed weights hold.
    package var byteCount: Int { (weights.count + bias.count) * MemoryLayout<Float>.size }

    /// Bytes of scratch that `run` needs.
    package func scratchByteCount(batch: Int, inputHeight: Int, inputWidth: Int) -> Int {
        let count = withGeometry(inputHeight, inputWidth) { geometry in
            if geometry[2] * geometry[3] * batch == 0 { return 0 }
            switch form {
            case .depthwise: return 0
            case .direct, .planar:
                return kernels.blocks.blockedScratch(geometry, kernels.blocks.blockedBand(geometry))
            case .winograd:
                return kernels.blocks.winogradScratch(
                    geometry, kernels.blocks.winogradBand(geometry, Self.tiles(geometry, batch)))
            }
        }
        return AlignedFloats.alignment + count * MemoryLayout<Float>.size
    }

    /// Winograd's tiles of a batch.
    private static func tiles(_ geometry: UnsafePointer<Int>, _ batch: Int) -> Int {
        batch * ((geometry[2] + 3) / 4) * ((geometry[3] + 3) / 4)
    }

    private func withGeometry<Result>(
        _ inputHeight: Int, _ inputWidth: Int, _ body: (UnsafePointer<Int>) -> Result
    ) -> Result {
        window.withGeometry(
            inputHeight: inputHeight, inputWidth: inputWidth, outputHeight: window.outputHeight(inputHeight),
            outputWidth: window.outputWidth(inputWidth)
        ) { window in
            withUnsafeTemporaryAllocation(of: Int.self, capacity: 17) { table in
                for index in 0..<14 { table[index] = window[index] }
                table[14] = form == .planar ? inputChannels : image.blocks(inputChannels)
                table[15] = image.blocks(outputChannels)
                table[16] = form == .planar ? 1 : 0
                return body(UnsafePointer(table.baseAddress!))
            }
        }
    }

    /// Convolves a batch of images.
    ///
    /// - Parameters:
    ///   - input: FP32 `[batch, blocks, inputHeight, inputWidth, lanes]`, or `[batch, channels, …]` with `.planar`.
    ///   - residual: As `output`, added before the activation; `nil` for none. May be `input`, may not be `output`.
    ///   - scratch: `scratchByteCount(…)` bytes or more, any alignment, any content; one execution at a time.
    ///   - output: FP32 `[batch, blocks, window.outputHeight(…), window.outputWidth(…), lanes]`; may not overlap
    ///     `input`.
    /// - Precondition: Counts agree with the shapes.
    package func run(
        batch: Int, inputHeight: Int, inputWidth: Int, input: UnsafeBufferPointer<Float>,
        residual: UnsafeBufferPointer<Float>? = nil, scratch: UnsafeMutableRawBufferPointer,
        into output: UnsafeMutableBufferPointer<Float>
    ) {
        let height = window.outputHeight(inputHeight), width = window.outputWidth(inputWidth)
        let inputStride =
            (form == .planar ? inputChannels : image.blocks(inputChannels) * image.lanes) * inputHeight * inputWidth
        let outputStride = image.blocks(outputChannels) * image.lanes * height * width
        precondition(input.count == batch * inputStride, "BlockedConvolution: \(input.count) inputs")
        precondition(output.count == batch * outputStride, "BlockedConvolution: \(output.count) outputs")
        precondition(residual == nil || residual!.count == output.count, "BlockedConvolution: wrong residual")
        precondition(
            scratch.count >= scratchByteCount(batch: batch, inputHeight: inputHeight, inputWidth: inputWidth),
            "BlockedConvolution: \(scratch.count) bytes of scratch are too few")
        guard output.count > 0, let target = output.baseAddress else { return }
        // A pointer that is never followed stands in for an image without pixels.
        let source = input.baseAddress ?? UnsafePointer(target)
        let addend = residual?.baseAddress
        let buffer = alignedFloats(in: scratch)
        let code = activation.code.rawValue, alpha = activation.alpha, beta = activation.beta
        let panels = (image.blocks(outputChannels) + 1) / 2
        withGeometry(inputHeight, inputWidth) { geometry in
            switch form {
            case .depthwise:
                for n in 0..<batch {
                    kernels.blocks.depthwiseBlocked(
                        geometry, source + n * inputStride, weights.pointer, bias.pointer,
                        addend.map { $0 + n * outputStride }, code, alpha, beta, target + n * outputStride, 0,
                        image.blocks(outputChannels))
                }
            case .direct, .planar:
                let lines = isPointwise(geometry) ? height * width : height
                let band = kernels.blocks.blockedBand(geometry)
                for n in 0..<batch {
                    for line in stride(from: 0, to: lines, by: band) {
                        kernels.blocks.convolveBlocked(
                            geometry, source + n * inputStride, weights.pointer, bias.pointer,
                            addend.map { $0 + n * outputStride }, code, alpha, beta, target + n * outputStride, buffer,
                            line, min(line + band, lines), 0, panels)
                    }
                }
            case .winograd:
                let tiles = Self.tiles(geometry, batch)
                let band = kernels.blocks.winogradBand(geometry, tiles)
                for tile in stride(from: 0, to: tiles, by: band) {
                    kernels.blocks.winograd(
                        geometry, source, weights.pointer, bias.pointer, addend, code, alpha, beta, target, buffer,
                        tile, min(tile + band, tiles), 0, panels)
                }
            }
        }
    }

    /// Whether a line is a pixel, as the kernel sees it.
    private func isPointwise(_ geometry: UnsafePointer<Int>) -> Bool {
        geometry[4] * geometry[5] == 1 && geometry[2] == geometry[0] && geometry[3] == geometry[1]
            && (10...13).allSatisfy { geometry[$0] == 0 }
    }
}
