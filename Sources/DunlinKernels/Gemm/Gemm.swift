/// Multiplies by a matrix that was packed at load, adds a bias and applies an activation.
///
///     c[i, j] = activation(Σ a[i, p] · b[p, j] + bias[j])                    accumulate: + the old c[i, j]
///
/// One row's result does not depend on how many rows are multiplied at once. Few rows may be multiplied without the rows
/// of `b` that meet only zeros: then a result of 0 may have either sign.
///
/// - Parameters:
///   - a: FP32 `[m, b.rows]`, row-major, rows `lda` elements apart.
///   - lda: Elements from one row of `a` to the next; `nil` for `b.rows`.
///   - m: Rows of `a` and `c`.
///   - bias: FP32 `[b.columns]`, or `nil` for zero.
///   - activation: Applied to each element at the end. Vectorised functions only.
///   - accumulate: Whether the old content of `c` is added to the sums.
///   - c: FP32 `[m, b.columns]`, row-major, rows `ldc` apart; may not overlap `a`.
///   - ldc: Elements from one row of `c` to the next; `nil` for `b.columns`.
///   - threads: Who may share the work; the result does not depend on it.
/// - Precondition: `a` and `c` hold the rows they are said to hold. Programmer error: traps, never throws.
package func gemm(
    m: Int, a: UnsafeBufferPointer<Float>, lda: Int? = nil, b: PackedMatrix, bias: UnsafeBufferPointer<Float>? = nil,
    activation: UnaryFunction = .identity, accumulate: Bool = false, c: UnsafeMutableBufferPointer<Float>,
    ldc: Int? = nil, threads: Threads = .one
) {
    let k = b.rows, n = b.columns
    let lda = lda ?? k, ldc = ldc ?? n
    checkMatrix("gemm: a", rows: m, columns: k, stride: lda, count: a.count)
    checkMatrix("gemm: c", rows: m, columns: n, stride: ldc, count: c.count)
    precondition(bias == nil || bias!.count == n, "gemm: bias has not \(n) elements")
    precondition(activation.isVectorised, "gemm: \(activation.code) cannot be fused")
    guard m > 0, n > 0, let target = c.baseAddress else { return }
    // A pointer that is never followed stands in for no elements.
    let source = a.baseAddress ?? UnsafePointer(target)
    let kernels = b.kernels
    if let bf16 = b.bf16 {
        let whole = BF16Gemm.Result(
            product: bf16, bias: bias?.baseAddress, activation: activation, accumulates: accumulate, target: target,
            stride: ldc)
        BF16Gemm.run(m: m, a: source, lda: lda, threads: threads, count: 1) { _ in whole }
        return
    }
    let skips = b.skipsZeros(rows: m)
    func multiply(_ rows: Range<Int>, _ columns: Range<Int>) {
        let scratchCount = (skips ? kernels.gemmSkippingScratch : kernels.gemmPackedScratch)(rows.count, k)
        withThreadScratch(of: Float.self, count: scratchCount) { scratch in
            (skips ? kernels.gemmSkipping : kernels.gemmPacked)(
                rows.count, columns.count, k, source + rows.lowerBound * lda, lda,
                b.storage.pointer + columns.lowerBound * k, target + rows.lowerBound * ldc + columns.lowerBound, ldc,
                accumulate, bias?.baseAddress.map { $0 + columns.lowerBound }, activation.code.rawValue,
                activation.alpha, activation.beta, scratch)
        }
    }
    let parts = threads.count(for: m * n * k)
    if parts == 1 {
        multiply(0..<m, 0..<n)
    } else if m >= parts * 4 * kernels.tileSize(0) {
        threads.split(m, unit: kernels.tileSize(0), work: m * n * k) { multiply($0, 0..<n) }
    } else {
        threads.split(n, unit: kernels.tileSize(1), work: m * n * k) { multiply(0..<m, $0) }
    }
}

