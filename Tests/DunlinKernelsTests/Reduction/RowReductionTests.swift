import DunlinKernels
import Testing

@Suite struct RowReductionTests {
    @Test("reduces rows of every length", arguments: RowReduction.allCases, KernelTable.all)
    func reducesRows(reduction: RowReduction, kernels: KernelTable) {
        for columns in edgeCounts {
            let rows = 3
            var random = Random(columns)
            let input = random.floats(rows * columns).map { reduction == .product ? 1 + $0 / 8 : $0 }
            let output = reduce(reduction, input, rows, columns, kernels)
            for r in 0..<rows {
                let row = input[r * columns..<(r + 1) * columns].map(Double.init)
                let expected = row.withUnsafeBufferPointer { reduction($0) }
                let tolerance =
                    [.minimum, .maximum].contains(reduction)
                    ? 0 : 1e-6 * max(1, expected.magnitude) * (reduction == .product ? 10 : 1)
                #expect(
                    (Double(output[r]) - expected).magnitude <= tolerance || Double(output[r]) == expected
                        || (expected.isNaN && output[r].isNaN),
                    "\(columns) columns: \(output[r]) for \(expected)")
            }
        }
    }

    @Test("a NaN makes the extremes NaN wherever it is", arguments: [RowReduction.minimum, .maximum], KernelTable.all)
    func passesNaNOn(reduction: RowReduction, kernels: KernelTable) {
        for columns in [1, 5, 16, 70, 200] {
            for place in 0..<columns {
                var input = [Float](repeating: 1, count: columns)
                input[place] = .nan
                #expect(reduce(reduction, input, 1, columns, kernels)[0].isNaN, "at \(place) of \(columns)")
            }
        }
    }

    @Test("finds the first of the largest wherever it is", arguments: KernelTable.all)
    func findsArgMax(kernels: KernelTable) {
        for columns in [1, 5, 16, 17, 70, 200] {
            for place in 0..<columns {
                var input = [Float](repeating: -1, count: columns)
                input[place] = 2
                input[columns - 1] = 2
                #expect(argMax(input, columns, kernels) == [Int64(place)])
                input[place] = .nan
                #expect(argMax(input, columns, kernels) == [Int64(place)])
            }
        }
        #expect(argMax([1, 1, 0, 0, 3, 3], 2, kernels) == [0, 0, 0])
        #expect(argMax([-.infinity, -.infinity], 2, kernels) == [0])
        #expect(argMax([], 0, kernels) == [])
    }

    @Test("FP64 rows")
    func reducesDoubles() {
        let input = [1.0, 2, 3, 4, 5, 6]
        let output = written(2, filling: 0.5) { output in
            input.withUnsafeBufferPointer { reduceRows(.mean, $0, columns: 3, into: output) }
        }
        #expect(output == [2, 5])
    }

    private func reduce(
        _ reduction: RowReduction, _ input: [Float], _ rows: Int, _ columns: Int, _ kernels: KernelTable
    ) -> [Float] {
        written(rows, filling: Float(12345)) { output in
            input.withUnsafeBufferPointer {
                reduceRows(reduction, $0, columns: columns, into: output, kernels: kernels)
            }
        }
    }

    private func argMax(_ input: [Float], _ columns: Int, _ kernels: KernelTable) -> [Int64] {
        written(columns == 0 ? 0 : input.count / columns, filling: -7) { output in
            input.withUnsafeBufferPointer { argMaxRows($0, columns: columns, into: output, kernels: kernels) }
        }
    }
}
