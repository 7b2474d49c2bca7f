import DunlinKernels
import Testing

@Suite struct QuantizedElementsTests {
    private func quantized(
        _ numbers: [Float], _ range: QuantizedRange, _ kernels: QuantizedKernels
    ) -> [Int] {
        written(numbers.count, filling: UInt8(0xCD)) { output in
            numbers.withUnsafeBufferPointer {
                quantize(
                    $0, scale: range.scale, zero: range.zero, isSigned: range.isSigned, into: output, kernels: kernels)
            }
        }.map { integer($0, range.isSigned) }
    }

    @Test("quantises half to even, saturates, and makes the least of NaN", arguments: QuantizedKernels.all)
    func quantises(kernels: QuantizedKernels) {
        let numbers: [Float] = [
            0, 0.25, 0.75, 1.25, -0.25, -0.75, -1.25, 1000, -1000, .infinity, -.infinity, .nan, 1e30, 63.75, -64.25,
        ]
        #expect(
            quantized(numbers, QuantizedRange(scale: 0.5, zero: 0, isSigned: true), kernels)
                == [0, 0, 2, 2, 0, -2, -2, 127, -128, 127, -128, -128, 127, 127, -128])
        #expect(
            quantized(numbers, QuantizedRange(scale: 0.5, zero: 10, isSigned: false), kernels)
                == [10, 10, 12, 12, 10, 8, 8, 255, 0, 255, 0, 0, 255, 138, 0])
    }

    @Test("what is quantised and dequantised again is the nearest number", arguments: QuantizedKernels.all, edgeCounts)
    func returns(kernels: QuantizedKernels, count: Int) {
        var random = Random(count)
        let numbers = random.floats(count)
        for range in [
            QuantizedRange(scale: 1 / 100, zero: 3, isSigned: true),
            QuantizedRange(scale: 1 / 100, zero: 128, isSigned: false),
        ] {
            let bits = quantized(numbers, range, kernels).map { UInt8(truncatingIfNeeded: $0) }
            let back = written(count, filling: Float(9)) { output in
                bits.withUnsafeBufferPointer {
                    dequantize(
                        $0, isSigned: range.isSigned, scale: range.scale, zero: range.zero, into: output,
                        kernels: kernels)
                }
            }
            for (number, other) in zip(numbers, back) { #expect(abs(number - other) <= 0.00501) }
            #expect(back == bits.map { range.number(bits: $0) })
        }
    }

    @Test("a range has 0 in it, and its scale spans 255 steps", arguments: QuantizedKernels.all)
    func ranges(kernels: QuantizedKernels) {
        let rows: [(numbers: [Float], scale: Float, zero: UInt8)] = [
            ([], 1, 0), ([0, 0], 1, 0), ([1, 255], 1, 0), ([-255, -1], 1, 255), ([-1, 254, 3], 1, 1),
            ([.nan, 255], 1, 0), (Array(repeating: 0, count: 70) + [-127.5, 127.5], 1, 128),
        ]
        for row in rows {
            let found = row.numbers.withUnsafeBufferPointer { dynamicScale(of: $0, kernels: kernels) }
            #expect(found.scale == row.scale && found.zero == row.zero, "\(row.numbers)")
        }
        let found = [Float.infinity].withUnsafeBufferPointer { dynamicScale(of: $0, kernels: kernels) }
        #expect(found.scale == .infinity && found.zero == 0)
    }

    @Test("sums and products are those of the numbers", arguments: QuantizedKernels.all, [false, true])
    func combines(kernels: QuantizedKernels, isSigned: Bool) {
        var random = Random(5)
        let a = random.bytes(1003), b = random.bytes(1003)
        let left = QuantizedRange(scale: 0.02, zero: 5, isSigned: isSigned)
        let right = QuantizedRange(scale: 0.03, zero: -7 + (isSigned ? 0 : 20), isSigned: isSigned)
        let result = QuantizedRange(scale: 0.05, zero: 11, isSigned: isSigned)
        for isProduct in [false, true] {
            for limits in [-Float.infinity ... .infinity, 0...1] {
                let received = written(a.count, filling: UInt8(1)) { output in
                    a.withUnsafeBufferPointer { a in
                        b.withUnsafeBufferPointer { b in
                            combine(
                                isProduct: isProduct, a, left, b, right, into: output, result, limits: limits,
                                kernels: kernels)
                        }
                    }
                }
                for i in a.indices {
                    let (x, y) = (left.number(bits: a[i]), right.number(bits: b[i]))
                    let number = min(max(isProduct ? x * y : x + y, limits.lowerBound), limits.upperBound)
                    let expected = integer(result.bits(number: number), isSigned)
                    #expect(abs(integer(received[i], isSigned) - expected) <= 1)
                }
            }
        }
    }

    @Test("the largest of each window, signed or not", arguments: QuantizedKernels.all, [3, 16, 37, -3, -16, -37])
    func pools(kernels: QuantizedKernels, signedChannels: Int) {
        var random = Random(8)
        let isSigned = signedChannels < 0
        let (height, width, channels) = (6, 5, abs(signedChannels))
        let image = random.bytes(height * width * channels)
        var window = Window2D(height: 3, width: 2)
        (window.strideY, window.padTop, window.padLeft, window.padRight) = (2, 1, 1, 1)
        let (outputHeight, outputWidth) = (window.outputHeight(height), window.outputWidth(width))
        let received = written(outputHeight * outputWidth * channels, filling: UInt8(3)) { output in
            image.withUnsafeBufferPointer {
                quantizedMaximumPool(
                    window: window, batch: 1, channels: channels, inputHeight: height, inputWidth: width,
                    outputHeight: outputHeight, outputWidth: outputWidth, isSigned: isSigned, input: $0, into: output,
                    kernels: kernels)
            }
        }
        for y in 0..<outputHeight {
            for x in 0..<outputWidth {
                for c in 0..<channels {
                    var most = Int.min
                    for iy in max(0, 2 * y - 1)..<min(height, 2 * y + 2) {
                        for ix in max(0, x - 1)..<min(width, x + 1) {
                            most = max(most, integer(image[(iy * width + ix) * channels + c], isSigned))
                        }
                    }
                    #expect(integer(received[(y * outputWidth + x) * channels + c], isSigned) == most)
                }
            }
        }
    }

    @Test("the largest of an image without pixels is 0 and not what was there", arguments: QuantizedKernels.all)
    func poolsNothing(kernels: QuantizedKernels) {
        var window = Window2D(height: 2, width: 2)
        (window.padTop, window.padBottom, window.padLeft, window.padRight) = (1, 1, 1, 1)
        let received = written(3 * 17, filling: UInt8(3)) { output in
            quantizedMaximumPool(
                window: window, batch: 1, channels: 17, inputHeight: 0, inputWidth: 2, outputHeight: 1, outputWidth: 3,
                isSigned: false, input: UnsafeBufferPointer(start: nil, count: 0), into: output, kernels: kernels)
        }
        #expect(received == [UInt8](repeating: 0, count: 3 * 17))
    }

    @Test("rows and columns are summed as they count from 0", arguments: QuantizedKernels.all, [false, true])
    func adds(kernels: QuantizedKernels, isSigned: Bool) {
        var random = Random(9)
        let bytes = random.bytes(7 * 45)
        let counted = bytes.map { Int32(integer($0, isSigned) + (isSigned ? 128 : 0)) }
        let columns = written(45, filling: Int32(1)) { sums in
            bytes.withUnsafeBufferPointer {
                columnSums($0, rows: 7, isSigned: isSigned, into: sums, kernels: kernels)
            }
        }
        var expected = [Int32](repeating: 0, count: 45)
        for (index, value) in counted.enumerated() { expected[index % 45] += value }
        #expect(columns == expected)
        let rows = written(7, filling: Int32(1)) { sums in
            bytes.withUnsafeBufferPointer { rowSums($0, columns: 45, isSigned: isSigned, into: sums, kernels: kernels) }
        }
        var totals = [Int32](repeating: 0, count: 7)
        for (index, value) in counted.enumerated() { totals[index / 45] += value }
        #expect(rows == totals)
    }
}
