/// The height of the next tile when `remaining` rows are left: as equal as can be, at most `tileRows`.
@_transparent func tileHeight(_ remaining: Int) -> Int {
    let count = (remaining &+ tileRows &- 1) / tileRows
    return (remaining &+ count &- 1) / count
}

/// Rows of the largest tile (0) or columns of a panel (1): what a caller needs to size packed matrices.
package func tileSizeF32(_ axis: Int) -> Int { axis == 0 ? tileRows : tileColumns }

/// Packs the left side of a product into tiles: tile after tile, each [depth, rows of the tile].
///
/// `a[i, p]` is at `i · rowStride + p · depthStride`; every element is multiplied by `factor`.
package func packRowsF32(
    _ rows: Int, _ depth: Int, _ a: UnsafePointer<Float>, _ rowStride: Int, _ depthStride: Int, _ factor: Float,
    _ packed: UnsafeMutablePointer<Float>
) {
    var i = 0
    var target = packed
    while i < rows {
        let height = tileHeight(rows &- i)
        if factor == 1 && (depthStride == 1 || rowStride == 1) {
            let from = a + i &* rowStride
            if depthStride == 1 {
                turn(height, depth, from, rowStride, target, height)
            } else {
                copyRows(depth, height, from, depthStride, target, height)
            }
            target += height &* depth
            i &+= height
            continue
        }
        var r = 0
        while r < height {
            let row = a + (i &+ r) &* rowStride
            var to = target + r
            var p = 0
            while p < depth {
                to.pointee = row[p &* depthStride] * factor
                to += height
                p &+= 1
            }
            r &+= 1
        }
        target += height &* depth
        i &+= height
    }
}

/// Packs the right side of a product into panels: panel after panel, each [depth, tileColumns], zero-filled.
///
/// `b[p, j]` is at `p · ldb + j`, or at `j · ldb + p` when `isTransposed`.
package func packColumnsF32(
    _ depth: Int, _ columns: Int, _ b: UnsafePointer<Float>, _ ldb: Int, _ isTransposed: Bool,
    _ packed: UnsafeMutablePointer<Float>
) {
    var j = 0
    var target = packed
    while j < columns {
        let width = columns &- j < tileColumns ? columns &- j : tileColumns
        if isTransposed {
            var lane = 0
            while lane < tileColumns {
                var to = target + lane
                var p = 0
                if lane < width {
                    let row = b + (j &+ lane) &* ldb
                    while p < depth {
                        to.pointee = row[p]
                        to += tileColumns
                        p &+= 1
                    }
                } else {
                    while p < depth {
                        to.pointee = 0
                        to += tileColumns
                        p &+= 1
                    }
                }
                lane &+= 1
            }
        } else {
            var to = target, from = b + j
            var p = 0
            while p < depth {
                if width == tileColumns {
                    store(load(from, 0), to, 0)
                    store(load(from, laneCount), to, laneCount)
                } else {
                    var lane = 0
                    while lane < width { to[lane] = from[lane]; lane &+= 1 }
                    while lane < tileColumns { to[lane] = 0; lane &+= 1 }
                }
                from += ldb
                to += tileColumns
                p &+= 1
            }
        }
        target += tileColumns &* depth
        j &+= tileColumns
    }
}
