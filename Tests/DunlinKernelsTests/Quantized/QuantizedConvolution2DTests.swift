import DunlinKernels
import Testing

@Suite struct QuantizedConvolution2DTests {
    struct Case: CustomTestStringConvertible {
        var inputs, outputs, groups: Int
        var height, width: Int
        var window: Window2D
        var isSigned = true
        var zeros: [Int32] = []

        init(
            _ inputs: Int, _ outputs: Int, groups: Int = 1, image: (Int, Int), kernel: (Int, Int), stride: Int = 1,
            dilation: Int = 1, pad: Int = 0, isSigned: Bool = true, zeros: [Int32] = []
        ) {
            (self.inputs, self.outputs, self.groups, self.isSigned, self.zeros) = (
                inputs, outputs, groups, isSigned, zeros
            )
            (height, width) = image
            window = Window2D(height: kernel.0, width: kernel.1)
            (window.strideY, window.strideX) = (stride, stride)
            (window.dilationY, window.dilationX) = (dilation, dilation)
            (window.padTop, window.padLeft, window.padBottom, window.padRight) = (pad, pad, pad, pad)
        }

        var testDescription: String {
            "\(inputs) to \(outputs) in \(groups), \(height) x \(width), \(window.height) x \(window.width), "
                + "stride \(window.strideX), dilation \(window.dilationX), pad \(window.padLeft), zeros \(zeros)"
        }
    }

    static let cases = [
        Case(3, 5, image: (6, 7), kernel: (3, 3), pad: 1),
        Case(4, 17, image: (5, 6), kernel: (1, 1)),
        Case(6, 8, image: (5, 5), kernel: (1, 1), stride: 2),
        Case(3, 16, image: (15, 14), kernel: (7, 7), stride: 2, pad: 3),
        Case(8, 6, groups: 2, image: (7, 7), kernel: (3, 2), stride: 2, pad: 1),
        Case(4, 4, image: (9, 9), kernel: (3, 3), dilation: 2, pad: 2),
        Case(5, 5, groups: 5, image: (6, 6), kernel: (3, 3), pad: 1),
        Case(64, 64, groups: 64, image: (5, 4), kernel: (3, 3), pad: 1),
        Case(67, 67, groups: 67, image: (5, 4), kernel: (3, 3), stride: 2, pad: 1),
        Case(130, 130, groups: 130, image: (6, 6), kernel: (5, 5), pad: 2),
        Case(4, 8, groups: 4, image: (5, 5), kernel: (3, 3), pad: 1),
        // Windows of few bytes, and many lines of windows below one another.
        Case(1, 5, image: (6, 7), kernel: (3, 3)),
        Case(1, 5, image: (6, 7), kernel: (2, 2), pad: 1),
        Case(70, 70, groups: 70, image: (15, 9), kernel: (3, 3), stride: 2, pad: 1),
        Case(6, 6, groups: 6, image: (13, 9), kernel: (3, 3), dilation: 2, pad: 2),
        // Zero points of weights: none that fit 8 bits once taken, one for all, one for each.
        Case(33, 33, groups: 33, image: (5, 5), kernel: (3, 3), pad: 1, isSigned: false, zeros: [7]),
        Case(4, 6, image: (5, 5), kernel: (3, 3), pad: 1, isSigned: false, zeros: [100]),
        Case(4, 6, groups: 2, image: (5, 5), kernel: (3, 3), pad: 1, zeros: [1, -2, 3, -4, 5, -6]),
        // More outputs than are computed at once.
        Case(40, 3, image: (40, 40), kernel: (5, 5), pad: 2),
    ]

    @Test("gives the sums of its definition", arguments: QuantizedKernels.all, cases)
    func sums(kernels: QuantizedKernels, item: Case) {
        var random = Random(item.inputs * 31 + item.outputs)
        let window = item.window, depth = item.inputs / item.groups, perGroup = item.outputs / item.groups
        let image = random.bytes(2 * item.height * item.width * item.inputs)
        let weights = random.bytes(item.outputs * depth * window.height * window.width)
        let zero: UInt8 = 77
        let convolution = weights.withUnsafeBufferPointer {
            QuantizedConvolution2D(
                inputChannels: item.inputs, outputChannels: item.outputs, groups: item.groups, window: window,
                weights: $0, isSigned: item.isSigned, zeros: item.zeros, kernels: kernels)
        }
        let columnZeros = (0..<item.outputs).map { (output: Int) -> Int32 in
            item.zeros.isEmpty ? 0 : item.zeros[item.zeros.count == 1 ? 0 : output]
        }
        let part = item.outputs / convolution.sumsCount
        let sums = (0..<convolution.sumsCount).map { index in
            IntegerSums(
                .int32, depth: convolution.depth,
                columnSums: convolution.columnSums[index * part..<(index + 1) * part], zero: Int32(zero),
                columnZeros: convolution.hasPlainWeights
                    ? [] : columnZeros[index * part..<(index + 1) * part].map { $0 - (item.isSigned ? 0 : 128) })
        }
        let (height, width) = (window.outputHeight(item.height), window.outputWidth(item.width))
        let scratch = UnsafeMutableRawBufferPointer.allocate(
            byteCount: convolution.scratchByteCount(outputHeight: height, outputWidth: width), alignment: 1)
        defer { scratch.deallocate() }
        let received = written(2 * height * width * item.outputs, filling: Int32(-9)) { output in
            image.withUnsafeBufferPointer {
                convolution.run(
                    batch: 2, inputHeight: item.height, inputWidth: item.width, outputHeight: height,
                    outputWidth: width, input: $0, inputZero: zero, sums: sums, scratch: scratch,
                    into: UnsafeMutableRawBufferPointer(output))
            }
        }
        var wrong = 0
        for n in 0..<2 {
            for y in 0..<height {
                for x in 0..<width {
                    for output in 0..<item.outputs {
                        var sum = 0
                        for ky in 0..<window.height {
                            for kx in 0..<window.width {
                                let iy = y * window.strideY - window.padTop + ky * window.dilationY
                                let ix = x * window.strideX - window.padLeft + kx * window.dilationX
                                guard (0..<item.height).contains(iy), (0..<item.width).contains(ix) else { continue }
                                for c in 0..<depth {
                                    let pixel = (n * item.height + iy) * item.width + ix
                                    let value = Int(image[pixel * item.inputs + output / perGroup * depth + c])
                                    let place = ((output * depth + c) * window.height + ky) * window.width + kx
                                    let weight = integer(weights[place], item.isSigned) - Int(columnZeros[output])
                                    sum += (value - Int(zero)) * weight
                                }
                            }
                        }
                        let index = ((n * height + y) * width + x) * item.outputs + output
                        if Int(received[index]) != sum { wrong += 1 }
                    }
                }
            }
        }
        #expect(wrong == 0, "of \(received.count) sums")
    }
}
