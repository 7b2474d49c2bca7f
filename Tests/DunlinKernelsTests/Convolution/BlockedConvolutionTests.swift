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
        Row("depthwise, 7 x 7 image", .depthwise, channels: (40, 40), image: (7, 7), kernel: (3, 3), pads: (1, 1, 1, 1)),
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

    @Test("equals the definition", arguments: rows, KernelTable.all)
    func equalsDefinition(row: Row, kernels: KernelTable) {
        let problem = Problem(row, batch: 2)
        for activation in [UnaryFunction.identity, .relu, .clip(lower: -0.25, upper: 0.5), .silu] {
            for hasResidual in [false, true] {
                let output = problem.run(activation, hasResidual: hasResidual, kernels)
                let expected = problem.expected(activation, hasResidual: hasResidual)
                #expect(output.count == expected.count)
                let scale = expected.reduce(1) { max($0, $1.magnitude) }
                let tolerance = (row.form == .winograd ? 2e-5 : 1e-5) * scale
                let wrong = output.indices.first { !((Double(output[$0]) - expected[$0]).magnitude < tolerance) }
                if let wrong {
                    Issue.record(
                        "\(activation.code), \(hasResidual): [\(wrong)] is \(output[wrong]), not \(expected[wrong])")
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

        init(_ row: Row, batch: Int) {
            self.row = row
            self.batch = batch
            var random = Random(row.height * row.width)
            let inputs = row.form == .depthwise ? 1 : row.inputChannels
            let taps = row.window.height * row.window.width
            weights = random.floats(row.outputChannels * inputs * taps).map { $0 / 4 }
            bias = random.floats(row.outputChannels)
            input = random.floats(batch * row.inputChannels * row.height * row.width)
            let pixels = row.window.outputHeight(row.height) * row.window.outputWidth(row.width)
            old = random.floats(batch * row.outputChannels * pixels)
        }

        func run(_ activation: UnaryFunction, hasResidual: Bool, _ kernels: KernelTable) -> [Float] {
            let plan = weights.withUnsafeBufferPointer { weights in
                bias.withUnsafeBufferPointer {
                    BlockedConvolution(
                        inputChannels: row.inputChannels, outputChannels: row.outputChannels, window: row.window,
                        form: row.form, weights: weights, bias: $0, activation: activation, kernels: kernels)
                }
            }
            let image = BlockedImage(kernels: kernels)
            let pixels = row.window.outputHeight(row.height) * row.window.outputWidth(row.width)
            let source =
                row.form == .planar ? input : blocked(input, row.inputChannels, row.height * row.width, image)
            let residual = blocked(old, row.outputChannels, pixels, image)
            let scratchCount = plan.scratchByteCount(batch: batch, inputHeight: row.height, inputWidth: row.width)
            let output = written(residual.count, filling: Float(12345)) { output in
                for i in output.indices { output[i] = .nan }
                let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: scratchCount + 65, alignment: 64)
                defer { scratch.deallocate() }
                for i in scratch.indices { scratch[i] = 0xA5 }
                source.withUnsafeBufferPointer { source in
                    residual.withUnsafeBufferPointer {
                        plan.run(
                            batch: batch, inputHeight: row.height, inputWidth: row.width, input: source,
                            residual: hasResidual ? $0 : nil,
                            scratch: UnsafeMutableRawBufferPointer(rebasing: scratch[1..<1 + scratchCount]),
                            into: output)
                    }
                }
                for i in 1 + scratchCount..<scratch.count { precondition(scratch[i] == 0xA5, "scratch overrun") }
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

        func expected(_ activation: UnaryFunction, hasResidual: Bool) -> [Double] {
            let w = row.window, isDepthwise = row.form == .depthwise
            let inputs = isDepthwise ? 1 : row.inputChannels
            var result: [Double] = []
            for n in 0..<batch {
                for o in 0..<row.outputChannels {
                    for y in 0..<w.outputHeight(row.height) {
                        for x in 0..<w.outputWidth(row.width) {
                            var sum = Double(bias[o])
                            for i in 0..<inputs {
                                let channel = n * row.inputChannels + (isDepthwise ? o : i)
                                for ky in 0..<w.height {
                                    let sy = y * w.strideY + ky * w.dilationY - w.padTop
                                    guard sy >= 0, sy < row.height else { continue }
                                    for kx in 0..<w.width {
                                        let sx = x * w.strideX + kx * w.dilationX - w.padLeft
                                        guard sx >= 0, sx < row.width else { continue }
                                        let weight = weights[((o * inputs + i) * w.height + ky) * w.width + kx]
                                        let pixel = input[(channel * row.height + sy) * row.width + sx]
                                        sum += Double(pixel) * Double(weight)
                                    }
                                }
                            }
                            if hasResidual { sum += Double(old[result.count]) }
                            result.append(activation(sum))
                        }
                    }
                }
            }
            return result
        }
    }
}
