import DunlinKernels
import Testing

@Suite struct ConversionTests {
    @Test("every FP16 widens exactly and narrows back", arguments: KernelTable.all)
    func convertsEveryFP16(kernels: KernelTable) {
        let halves = (0...UInt16.max).map { $0 }
        let wide = written(halves.count, filling: Float(12345)) { output in
            halves.withUnsafeBufferPointer { widenFP16($0, into: output, kernels: kernels) }
        }
        let back = written(halves.count, filling: UInt16(7)) { output in
            wide.withUnsafeBufferPointer { narrowToFP16($0, into: output, kernels: kernels) }
        }
        let wrong = halves.indices.filter {
            let half = Float16(bitPattern: halves[$0])
            return half.isNaN
                ? !wide[$0].isNaN || !Float16(bitPattern: back[$0]).isNaN
                : wide[$0] != Float(half) || back[$0] != halves[$0]
        }
        #expect(wrong.isEmpty)
    }

    @Test("narrowing rounds to nearest, ties to even", arguments: KernelTable.all)
    func rounds(kernels: KernelTable) {
        let inputs: [Float] = [
            1, 1 + 0x1p-11, 1 + 0x1p-11 + 0x1p-20, 1 + 0x3p-11, 65504, 65519, 65520, 1e30, -1e30, 0x1p-24, 0x1p-25,
            0x1.8p-25, .infinity, -0.0,
        ]
        let halves: [UInt16] = [
            0x3C00, 0x3C00, 0x3C01, 0x3C02, 0x7BFF, 0x7BFF, 0x7C00, 0x7C00, 0xFC00, 1, 0, 1, 0x7C00, 0x8000,
        ]
        #expect(narrow(inputs, { narrowToFP16($0, into: $1, kernels: kernels) }) == halves)
        let others: [Float] = [1, 1 + 0x1p-8, 1 + 0x1p-8 + 0x1p-20, 1 + 0x3p-8, 3.4e38, .infinity, -0.0, 0x1p-133]
        let brains: [UInt16] = [0x3F80, 0x3F80, 0x3F81, 0x3F82, 0x7F80, 0x7F80, 0x8000, 1]
        #expect(narrow(others, { narrowToBF16($0, into: $1, kernels: kernels) }) == brains)
        let nans: [Float] = [.nan, Float(bitPattern: 0x7F80_0001), -.nan]
        for bits in narrow(nans, { narrowToBF16($0, into: $1, kernels: kernels) }) {
            #expect(Float(bitPattern: UInt32(bits) << 16).isNaN)
        }
    }

    @Test("BF16 widens exactly at every count", arguments: KernelTable.all)
    func widensBF16(kernels: KernelTable) {
        for count in edgeCounts {
            let input = (0..<count).map { UInt16(truncatingIfNeeded: $0 &* 40503) }
            let output = written(count, filling: Float(12345)) { output in
                input.withUnsafeBufferPointer { DunlinKernels.widenBF16($0, into: output, kernels: kernels) }
            }
            #expect(output.map(\.bitPattern) == input.map { UInt32($0) << 16 })
        }
    }

    @Test("floating point to integers saturates, cuts towards zero and makes NaN 0")
    func casts() {
        let inputs: [Float] = [1.9, -1.9, 127, 128, -128, -129, 1e30, -1e30, .infinity, -.infinity, .nan, -0.5]
        #expect(cast(inputs, to: Int8.self) == [1, -1, 127, 127, -128, -128, 127, -128, 127, -128, 0, 0])
        #expect(cast([-1, -0.5, 255, 256, .nan] as [Float], to: UInt8.self) == [0, 0, 255, 255, 0])
        #expect(
            cast([9.2e18, 9.3e18, -9.3e18] as [Double], to: Int64.self) == [9_200_000_000_000_000_000, .max, .min])
        #expect(cast([65504, .infinity, -.infinity] as [Float16], to: Int64.self) == [65504, .max, .min])
        #expect(cast([-1, 1.8e19, 1.9e19] as [Double], to: UInt64.self) == [0, 18_000_000_000_000_000_000, .max])
        let wide = written(2, filling: Float(0)) { output in
            [Int64.max, -3].withUnsafeBufferPointer { DunlinKernels.cast($0, into: output) }
        }
        #expect(wide == [0x1p63, -3])
        let narrow = written(2, filling: Int8(0)) { output in
            [Int32(300), -1].withUnsafeBufferPointer { DunlinKernels.cast($0, into: output) }
        }
        #expect(narrow == [44, -1])
    }

    @Test("transposes every element size", arguments: [1, 2, 4, 8], KernelTable.all)
    func transposes(byteCount: Int, kernels: KernelTable) {
        for (rows, columns) in [(0, 3), (1, 1), (1, 40), (3, 1), (3, 4), (3, 99), (33, 31), (64, 65), (7, 100)] {
            let input = (0..<(rows * columns * byteCount + 7) / 8).map { UInt64($0) &* 0x9E37_79B9_7F4A_7C15 }
            var output = [UInt64](repeating: 0, count: input.count)
            let count = rows * columns * byteCount
            input.withUnsafeBytes { source in
                output.withUnsafeMutableBytes { target in
                    transpose(
                        rows: rows, columns: columns, elementByteCount: byteCount,
                        UnsafeRawBufferPointer(rebasing: source[0..<count]),
                        into: UnsafeMutableRawBufferPointer(rebasing: target[0..<count]), kernels: kernels)
                    var isRight = true
                    for i in 0..<rows * columns {
                        for b in 0..<byteCount {
                            let from = i * byteCount + b
                            let to = (i % columns * rows + i / columns) * byteCount + b
                            isRight = isRight && source[from] == target[to]
                        }
                    }
                    #expect(isRight, "\(rows) x \(columns)")
                }
            }
        }
    }

    private func narrow(
        _ inputs: [Float], _ body: (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<UInt16>) -> Void
    ) -> [UInt16] {
        // Repeated, so that whole registers and a rest are both converted.
        let many = Array(repeatElement(inputs, count: 5).joined())
        let all = written(many.count, filling: UInt16(7)) { output in many.withUnsafeBufferPointer { body($0, output) }
        }
        for i in all.indices { #expect(all[i] == all[i % inputs.count]) }
        return Array(all.prefix(inputs.count))
    }

    private func cast<Source: BinaryFloatingPoint, Target: FixedWidthInteger>(
        _ inputs: [Source], to type: Target.Type
    ) -> [Target] where Source: BitwiseCopyable, Target: BitwiseCopyable {
        written(inputs.count, filling: 7) { output in
            inputs.withUnsafeBufferPointer { DunlinKernels.cast($0, into: output) }
        }
    }
}
