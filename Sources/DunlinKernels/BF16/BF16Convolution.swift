import CDunlinKernels

/// A two-dimensional convolution between blocked images whose weights were rounded to BF16 and packed at load. The pixels
/// are rounded band by band, sums and results are FP32.
///
///     output[n, o, y, x] = activation(bias[o] + Σ input[n, i, …] · weights[o, i, ky, kx] + residual[n, o, y, x])
///
/// The rounded pixels lie channels last, with the padding around them: each tap of the window is one more part of a
/// product's rows, and nothing is copied for it.
package struct BF16Convolution: Sendable {
    package let inputChannels, outputChannels: Int
    package let window: Window2D
    /// Applied to each result.
    package private(set) var activation: UnaryFunction
    private let kernels: KernelTable
    private let weights: BF16Weights
    private let bias: AlignedFloats

    /// Channels of a block.
    private static let lanes = 16
    /// BF16 that a band holds, about; and weights that stay in the cache while bands pass.
    private static let mostElements = 1 << 17

    /// Packs the weights.
    ///
    /// - Parameters:
    ///   - weights: FP32 `[outputChannels, inputChannels, window.height, window.width]`.
    ///   - bias: FP32 `[outputChannels]`, or `nil` for zero.
    ///   - activation: One of those that `BlockedConvolution.canFuse` allows.
    /// - Precondition: The window is valid, the counts agree, and images are blocked by 16 channels.
    package init(
        inputChannels: Int, outputChannels: Int, window: Window2D, weights: UnsafeBufferPointer<Float>,
        bias: UnsafeBufferPointer<Float>? = nil, activation: UnaryFunction = .identity, bf16: BF16Kernels,
        kernels: KernelTable = .current
    ) {
        let taps = window.height * window.width
        precondition(Self.canRun(kernels), "BF16Convolution: images are not blocked by \(Self.lanes)")
        precondition(window.isValid, "BF16Convolution: \(window) is not a window")
        precondition(inputChannels >= 1 && outputChannels >= 1, "BF16Convolution: no channels")
        precondition(
            weights.count == outputChannels * inputChannels * taps, "BF16Convolution: \(weights.count) weights")
        precondition(bias == nil || bias!.count == outputChannels, "BF16Convolution: wrong count of biases")
        precondition(BlockedConvolution.canFuse(activation), "BF16Convolution: \(activation.code) cannot be fused")
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.window = window
        self.activation = activation
        self.kernels = kernels
        // Lanes without a channel are columns of zeros.
        self.bias = AlignedFloats(count: Self.blocks(outputChannels) * Self.lanes)
        for (o, value) in (bias ?? .init(start: nil, count: 0)).enumerated() { self.bias.pointer[o] = value }
        self.weights = BF16Weights(
            taps: taps, depth: inputChannels, columns: outputChannels, source: weights.baseAddress,
            strides: (1, taps, inputChannels * taps), kernels: bf16)
    }

    /// Whether kernels block images as this convolution reads them.
    package static func canRun(_ kernels: KernelTable = .current) -> Bool { kernels.blocks.blockSize() == lanes }

    /// The same convolution with another activation; shares the weights.
    package func with(activation: UnaryFunction) -> BF16Convolution {
        precondition(BlockedConvolution.canFuse(activation), "BF16Convolution: \(activation.code) cannot be fused")
        var other = self
        other.activation = activation
        return other
    }

    /// The instructions of the products.
    package var variant: String { weights.kernels.name }

    /// Bytes that the packed weights hold.
    package var byteCount: Int { weights.byteCount + bias.count * MemoryLayout<Float>.size }

    private static func blocks(_ channels: Int) -> Int { (channels + lanes - 1) / lanes }

    /// Multiply-adds of one image.
    package func multiplyAdds(inputHeight: Int, inputWidth: Int) -> Int {
        window.outputHeight(inputHeight) * window.outputWidth(inputWidth) * outputChannels * inputChannels
            * window.height * window.width
    }

    /// Bytes of working memory that each thread in `run` needs.
    package func scratchByteCount(inputHeight: Int, inputWidth: Int) -> Int {
        let shape = BF16Band.Shape(
            window, inputChannels: inputChannels, inputHeight: inputHeight, inputWidth: inputWidth)
        return shape.isEmpty ? 0 : max(shape.count(ofRows: 1), Self.mostElements) * MemoryLayout<UInt16>.size
    }

    /// Convolves a batch of images; parameters and rules are those of `BlockedConvolution.run`.
    package func run(
        batch: Int, inputHeight: Int, inputWidth: Int, input: UnsafeBufferPointer<Float>,
        residual: UnsafeBufferPointer<Float>? = nil, into output: UnsafeMutableBufferPointer<Float>,
        threads: Threads = .one
    ) {
        let height = window.outputHeight(inputHeight), width = window.outputWidth(inputWidth)
        let inputStride = Self.blocks(inputChannels) * Self.lanes * inputHeight * inputWidth
        let outputStride = Self.blocks(outputChannels) * Self.lanes * height * width
        precondition(input.count == batch * inputStride, "BF16Convolution: \(input.count) inputs")
        precondition(output.count == batch * outputStride, "BF16Convolution: \(output.count) outputs")
        precondition(residual == nil || residual!.count == output.count, "BF16Convolution: wrong residual")
        guard output.count > 0, let target = output.baseAddress else { return }
        let shape = BF16Band.Shape(
            window, inputChannels: inputChannels, inputHeight: inputHeight, inputWidth: inputWidth)
        let images = Images(
            shape: shape, inputStride: inputStride, outputStride: outputStride,
            // A pointer that is never followed stands in for an image without pixels.
            input: input.baseAddress ?? UnsafePointer(target), residual: residual?.baseAddress, output: target)
        let work = batch * multiplyAdds(inputHeight: inputHeight, inputWidth: inputWidth)
        let parts = threads.count(for: work)
        // Rows of one band; several whole images where these are small.
        let most = min(shape.outputHeight, max(1, shape.rows(in: Self.mostElements)))
        let bandsOfImage = (shape.outputHeight + most - 1) / most
        let rows = (shape.outputHeight + bandsOfImage - 1) / bandsOfImage
        let panels = Self.blocks(outputChannels)
        if parts > 1, batch * shape.outputHeight < 4 * parts {
            threads.split(panels, unit: 2, work: work) { run(images, 0..<batch * shape.outputHeight, rows, $0) }
        } else {
            threads.split(batch * shape.outputHeight, work: work) { run(images, $0, rows, 0..<panels) }
        }
    }

    /// A batch, where it lies.
    private struct Images {
        let shape: BF16Band.Shape
        let inputStride, outputStride: Int
        let input: UnsafePointer<Float>
        let residual: UnsafePointer<Float>?
        let output: UnsafeMutablePointer<Float>
    }

    /// Some rows of results, counted through the batch, and some panels of channels.
    private func run(_ images: Images, _ lines: Range<Int>, _ most: Int, _ panels: Range<Int>) {
        let shape = images.shape, height = shape.outputHeight
        let count = max(shape.count(ofRows: most), Self.mostElements)
        let bandCount = shape.count(ofRows: most)
        // Bands that are rounded before any is multiplied: weights are read once for all of them.
        let together = max(1, count / max(bandCount, 1))
        withThreadScratch(of: UInt16.self, count: count) { memory in
            withUnsafeTemporaryAllocation(of: BF16Band.self, capacity: together) { bands in
                var line = lines.lowerBound
                while line < lines.upperBound {
                    var used = 0
                    while used < together, line < lines.upperBound {
                        let rows = min(most, height - line % height, lines.upperBound - line)
                        bands[used] = BF16Band(
                            image: line / height, first: line % height, rows: rows, pixels: memory + used * bandCount)
                        bands[used].fill(
                            shape, images.input + bands[used].image * images.inputStride, weights.kernels)
                        used += 1
                        line += rows
                    }
                    multiply(images, UnsafeBufferPointer(rebasing: bands[..<used]), panels)
                }
            }
        }
    }

    private func multiply(_ images: Images, _ bands: UnsafeBufferPointer<BF16Band>, _ panels: Range<Int>) {
        let step = max(2, Self.mostElements / max(weights.panelCount, 1) / 2 * 2)
        var panel = panels.lowerBound
        while panel < panels.upperBound {
            let some = panel..<min(panel + (bands.count > 1 ? step : panels.count), panels.upperBound)
            for band in bands { multiply(images, band, some) }
            panel = some.upperBound
        }
    }

    private func multiply(_ images: Images, _ band: BF16Band, _ panels: Range<Int>) {
        let shape = images.shape, lanes = Self.lanes, pixels = shape.outputHeight * shape.outputWidth
        let place =
            band.image * images.outputStride + (panels.lowerBound * pixels + band.first * shape.outputWidth) * lanes
        let bounds = activation.bounds, rows = band.rows * shape.outputWidth
        shape.withOffsets { offsets in
            var product = dk_bf16_product(
                rows: rows, columns: panels.count * lanes, a: band.pixels, run: shape.run(of: rows), skip: shape.skip,
                step: shape.step, taps: weights.taps, depth: (inputChannels + 1) / 2 * 2, offsets: offsets,
                b: weights.pointer + panels.lowerBound * weights.panelCount, c: images.output + place,
                row_stride: lanes, panel_stride: pixels * lanes, bias: bias.pointer + panels.lowerBound * lanes,
                add: images.residual.map { $0 + place }, low: bounds?.low ?? -.infinity,
                high: bounds?.high ?? .infinity)
            weights.kernels.multiply(&product)
        }
        guard bounds == nil else { return }
        for index in 0..<panels.count {
            let line = images.output + place + index * pixels * lanes
            kernels.unary(activation.code.rawValue, line, line, rows * lanes, activation.alpha, activation.beta)
        }
    }
}
