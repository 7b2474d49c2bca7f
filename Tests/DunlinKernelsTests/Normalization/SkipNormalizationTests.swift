import DunlinKernels
import Testing

@Suite struct SkipNormalizationTests {
    @Test("rows are divided by the root of the mean of their squares", arguments: KernelTable.all)
    func rms(kernels: KernelTable) {
        for columns in edgeCounts where columns > 0 {
            var random = Random(columns)
            let input = random.floats(3 * columns), scale = random.floats(columns)
            let output = written(input.count, filling: Float(12345)) { output in
                input.withUnsafeBufferPointer { input in
                    scale.withUnsafeBufferPointer {
                        rmsNormalization(input, scale: $0, epsilon: 1e-3, into: output, kernels: kernels)
                    }
                }
            }
            for r in 0..<3 {
                let row = input[r * columns..<(r + 1) * columns].map(Double.init)
                let root = (row.reduce(0) { $0 + $1 * $1 } / Double(columns) + 1e-3).squareRoot()
                for c in 0..<columns {
                    let expected = row[c] / root * Double(scale[c])
                    #expect((Double(output[r * columns + c]) - expected).magnitude < 2e-6)
                }
            }
        }
    }

    @Test("is the sum, then the normalization of its rows", arguments: KernelTable.all)
    func skip(kernels: KernelTable) {
        for columns in [1, 15, 16, 17, 64, 384] {
            for skipRows in [1, 2, 6] {
                for hasAll in [false, true] {
                    for isSimplified in [false, true] {
                        check(columns, skipRows, hasAll, isSimplified, kernels)
                    }
                }
            }
        }
    }

    /// Six rows, with or without bias, shift and the sum as a result.
    private func check(_ columns: Int, _ skipRows: Int, _ hasAll: Bool, _ isSimplified: Bool, _ kernels: KernelTable) {
        var random = Random(columns + skipRows)
        let input = random.floats(6 * columns), skip = random.floats(skipRows * columns)
        let bias = random.floats(columns), scale = random.floats(columns), shift = random.floats(columns)
        var sum = [Float](repeating: 0, count: input.count), output = sum, expected = sum
        var total = input.indices.map { input[$0] + skip[$0 % skip.count] }
        if hasAll { total = total.indices.map { total[$0] + bias[$0 % columns] } }
        withBuffers([input, skip, bias, scale, shift, total]) { buffers in
            let shift = hasAll && !isSimplified ? buffers[4] : nil
            sum.withUnsafeMutableBufferPointer { sum in
                output.withUnsafeMutableBufferPointer {
                    skipNormalization(
                        buffers[0], skip: buffers[1], bias: hasAll ? buffers[2] : nil, scale: buffers[3], shift: shift,
                        epsilon: 1e-5, isSimplified: isSimplified, into: $0, sum: hasAll ? sum : nil, kernels: kernels)
                }
            }
            expected.withUnsafeMutableBufferPointer {
                if isSimplified {
                    rmsNormalization(buffers[5], scale: buffers[3], epsilon: 1e-5, into: $0, kernels: kernels)
                } else {
                    layerNormalization(
                        buffers[5], scale: buffers[3], bias: shift, epsilon: 1e-5, into: $0, kernels: kernels)
                }
            }
        }
        #expect(output == expected)
        #expect(!hasAll || sum == total)
    }

    private func withBuffers(_ arrays: [[Float]], _ body: ([UnsafeBufferPointer<Float>]) -> Void) {
        let buffers = arrays.map { array in
            let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: array.count)
            _ = copy.initialize(from: array)
            return UnsafeBufferPointer(copy)
        }
        body(buffers)
        for buffer in buffers { buffer.deallocate() }
    }
}
