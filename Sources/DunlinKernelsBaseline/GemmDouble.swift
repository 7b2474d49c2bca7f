#if DUNLIN_V4
    typealias DoubleLanes = SIMD8<Double>
#elseif DUNLIN_V3
    typealias DoubleLanes = SIMD4<Double>
#else
    typealias DoubleLanes = SIMD2<Double>
#endif

@_transparent func madd(_ a: DoubleLanes, _ b: DoubleLanes, _ c: DoubleLanes) -> DoubleLanes {
    #if DUNLIN_FMA || arch(arm64)
        return c.addingProduct(a, b)
    #else
        return a * b + c
    #endif
}

@_transparent func loadDouble(_ p: UnsafePointer<Double>) -> DoubleLanes {
    UnsafeRawPointer(p).loadUnaligned(as: DoubleLanes.self)
}

@_transparent func storeDouble(_ v: DoubleLanes, _ p: UnsafeMutablePointer<Double>) {
    UnsafeMutableRawPointer(p).storeBytes(of: v, as: DoubleLanes.self)
}

/// c = alpha · a · b + (accumulates ? c : 0) in FP64.
///
/// `a[i, p]` is at `i · rowStride + p · depthStride`, `b[p, j]` at `p · ldb + j`.
package func gemmF64(
    _ rows: Int, _ columns: Int, _ depth: Int, _ alpha: Double, _ a: UnsafePointer<Double>, _ rowStride: Int,
    _ depthStride: Int, _ b: UnsafePointer<Double>, _ ldb: Int, _ c: UnsafeMutablePointer<Double>, _ ldc: Int,
    _ accumulates: Bool
) {
    let lanes = MemoryLayout<DoubleLanes>.size / 8
    var i = 0
    while i < rows {
        let row = a + i &* rowStride, target = c + i &* ldc
        var j = 0
        while j &+ 4 &* lanes <= columns {
            var c0 = DoubleLanes(), c1 = c0, c2 = c0, c3 = c0
            var from = b + j
            var p = 0
            while p < depth {
                let x = DoubleLanes(repeating: row[p &* depthStride])
                c0 = madd(x, loadDouble(from), c0)
                c1 = madd(x, loadDouble(from + lanes), c1)
                c2 = madd(x, loadDouble(from + 2 &* lanes), c2)
                c3 = madd(x, loadDouble(from + 3 &* lanes), c3)
                from += ldb
                p &+= 1
            }
            let factor = DoubleLanes(repeating: alpha), to = target + j
            c0 *= factor
            c1 *= factor
            c2 *= factor
            c3 *= factor
            if accumulates {
                c0 += loadDouble(to)
                c1 += loadDouble(to + lanes)
                c2 += loadDouble(to + 2 &* lanes)
                c3 += loadDouble(to + 3 &* lanes)
            }
            storeDouble(c0, to)
            storeDouble(c1, to + lanes)
            storeDouble(c2, to + 2 &* lanes)
            storeDouble(c3, to + 3 &* lanes)
            j &+= 4 &* lanes
        }
        while j < columns {
            var sum = 0.0
            var p = 0
            while p < depth {
                sum += row[p &* depthStride] * b[p &* ldb &+ j]
                p &+= 1
            }
            target[j] = alpha * sum + (accumulates ? target[j] : 0)
            j &+= 1
        }
        i &+= 1
    }
}
