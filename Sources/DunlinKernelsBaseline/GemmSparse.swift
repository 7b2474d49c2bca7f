// Products of few rows, many of whose elements are 0 (images, what ReLU leaves), by a packed matrix: the matrix's rows
// that meet nothing but zeros are not read. The sums are those of all rows, as long as the matrix is finite; only a
// sum's zero may have the other sign.

/// Rows of the largest product that looks for zeros.
package func sparseRowLimitF32() -> Int { 64 }

/// FP32 that `gemmSkippingF32` needs as scratch for `rows` rows of depth `depth`.
package func gemmSkippingScratchF32(_ rows: Int, _ depth: Int) -> Int {
    let part = rows < 4 ? depth : lesser(depth, packedDepthBlock)
    return gemmPackedScratchF32(rows, depth) &+ part &+ (rows &+ tileRows &- 1) / tileRows &* (part &+ 1)
}

/// `gemmPackedF32` for at most `sparseRowLimitF32` rows and finite elements of `b`.
package func gemmSkippingF32(
    _ rows: Int, _ columns: Int, _ depth: Int, _ a: UnsafePointer<Float>, _ lda: Int, _ b: UnsafePointer<Float>,
    _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ bias: UnsafePointer<Float>?, _ code: Int32,
    _ alpha: Float, _ beta: Float, _ scratch: UnsafeMutablePointer<Float>
) {
    let packed = scratch + tileRows &* tileColumns
    if rows == 1 {
        let offsets = UnsafeMutableRawPointer(packed + depth).assumingMemoryBound(to: Int32.self)
        let count = squeezeRow(depth, a, packed, offsets)
        // A row that is nearly full is read faster straight on.
        if count &* 8 > depth &* 7 {
            gemvF32(columns, depth, a, b, tileColumns &* depth, tileColumns, c, accumulates, scratch)
        } else {
            gemvSparse(columns, count, packed, offsets, b, tileColumns &* depth, c, accumulates, scratch)
        }
        finish(1, columns, c, ldc, nil, bias, code, alpha, beta)
        return
    }
    let parts = rows < 4 ? 1 : (depth &+ packedDepthBlock &- 1) / packedDepthBlock
    let step = (depth &+ parts &- 1) / parts
    let marks = UnsafeMutableRawPointer(packed + rows &* step).assumingMemoryBound(to: Int32.self)
    let lists = marks + step
    var p = 0
    while p < depth {
        let part = lesser(step, depth &- p), isLast = p &+ part == depth
        packRowsF32(rows, part, a + p, lda, 1, 1, packed)
        if listDepths(rows, part, a + p, lda, marks, lists) {
            squeezeRows(rows, part, lists, packed)
            sparseBlock(
                rows, columns, part, packed, lists, b + p &* tileColumns, depth, c, ldc, accumulates || p > 0, scratch,
                isLast, bias, code, alpha, beta)
        } else {
            gemmBlock(
                rows, columns, part, packed, part, 0, b, depth, p, c, ldc, accumulates || p > 0, false, scratch,
                isLast, nil, bias, code, alpha, beta)
        }
        p &+= part
    }
}

/// The row's elements that are not 0, and where the rows of a panel begin that they meet; returns how many.
@inline(never) func squeezeRow(
    _ depth: Int, _ a: UnsafePointer<Float>, _ values: UnsafeMutablePointer<Float>,
    _ offsets: UnsafeMutablePointer<Int32>
) -> Int {
    var count = 0, p = 0
    while p < depth {
        let x = a[p]
        values[count] = x
        offsets[count] = Int32(truncatingIfNeeded: p &* tileColumns)
        count &+= x != 0 ? 1 : 0
        p &+= 1
    }
    return count
}

/// For each tile of rows a list: how many columns of it are not all 0, and where the rows of a panel begin that these
/// meet. False when so few are left out that it does not pay.
@inline(never) func listDepths(
    _ rows: Int, _ depth: Int, _ a: UnsafePointer<Float>, _ lda: Int, _ marks: UnsafeMutablePointer<Int32>,
    _ lists: UnsafeMutablePointer<Int32>
) -> Bool {
    var i = 0, total = 0, kept = 0
    var list = lists
    while i < rows {
        let height = tileHeight(rows &- i)
        markDepths(height, depth, a + i &* lda, lda, marks)
        let offsets = list + 1
        var count = 0, p = 0
        while p < depth {
            offsets[count] = Int32(truncatingIfNeeded: p &* tileColumns)
            // The sign of a zero does not count.
            count &+= marks[p] & 0x7FFF_FFFF != 0 ? 1 : 0
            p &+= 1
        }
        list.pointee = Int32(truncatingIfNeeded: count)
        kept &+= count
        total &+= depth
        list += depth &+ 1
        i &+= height
    }
    return kept &* 16 <= total &* 15
}

/// The bits that are set in any of a column's elements.
@_transparent func markDepths(
    _ height: Int, _ depth: Int, _ a: UnsafePointer<Float>, _ lda: Int, _ marks: UnsafeMutablePointer<Int32>
) {
    var p = 0
    while p &+ laneCount <= depth {
        var bits = unsafeBitCast(load(a, p), to: LaneBits.self)
        var r = 1
        while r < height {
            bits = bits | unsafeBitCast(load(a + r &* lda, p), to: LaneBits.self)
            r &+= 1
        }
        UnsafeMutableRawPointer(marks + p).storeBytes(of: bits, as: LaneBits.self)
        p &+= laneCount
    }
    while p < depth {
        var bits: UInt32 = 0
        var r = 0
        while r < height {
            bits |= a[r &* lda &+ p].bitPattern
            r &+= 1
        }
        marks[p] = Int32(bitPattern: bits)
        p &+= 1
    }
}

