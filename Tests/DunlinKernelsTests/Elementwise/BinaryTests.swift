import DunlinKernels
import Testing

@Suite struct BinaryTests {
    @Test("computes each pair at every count", arguments: BinaryFunction.allCases, KernelTable.all)
    func computesPairs(function: BinaryFunction, kernels: KernelTable) {
        for count in edgeCounts {
            var random = Random(count)
            let lhs = Self.withEdges(random.floats(count)), rhs = Self.withEdges(random.floats(count).reversed())
            let outputs = apply(function, lhs, rhs, count, kernels)
            for i in 0..<count { expect(function, lhs[i], rhs[i], outputs[i]) }
        }
    }

    @Test("repeats one number on either side", arguments: BinaryFunction.allCases, KernelTable.all)
    func repeatsANumber(function: BinaryFunction, kernels: KernelTable) {
        for count in edgeCounts where count > 0 {
            var random = Random(count)
            let values = Self.withEdges(random.floats(count))
            for number: Float in [0.75, -1.5] {
                let right = apply(function, values, [number], count, kernels)
                let left = apply(function, [number], values, count, kernels)
                for i in 0..<count {
                    expect(function, values[i], number, right[i])
                    expect(function, number, values[i], left[i])
                }
            }
        }
    }

    @Test("repeats a row or a column", arguments: BinaryFunction.allCases, KernelTable.all)
    func repeatsRowsAndColumns(function: BinaryFunction, kernels: KernelTable) {
        for (rows, columns) in [(1, 1), (3, 5), (5, 17), (2, 64), (7, 1), (0, 4)] {
            var random = Random(rows * columns)
            let matrix = random.floats(rows * columns), row = random.floats(columns), column = random.floats(rows)
            for isReversed in [false, true] {
                let byRow = written(matrix.count, filling: Float(12345)) { output in
                    matrix.withUnsafeBufferPointer { matrix in
                        row.withUnsafeBufferPointer {
                            applyByRow(
                                function, matrix: matrix, row: $0, isReversed: isReversed, into: output,
                                kernels: kernels)
                        }
                    }
                }
                let byColumn = written(matrix.count, filling: Float(12345)) { output in
                    matrix.withUnsafeBufferPointer { matrix in
                        column.withUnsafeBufferPointer {
                            applyByColumn(
                                function, matrix: matrix, column: $0, isReversed: isReversed, into: output,
                                kernels: kernels)
                        }
                    }
                }
                for i in 0..<matrix.count {
                    let r = row[i % columns], c = column[i / columns]
                    expect(function, isReversed ? r : matrix[i], isReversed ? matrix[i] : r, byRow[i])
                    expect(function, isReversed ? c : matrix[i], isReversed ? matrix[i] : c, byColumn[i])
                }
            }
        }
    }

    @Test("may run in place on either side", arguments: KernelTable.all)
    func runsInPlace(kernels: KernelTable) {
        for count in edgeCounts {
            var random = Random(count)
            let lhs = random.floats(count), rhs = random.floats(count)
            let expected = zip(lhs, rhs).map { $0 - $1 }
            var left = lhs, right = rhs
            left.withUnsafeMutableBufferPointer { left in
                rhs.withUnsafeBufferPointer {
                    DunlinKernels.apply(.subtract, UnsafeBufferPointer(left), $0, into: left, kernels: kernels)
                }
            }
            right.withUnsafeMutableBufferPointer { right in
                lhs.withUnsafeBufferPointer {
                    DunlinKernels.apply(.subtract, $0, UnsafeBufferPointer(right), into: right, kernels: kernels)
                }
            }
            #expect(left == expected)
            #expect(right == expected)
        }
    }

    @Test("knows both remainders and NaN", arguments: KernelTable.all)
    func knowsRemainders(kernels: KernelTable) {
        #expect(apply(.truncatedRemainder, [-5, 5, -5], [3, -3, -3], 3, kernels) == [-2, 2, -2])
        #expect(apply(.flooredRemainder, [-5, 5, -5], [3, -3, -3], 3, kernels) == [1, -1, -2])
        for function in [BinaryFunction.minimum, .maximum] {
            let outputs = apply(function, [.nan, 1], [1, .nan], 2, kernels)
            #expect(outputs[0].isNaN && outputs[1].isNaN)
        }
    }

    static func withEdges(_ values: [Float]) -> [Float] {
        let edges: [Float] = [0, -0.0, .infinity, -.infinity, .nan, 1e38, -1e38, 0x1p-133]
        return values.enumerated().map { $0 % 5 == 4 ? edges[$0 / 5 % edges.count] : $1 }
    }

    private func expect(_ function: BinaryFunction, _ x: Float, _ y: Float, _ result: Float) {
        // FP64 does not overflow where FP32 does, but rounds to the same infinity.
        let expected = function(Double(x), Double(y))
        let allowed = function == .power ? 1 : function == .squaredDifference ? 2 : 0.51
        #expect(ulps(result, expected) <= allowed, "\(function) of \(x) and \(y) is \(expected), not \(result)")
    }

    private func apply(
        _ function: BinaryFunction, _ lhs: [Float], _ rhs: [Float], _ count: Int, _ kernels: KernelTable
    ) -> [Float] {
        written(count, filling: Float(12345)) { output in
            lhs.withUnsafeBufferPointer { l in
                rhs.withUnsafeBufferPointer { DunlinKernels.apply(function, l, $0, into: output, kernels: kernels) }
            }
        }
    }
}
