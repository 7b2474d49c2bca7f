/// One row times a matrix: c[j] = (accumulates ? c[j] : 0) + Σ a[p] · b[p, j].
///
/// Bound by reading `b`. Column j of `b` is in panel j / tileColumns; panels are `panelStride` apart, and the rows
/// of a panel `rowStride`: this reads packed matrices and, with `panelStride` = tileColumns, plain ones, of which it
/// never touches a column past the last. `buffer` holds one tile's row.
package func gemvF32(
    _ columns: Int, _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ panelStride: Int,
    _ rowStride: Int, _ c: UnsafeMutablePointer<Float>, _ accumulates: Bool, _ buffer: UnsafeMutablePointer<Float>
) {
    var j = 0
    // Four panels at once, because the sums of one would wait for their own latency.
    while j &+ 4 &* tileColumns <= columns {
        let c = c + j
        var c0 = splat(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0
        if accumulates {
            c0 = load(c, 0)
            c1 = load(c, laneCount)
            c2 = load(c, 2 &* laneCount)
            c3 = load(c, 3 &* laneCount)
            c4 = load(c, 4 &* laneCount)
            c5 = load(c, 5 &* laneCount)
            c6 = load(c, 6 &* laneCount)
            c7 = load(c, 7 &* laneCount)
        }
        var b0 = b + j / tileColumns &* panelStride
        var b1 = b0 + panelStride, b2 = b1 + panelStride, b3 = b2 + panelStride
        var p = 0
        while p < depth {
            let x = splat(a[p])
            c0 = madd(x, load(b0, 0), c0)
            c1 = madd(x, load(b0, laneCount), c1)
            c2 = madd(x, load(b1, 0), c2)
            c3 = madd(x, load(b1, laneCount), c3)
            c4 = madd(x, load(b2, 0), c4)
            c5 = madd(x, load(b2, laneCount), c5)
            c6 = madd(x, load(b3, 0), c6)
            c7 = madd(x, load(b3, laneCount), c7)
            b0 += rowStride
            b1 += rowStride
            b2 += rowStride
            b3 += rowStride
            p &+= 1
        }
        store(c0, c, 0)
        store(c1, c, laneCount)
        store(c2, c, 2 &* laneCount)
        store(c3, c, 3 &* laneCount)
        store(c4, c, 4 &* laneCount)
        store(c5, c, 5 &* laneCount)
        store(c6, c, 6 &* laneCount)
        store(c7, c, 7 &* laneCount)
        j &+= 4 &* tileColumns
    }
    while j &+ tileColumns <= columns {
        gemvPanel(depth, a, b + j / tileColumns &* panelStride, rowStride, c + j, accumulates)
        j &+= tileColumns
    }
    if j < columns {
        let last = b + j / tileColumns &* panelStride, width = columns &- j
        if panelStride == tileColumns {
            // A plain matrix: nothing may be read past its last column.
            var k = j
            while k &+ laneCount <= columns {
                var sum = accumulates ? load(c, k) : splat(0)
                var from = last + (k &- j)
                var p = 0
                while p < depth {
                    sum = madd(splat(a[p]), load(from, 0), sum)
                    from += rowStride
                    p &+= 1
                }
                store(sum, c, k)
                k &+= laneCount
            }
            while k < columns {
                var sum: Float = accumulates ? c[k] : 0
                var p = 0
                while p < depth {
                    sum = madd(a[p], last[p &* rowStride &+ (k &- j)], sum)
                    p &+= 1
                }
                c[k] = sum
                k &+= 1
            }
        } else {
            var k = 0
            while k < tileColumns { buffer[k] = accumulates && k < width ? c[j &+ k] : 0; k &+= 1 }
            gemvPanel(depth, a, last, rowStride, buffer, accumulates)
            k = 0
            while k < width { c[j &+ k] = buffer[k]; k &+= 1 }
        }
    }
}

@inline(never) func gemvPanel(
    _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ rowStride: Int,
    _ c: UnsafeMutablePointer<Float>, _ accumulates: Bool
) {
    var c0 = splat(0), c1 = c0
    if accumulates {
        c0 = load(c, 0)
        c1 = load(c, laneCount)
    }
    var b = b
    var p = 0
    while p < depth {
        let x = splat(a[p])
        c0 = madd(x, load(b, 0), c0)
        c1 = madd(x, load(b, laneCount), c1)
        b += rowStride
        p &+= 1
    }
    store(c0, c, 0)
    store(c1, c, laneCount)
}
