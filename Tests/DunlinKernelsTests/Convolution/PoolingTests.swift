import DunlinKernels
import Testing

@Suite struct PoolingTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let height, width: Int
        let window: Window2D
        /// Output rows and columns added by ceil mode.
        let extra: Int

        init(
            _ name: String, image: (Int, Int), kernel: (Int, Int), stride: (Int, Int) = (1, 1),
            dilation: (Int, Int) = (1, 1), pads: (Int, Int, Int, Int) = (0, 0, 0, 0), extra: Int = 0
        ) {
            self.name = name
            (height, width) = image
            var window = Window2D(height: kernel.0, width: kernel.1)
            (window.strideY, window.strideX) = stride
            (window.dilationY, window.dilationX) = dilation
            (window.padTop, window.padLeft, window.padBottom, window.padRight) = pads
            self.window = window
            self.extra = extra
        }

        var testDescription: String { name }
    }

    static let rows = [
        Row("2 x 2, stride 2", image: (8, 8), kernel: (2, 2), stride: (2, 2)),
        Row("2 x 2, stride 2, wide", image: (5, 77), kernel: (2, 2), stride: (2, 2)),
        Row("3 x 3, padded", image: (7, 40), kernel: (3, 3), pads: (1, 1, 1, 1)),
        Row("3 x 3, stride 2, padded", image: (14, 15), kernel: (3, 3), stride: (2, 2), pads: (1, 1, 1, 1)),
        Row("unequal pads", image: (5, 6), kernel: (3, 2), pads: (0, 1, 2, 0)),
        Row("stride 3", image: (10, 60), kernel: (2, 3), stride: (3, 3)),
        Row("dilated", image: (9, 20), kernel: (3, 3), dilation: (2, 3), pads: (1, 2, 0, 1)),
        Row("ceil mode", image: (6, 6), kernel: (3, 3), stride: (2, 2), extra: 1),
        Row("ceil mode, padded", image: (6, 6), kernel: (3, 3), stride: (3, 3), pads: (1, 1, 1, 1), extra: 1),
        Row("the whole image", image: (7, 9), kernel: (7, 9)),
        Row("windows of padding alone", image: (2, 2), kernel: (1, 1), pads: (1, 1, 1, 1)),
    ]

    @Test("equals the definition", arguments: rows, KernelTable.all)
    func equalsDefinition(row: Row, kernels: KernelTable) {
        var random = Random(row.height * row.width)
        let input = random.floats(3 * row.height * row.width)
        for pooling in [Pooling.maximum, .average(includesPadding: false), .average(includesPadding: true)] {
            let output = run(pooling, row, input, kernels), expected = Self.expected(pooling, row, input)
            #expect(output.count == expected.count)
            let wrong = output.indices.first {
                Double(output[$0]) != expected[$0] && !((Double(output[$0]) - expected[$0]).magnitude < 1e-6)
            }
            if let wrong { Issue.record("\(pooling): [\(wrong)] is \(output[wrong]), not \(expected[wrong])") }
        }
    }

    @Test("a NaN under the window is the result", arguments: KernelTable.all)
    func passesNaNOn(kernels: KernelTable) {
        let row = Self.rows[0]
        var input = [Float](repeating: 1, count: 3 * 64)
        input[9] = .nan
        let output = run(.maximum, row, input, kernels)
        #expect(output[0].isNaN)
        #expect(output[1] == 1)
    }

    private func run(_ pooling: Pooling, _ row: Row, _ input: [Float], _ kernels: KernelTable) -> [Float] {
        let height = row.window.outputHeight(row.height) + row.extra
        let width = row.window.outputWidth(row.width) + row.extra
        let scratchCount = poolScratchByteCount(
            window: row.window, inputHeight: row.height, inputWidth: row.width, outputHeight: height,
            outputWidth: width, kernels: kernels)
        return written(3 * height * width, filling: Float(12345)) { output in
            withUnsafeTemporaryAllocation(byteCount: scratchCount, alignment: 1) { scratch in
                input.withUnsafeBufferPointer {
                    pool(
                        pooling, window: row.window, planes: 3, inputHeight: row.height, inputWidth: row.width,
                        input: $0, outputHeight: height, outputWidth: width, scratch: scratch, into: output,
                        kernels: kernels)
                }
            }
        }
    }

    static func expected(_ pooling: Pooling, _ row: Row, _ input: [Float]) -> [Double] {
        let w = row.window
        var result: [Double] = []
        for plane in 0..<input.count / (row.height * row.width) {
            for y in 0..<w.outputHeight(row.height) + row.extra {
                for x in 0..<w.outputWidth(row.width) + row.extra {
                    var values: [Double] = []
                    var padded = 0
                    for ky in 0..<w.height {
                        for kx in 0..<w.width {
                            let sy = y * w.strideY + ky * w.dilationY - w.padTop
                            let sx = x * w.strideX + kx * w.dilationX - w.padLeft
                            if sy < row.height + w.padBottom, sx < row.width + w.padRight { padded += 1 }
                            guard sy >= 0, sy < row.height, sx >= 0, sx < row.width else { continue }
                            values.append(Double(input[(plane * row.height + sy) * row.width + sx]))
                        }
                    }
                    switch pooling {
                    case .maximum: result.append(values.max() ?? -.infinity)
                    case .average(let includesPadding):
                        let count = includesPadding ? padded : values.count
                        result.append(count == 0 ? 0 : values.reduce(0, +) / Double(count))
                    }
                }
            }
        }
        return result
    }
}
