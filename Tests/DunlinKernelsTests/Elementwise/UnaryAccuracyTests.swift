import DunlinKernels
import Glibc
import Testing

/// Holds the vector functions against libm in FP64: dense samples of each function's range, and the edges.
@Suite struct UnaryAccuracyTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let function: UnaryFunction
        /// Largest error in units in the last place, and an absolute error that is always allowed: where terms of
        /// opposite sign cancel, or where a subnormal factor has few digits.
        let ulps: Double
        let absolute: Double
        let range: ClosedRange<Float>

        init(_ function: UnaryFunction, ulps: Double, absolute: Double = 0, _ range: ClosedRange<Float> = -20...20) {
            self.function = function
            self.ulps = ulps
            self.absolute = absolute
            self.range = range
        }

        var testDescription: String { "\(function.code) in \(range)" }
    }

    static let rows = [
        Row(.identity, ulps: 0), Row(.relu, ulps: 0), Row(.leakyRelu(slope: 0.1), ulps: 0.5),
        Row(.clip(lower: -1.5, upper: 3), ulps: 0), Row(.clip(lower: 3, upper: -1.5), ulps: 0),
        Row(UnaryFunction(.negate), ulps: 0), Row(UnaryFunction(.absolute), ulps: 0),
        Row(UnaryFunction(.squareRoot), ulps: 0.51, -1...1e30), Row(UnaryFunction(.reciprocal), ulps: 0.51),
        Row(UnaryFunction(.exponential), ulps: 1.5, -110...95), Row(UnaryFunction(.exponential), ulps: 1.5, -1...1),
        Row(UnaryFunction(.logarithm), ulps: 1.5, 0...3), Row(UnaryFunction(.logarithm), ulps: 1.5, -1...3e38),
        Row(.sigmoid, ulps: 3, -110...110), Row(.tanh, ulps: 3, -12...12), Row(.tanh, ulps: 3, -1...1),
        Row(.erf, ulps: 3, -5...5), Row(.erf, ulps: 3, -1...1),
        Row(.gelu, ulps: 4, absolute: 3e-7, -10...10), Row(.geluTanh, ulps: 4, absolute: 1e-7, -10...10),
        Row(.softplus, ulps: 3, -110...110), Row(.hardSigmoid(slope: 0.2, offset: 0.5), ulps: 1, absolute: 6e-8),
        Row(.hardSwish, ulps: 2, absolute: 2e-7), Row(.elu(scale: 1.3), ulps: 3),
        Row(.selu(alpha: 1.6732632, gamma: 1.0507010), ulps: 4), Row(.celu(alpha: 2), ulps: 3),
        Row(.silu, ulps: 4, absolute: 1e-36, -100...100), Row(.softsign, ulps: 1.5),
        Row(.mish, ulps: 6, absolute: 1e-36, -80...80),
        Row(.thresholdedRelu(threshold: 1), ulps: 0), Row(UnaryFunction(.floor), ulps: 0, -1e8...1e8),
        Row(UnaryFunction(.floor), ulps: 0, -4...4), Row(UnaryFunction(.ceil), ulps: 0, -4...4),
        Row(UnaryFunction(.round), ulps: 0, -4...4), Row(UnaryFunction(.sign), ulps: 0),
    ]

    @Test("stays within its stated accuracy", arguments: rows, KernelTable.all)
    func staysAccurate(row: Row, kernels: KernelTable) {
        var random = Random(1)
        let middle = (row.range.lowerBound + row.range.upperBound) / 2
        let half = (row.range.upperBound - row.range.lowerBound) / 2
        var inputs = random.floats(30_000).map { middle + half * $0 }
        inputs += stride(from: -8, through: 8, by: 0.125).map { Float($0) }
        inputs += Self.edges
        let outputs = apply(row.function, inputs, kernels)
        var worst = 0.0, worstInput: Float = 0
        for (x, y) in zip(inputs, outputs) {
            let expected = row.function(Double(x))
            if (Double(y) - expected).magnitude <= row.absolute { continue }
            let error = ulps(y, expected)
            if error > worst { (worst, worstInput) = (error, x) }
        }
        let expected = row.function(Double(worstInput))
        #expect(worst <= row.ulps, "at \(worstInput): \(apply(row.function, [worstInput], kernels)) for \(expected)")
    }

    /// Zeros, subnormals, the largest numbers, infinities and NaN.
    static let edges: [Float] = [
        0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 0x1p-133, -0x1p-133, .leastNormalMagnitude,
        -.leastNormalMagnitude, 1e-20, -1e-20, 1e20, -1e20, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
        .infinity, -.infinity, .nan, 88.722_83, 88.722_84, 88.73, -87.33, -87.34, -103.97, -103.98, -104, 0.5, -0.5,
    ]

    @Test("computes every code at every count, and nothing past it", arguments: KernelTable.all)
    func coversEveryCount(kernels: KernelTable) {
        for code in UnaryFunction.Code.allCases {
            let function = UnaryFunction(code, alpha: 0.5, beta: 2)
            for count in edgeCounts {
                var random = Random(count)
                let inputs = random.floats(count).map { $0 * 3 }
                let outputs = apply(function, inputs, kernels)
                for (x, y) in zip(inputs, outputs) {
                    let expected = function(Double(x))
                    #expect(
                        ulps(y, expected) <= 6 || (Double(y) - expected).magnitude < 2e-7,
                        "\(code) of \(x), \(count) elements")
                }
            }
        }
    }

    @Test("an element's result does not depend on its place", arguments: KernelTable.all)
    func isIndependentOfPlace(kernels: KernelTable) {
        for code in UnaryFunction.Code.allCases {
            let function = UnaryFunction(code, alpha: 0.5, beta: 2)
            let outputs = apply(function, [Float](repeating: 0.7, count: 53), kernels)
            #expect(Set(outputs.map(\.bitPattern)).count == 1, "\(code)")
        }
    }

    @Test("may run in place", arguments: KernelTable.all)
    func runsInPlace(kernels: KernelTable) {
        for count in edgeCounts {
            var random = Random(count)
            let inputs = random.floats(count)
            var values = inputs
            values.withUnsafeMutableBufferPointer {
                DunlinKernels.apply(
                    UnaryFunction(.exponential), to: UnsafeBufferPointer($0), into: $0, kernels: kernels)
            }
            #expect(values == apply(UnaryFunction(.exponential), inputs, kernels), "\(count) elements")
        }
    }

    @Test("FP64 is libm's")
    func computesDoubles() {
        let inputs = [-2.0, -0.5, 0, 0.5, 2]
        for code in UnaryFunction.Code.allCases {
            let function = UnaryFunction(code, alpha: 0.5, beta: 2)
            let outputs = written(inputs.count, filling: 9.0) { output in
                inputs.withUnsafeBufferPointer { DunlinKernels.apply(function, to: $0, into: output) }
            }
            for (x, y) in zip(inputs, outputs) { #expect(y == function(x) || (y.isNaN && function(x).isNaN)) }
        }
        #expect(UnaryFunction(.exponential)(1.0) == exp(1))
        #expect(UnaryFunction.gelu(-3.0) == -1.5 * erfc(3 * 0.5.squareRoot()))
    }

    private func apply(_ function: UnaryFunction, _ inputs: [Float], _ kernels: KernelTable) -> [Float] {
        written(inputs.count, filling: Float(12345)) { output in
            inputs.withUnsafeBufferPointer { DunlinKernels.apply(function, to: $0, into: output, kernels: kernels) }
        }
    }
}
