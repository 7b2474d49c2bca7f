import CDunlinKernels

/// Multiplies rows of 8-bit integers by a packed matrix.
///
///     c[i, j] = the element that `sums` makes of Σ a[i, p] · b[p, j]
///
/// One row's result does not depend on how many rows are multiplied at once.
///
/// - Parameters:
///   - m: Rows of `a` and `c`.
///   - a: `[m, b.rows]`, `lda` bytes from row to row. Elements count from 0; with `isSigned` they are INT8, of which
///     -128 is taken as from `sums`' zero point.
///   - left: For open sums.
///   - scratch: `quantizedGemmScratch` bytes.
///   - c: `[m, b.columns]`, contiguous, of the result's type; may not overlap `a`.
/// - Precondition: The buffers hold what they are said to hold. Programmer error: traps, never throws.
package func quantizedGemm(
    m: Int, a: UnsafeBufferPointer<UInt8>, lda: Int? = nil, isSigned: Bool = false, b: PackedBytes, sums: IntegerSums,
    left: IntegerSums.Left? = nil,
    scratch: UnsafeMutableRawBufferPointer, c: UnsafeMutableRawBufferPointer
) {
    let k = b.rows, n = b.columns, lda = lda ?? k
    precondition(
        m >= 0 && lda >= k && (m == 0 || k == 0 || a.count >= (m - 1) * lda + k),
        "quantizedGemm: a: \(a.count) bytes are not \(m) rows of \(k), \(lda) apart")
    let size = sums.result.elementByteCount
    precondition(c.count == m * n * size, "quantizedGemm: c: \(c.count) bytes are not \(m) x \(n) x \(size)")
    precondition(
        scratch.count >= quantizedGemmScratch(m: m, depth: k, columns: n, isSigned: isSigned),
        "quantizedGemm: scratch is too small"
    )
    guard m > 0, n > 0, let target = c.baseAddress else { return }
    let elements = b.kernels.elements
    // A pointer that is never followed stands in for no elements.
    let source = a.baseAddress ?? UnsafePointer(target.assumingMemoryBound(to: UInt8.self))
    let copies = isSigned || b.paddedRows != k
    let block = quantizedRowBlock(b.paddedRows)
    var rowSums: UnsafeMutablePointer<Int32>?
    var copy: UnsafeMutablePointer<UInt8>?
    var memory: UnsafeMutableRawPointer?
    if let base = scratch.baseAddress {
        let bytes = base.alignedUp(toMultipleOf: AlignedFloats.alignment)
        rowSums = bytes.assumingMemoryBound(to: Int32.self)
        memory = bytes + (m * 4 + 63) / 64 * 64
        copy = (bytes + (m * 4 + 63) / 64 * 64 + IntegerSums.scratchByteCount(columns: n)).assumingMemoryBound(
            to: UInt8.self)
    }
    var row = 0
    while row < m {
        let rows = min(block, m - row)
        var rowsOfA = source + row * lda
        var stride = lda
        if copies, let copy {
            // What lies beyond the row meets zeros on the right side.
            elements.copyRows(rows, k, rowsOfA, lda, isSigned ? 0x80 : 0, copy, b.paddedRows)
            (rowsOfA, stride) = (UnsafePointer(copy), b.paddedRows)
        }
        if sums.needsRowSums, let rowSums { elements.rowSums(rows, k, rowsOfA, stride, 0, rowSums) }
        sums.withKernelForm(rowSums: rowSums, left: left, b.kernels, memory: memory) { form in
            b.kernels.product(
                rows, n, b.paddedRows / 4, rowsOfA, stride,
                UnsafeRawPointer(b.storage.pointer).assumingMemoryBound(to: Int8.self),
                target + row * n * size, n, &form)
        }
        row += rows
    }
}

/// Bytes of working memory that `quantizedGemm` needs for `m` rows of `depth` elements and `columns` columns.
package func quantizedGemmScratch(m: Int, depth: Int, columns: Int, isSigned: Bool) -> Int {
    let padded = (depth + 3) / 4 * 4
    let copies = isSigned || padded != depth
    return 128 + (m * 4 + 63) / 64 * 64 + IntegerSums.scratchByteCount(columns: columns)
        + (copies ? min(m, quantizedRowBlock(padded)) * padded : 0)
}

/// Rows of the left side that are copied at once: about half a second-level cache.
func quantizedRowBlock(_ byteCount: Int) -> Int { max(1, (192 << 10) / max(byteCount, 1) / 14) * 14 }
