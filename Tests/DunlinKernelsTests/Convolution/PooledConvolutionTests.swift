import DunlinKernels
import Testing

@Suite struct PooledConvolutionTests {
    struct Images: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let inputChannels, outputChannels, groups, extent: Int
    }

    struct PoolRow: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let kernel, stride, dilation, pad: Int
        /// Output rows and columns added by ceil mode.
        let extra: Int
    }

    static let images = [
        Images(testDescription: "small", inputChannels: 3, outputChannels: 20, groups: 1, extent: 8),
        Images(testDescription: "small, whole tiles", inputChannels: 4, outputChannels: 32, groups: 1, extent: 4),
        Images(testDescription: "small, 2 groups", inputChannels: 4, outputChannels: 34, groups: 2, extent: 7),
        Images(testDescription: "large", inputChannels: 2, outputChannels: 64, groups: 1, extent: 40),
        Images(testDescription: "few channels", inputChannels: 2, outputChannels: 1, groups: 1, extent: 9),
        Images(testDescription: "depthwise", inputChannels: 5, outputChannels: 5, groups: 5, extent: 9),
    ]

    static let pools = [
        PoolRow(testDescription: "2 x 2, stride 2", kernel: 2, stride: 2, dilation: 1, pad: 0, extra: 0),
        PoolRow(testDescription: "2 x 2, padded", kernel: 2, stride: 1, dilation: 1, pad: 1, extra: 0),
        PoolRow(testDescription: "3 x 3, stride 2, padded", kernel: 3, stride: 2, dilation: 1, pad: 1, extra: 0),
        PoolRow(testDescription: "dilated", kernel: 2, stride: 1, dilation: 2, pad: 0, extra: 0),
        PoolRow(testDescription: "windows of padding alone", kernel: 1, stride: 1, dilation: 1, pad: 1, extra: 0),
        PoolRow(testDescription: "ceil mode", kernel: 3, stride: 3, dilation: 1, pad: 1, extra: 1),
    ]

    @Test("equals the convolution and then the pool", arguments: images, pools)
    func equalsBoth(images: Images, row: PoolRow) throws {
        for kernels in KernelTable.all {
            for activation in [UnaryFunction.identity, .relu, .sigmoid, UnaryFunction(.negate)] {
                let problem = Problem(images, row, activation, kernels)
                guard problem.isValid else { continue }
                #expect(problem.pooled() == problem.apart(), "\(kernels.isa), \(activation.code)")
            }
        }
    }

    @Test("a NaN under the pool's window is the result", arguments: KernelTable.all)
    func passesNaNOn(kernels: KernelTable) {
        var problem = Problem(Self.images[0], Self.pools[0], .relu, kernels)
        problem.input[0] = .nan
        let output = problem.pooled()
        #expect(output[0].isNaN)
        #expect(!output[3].isNaN)
    }

    @Test("what is small ends at a limit, and both sides of it equal each other's way", arguments: KernelTable.all)
    func limits(kernels: KernelTable) throws {
        let weights = [Float](repeating: 0.25, count: 16 * 3)
        let plan = weights.withUnsafeBufferPointer {
            Convolution2D(
                inputChannels: 1, outputChannels: 16, window: Window2D(height: 1, width: 3), weights: $0,
                kernels: kernels)
        }
        let last = try #require((3...1 << 14).last { plan.isSmall(inputHeight: 1, inputWidth: $0) })
        #expect(last > 2000)
        for width in last...last + 1 {
            #expect(plan.isSmall(inputHeight: 1, inputWidth: width) == (width == last))
            let input = [Float](repeating: 2, count: width)
            let output = convolved(plan, 1, width, input, nil, 16 * (width - 2))
            #expect(output.allSatisfy { $0 == 1.5 })
        }
        for (count, isSmall) in [(1 << 16, true), ((1 << 16) + 16, false)] {
            let window = Window2D(height: 1, width: count / 16)
            let weights = [Float](repeating: 0, count: count)
            let plan = weights.withUnsafeBufferPointer {
                Convolution2D(inputChannels: 1, outputChannels: 16, window: window, weights: $0, kernels: kernels)
            }
            #expect(plan.isSmall(inputHeight: 1, inputWidth: count / 16) == isSmall)
        }
    }
}

