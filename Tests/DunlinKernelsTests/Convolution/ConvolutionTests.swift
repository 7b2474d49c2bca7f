import DunlinKernels
import Testing

@Suite struct ConvolutionTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let inputChannels, outputChannels, groups, height, width: Int
        let window: Window2D

        init(
            _ name: String, channels: (Int, Int), groups: Int = 1, image: (Int, Int), kernel: (Int, Int),
            stride: (Int, Int) = (1, 1), dilation: (Int, Int) = (1, 1),
            pads: (Int, Int, Int, Int) = (0, 0, 0, 0)
        ) {
            self.name = name
            (inputChannels, outputChannels) = channels
            self.groups = groups
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
        Row("3 x 3", channels: (3, 5), image: (9, 11), kernel: (3, 3)),
        Row("3 x 3, padded", channels: (3, 15), image: (9, 11), kernel: (3, 3), pads: (1, 1, 1, 1)),
        Row("3 x 3, unequal pads", channels: (2, 4), image: (6, 7), kernel: (3, 3), pads: (0, 2, 1, 0)),
        Row("pads wider than the image", channels: (2, 3), image: (2, 2), kernel: (3, 3), pads: (4, 5, 6, 3)),
        Row("7 x 7, stride 2", channels: (3, 16), image: (37, 75), kernel: (7, 7), stride: (2, 2), pads: (3, 3, 3, 3)),
        Row("stride 2, wide", channels: (2, 3), image: (3, 140), kernel: (1, 3), stride: (1, 2), pads: (0, 1, 0, 1)),
        Row("stride 3, 2", channels: (2, 3), image: (11, 13), kernel: (3, 2), stride: (3, 2)),
        Row("stride 5 over one output", channels: (2, 3), image: (3, 3), kernel: (3, 3), stride: (5, 5)),
        Row("dilated", channels: (2, 3), image: (12, 40), kernel: (3, 3), dilation: (2, 3), pads: (2, 3, 2, 3)),
        Row("dilated, stride 2", channels: (2, 3), image: (12, 40), kernel: (3, 2), stride: (2, 2), dilation: (3, 2)),
        Row("pointwise", channels: (17, 33), image: (7, 7), kernel: (1, 1)),
        Row("pointwise, stride 2", channels: (8, 9), image: (8, 9), kernel: (1, 1), stride: (2, 2)),
        Row("pointwise, padded", channels: (3, 4), image: (3, 4), kernel: (1, 1), pads: (1, 0, 0, 1)),
        Row("deeper than a block", channels: (40, 30), image: (6, 6), kernel: (3, 3), pads: (1, 1, 1, 1)),
        Row("more pixels than a block", channels: (3, 20), image: (20, 33), kernel: (3, 3), pads: (1, 1, 1, 1)),
        Row("one row", channels: (4, 6), image: (1, 50), kernel: (1, 5), pads: (0, 2, 0, 2)),
        Row("2 groups", channels: (6, 8), groups: 2, image: (7, 8), kernel: (3, 3), pads: (1, 1, 1, 1)),
        Row("depthwise", channels: (7, 7), groups: 7, image: (9, 35), kernel: (3, 3), pads: (1, 1, 1, 1)),
        Row(
            "depthwise, 5 x 5, stride 2", channels: (3, 3), groups: 3, image: (13, 70), kernel: (5, 5), stride: (2, 2),
            pads: (2, 2, 2, 2)),
        Row(
            "depthwise, stride 3, dilated", channels: (2, 2), groups: 2, image: (17, 29), kernel: (3, 3),
            stride: (3, 3), dilation: (2, 2), pads: (1, 0, 2, 3)),
        Row("depthwise, two outputs each", channels: (3, 6), groups: 3, image: (6, 6), kernel: (3, 3)),
        Row("depthwise, one pixel", channels: (4, 4), groups: 4, image: (3, 3), kernel: (3, 3)),
        Row(
            "many channels, dilated", channels: (3, 40), image: (12, 21), kernel: (3, 3), dilation: (2, 3),
            pads: (2, 3, 2, 3)),
        Row("many channels, unequal pads", channels: (2, 49), image: (6, 7), kernel: (3, 3), pads: (0, 2, 1, 0)),
        Row("many channels, stride 3, 2", channels: (2, 18), image: (11, 13), kernel: (3, 2), stride: (3, 2)),
        Row("many channels, pads wider", channels: (2, 16), image: (2, 2), kernel: (3, 3), pads: (4, 5, 6, 3)),
        Row("many channels, 2 groups", channels: (6, 38), groups: 2, image: (7, 8), kernel: (3, 3), pads: (1, 1, 1, 1)),
        Row(
            "many channels, no result used of the last rows", channels: (1, 16), image: (6, 6), kernel: (2, 2),
            stride: (3, 4)),
        Row("images beyond the small ones", channels: (2, 64), image: (36, 36), kernel: (3, 3), pads: (1, 1, 1, 1)),
        Row("a window that does not fit", channels: (2, 2), image: (2, 9), kernel: (3, 3)),
    ]

    @Test("equals the definition", arguments: rows, KernelTable.all)
    func equalsDefinition(row: Row, kernels: KernelTable) {
        let batch = 2
        let problem = Problem(row, batch: batch)
        for activation in [UnaryFunction.identity, .relu, .sigmoid] {
            for accumulate in [false, true] {
                for hasBias in [true, false] {
                    let output = problem.run(activation, accumulate: accumulate, hasBias: hasBias, kernels)
                    let expected = problem.expected(activation, accumulate: accumulate, hasBias: hasBias)
                    #expect(output.count == expected.count)
                    let wrong = output.indices.first { !((Double(output[$0]) - expected[$0]).magnitude < 1e-5) }
                    if let wrong {
                        Issue.record(
                            "\(activation.code), \(accumulate): [\(wrong)] is \(output[wrong]), not \(expected[wrong])")
                    }
                }
            }
        }
    }

    @Test("an image's result does not depend on the batch", arguments: KernelTable.all)
    func isIndependentOfBatch(kernels: KernelTable) {
        for row in [Self.rows[2]] + Self.rows.filter({ $0.name.hasPrefix("many channels") }) {
            let one = Problem(row, batch: 1), three = Problem(row, batch: 3)
            let single = one.run(.relu, accumulate: false, hasBias: true, kernels)
            #expect(Array(three.run(.relu, accumulate: false, hasBias: true, kernels).prefix(single.count)) == single)
        }
    }

    @Test("windows at and past the limits")
    func checksWindows() {
        var window = Window2D(height: 1, width: Window2D.largestExtent)
        #expect(window.isValid)
        window.width += 1
        #expect(!window.isValid)
        window.width = 0
        #expect(!window.isValid)
        window.width = 3
        window.padLeft = -1
        #expect(!window.isValid)
        window.padLeft = 0
        window.strideX = 0
        #expect(!window.isValid)
    }

    @Test("scratch does not grow with the batch, and stays small")
    func reportsScratch() {
        let weights = [Float](repeating: 0, count: 64 * 64 * 9)
        var window = Window2D(height: 3, width: 3)
        (window.padTop, window.padLeft, window.padBottom, window.padRight) = (1, 1, 1, 1)
        let plan = weights.withUnsafeBufferPointer {
            Convolution2D(inputChannels: 64, outputChannels: 64, window: window, weights: $0)
        }
        #expect(plan.scratchByteCount(inputHeight: 224, inputWidth: 224) < 1 << 19)
    }

    private struct Problem {
        let row: Row
        let batch: Int
        let input, weights, bias, old: [Float]

        init(_ row: Row, batch: Int) {
            self.row = row
            self.batch = batch
            var random = Random(row.height * row.width)
            weights = random.floats(
                row.outputChannels * row.inputChannels / row.groups * row.window.height * row.window.width
            ).map { $0 / 4 }
            bias = random.floats(row.outputChannels)
            input = random.floats(batch * row.inputChannels * row.height * row.width)
            old = random.floats(
                batch * row.outputChannels * row.window.outputHeight(row.height) * row.window.outputWidth(row.width))
        }

        func run(_ activation: UnaryFunction, accumulate: Bool, hasBias: Bool, _ kernels: KernelTable) -> [Float] {
            let plan = weights.withUnsafeBufferPointer { weights in
                bias.withUnsafeBufferPointer {
                    Convolution2D(
                        inputChannels: row.inputChannels, outputChannels: row.outputChannels, groups: row.groups,
                        window: row.window, weights: weights, bias: hasBias ? $0 : nil, activation: activation,
                        kernels: kernels)
                }
            }
            let scratchCount = plan.scratchByteCount(inputHeight: row.height, inputWidth: row.width)
            return written(old.count, filling: Float(12345)) { output in
                for i in old.indices { output[i] = accumulate ? old[i] : .nan }
                // Guards behind the scratch too, and an odd address.
                let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: scratchCount + 65, alignment: 64)
                defer { scratch.deallocate() }
                for i in scratch.indices { scratch[i] = 0xA5 }
                input.withUnsafeBufferPointer {
                    plan.run(
                        batch: batch, inputHeight: row.height, inputWidth: row.width, input: $0,
                        scratch: UnsafeMutableRawBufferPointer(rebasing: scratch[1..<1 + scratchCount]),
                        accumulate: accumulate, into: output)
                }
                for i in 1 + scratchCount..<scratch.count { precondition(scratch[i] == 0xA5, "scratch overrun") }
            }
        }

        func expected(_ activation: UnaryFunction, accumulate: Bool, hasBias: Bool) -> [Double] {
            let w = row.window, groupInputs = row.inputChannels / row.groups
            let groupOutputs = row.outputChannels / row.groups
            var result: [Double] = []
            for n in 0..<batch {
                for o in 0..<row.outputChannels {
                    for y in 0..<w.outputHeight(row.height) {
                        for x in 0..<w.outputWidth(row.width) {
                            var sum = hasBias ? Double(bias[o]) : 0
                            for i in 0..<groupInputs {
                                let channel = n * row.inputChannels + o / groupOutputs * groupInputs + i
                                for ky in 0..<w.height {
                                    let sy = y * w.strideY + ky * w.dilationY - w.padTop
                                    guard sy >= 0, sy < row.height else { continue }
                                    for kx in 0..<w.width {
                                        let sx = x * w.strideX + kx * w.dilationX - w.padLeft
                                        guard sx >= 0, sx < row.width else { continue }
                                        let weight = weights[((o * groupInputs + i) * w.height + ky) * w.width + kx]
                                        sum +=
                                            Double(input[(channel * row.height + sy) * row.width + sx])
                                            * Double(weight)
                                    }
                                }
                            }
                            if accumulate { sum += Double(old[result.count]) }
                            result.append(activation(sum))
                        }
                    }
                }
            }
            return result
        }
    }
}
