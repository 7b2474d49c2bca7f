import DunlinKernels
import Testing

@Suite struct BlockedConvolutionTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let form: BlockedConvolution.Form
        let inputChannels, outputChannels, height, width: Int
        let window: Window2D

        init(
            _ name: String, _ form: BlockedConvolution.Form = .direct, channels: (Int, Int), image: (Int, Int),
            kernel: (Int, Int), stride: (Int, Int) = (1, 1), dilation: (Int, Int) = (1, 1),
            pads: (Int, Int, Int, Int) = (0, 0, 0, 0)
        ) {
            self.name = name
            self.form = form
            (inputChannels, outputChannels) = channels
            (height, width) = image
            var window = Window2D(height: kernel.0, width: kernel.1)
            (window.strideY, window.strideX) = stride
            (window.dilationY, window.dilationX) = dilation
            (window.padTop, window.padLeft, window.padBottom, window.padRight) = pads
            self.window = window
        }

        var testDescription: String { name }
    }

    static let rows = [
        Row("a single pixel", channels: (1, 1), image: (1, 1), kernel: (1, 1)),
        Row("pointwise", channels: (17, 33), image: (7, 7), kernel: (1, 1)),
        Row("pointwise, more pixels than a band", channels: (300, 18), image: (30, 31), kernel: (1, 1)),
        Row("pointwise, deeper than a block", channels: (530, 65), image: (3, 5), kernel: (1, 1)),
        Row("pointwise, stride 2", channels: (8, 9), image: (8, 9), kernel: (1, 1), stride: (2, 2)),
        Row("pointwise, stride 2 over two by two", channels: (8, 9), image: (2, 2), kernel: (1, 1), stride: (2, 2)),
        Row("pointwise, padded", channels: (3, 4), image: (3, 4), kernel: (1, 1), pads: (1, 0, 0, 1)),
        Row("pointwise, moved", channels: (3, 4), image: (3, 4), kernel: (1, 1), stride: (2, 2), pads: (1, 1, 1, 2)),
        Row("3 x 3", channels: (3, 5), image: (9, 11), kernel: (3, 3)),
        Row("3 x 3, padded, bands", channels: (70, 20), image: (40, 33), kernel: (3, 3), pads: (1, 1, 1, 1)),
        Row("3 x 3, unequal pads", channels: (2, 4), image: (6, 7), kernel: (3, 3), pads: (0, 2, 1, 0)),
        Row("pads wider than the image", channels: (2, 3), image: (2, 2), kernel: (3, 3), pads: (4, 5, 6, 3)),
        Row("3 x 3, stride 2", channels: (20, 16), image: (15, 14), kernel: (3, 3), stride: (2, 2), pads: (1, 1, 1, 1)),
        Row("stride 3, 2", channels: (2, 3), image: (11, 13), kernel: (3, 2), stride: (3, 2)),
        Row("stride 5 over one output", channels: (2, 3), image: (3, 3), kernel: (3, 3), stride: (5, 5)),
        Row("stride wider than the window", channels: (5, 3), image: (13, 17), kernel: (2, 2), stride: (5, 4)),
        Row("dilated", channels: (2, 3), image: (12, 40), kernel: (3, 3), dilation: (2, 3), pads: (2, 3, 2, 3)),
        Row("dilated, stride 2", channels: (2, 3), image: (12, 40), kernel: (3, 2), stride: (2, 2), dilation: (3, 2)),
        Row("planar", .planar, channels: (3, 15), image: (9, 11), kernel: (3, 3), pads: (1, 1, 1, 1)),
        Row("planar, pointwise", .planar, channels: (3, 35), image: (9, 11), kernel: (1, 1)),
        Row(
            "planar, 7 x 7, stride 2", .planar, channels: (3, 64), image: (37, 75), kernel: (7, 7), stride: (2, 2),
            pads: (3, 3, 3, 3)),
        Row(
            "planar, 16 x 16, stride 16", .planar, channels: (3, 20), image: (49, 64), kernel: (16, 16),
            stride: (16, 16)),
        Row("depthwise", .depthwise, channels: (7, 7), image: (9, 35), kernel: (3, 3), pads: (1, 1, 1, 1)),
        Row(
            "depthwise, 7 x 7 image", .depthwise, channels: (40, 40), image: (7, 7), kernel: (3, 3), pads: (1, 1, 1, 1)),
        Row(
            "depthwise, 5 x 5, stride 2", .depthwise, channels: (33, 33), image: (13, 30), kernel: (5, 5),
            stride: (2, 2), pads: (2, 2, 2, 2)),
        Row("depthwise, 7 x 7", .depthwise, channels: (18, 18), image: (9, 9), kernel: (7, 7), pads: (3, 3, 3, 3)),
        Row(
            "depthwise, stride 3, dilated", .depthwise, channels: (2, 2), image: (17, 29), kernel: (3, 3),
            stride: (3, 3), dilation: (2, 2), pads: (1, 0, 2, 3)),
        Row("depthwise, pads wider", .depthwise, channels: (2, 2), image: (2, 3), kernel: (3, 3), pads: (4, 5, 6, 3)),
        Row("depthwise, one pixel", .depthwise, channels: (4, 4), image: (3, 3), kernel: (3, 3)),
        Row("depthwise, pointwise", .depthwise, channels: (19, 19), image: (3, 5), kernel: (1, 1)),
        Row("Winograd", .winograd, channels: (3, 5), image: (9, 11), kernel: (3, 3)),
        Row("Winograd, padded", .winograd, channels: (33, 20), image: (14, 14), kernel: (3, 3), pads: (1, 1, 1, 1)),
        Row("Winograd, bands", .winograd, channels: (64, 40), image: (40, 37), kernel: (3, 3), pads: (1, 1, 1, 1)),
        Row("Winograd, unequal pads", .winograd, channels: (2, 4), image: (6, 7), kernel: (3, 3), pads: (0, 2, 1, 0)),
        Row("Winograd, pads wider", .winograd, channels: (2, 3), image: (2, 2), kernel: (3, 3), pads: (4, 5, 6, 3)),
        Row("Winograd, one result", .winograd, channels: (5, 18), image: (3, 3), kernel: (3, 3)),
        Row("a window that does not fit", channels: (2, 2), image: (2, 9), kernel: (3, 3)),
    ]

    @Test("equals the convolution of images that are not blocked", arguments: rows, KernelTable.all)
    func equalsOther(row: Row, kernels: KernelTable) {
        let problem = Problem(row, batch: 2)
        for hasResidual in [false, true] {
            let sums = problem.expected(hasResidual: hasResidual)
            let scale = sums.reduce(1) { max($0, $1.magnitude) }
            for activation in [UnaryFunction.identity, .relu, .clip(lower: -0.25, upper: 0.5), .silu] {
                let output = problem.run(activation, hasResidual: hasResidual, kernels)
                #expect(output.count == sums.count)
                // Units in the last place grow with the scale of what is added up.
                let tolerance = (row.form == .winograd ? 1e-5 : 2e-6) * Double(scale)
                let wrong = output.indices.first {
                    !((Double(output[$0]) - activation(Double(sums[$0]))).magnitude < tolerance)
                }
                if let wrong {
                    Issue.record("\(activation.code), \(hasResidual): [\(wrong)] is \(output[wrong]) of \(sums[wrong])")
                }
            }
        }
    }

    @Test("an image's result does not depend on the batch", arguments: rows, KernelTable.all)
    func isIndependentOfBatch(row: Row, kernels: KernelTable) {
        let single = Problem(row, batch: 1).run(.relu, hasResidual: false, kernels)
        let three = Problem(row, batch: 3).run(.relu, hasResidual: false, kernels)
        #expect(Array(three.prefix(single.count)) == single)
    }

    @Test("several threads give what one gives", arguments: rows)
    func sharesTheWork(row: Row) {
        let pool = KernelPool()
        pool.reserve(threadCount: 3)
        // The most that a row's batch can be: shared work has a least size.
        let least = Threads.leastWork / max(1, row.width * row.height * row.inputChannels * row.outputChannels)
        let problem = Problem(row, batch: min(40, 1 + 4 * least))
        let alone = problem.run(.relu, hasResidual: true, .current)
        withExtendedLifetime(pool) {
            #expect(problem.run(.relu, hasResidual: true, .current, threads: Threads(pool, count: 3)) == alone)
        }
    }

    @Test("only windows of 3 x 3 that move by single pixels go by Winograd's tiles")
    func choosesWinograd() {
        var window = Window2D(height: 3, width: 3)
        #expect(BlockedConvolution.allowsWinograd(window))
        window.strideX = 2
        #expect(!BlockedConvolution.allowsWinograd(window))
        window.strideX = 1
        window.dilationY = 2
        #expect(!BlockedConvolution.allowsWinograd(window))
        #expect(!BlockedConvolution.allowsWinograd(Window2D(height: 3, width: 5)))
    }

    @Test("an activation is fused when it is on lanes and finite at 0")
    func choosesActivations() {
        for function in [UnaryFunction.identity, .relu, .silu, .hardSwish, .gelu, .clip(lower: -1, upper: .infinity)] {
            #expect(BlockedConvolution.canFuse(function), "\(function.code)")
        }
        for function in [UnaryFunction(.logarithm), UnaryFunction(.reciprocal), UnaryFunction(.sin)] {
            #expect(!BlockedConvolution.canFuse(function), "\(function.code)")
        }
        #expect(!BlockedConvolution.canFuse(.clip(lower: .infinity, upper: .infinity)))
    }

    struct Problem {
        let row: Row
        let batch: Int
        let input, weights, bias, old: [Float]

        init(_ row: Row, batch: Int, rounding: (Float) -> Float = { $0 }) {
            self.row = row
            self.batch = batch
            var random = Random(row.height * row.width)
            let inputs = row.form == .depthwise ? 1 : row.inputChannels
            let taps = row.window.height * row.window.width
            weights = random.floats(row.outputChannels * inputs * taps).map { rounding($0 / 4) }
            bias = random.floats(row.outputChannels)
            input = random.floats(batch * row.inputChannels * row.height * row.width).map(rounding)
            let pixels = row.window.outputHeight(row.height) * row.window.outputWidth(row.width)
            old = random.floats(batch * row.outputChannels * pixels)
        }

        func run(
            _ activation: UnaryFunction, hasResidual: Bool, _ kernels: KernelTable, threads: Threads = .one
        ) -> [Float] {
            let plan = weights.withUnsafeBufferPointer { weights in
                bias.withUnsafeBufferPointer {
                    BlockedConvolution(
                        inputChannels: row.inputChannels, outputChannels: row.outputChannels, window: row.window,
                        form: row.form, weights: weights, bias: $0, activation: activation, kernels: kernels)
                }
            }
            return run(hasResidual: hasResidual, kernels) {
                plan.run(
                    batch: batch, inputHeight: row.height, inputWidth: row.width, input: $0, residual: $1, into: $2,
                    threads: threads)
            }
        }

        /// Calls a convolution with the images as it wants them, and gives its results as planes.
        func run(
            hasResidual: Bool, _ kernels: KernelTable,
            _ body: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>?, UnsafeMutableBufferPointer<Float>) -> Void
        ) -> [Float] {
            let image = BlockedImage(kernels: kernels)
            let pixels = row.window.outputHeight(row.height) * row.window.outputWidth(row.width)
            let source =
                row.form == .planar ? input : blocked(input, row.inputChannels, row.height * row.width, image)
            let residual = blocked(old, row.outputChannels, pixels, image)
            let output = written(residual.count, filling: Float(12345)) { output in
                for i in output.indices { output[i] = .nan }
                source.withUnsafeBufferPointer { source in
                    residual.withUnsafeBufferPointer { body(source, hasResidual ? $0 : nil, output) }
                }
            }
            return written(old.count, filling: Float(12345)) { planes in
                output.withUnsafeBufferPointer {
                    image.unblock(batch: batch, channels: row.outputChannels, pixels: pixels, $0, into: planes)
                }
            }
        }

        private func blocked(_ planes: [Float], _ channels: Int, _ pixels: Int, _ image: BlockedImage) -> [Float] {
            written(batch * image.blocks(channels) * image.lanes * pixels, filling: Float(12345)) { output in
                planes.withUnsafeBufferPointer {
                    image.block(batch: batch, channels: channels, pixels: pixels, $0, into: output)
                }
            }
        }

        /// The results without an activation.
        func expected(hasResidual: Bool) -> [Float] {
            let plan = weights.withUnsafeBufferPointer { weights in
                bias.withUnsafeBufferPointer {
                    Convolution2D(
                        inputChannels: row.inputChannels, outputChannels: row.outputChannels,
                        groups: row.form == .depthwise ? row.inputChannels : 1, window: row.window, weights: weights,
                        bias: $0)
                }
            }
            let scratch = UnsafeMutableRawBufferPointer.allocate(
                byteCount: plan.scratchByteCount(inputHeight: row.height, inputWidth: row.width), alignment: 64)
            defer { scratch.deallocate() }
            var output = old
            output.withUnsafeMutableBufferPointer { output in
                input.withUnsafeBufferPointer {
                    plan.run(
                        batch: batch, inputHeight: row.height, inputWidth: row.width, input: $0, scratch: scratch,
                        accumulate: hasResidual, into: output)
                }
            }
            return output
        }
    }
}