private func convolved(
    _ plan: Convolution2D, _ height: Int, _ width: Int, _ input: [Float], _ pool: MaximumPool?, _ count: Int
) -> [Float] {
    let batch = input.count / (plan.inputChannels * height * width)
    let scratchCount = plan.scratchByteCount(inputHeight: height, inputWidth: width, pool: pool)
    return written(count, filling: Float(12345)) { output in
        // Guards behind the scratch too, and an odd address.
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: scratchCount + 65, alignment: 64)
        defer { scratch.deallocate() }
        for i in scratch.indices { scratch[i] = 0xA5 }
        input.withUnsafeBufferPointer {
            plan.run(
                batch: batch, inputHeight: height, inputWidth: width, input: $0,
                scratch: UnsafeMutableRawBufferPointer(rebasing: scratch[1..<1 + scratchCount]), pool: pool,
                into: output)
        }
        for i in 1 + scratchCount..<scratch.count { precondition(scratch[i] == 0xA5, "scratch overrun") }
    }
}

private struct Problem {
    static let batch = 2
    let images: PooledConvolutionTests.Images
    let pool: MaximumPool
    let plan: Convolution2D
    let kernels: KernelTable
    var input: [Float]

    init(
        _ images: PooledConvolutionTests.Images, _ row: PooledConvolutionTests.PoolRow, _ activation: UnaryFunction,
        _ kernels: KernelTable
    ) {
        self.images = images
        self.kernels = kernels
        var window = Window2D(height: 3, width: 3)
        (window.padTop, window.padLeft, window.padBottom, window.padRight) = (1, 1, 1, 1)
        var pooled = Window2D(height: row.kernel, width: row.kernel)
        (pooled.strideY, pooled.strideX, pooled.dilationY, pooled.dilationX) =
            (row.stride, row.stride, row.dilation, row.dilation)
        (pooled.padTop, pooled.padLeft, pooled.padBottom, pooled.padRight) = (row.pad, row.pad, row.pad, row.pad)
        pool = MaximumPool(
            window: pooled, outputHeight: pooled.outputHeight(images.extent) + row.extra,
            outputWidth: pooled.outputWidth(images.extent) + row.extra)
        var random = Random(images.extent)
        let weights = random.floats(images.outputChannels * images.inputChannels / images.groups * 9)
        let bias = random.floats(images.outputChannels)
        input = random.floats(Self.batch * images.inputChannels * images.extent * images.extent)
        plan = weights.withUnsafeBufferPointer { weights in
            bias.withUnsafeBufferPointer {
                Convolution2D(
                    inputChannels: images.inputChannels, outputChannels: images.outputChannels,
                    groups: images.groups, window: window, weights: weights, bias: $0, activation: activation,
                    kernels: kernels)
            }
        }
    }

    /// Whether every window begins inside the image and its padding, which ceil mode does not give everywhere.
    var isValid: Bool {
        (pool.outputHeight - 1) * pool.window.strideY < images.extent + pool.window.padTop + pool.window.padBottom
    }

    private var planes: Int { Self.batch * images.outputChannels }

    func pooled() -> [Float] {
        convolved(plan, images.extent, images.extent, input, pool, planes * pool.outputHeight * pool.outputWidth)
    }

    func apart() -> [Float] {
        let extent = images.extent
        let between = convolved(plan, extent, extent, input, nil, planes * extent * extent)
        let scratchCount = poolScratchByteCount(
            window: pool.window, inputHeight: extent, inputWidth: extent, outputHeight: pool.outputHeight,
            outputWidth: pool.outputWidth, kernels: kernels)
        return written(planes * pool.outputHeight * pool.outputWidth, filling: Float(12345)) { output in
            withUnsafeTemporaryAllocation(byteCount: scratchCount, alignment: 1) { scratch in
                between.withUnsafeBufferPointer {
                    DunlinKernels.pool(
                        .maximum, window: pool.window, planes: planes, inputHeight: extent, inputWidth: extent,
                        input: $0, outputHeight: pool.outputHeight, outputWidth: pool.outputWidth, scratch: scratch,
                        into: output, kernels: kernels)
                }
            }
        }
    }
}
