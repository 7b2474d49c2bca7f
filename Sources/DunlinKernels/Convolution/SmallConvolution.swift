/// A convolution's weights for images that fit in the cache (`DunlinKernelsBaseline/SmallConvolution.swift`).
///
/// What is small depends on one image alone, so an image's result does not depend on its batch.
struct SmallConvolution: Sendable {
    /// The most FP32 of scratch for an image, so that it stays in the second-level cache.
    static let mostScratch = 1 << 16
    /// The most weights, for the same reason.
    static let mostWeights = 1 << 16

    private let inputChannels, outputChannels, groups: Int
    private let window: Window2D
    private let activation: UnaryFunction
    private let kernels: KernelTable
    /// For each group its panels: `[1 + depth, tileColumns]`, of which the first row is the bias.
    private let panels: AlignedFloats
    private let panelsPerGroup: Int

    /// Packs the weights; `nil` when they are too many, or the channels too few to fill half a register.
    init?(
        inputChannels: Int, outputChannels: Int, groups: Int, window: Window2D, weights: UnsafeBufferPointer<Float>,
        bias: AlignedFloats, activation: UnaryFunction, kernels: KernelTable
    ) {
        let columns = kernels.tileSize(1), rows = outputChannels / groups
        let depth = inputChannels / groups * window.height * window.width
        guard weights.count <= Self.mostWeights, window.height * window.width > 1, rows * 4 >= columns else {
            return nil
        }
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.groups = groups
        self.window = window
        self.activation = activation
        self.kernels = kernels
        panelsPerGroup = (rows + columns - 1) / columns
        panels = AlignedFloats(count: groups * panelsPerGroup * (1 + depth) * columns)
        for index in 0..<panels.count { panels.pointer[index] = 0 }
        for channel in 0..<outputChannels {
            let (group, row) = channel.quotientAndRemainder(dividingBy: rows)
            let (panel, lane) = row.quotientAndRemainder(dividingBy: columns)
            let target = panels.pointer + (group * panelsPerGroup + panel) * (1 + depth) * columns + lane
            target[0] = bias.pointer[channel]
            for k in 0..<depth { target[(1 + k) * columns] = weights[channel * depth + k] }
        }
    }

    /// Bytes that the packed weights hold.
    var byteCount: Int { panels.count * MemoryLayout<Float>.size }

    /// FP32 of scratch; `nil` when an image of this size is not small.
    func scratchCount(_ inputHeight: Int, _ inputWidth: Int, _ pool: MaximumPool?) -> Int? {
        let (height, width) = (window.outputHeight(inputHeight), window.outputWidth(inputWidth))
        guard height > 0, width > 0, max(height, width) <= Self.mostScratch, height * width <= Self.mostScratch,
            // With these no product in the kernels' count overflows.
            max(inputHeight, inputWidth) <= Self.mostScratch,
            (pool.map { max($0.outputHeight, $0.outputWidth) } ?? 0) <= Self.mostScratch
        else { return nil }
        let count = withGeometries(inputHeight, inputWidth, pool) {
            kernels.convolveSmallScratch($0, inputChannels / groups, outputChannels / groups, $1)
        }
        return count <= Self.mostScratch ? count : nil
    }

    private func withGeometries<Result>(
        _ inputHeight: Int, _ inputWidth: Int, _ pool: MaximumPool?,
        _ body: (UnsafePointer<Int>, UnsafePointer<Int>?) -> Result
    ) -> Result {
        let (height, width) = (window.outputHeight(inputHeight), window.outputWidth(inputWidth))
        return window.withGeometry(
            inputHeight: inputHeight, inputWidth: inputWidth, outputHeight: height, outputWidth: width
        ) { geometry in
            guard let pool else { return body(geometry, nil) }
            return pool.window.withGeometry(
                inputHeight: height, inputWidth: width, outputHeight: pool.outputHeight,
                outputWidth: pool.outputWidth
            ) { body(geometry, $0) }
        }
    }

    /// Convolves a batch; counts were checked by the caller.
    func run(
        _ batch: Int, _ inputHeight: Int, _ inputWidth: Int, _ input: UnsafePointer<Float>, _ pool: MaximumPool?,
        _ output: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
    ) {
        let channels = inputChannels / groups, rows = outputChannels / groups
        let inputPixels = inputHeight * inputWidth
        let outputPixels =
            pool.map { $0.outputHeight * $0.outputWidth }
            ?? window.outputHeight(inputHeight) * window.outputWidth(inputWidth)
        let groupCount = panels.count / groups
        withGeometries(inputHeight, inputWidth, pool) { geometry, poolGeometry in
            for group in 0..<groups {
                kernels.convolveSmall(
                    batch, geometry, input + group * channels * inputPixels, inputChannels * inputPixels, channels,
                    rows, panels.pointer + group * groupCount, activation.code.rawValue, activation.alpha,
                    activation.beta, poolGeometry, output + group * rows * outputPixels,
                    outputChannels * outputPixels, scratch)
            }
        }
    }
}
