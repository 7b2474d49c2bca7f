/// Several matrices that were packed at load and multiply one left side, with their biases and activations. The left
/// side is packed once for all of them.
///
///     result[i][r, j] = activation[i](Σ a[r, p] · matrix[i][p, j] + bias[i][j])
package struct SharedProducts: Sendable {
    private let matrices: [PackedMatrix]
    private let columns: [Int]
    private let codes: [Int32]
    private let alphas: [Float]
    private let betas: [Float]
    /// All biases, one after the other.
    private let biases: AlignedFloats
    /// Where each bias begins; negative where there is none.
    private let biasOffsets: [Int]

    /// - Precondition: There is a matrix, all have equally many rows and are packed for the same instruction set, a bias
    ///   is empty or has an element for each column, activations are vectorised. Programmer error: traps.
    package init(_ matrices: [PackedMatrix], biases: [[Float]], activations: [UnaryFunction]) {
        precondition(
            !matrices.isEmpty && matrices.count == biases.count && matrices.count == activations.count,
            "SharedProducts: \(matrices.count) matrices, \(biases.count) biases, \(activations.count) activations")
        for (matrix, bias) in zip(matrices, biases) {
            precondition(
                matrix.rows == matrices[0].rows && matrix.kernels === matrices[0].kernels
                    && matrix.bf16?.weights.kernels === matrices[0].bf16?.weights.kernels,
                "SharedProducts: matrices of \(matrices[0].rows) and \(matrix.rows) rows")
            precondition(
                bias.isEmpty || bias.count == matrix.columns,
                "SharedProducts: a bias of \(bias.count) elements for \(matrix.columns) columns")
        }
        precondition(activations.allSatisfy(\.isVectorised), "SharedProducts: an activation cannot be fused")
        self.matrices = matrices
        columns = matrices.map(\.columns)
        codes = activations.map(\.code.rawValue)
        alphas = activations.map(\.alpha)
        betas = activations.map(\.beta)
        self.biases = AlignedFloats(count: biases.reduce(0) { $0 + $1.count })
        var offsets: [Int] = []
        var next = 0
        for bias in biases {
            offsets.append(bias.isEmpty ? -1 : next)
            for value in bias {
                self.biases.pointer[next] = value
                next += 1
            }
        }
        biasOffsets = offsets
    }

    /// Multiply-adds for one row of the left side.
    package var multiplyAddsPerRow: Int { depth * columns.reduce(0, +) }

    /// Rows of the matrices.
    package var depth: Int { matrices[0].rows }

    package var count: Int { matrices.count }

    /// Bytes that matrices and biases hold.
    package var byteCount: Int { matrices.reduce(biases.count * 4) { $0 + $1.byteCount } }

    /// Multiplies.
    ///
    /// - Parameters:
    ///   - m: Rows of `a` and of the results.
    ///   - a: FP32 `[m, depth]`, row-major, contiguous.
    ///   - threads: Who may share the work; the result does not depend on it.
    ///   - result: The memory of product i: FP32 `[m, columns of matrix i]`, row-major, contiguous; overlaps nothing.
    /// - Precondition: The buffers hold exactly these elements. Programmer error: traps, never throws.
    package func run(
        m: Int, a: UnsafeBufferPointer<Float>, threads: Threads = .one,
        result: (Int) -> UnsafeMutableBufferPointer<Float>
    ) {
        if matrices[0].bf16 != nil, m > 0, columns.allSatisfy({ $0 > 0 }) {
            runBF16(m, a, threads, result)
            return
        }
        // Few rows are bound by reading the matrices, which single products do better; so do threads that share columns.
        let parts = threads.count(for: m * multiplyAddsPerRow)
        guard m > 3, parts == 1 || m >= parts * 4 * matrices[0].kernels.tileSize(0), depth > 0,
            columns.allSatisfy({ $0 > 0 })
        else {
            for index in matrices.indices {
                gemm(
                    m: m, a: a, b: matrices[index],
                    bias: bias(index).map { UnsafeBufferPointer(start: $0, count: columns[index]) },
                    activation: UnaryFunction(
                        UnaryFunction.Code(rawValue: codes[index])!, alpha: alphas[index], beta: betas[index]),
                    c: result(index), threads: threads)
            }
            return
        }
        precondition(a.count == m * depth, "SharedProducts: \(a.count) elements are not \(m) rows of \(depth)")
        let kernels = matrices[0].kernels
        withUnsafeTemporaryAllocation(of: UnsafePointer<Float>.self, capacity: count) { right in
            withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>.self, capacity: count) { targets in
                withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: count) { offsets in
                    for index in matrices.indices {
                        let target = result(index)
                        precondition(
                            target.count == m * columns[index],
                            "SharedProducts: \(target.count) elements are not \(m) rows of \(columns[index])")
                        right.initializeElement(at: index, to: UnsafePointer(matrices[index].storage.pointer))
                        targets.initializeElement(at: index, to: target.baseAddress!)
                        offsets.initializeElement(at: index, to: bias(index))
                    }
                    threads.split(m, unit: kernels.tileSize(0), work: m * multiplyAddsPerRow) { rows in
                        run(
                            kernels, rows, a.baseAddress!, right.baseAddress!, targets.baseAddress!,
                            offsets.baseAddress!)
                    }
                }
            }
        }
    }

    private func run(
        _ kernels: KernelTable, _ rows: Range<Int>, _ a: UnsafePointer<Float>,
        _ right: UnsafePointer<UnsafePointer<Float>>,
        _ targets: UnsafePointer<UnsafeMutablePointer<Float>>, _ offsets: UnsafePointer<UnsafePointer<Float>?>
    ) {
        withThreadScratch(of: Float.self, count: kernels.gemmSharedScratch(rows.count, depth)) { scratch in
            kernels.gemmShared(
                count, rows.lowerBound, rows.count, depth, a, depth, right, columns, targets, offsets, codes, alphas,
                betas, scratch)
        }
    }

    private func runBF16(
        _ m: Int, _ a: UnsafeBufferPointer<Float>, _ threads: Threads,
        _ result: (Int) -> UnsafeMutableBufferPointer<Float>
    ) {
        precondition(a.count == m * depth, "SharedProducts: \(a.count) elements are not \(m) rows of \(depth)")
        withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>.self, capacity: count) { targets in
            for index in matrices.indices {
                let target = result(index)
                precondition(
                    target.count == m * columns[index],
                    "SharedProducts: \(target.count) elements are not \(m) rows of \(columns[index])")
                targets.initializeElement(at: index, to: target.baseAddress!)
            }
            let targets = UnsafeBufferPointer(targets)
            BF16Gemm.run(
                m: m, a: a.baseAddress ?? UnsafePointer(targets[0]), lda: depth, threads: threads, count: count
            ) {
                BF16Gemm.Result(
                    product: matrices[$0].bf16!, bias: bias($0),
                    activation: UnaryFunction(
                        UnaryFunction.Code(rawValue: codes[$0])!, alpha: alphas[$0], beta: betas[$0]),
                    accumulates: false, target: targets[$0], stride: columns[$0])
            }
        }
    }

    /// How the products are computed, for profiles.
    package var variant: String { matrices[0].variant }

    private func bias(_ index: Int) -> UnsafePointer<Float>? {
        biasOffsets[index] < 0 ? nil : UnsafePointer(biases.pointer + biasOffsets[index])
    }
}
