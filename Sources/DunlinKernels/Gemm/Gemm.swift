/// Multiplies by a matrix that was packed at load, adds a bias and applies an activation.
///
///     c[i, j] = activation(Σ a[i, p] · b[p, j] + bias[j])                    accumulate: + the old c[i, j]
///
/// One row's result does not depend on how many rows are multiplied at once.
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
/// - Precondition: `a` and `c` hold the rows they are said to hold. Programmer error: traps, never throws.
package func gemm(
    m: Int, a: UnsafeBufferPointer<Float>, lda: Int? = nil, b: PackedMatrix, bias: UnsafeBufferPointer<Float>? = nil,
    activation: UnaryFunction = .identity, accumulate: Bool = false, c: UnsafeMutableBufferPointer<Float>,
    ldc: Int? = nil
) {
    let k = b.rows, n = b.columns
    let lda = lda ?? k, ldc = ldc ?? n
    checkMatrix("gemm: a", rows: m, columns: k, stride: lda, count: a.count)
    checkMatrix("gemm: c", rows: m, columns: n, stride: ldc, count: c.count)
    precondition(bias == nil || bias!.count == n, "gemm: bias has not \(n) elements")
    for i in 0..<m {
        for j in 0..<n {
            var sum: Float = accumulate ? c[i * ldc + j] : 0
            for p in 0..<k { sum += a[i * lda + p] * b.storage.pointer[p * n + j] }
            c[i * ldc + j] = sum + (bias?[j] ?? 0)
        }
        let row = UnsafeMutableBufferPointer(rebasing: c[i * ldc..<i * ldc + n])
        apply(activation, to: UnsafeBufferPointer(row), into: row, kernels: b.kernels)
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
    for i in 0..<m {
        for j in 0..<n {
            var sum: Float = 0
            for p in 0..<k {
                sum +=
                    (isTransposedA ? a[p * lda + i] : a[i * lda + p])
                    * (isTransposedB ? b[j * ldb + p] : b[p * ldb + j])
            }
            c[i * ldc + j] = alpha * sum + (beta == 0 ? 0 : beta * c[i * ldc + j])
        }
    }
}

/// The same in FP64. Simple loops over rows of `b`; not tiled.
package func gemm(
    m: Int, n: Int, k: Int, alpha: Double = 1, a: UnsafeBufferPointer<Double>, lda: Int? = nil,
    isTransposedA: Bool = false, b: UnsafeBufferPointer<Double>, ldb: Int? = nil, isTransposedB: Bool = false,
    beta: Double = 0, c: UnsafeMutableBufferPointer<Double>, ldc: Int? = nil, kernels: KernelTable = .current
) {
    let lda = lda ?? (isTransposedA ? m : k), ldb = ldb ?? (isTransposedB ? k : n), ldc = ldc ?? n
    checkMatrix(
        "gemm: a", rows: isTransposedA ? k : m, columns: isTransposedA ? m : k, stride: lda, count: a.count)
    checkMatrix(
        "gemm: b", rows: isTransposedB ? n : k, columns: isTransposedB ? k : n, stride: ldb, count: b.count)
    checkMatrix("gemm: c", rows: m, columns: n, stride: ldc, count: c.count)
    for i in 0..<m {
        for j in 0..<n {
            var sum = 0.0
            for p in 0..<k {
                sum +=
                    (isTransposedA ? a[p * lda + i] : a[i * lda + p])
                    * (isTransposedB ? b[j * ldb + p] : b[p * ldb + j])
            }
            c[i * ldc + j] = alpha * sum + (beta == 0 ? 0 : beta * c[i * ldc + j])
        }
    }
}

/// Traps unless `count` elements hold `rows` rows of `columns`, each `stride` after the one before.
func checkMatrix(_ name: StaticString, rows: Int, columns: Int, stride: Int, count: Int) {
    precondition(
        rows >= 0 && columns >= 0 && stride >= columns
            && (rows == 0 || columns == 0 || count >= (rows - 1) * stride + columns),
        "\(name): \(count) elements are not \(rows) rows of \(columns), \(stride) apart")
}
