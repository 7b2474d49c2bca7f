/// Multiplies two FP64 matrices; parameters and rules are those of the FP32 form. Vectorised, but not tiled.
///
///     c[i, j] = alpha · Σ op(a)[i, p] · op(b)[p, j] + beta · c[i, j]
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
    guard m > 0, n > 0, let target = c.baseAddress else { return }
    for i in 0..<m where beta != 0 && beta != 1 {
        for j in 0..<n { target[i * ldc + j] *= beta }
    }
    // Pointers that are never followed stand in for no elements.
    let left = a.baseAddress ?? UnsafePointer(target), right = b.baseAddress ?? UnsafePointer(target)
    let rowStride = isTransposedA ? 1 : lda, depthStride = isTransposedA ? lda : 1
    guard isTransposedB else {
        kernels.gemmDouble(m, n, k, alpha, left, rowStride, depthStride, right, ldb, target, ldc, beta != 0)
        return
    }
    withThreadScratch(of: Double.self, count: n * k) { turned in
        for j in 0..<n {
            for p in 0..<k { turned[p * n + j] = right[j * ldb + p] }
        }
        kernels.gemmDouble(
            m, n, k, alpha, left, rowStride, depthStride, turned, n, target, ldc, beta != 0)
    }
}
