import CDunlinKernels

/// The product of FP32 rows with BF16 weights: the rows are rounded block by block, as many as fit the cache.
struct BF16Gemm {
    /// Rows and columns of the right side.
    let depth, columns: Int
    let weights: BF16Weights
    private let kernels: KernelTable

    /// BF16 of the left side that are rounded at once: a quarter of a second-level cache of 1 MiB.
    private static let mostElements = 1 << 17
    /// The most columns that a kernel takes at once: pieces of a product are multiples.
    private static let pieceColumns = 128
    /// The tallest tile.
    static let tileRows = 14

    init(
        rows: Int, columns: Int, elements: UnsafeBufferPointer<Float>, isTransposed: Bool, bf16: BF16Kernels,
        kernels: KernelTable
    ) {
        depth = rows
        self.columns = columns
        self.kernels = kernels
        weights = BF16Weights(
            taps: 1, depth: rows, columns: columns, source: elements.baseAddress,
            strides: isTransposed ? (0, 1, rows) : (0, columns, 1), kernels: bf16)
    }

    /// Where one of several products of the same left side goes.
    struct Result {
        let product: BF16Gemm
        let bias: UnsafePointer<Float>?
        let activation: UnaryFunction
        let accumulates: Bool
        let target: UnsafeMutablePointer<Float>
        let stride: Int
    }

    /// Multiplies one left side by some matrices of equally many rows.
    ///
    /// - Parameters:
    ///   - m: Rows of `a` and the results; more than 0.
    ///   - a: FP32 `[m, depth]`, rows `lda` elements apart.
    ///   - result: Where product `index` goes.
    static func run(
        m: Int, a: UnsafePointer<Float>, lda: Int, threads: Threads, count: Int, result: (Int) -> Result
    ) {
        let first = result(0).product
        var columns = 0
        for index in 0..<count { columns += result(index).product.columns }
        let work = m * first.depth * columns, parts = threads.count(for: work)
        if parts == 1 || m >= parts * 4 * tileRows {
            threads.split(m, unit: tileRows, work: work) { rows in
                run(rows, first.depth, first.weights.kernels, a, lda) { row, height, narrowed in
                    for index in 0..<count {
                        let result = result(index)
                        result.product.multiply(row, height, 0..<result.product.columns, narrowed, result)
                    }
                }
            }
            return
        }
        // Few rows: each thread rounds them and multiplies some panels of each matrix.
        for index in 0..<count {
            let result = result(index)
            threads.split(result.product.columns, unit: BF16Weights.panel, work: work / count) { columns in
                run(0..<m, first.depth, first.weights.kernels, a, lda) { row, height, narrowed in
                    result.product.multiply(row, height, columns, narrowed, result)
                }
            }
        }
    }

    /// Calls `body` with each block of rows, rounded: the first row, how many, and where they are.
    private static func run(
        _ rows: Range<Int>, _ depth: Int, _ bf16: BF16Kernels, _ a: UnsafePointer<Float>, _ lda: Int,
        _ body: (Int, Int, UnsafePointer<UInt16>) -> Void
    ) {
        let padded = BF16Weights.paddedDepth(depth)
        let block = min(rows.count, max(1, mostElements / max(padded, 1) / tileRows) * tileRows)
        withThreadScratch(of: UInt16.self, count: block * padded) { narrowed in
            var row = rows.lowerBound
            while row < rows.upperBound {
                let height = min(block, rows.upperBound - row)
                bf16.narrowRows(height, depth, padded, a + row * lda, lda, narrowed, padded)
                body(row, height, narrowed)
                row += height
            }
        }
    }

    /// Some columns of one result. Activations that are more than bounds follow piece by piece, while the sums are in the
    /// cache.
    private func multiply(
        _ row: Int, _ height: Int, _ range: Range<Int>, _ a: UnsafePointer<UInt16>, _ result: Result
    ) {
        guard result.activation.bounds == nil else { return multiplyPiece(row, height, range, a, result) }
        let step = max(1, Self.mostElements / 4 / height / Self.pieceColumns) * Self.pieceColumns
        var column = range.lowerBound
        while column < range.upperBound {
            let piece = column..<min(column + step, range.upperBound)
            multiplyPiece(row, height, piece, a, result)
            for i in 0..<height {
                let line = result.target + (row + i) * result.stride + column
                kernels.unary(
                    result.activation.code.rawValue, line, line, piece.count, result.activation.alpha,
                    result.activation.beta)
            }
            column = piece.upperBound
        }
    }

    private func multiplyPiece(
        _ row: Int, _ height: Int, _ range: Range<Int>, _ a: UnsafePointer<UInt16>, _ result: Result
    ) {
        let padded = BF16Weights.paddedDepth(depth), bounds = result.activation.bounds
        let target = result.target + row * result.stride + range.lowerBound
        var offset = 0
        withUnsafePointer(to: &offset) { offset in
            var product = dk_bf16_product(
                rows: height, columns: range.count, a: a, run: height, skip: 0, step: padded, taps: 1,
                depth: (depth + 1) / 2 * 2, offsets: offset,
                b: weights.pointer + range.lowerBound / BF16Weights.panel * weights.panelCount, c: target,
                row_stride: result.stride, panel_stride: BF16Weights.panel,
                bias: result.bias.map { $0 + range.lowerBound }, add: result.accumulates ? UnsafePointer(target) : nil,
                low: bounds?.low ?? -.infinity, high: bounds?.high ?? .infinity)
            weights.kernels.multiply(&product)
        }
    }
}