/// Moves the columns of packed tiles that are on the lists to the front.
@inline(never) func squeezeRows(
    _ rows: Int, _ depth: Int, _ lists: UnsafePointer<Int32>, _ packed: UnsafeMutablePointer<Float>
) {
    var i = 0
    var list = lists, tile = packed
    while i < rows {
        let height = tileHeight(rows &- i), count = Int(list.pointee), offsets = list + 1
        var p = 0
        // What stands before the first gap stays.
        while p < count && Int(offsets[p]) == p &* tileColumns { p &+= 1 }
        while p < count {
            let from = tile + Int(offsets[p]) / tileColumns &* height, to = tile + p &* height
            if height >= 4 {
                var r = 0
                while r &+ 4 < height {
                    storeFour(loadFour(from + r), to + r)
                    r &+= 4
                }
                storeFour(loadFour(from + (height &- 4)), to + (height &- 4))
            } else {
                var r = 0
                while r < height { to[r] = from[r]; r &+= 1 }
            }
            p &+= 1
        }
        list += depth &+ 1
        tile += height &* depth
        i &+= height
    }
}

/// `gemmBlock` for tiles that were squeezed, `b` from the first row of the part on.
@inline(never) func sparseBlock(
    _ rows: Int, _ columns: Int, _ depth: Int, _ a: UnsafePointer<Float>, _ lists: UnsafePointer<Int32>,
    _ b: UnsafePointer<Float>, _ bDepth: Int, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool,
    _ buffer: UnsafeMutablePointer<Float>, _ finishes: Bool, _ bias: UnsafePointer<Float>?, _ code: Int32,
    _ alpha: Float, _ beta: Float
) {
    let mustFinish = finishes && (code != 0 || bias != nil)
    let tiles = (rows &+ tileRows &- 1) / tileRows
    let piece = tiles < 2 ? 0 : (tileColumns &+ tiles &- 1) / tiles
    var j = 0
    while j < columns {
        let width = lesser(columns &- j, tileColumns)
        let panel = b + j &* bDepth, columnBias = bias == nil ? nil : bias! + j
        let step = j &+ tileColumns < columns ? piece : 0
        var ahead = step == 0 ? panel : panel + tileColumns &* bDepth
        var i = 0
        var list = lists, tile = a
        while i < rows {
            let height = tileHeight(rows &- i), count = Int(list.pointee)
            let target = c + (i &* ldc &+ j)
            if width == tileColumns {
                sparseTile(height, count, tile, list + 1, panel, target, ldc, accumulates, ahead, step)
            } else {
                if accumulates { copyRows(height, width, target, ldc, buffer, tileColumns) }
                sparseTile(height, count, tile, list + 1, panel, buffer, tileColumns, accumulates, ahead, 0)
                copyRows(height, width, buffer, tileColumns, target, ldc)
            }
            if mustFinish && width == tileColumns {
                finishTile(height, target, ldc, columnBias, code, alpha, beta, buffer)
            } else if mustFinish {
                finish(height, width, target, ldc, nil, columnBias, code, alpha, beta)
            }
            list += depth &+ 1
            tile += height &* depth
            ahead += depth &* step
            i &+= height
        }
        j &+= tileColumns
    }
}

/// `gemvF32` for `count` elements of the row and the rows of `b` they meet; `b` is packed.
@inline(never) func gemvSparse(
    _ columns: Int, _ count: Int, _ a: UnsafePointer<Float>, _ offsets: UnsafePointer<Int32>,
    _ b: UnsafePointer<Float>, _ panelStride: Int, _ c: UnsafeMutablePointer<Float>, _ accumulates: Bool,
    _ buffer: UnsafeMutablePointer<Float>
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
        let b0 = b + j / tileColumns &* panelStride
        let b1 = b0 + panelStride, b2 = b1 + panelStride, b3 = b2 + panelStride
        var p = 0
        while p < count {
            let x = splat(a[p])
            let offset = Int(offsets[p])
            c0 = madd(x, load(b0, offset), c0)
            c1 = madd(x, load(b0, offset &+ laneCount), c1)
            c2 = madd(x, load(b1, offset), c2)
            c3 = madd(x, load(b1, offset &+ laneCount), c3)
            c4 = madd(x, load(b2, offset), c4)
            c5 = madd(x, load(b2, offset &+ laneCount), c5)
            c6 = madd(x, load(b3, offset), c6)
            c7 = madd(x, load(b3, offset &+ laneCount), c7)
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
    while j < columns {
        let width = lesser(columns &- j, tileColumns)
        let panel = b + j / tileColumns &* panelStride
        if width == tileColumns {
            sparseTile(1, count, a, offsets, panel, c + j, tileColumns, accumulates, panel, 0)
        } else {
            if accumulates { copyRows(1, width, c + j, width, buffer, tileColumns) }
            sparseTile(1, count, a, offsets, panel, buffer, tileColumns, accumulates, panel, 0)
            copyRows(1, width, buffer, tileColumns, c + j, width)
        }
        j &+= tileColumns
    }
}
