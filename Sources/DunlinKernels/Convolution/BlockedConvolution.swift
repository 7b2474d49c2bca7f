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
    /// Applied to each result.
    package private(set) var activation: UnaryFunction
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

    /// The same convolution with another activation; shares the weights.
    package func with(activation: UnaryFunction) -> BlockedConvolution {
        precondition(Self.canFuse(activation), "BlockedConvolution: \(activation.code) cannot be fused")
        var other = self
        other.activation = activation
        return other
    }

    /// Bytes that the packed weights hold.
    package var byteCount: Int { (weights.count + bias.count) * MemoryLayout<Float>.size }

    /// Bytes of working memory that each thread in `run` needs.
    package func scratchByteCount(batch: Int, inputHeight: Int, inputWidth: Int) -> Int {
        withGeometry(inputHeight, inputWidth) { geometry in
            let isEmpty = geometry[2] * geometry[3] * batch == 0
            return isEmpty ? 0 : scratchCount(geometry, batch) * MemoryLayout<Float>.size
        }
    }

    private func scratchCount(_ geometry: UnsafePointer<Int>, _ batch: Int) -> Int {
        switch form {
        case .depthwise: return 0
        case .direct, .planar: return kernels.blocks.blockedScratch(geometry, kernels.blocks.blockedBand(geometry))
        case .winograd:
            return kernels.blocks.winogradScratch(
                geometry, kernels.blocks.winogradBand(geometry, Self.tiles(geometry, batch)))
        }
    }

    /// Multiply-adds of one image, as its definition counts them.
    package func multiplyAdds(inputHeight: Int, inputWidth: Int) -> Int {
        let pixels = window.outputHeight(inputHeight) * window.outputWidth(inputWidth)
        return pixels * outputChannels * (form == .depthwise ? 1 : inputChannels) * window.height * window.width
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
    ///   - output: FP32 `[batch, blocks, window.outputHeight(…), window.outputWidth(…), lanes]`; may not overlap
    ///     `input`.
    ///   - threads: Who may share the work; the result does not depend on it.
    /// - Precondition: Counts agree with the shapes.
    package func run(
        batch: Int, inputHeight: Int, inputWidth: Int, input: UnsafeBufferPointer<Float>,
        residual: UnsafeBufferPointer<Float>? = nil, into output: UnsafeMutableBufferPointer<Float>,
        threads: Threads = .one
    ) {
        let height = window.outputHeight(inputHeight), width = window.outputWidth(inputWidth)
        let inputStride =
            (form == .planar ? inputChannels : image.blocks(inputChannels) * image.lanes) * inputHeight * inputWidth
        let outputStride = image.blocks(outputChannels) * image.lanes * height * width
        precondition(input.count == batch * inputStride, "BlockedConvolution: \(input.count) inputs")
        precondition(output.count == batch * outputStride, "BlockedConvolution: \(output.count) outputs")
        precondition(residual == nil || residual!.count == output.count, "BlockedConvolution: wrong residual")
        guard output.count > 0, let target = output.baseAddress else { return }
        let images = Images(
            count: batch, inputStride: inputStride, outputStride: outputStride,
            // A pointer that is never followed stands in for an image without pixels.
            input: input.baseAddress ?? UnsafePointer(target), residual: residual?.baseAddress, output: target)
        let work = batch * multiplyAdds(inputHeight: inputHeight, inputWidth: inputWidth)
        withGeometry(inputHeight, inputWidth) { geometry in
            switch form {
            case .depthwise: runDepthwise(geometry, images, work, threads)
            case .direct, .planar: runDirect(geometry, images, work, threads)
            case .winograd: runWinograd(geometry, images, work, threads)
            }
        }
    }

    /// A batch, where it lies.
    private struct Images {
        let count, inputStride, outputStride: Int
        let input: UnsafePointer<Float>
        let residual: UnsafePointer<Float>?
        let output: UnsafeMutablePointer<Float>
    }

    /// Each thread takes some blocks of channels.
    private func runDepthwise(_ geometry: UnsafePointer<Int>, _ images: Images, _ work: Int, _ threads: Threads) {
        let blocks = image.blocks(outputChannels)
        threads.split(images.count * blocks, work: work * 4) { range in
            for n in range.lowerBound / blocks...(range.upperBound - 1) / blocks {
                kernels.blocks.depthwiseBlocked(
                    geometry, images.input + n * images.inputStride, weights.pointer, bias.pointer,
                    images.residual.map { $0 + n * images.outputStride }, activation.code.rawValue, activation.alpha,
                    activation.beta, images.output + n * images.outputStride, max(range.lowerBound - n * blocks, 0),
                    min(range.upperBound - n * blocks, blocks))
            }
        }
    }

    /// Each thread takes some bands of lines; or some panels of channels, where the weights are what costs time to read.
    private func runDirect(_ geometry: UnsafePointer<Int>, _ images: Images, _ work: Int, _ threads: Threads) {
        let lines = isPointwise(geometry) ? geometry[2] * geometry[3] : geometry[2]
        let panels = (image.blocks(outputChannels) + 1) / 2
        let parts = threads.count(for: work)
        let scratchCount = scratchCount(geometry, images.count)
        let splitsPanels = parts > 1 && panels >= parts && weights.count > images.inputStride
        let band = Self.band(
            kernels.blocks.blockedBand(geometry), of: lines, parts: splitsPanels || parts <= images.count ? 1 : parts)
        func convolve(_ n: Int, _ line: Int, _ panels: Range<Int>, _ scratch: UnsafeMutablePointer<Float>) {
            kernels.blocks.convolveBlocked(
                geometry, images.input + n * images.inputStride, weights.pointer, bias.pointer,
                images.residual.map { $0 + n * images.outputStride }, activation.code.rawValue, activation.alpha,
                activation.beta, images.output + n * images.outputStride, scratch, line, min(line + band, lines),
                panels.lowerBound, panels.upperBound)
        }
        if splitsPanels {
            threads.split(panels, work: work) { panels in
                withThreadScratch(of: Float.self, count: scratchCount) { scratch in
                    for n in 0..<images.count {
                        for line in stride(from: 0, to: lines, by: band) { convolve(n, line, panels, scratch) }
                    }
                }
            }
            return
        }
        let bands = (lines + band - 1) / band
        threads.split(images.count * bands, work: work) { items in
            withThreadScratch(of: Float.self, count: scratchCount) { scratch in
                for item in items { convolve(item / bands, item % bands * band, 0..<panels, scratch) }
            }
        }
    }

    /// Each thread takes some bands of tiles; or some panels of channels, where the tiles are few.
    private func runWinograd(_ geometry: UnsafePointer<Int>, _ images: Images, _ work: Int, _ threads: Threads) {
        let tiles = Self.tiles(geometry, images.count), panels = (image.blocks(outputChannels) + 1) / 2
        let parts = threads.count(for: work)
        let scratchCount = scratchCount(geometry, images.count)
        let most = kernels.blocks.winogradBand(geometry, tiles)
        let splitsPanels =
            parts > 1 && panels >= parts
            && (tiles <= most * parts / 2 || weights.count > images.count * images.inputStride)
        let band = Self.band(most, of: tiles, parts: splitsPanels ? 1 : parts)
        func convolve(_ tile: Int, _ panels: Range<Int>, _ scratch: UnsafeMutablePointer<Float>) {
            kernels.blocks.winograd(
                geometry, images.input, weights.pointer, bias.pointer, images.residual, activation.code.rawValue,
                activation.alpha, activation.beta, images.output, scratch, tile, min(tile + band, tiles),
                panels.lowerBound, panels.upperBound)
        }
        if splitsPanels {
            threads.split(panels, work: work) { panels in
                withThreadScratch(of: Float.self, count: scratchCount) { scratch in
                    for tile in stride(from: 0, to: tiles, by: band) { convolve(tile, panels, scratch) }
                }
            }
            return
        }
        let bands = (tiles + band - 1) / band
        threads.split(bands, work: work) { items in
            withThreadScratch(of: Float.self, count: scratchCount) { scratch in
                for item in items { convolve(item * band, 0..<panels, scratch) }
            }
        }
    }

    /// The size of equal bands, at most `most`, of which there are as many as threads, or a multiple.
    private static func band(_ most: Int, of total: Int, parts: Int) -> Int {
        guard parts > 1 else { return most }
        let band = min(most, (total + parts - 1) / parts)
        let bands = ((total + band - 1) / band + parts - 1) / parts * parts
        return (total + bands - 1) / bands
    }

    /// Whether a line is a pixel, as the kernel sees it.
    private func isPointwise(_ geometry: UnsafePointer<Int>) -> Bool {
        geometry[4] * geometry[5] == 1 && geometry[2] == geometry[0] && geometry[3] == geometry[1]
            && (10...13).allSatisfy { geometry[$0] == 0 }
    }
}
