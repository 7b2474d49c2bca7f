import DunlinKernels
import Testing

@Suite struct BlockedImageTests {
    @Test("blocks hold the channels of each pixel side by side, then zeros", arguments: KernelTable.all)
    func blocks(kernels: KernelTable) {
        let image = BlockedImage(kernels: kernels), lanes = image.lanes
        for channels in [1, lanes - 1, lanes, lanes + 1, 3 * lanes] {
            for pixels in [1, 5, 64, 65, 130] {
                let planes = (0..<2 * channels * pixels).map { Float($0 + 1) }
                let blocked = Self.blocked(planes, channels, pixels, image)
                let blocks = image.blocks(channels)
                for n in 0..<2 {
                    for c in 0..<blocks * lanes {
                        for p in 0..<pixels {
                            let value = blocked[((n * blocks + c / lanes) * pixels + p) * lanes + c % lanes]
                            #expect(value == (c < channels ? planes[(n * channels + c) * pixels + p] : 0))
                        }
                    }
                }
                let back = written(planes.count, filling: Float(12345)) { output in
                    blocked.withUnsafeBufferPointer {
                        image.unblock(batch: 2, channels: channels, pixels: pixels, $0, into: output)
                    }
                }
                #expect(back == planes)
            }
        }
    }

    @Test("means and products are those of each channel", arguments: KernelTable.all)
    func channels(kernels: KernelTable) {
        let image = BlockedImage(kernels: kernels)
        for (channels, pixels) in [(1, 1), (5, 3), (16, 4), (33, 49)] {
            var random = Random(channels)
            let planes = random.floats(2 * channels * pixels)
            let blocked = Self.blocked(planes, channels, pixels, image)
            let means = written(2 * channels, filling: Float(12345)) { output in
                blocked.withUnsafeBufferPointer {
                    image.means(batch: 2, channels: channels, pixels: pixels, $0, into: output)
                }
            }
            for (row, mean) in means.enumerated() {
                let sum = planes[row * pixels..<(row + 1) * pixels].reduce(0) { $0 + Double($1) }
                #expect((Double(mean) - sum / Double(pixels)).magnitude < 1e-6)
            }
            let factors = random.floats(2 * image.blocks(channels) * image.lanes)
            let scaled = written(blocked.count, filling: Float(12345)) { output in
                blocked.withUnsafeBufferPointer { blocked in
                    factors.withUnsafeBufferPointer {
                        image.scale(
                            planes: 2 * image.blocks(channels), pixels: pixels, blocked, factors: $0, into: output)
                    }
                }
            }
            for index in scaled.indices {
                let plane = index / (pixels * image.lanes), lane = index % image.lanes
                #expect(scaled[index] == blocked[index] * factors[plane * image.lanes + lane])
            }
        }
    }

    @Test("pools as images that are not blocked", arguments: PoolingTests.rows, KernelTable.all)
    func pools(row: PoolingTests.Row, kernels: KernelTable) {
        let image = BlockedImage(kernels: kernels), channels = image.lanes + 3
        var random = Random(row.height * row.width)
        let planes = random.floats(channels * row.height * row.width)
        let height = row.window.outputHeight(row.height) + row.extra
        let width = row.window.outputWidth(row.width) + row.extra
        let blocked = Self.blocked(planes, channels, row.height * row.width, image, batch: 1)
        for pooling in [Pooling.maximum, .average(includesPadding: false), .average(includesPadding: true)] {
            let pooled = written(image.blocks(channels) * image.lanes * height * width, filling: Float(12345)) {
                output in
                blocked.withUnsafeBufferPointer {
                    image.pool(
                        pooling, window: row.window, planes: image.blocks(channels), inputHeight: row.height,
                        inputWidth: row.width, input: $0, outputHeight: height, outputWidth: width, into: output)
                }
            }
            let received = written(channels * height * width, filling: Float(12345)) { output in
                pooled.withUnsafeBufferPointer {
                    image.unblock(batch: 1, channels: channels, pixels: height * width, $0, into: output)
                }
            }
            let expected = PoolingTests.expected(pooling, row, planes)
            let wrong = received.indices.first {
                Double(received[$0]) != expected[$0] && !((Double(received[$0]) - expected[$0]).magnitude < 1e-6)
            }
            if let wrong { Issue.record("\(pooling): [\(wrong)] is \(received[wrong]), not \(expected[wrong])") }
        }
    }

    @Test("a NaN under a pool's window is the result", arguments: KernelTable.all)
    func passesNaNOn(kernels: KernelTable) {
        let image = BlockedImage(kernels: kernels)
        var planes = [Float](repeating: 1, count: 64)
        planes[9] = .nan
        let blocked = Self.blocked(planes, 1, 64, image, batch: 1)
        var window = Window2D(height: 2, width: 2)
        (window.strideY, window.strideX) = (2, 2)
        let pooled = written(16 * image.lanes, filling: Float(12345)) { output in
            blocked.withUnsafeBufferPointer {
                image.pool(
                    .maximum, window: window, planes: 1, inputHeight: 8, inputWidth: 8, input: $0, outputHeight: 4,
                    outputWidth: 4, into: output)
            }
        }
        #expect(pooled[0].isNaN)
        #expect(pooled[image.lanes] == 1)
    }

    private static func blocked(
        _ planes: [Float], _ channels: Int, _ pixels: Int, _ image: BlockedImage, batch: Int = 2
    ) -> [Float] {
        written(batch * image.blocks(channels) * image.lanes * pixels, filling: Float(12345)) { output in
            planes.withUnsafeBufferPointer {
                image.block(batch: batch, channels: channels, pixels: pixels, $0, into: output)
            }
        }
    }
}