/// Multiplies two matrices that are both known only now.
///
///     c[i, j] = alpha · Σ op(a)[i, p] · op(b)[p, j] + beta · c[i, j]
///
/// - Parameters:
///   - m: Rows of op(a) and c.
///   - n: Columns of op(b) and c.
///   - k: Columns of op(a), rows of op(b).
///   - a: FP32 `[m, k]`, or `[k, m]` when `isTransposedA`; row-major, rows `lda` apart (`nil`: contiguous).
///   - b: FP32 `[k, n]`, or `[n, k]` when `isTransposedB`; row-major, rows `ldb` apart (`nil`: contiguous).
///   - beta: With 0 the old content of `c` is not read.
///   - c: FP32 `[m, n]`, row-major, rows `ldc` apart (`nil`: contiguous); may not overlap `a` or `b`.
/// - Precondition: The buffers hold the rows they are said to hold. Programmer error: traps, never throws.
package func gemm(
    m: Int, n: Int, k: Int, alpha: Float = 1, a: UnsafeBufferPointer<Float>, lda: Int? = nil,
    isTransposedA: Bool = false, b: UnsafeBufferPointer<Float>, ldb: Int? = nil, isTransposedB: Bool = false,
    beta: Float = 0, c: UnsafeMutableBufferPointer<Float>, ldc: Int? = nil, kernels: KernelTable = .current
) {
    let lda = lda ?? (isTransposedA ? m : k), ldb = ldb ?? (isTransposedB ? k : n), ldc = ldc ?? n
    checkMatrix(
        "gemm: a", rows: isTransposedA ? k : m, columns: isTransposedA ? m : k, stride: lda, count: a.count)
    checkMatrix(
        "gemm: b", rows: isTransposedB ? n : k, columns: isTransposedB ? k : n, stride: ldb, count: b.count)
    checkMatrix("gemm: c", rows: m, columns: n, stride: ldc, count: c.count)
    guard m > 0, n > 0, let target = c.baseAddress else { return }
    if beta != 0 && beta != 1 { scaleRows(c, rows: m, columns: n, stride: ldc, by: beta, kernels: kernels) }
    let accumulates = beta != 0
    // Pointers that are never followed stand in for no elements.
    let left = a.baseAddress ?? UnsafePointer(target), right = b.baseAddress ?? UnsafePointer(target)
    let isRow = m == 1 && alpha == 1 && !isTransposedB && (!isTransposedA || lda == 1)
    let scratchCount = isRow ? kernels.tileSize(1) : kernels.gemmScratch(m, n, k)
    withThreadScratch(of: Float.self, count: scratchCount) { buffer in
        if isRow {
            // One row reads `b` once: there is nothing to gain from packing it.
            kernels.gemv(n, k, left, right, kernels.tileSize(1), ldb, target, accumulates, buffer)
        } else {
            kernels.gemm(
                m, n, k, alpha, left, lda, isTransposedA, right, ldb, isTransposedB, target, ldc, accumulates, buffer)
        }
    }
}

/// c[i, j] *= factor.
private func scaleRows(
    _ c: UnsafeMutableBufferPointer<Float>, rows: Int, columns: Int, stride: Int, by factor: Float,
    kernels: KernelTable
) {
    for i in 0..<rows {
        let row = c.baseAddress! + i * stride
        kernels.binaryScalar(BinaryFunction.multiply.rawValue, row, factor, row, columns, false)
    }
}

/// Traps unless `count` elements hold `rows` rows of `columns`, each `stride` after the one before.
func checkMatrix(_ name: StaticString, rows: Int, columns: Int, stride: Int, count: Int) {
    precondition(
        rows >= 0 && columns >= 0 && stride >= columns
            && (rows == 0 || columns == 0 || count >= (rows - 1) * stride + columns),
        "\(name): \(count) elements are not \(rows) rows of \(columns), \(stride) apart")
}
