/// FP32 that `gemmSharedF32` needs as scratch.
package func gemmSharedScratchF32(_ rows: Int, _ depth: Int) -> Int {
    tileRows &* tileColumns &+ lesser(rows, rowBlock) &* lesser(depth, packedDepthBlock)
}

/// Several packed products of one left side, which is packed once: c[i] = activation(a · b[i] + bias[i]).
///
/// Computes `rows` rows from `firstRow` on. `columns` and `codes` (with `alphas` and `betas`) hold one element for each product. Row by row the results are those
/// of `gemmPackedF32` with more than three rows.
package func gemmSharedF32(
    _ count: Int, _ firstRow: Int, _ rows: Int, _ depth: Int, _ a: UnsafePointer<Float>, _ lda: Int,
    _ b: UnsafePointer<UnsafePointer<Float>>, _ columns: UnsafePointer<Int>,
    _ c: UnsafePointer<UnsafeMutablePointer<Float>>, _ biases: UnsafePointer<UnsafePointer<Float>?>,
    _ codes: UnsafePointer<Int32>, _ alphas: UnsafePointer<Float>, _ betas: UnsafePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
) {
    let packed = scratch + tileRows &* tileColumns
    let parts = (depth &+ packedDepthBlock &- 1) / packedDepthBlock
    let step = parts == 0 ? 0 : (depth &+ parts &- 1) / parts
    var p = 0
    while p < depth {
        let part = lesser(step, depth &- p)
        var i = 0
        while i < rows {
            let height = lesser(rowBlock, rows &- i)
            packRowsF32(height, part, a + ((firstRow &+ i) &* lda &+ p), lda, 1, 1, packed)
            var n = 0
            while n < count {
                gemmBlock(
                    height, columns[n], part, packed, part, 0, b[n], depth, p, c[n] + (firstRow &+ i) &* columns[n],
                    columns[n],
                    p > 0, false, scratch, p &+ part == depth, nil, biases[n], codes[n], alphas[n], betas[n])
                n &+= 1
            }
            i &+= height
        }
        p &+= part
    }
}
