import DunlinKernels
import Glibc
import Testing

@Suite struct NormalizationTests {
    @Test("softmax rows are probabilities", arguments: KernelTable.all)
    func softmax(kernels: KernelTable) {
        for columns in edgeCounts where columns > 0 {
            var random = Random(columns)
            let input = random.floats(3 * columns).map { $0 * 20 + 50 }
            let output = run(input) { softmaxRows($0, columns: columns, into: $1, kernels: kernels) }
            let logarithms = run(input) { logSoftmaxRows($0, columns: columns, into: $1, kernels: kernels) }
            for r in 0..<3 {
                let row = input[r * columns..<(r + 1) * columns].map(Double.init)
                let most = row.max()!
                let sum = row.reduce(0) { $0 + exp($1 - most) }
                for c in 0..<columns {
                    let expected = exp(row[c] - most) / sum
                    // The difference to the largest is rounded before its exponential is taken.
                    let relative = 4e-7 + 0x1p-24 * (most - row[c])
                    #expect((Double(output[r * columns + c]) - expected).magnitude <= relative * expected + 1e-38)
                    let logarithm = row[c] - most - log(sum)
                    #expect(
                        (Double(logarithms[r * columns + c]) - logarithm).magnitude
                            <= 4e-7 * max(1, logarithm.magnitude))
                }
            }
        }
    }

    @Test("softmax of masked and huge scores", arguments: KernelTable.all)
    func softmaxEdges(kernels: KernelTable) {
        func softmax(_ row: [Float]) -> [Float] {
            run(row) { softmaxRows($0, columns: row.count, into: $1, kernels: kernels) }
        }
        #expect(softmax([-.infinity, 0, -.infinity]) == [0, 1, 0])
        #expect(softmax([3e38, -3e38]) == [1, 0])
        #expect(softmax([Float](repeating: 1e30, count: 4)) == [0.25, 0.25, 0.25, 0.25])
        #expect(softmax([0, .nan])[0].isNaN)
        #expect(softmax([-.infinity, -.infinity])[0].isNaN)
    }

    @Test("layer normalization of rows of every length", arguments: KernelTable.all)
    func layerNormalization(kernels: KernelTable) {
        for columns in edgeCounts where columns > 0 {
            var random = Random(columns)
            let rows = 3
            // A mean far from zero, where a variance from the squares would cancel.
            let input = random.floats(rows * columns).map { $0 + 100 }
            let scale = random.floats(columns), bias = random.floats(columns)
            for hasBias in [true, false] {
                var means = [Float](repeating: 0, count: rows), inverses = means
                let output = run(input) { input, output in
                    scale.withUnsafeBufferPointer { scale in
                        bias.withUnsafeBufferPointer { bias in
                            means.withUnsafeMutableBufferPointer { means in
                                inverses.withUnsafeMutableBufferPointer {
                                    DunlinKernels.layerNormalization(
                                        input, scale: scale, bias: hasBias ? bias : nil, epsilon: 1e-3, into: output,
                                        means: means, inverseDeviations: $0, kernels: kernels)
                                }
                            }
                        }
                    }
                }
                for r in 0..<rows {
                    let row = input[r * columns..<(r + 1) * columns].map(Double.init)
                    let mean = row.reduce(0, +) / Double(columns)
                    let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
                    let inverse = 1 / (variance + 1e-3).squareRoot()
                    #expect((Double(means[r]) - mean).magnitude < 1e-4)
                    #expect((Double(inverses[r]) - inverse).magnitude < 1e-4 * inverse)
                    for c in 0..<columns {
                        let expected = (row[c] - mean) * inverse * Double(scale[c]) + (hasBias ? Double(bias[c]) : 0)
                        #expect((Double(output[r * columns + c]) - expected).magnitude < 5e-4, "\(columns) columns")
                    }
                }
            }
        }
    }

    @Test("each channel has its scale and shift", arguments: KernelTable.all)
    func scalesChannels(kernels: KernelTable) {
        for spatial in edgeCounts where spatial > 0 && spatial < 200 {
            var random = Random(spatial)
            let input = random.floats(2 * 3 * spatial), scale = random.floats(3), shift = random.floats(3)
            for activation in [UnaryFunction.identity, .relu, .tanh] {
                let output = run(input) { input, output in
                    scale.withUnsafeBufferPointer { scale in
                        shift.withUnsafeBufferPointer {
                            scaleChannels(
                                input, spatialCount: spatial, scale: scale, shift: $0, activation: activation,
                                into: output, kernels: kernels)
                        }
                    }
                }
                for i in 0..<input.count {
                    let c = i / spatial % 3
                    let expected = activation(Double(input[i]) * Double(scale[c]) + Double(shift[c]))
                    #expect((Double(output[i]) - expected).magnitude < 3e-7)
                }
            }
        }
    }

    @Test("no rows are no work", arguments: KernelTable.all)
    func acceptsNothing(kernels: KernelTable) {
        #expect(run([]) { softmaxRows($0, columns: 0, into: $1, kernels: kernels) } == [])
        #expect(run([]) { logSoftmaxRows($0, columns: 5, into: $1, kernels: kernels) } == [])
    }

    /// The output, which must not depend on whether it is the input's own memory.
    private func run(
        _ input: [Float], _ body: (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void
    ) -> [Float] {
        let apart = written(input.count, filling: Float(12345)) { output in
            input.withUnsafeBufferPointer { body($0, output) }
        }
        var inPlace = input
        inPlace.withUnsafeMutableBufferPointer { body(UnsafeBufferPointer($0), $0) }
        #expect(inPlace.map(\.bitPattern) == apart.map(\.bitPattern))
        return apart
    }
}
