// Products of packed matrices, and the loops that pack what is not packed yet.
//
// An element of the result is one chain of multiply-adds in the order of the depth, wherever its tile lies and
// however the depth is cut: it does not depend on how many rows or columns are multiplied at once.

/// Depth of a block: a panel of it (32 KiB for the widest) stays in the first-level cache.
@_transparent var depthBlock: Int { 256 }
/// Depth of a block of a matrix that was packed at load: deeper, because its panels come from memory one after the other
/// anyway, and the result is read and written again less often.
@_transparent var packedDepthBlock: Int { 512 }
/// Rows packed at once: with `packedDepthBlock` at most 384 KiB, which the second-level cache holds.
@_transparent var rowBlock: Int { 192 / tileRows &* tileRows }
/// Columns packed at once when the right side was not packed at load.
@_transparent var columnBlock: Int { 512 }

@_transparent func lesser(_ a: Int, _ b: Int) -> Int { a < b ? a : b }
@_transparent func roundedUp(_ a: Int, _ unit: Int) -> Int { (a &+ unit &- 1) / unit &* unit }

/// FP32 that `gemmPackedF32` needs as scratch for `rows` rows of depth `depth`.
package func gemmPackedScratchF32(_ rows: Int, _ depth: Int) -> Int {
    tileRows &* tileColumns
        &+ (rows < 4 ? rows &* depth : lesser(rows, rowBlock) &* lesser(depth, packedDepthBlock))
}

/// `finish` for a whole tile without biases of its rows; `buffer` holds one tile.
@inline(never) func finishTile(
    _ rows: Int, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ columnBias: UnsafePointer<Float>?, _ code: Int32,
    _ alpha: Float, _ beta: Float, _ buffer: UnsafeMutablePointer<Float>
) {
    let b0 = columnBias == nil ? splat(0) : load(columnBias!, 0)
    let b1 = columnBias == nil ? splat(0) : load(columnBias!, laneCount)
    let isGathered = code > 1
    var i = 0
    while i < rows {
        let row = c + i &* ldc
        var x0 = load(row, 0), x1 = load(row, laneCount)
        if columnBias != nil {
            x0 = x0 + b0
            x1 = x1 + b1
        }
        if code == 1 {
            x0 = relu(x0)
            x1 = relu(x1)
        }
        // A function's loop has much to set up: it gets all rows at once.
        let to = isGathered ? buffer + i &* tileColumns : row
        store(x0, to, 0)
        store(x1, to, laneCount)
        i &+= 1
    }
    if !isGathered { return }
    unaryF32(code, buffer, buffer, rows &* tileColumns, alpha, beta)
    i = 0
    while i < rows {
        let row = c + i &* ldc, from = buffer + i &* tileColumns
        store(load(from, 0), row, 0)
        store(load(from, laneCount), row, laneCount)
        i &+= 1
    }
}

/// Adds the biases (each may be nil) to a block of the result and applies the activation.
@inline(never) func finish(
    _ rows: Int, _ columns: Int, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ rowBias: UnsafePointer<Float>?,
    _ columnBias: UnsafePointer<Float>?, _ code: Int32, _ alpha: Float, _ beta: Float
) {
    var i = 0
    while i < rows {
        let row = c + i &* ldc
        if let rowBias { scaleF32(row, 1, rowBias[i], code == 1 ? 1 : 0, 0, 0, row, columns) }
        if let columnBias { binaryF32(0, row, columnBias, row, columns) }
        if code > 1 || (code == 1 && (rowBias == nil || columnBias != nil)) {
            unaryF32(code, row, row, columns, alpha, beta)
        }
        i &+= 1
    }
}

/// One tile at the right edge, through a buffer of the tile's full width.
@inline(never) func edgeTile(
    _ height: Int, _ width: Int, _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ buffer: UnsafeMutablePointer<Float>
) {
    var i = 0
    while accumulates && i < height {
        var j = 0
        while j < width { buffer[i &* tileColumns &+ j] = c[i &* ldc &+ j]; j &+= 1 }
        while j < tileColumns { buffer[i &* tileColumns &+ j] = 0; j &+= 1 }
        i &+= 1
    }
    gemmTile(height, depth, a, b, buffer, tileColumns, accumulates, b, 0)
    i = 0
    while i < height {
        var j = 0
        while j < width { c[i &* ldc &+ j] = buffer[i &* tileColumns &+ j]; j &+= 1 }
        i &+= 1
    }
}

/// A product of packed tiles and panels, `depth` deep from `from` on.
///
/// `a` holds tiles packed `aDepth` deep, `b` panels packed `bDepth` deep. With `byRows` a tile of `a` stays in the
/// cache while the panels pass; otherwise a panel does while the tiles pass. `finishes` says that this is the last
/// part of the depth. `buffer` holds one tile.
@inline(never) func gemmBlock(
    _ rows: Int, _ columns: Int, _ depth: Int, _ a: UnsafePointer<Float>, _ aDepth: Int, _ aFrom: Int,
    _ b: UnsafePointer<Float>, _ bDepth: Int, _ bFrom: Int, _ c: UnsafeMutablePointer<Float>, _ ldc: Int,
    _ accumulates: Bool, _ byRows: Bool, _ buffer: UnsafeMutablePointer<Float>, _ finishes: Bool,
    _ rowBias: UnsafePointer<Float>?, _ columnBias: UnsafePointer<Float>?, _ code: Int32, _ alpha: Float,
    _ beta: Float
) {
    let mustFinish = finishes && (code != 0 || rowBias != nil || columnBias != nil)
    // Each tile asks for a piece of the next panel, a little at a time: all of it is there when its turn comes. A single
    // tile reads panels no slower than they come.
    let tiles = (rows &+ tileRows &- 1) / tileRows
    let piece = byRows || tiles < 2 ? 0 : (tileColumns &+ tiles &- 1) / tiles
    var next = 0
    var i = 0, j = 0
    var height = tileHeight(rows)
    while i < rows && j < columns {
        let width = lesser(columns &- j, tileColumns)
        let tile = a + (i &* aDepth &+ aFrom &* height)
        let panel = b + (j &* bDepth &+ bFrom &* tileColumns)
        let target = c + (i &* ldc &+ j)
        let step = j &+ tileColumns < columns ? piece : 0
        let ahead = step == 0 ? panel : panel + (tileColumns &* bDepth &+ next &* depth &* step)
        if width == tileColumns {
            gemmTile(height, depth, tile, panel, target, ldc, accumulates, ahead, step)
        } else {
            edgeTile(height, width, depth, tile, panel, target, ldc, accumulates, buffer)
        }
        if mustFinish && rowBias == nil && width == tileColumns {
            finishTile(
                height, target, ldc, columnBias == nil ? nil : columnBias! + j, code, alpha, beta, buffer)
        } else if mustFinish {
            finish(
                height, width, target, ldc, rowBias == nil ? nil : rowBias! + i,
                columnBias == nil ? nil : columnBias! + j, code, alpha, beta)
        }
        if byRows {
            j &+= tileColumns
            if j >= columns {
                j = 0
                i &+= height
                if i < rows { height = tileHeight(rows &- i) }
            }
        } else {
            i &+= height
            next &+= 1
            if i >= rows {
                i = 0
                next = 0
                j &+= tileColumns
            }
            height = tileHeight(rows &- i)
        }
    }
}

/// c = activation(a · b + bias), or with the old c added when `accumulates`; `b` is packed.
package func gemmPackedF32(
    _ rows: Int, _ columns: Int, _ depth: Int, _ a: UnsafePointer<Float>, _ lda: Int, _ b: UnsafePointer<Float>,
    _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ bias: UnsafePointer<Float>?, _ code: Int32,
    _ alpha: Float, _ beta: Float, _ scratch: UnsafeMutablePointer<Float>
) {
    if rows == 1 {
        gemvF32(columns, depth, a, b, tileColumns &* depth, tileColumns, c, accumulates, scratch)
        finish(1, columns, c, ldc, nil, bias, code, alpha, beta)
        return
    }
    let packed = scratch + tileRows &* tileColumns
    // Two or three rows wait for memory: the right side is read once, in one piece.
    let parts = rows < 4 ? 1 : (depth &+ packedDepthBlock &- 1) / packedDepthBlock
    let step = parts == 0 ? 0 : (depth &+ parts &- 1) / parts
    if depth == 0 {
        gemmEmpty(rows, columns, c, ldc, accumulates)
        finish(rows, columns, c, ldc, nil, bias, code, alpha, beta)
        return
    }
    var p = 0
    while p < depth {
        let part = lesser(step, depth &- p)
        var i = 0
        while i < rows {
            let height = lesser(rowBlock, rows &- i)
            packRowsF32(height, part, a + (i &* lda &+ p), lda, 1, 1, packed)
            gemmBlock(
                height, columns, part, packed, part, 0, b, depth, p, c + i &* ldc, ldc, accumulates || p > 0, false,
                scratch, p &+ part == depth, nil, bias, code, alpha, beta)
            i &+= height
        }
        p &+= part
    }
}

/// What a product of depth 0 leaves: zeros, or the old content.
@inline(never) func gemmEmpty(
    _ rows: Int, _ columns: Int, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool
) {
    var i = 0
    while !accumulates && i < rows {
        var j = 0
        while j < columns { c[i &* ldc &+ j] = 0; j &+= 1 }
        i &+= 1
    }
}

/// FP32 that `gemmF32` needs as scratch.
package func gemmScratchF32(_ rows: Int, _ columns: Int, _ depth: Int) -> Int {
    tileRows &* tileColumns &+ lesser(rows, rowBlock) &* lesser(depth, depthBlock)
        &+ roundedUp(lesser(columns, columnBlock), tileColumns) &* lesser(depth, depthBlock)
}

/// c = alpha · op(a) · op(b), or with the old c added when `accumulates`.
package func gemmF32(
    _ rows: Int, _ columns: Int, _ depth: Int, _ alpha: Float, _ a: UnsafePointer<Float>, _ lda: Int,
    _ isTransposedA: Bool, _ b: UnsafePointer<Float>, _ ldb: Int, _ isTransposedB: Bool,
    _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ scratch: UnsafeMutablePointer<Float>
) {
    if depth == 0 { return gemmEmpty(rows, columns, c, ldc, accumulates) }
    let rowStride = isTransposedA ? 1 : lda, depthStride = isTransposedA ? lda : 1
    let parts = (depth &+ depthBlock &- 1) / depthBlock, step = (depth &+ parts &- 1) / parts
    let packedRows = scratch + tileRows &* tileColumns
    let packedColumns = packedRows + lesser(rows, rowBlock) &* lesser(depth, depthBlock)
    var j = 0
    while j < columns {
        let width = lesser(columnBlock, columns &- j)
        var p = 0
        while p < depth {
            let part = lesser(step, depth &- p)
            let block = b + (isTransposedB ? j &* ldb &+ p : p &* ldb &+ j)
            packColumnsF32(part, width, block, ldb, isTransposedB, packedColumns)
            var i = 0
            while i < rows {
                let height = lesser(rowBlock, rows &- i)
                packRowsF32(
                    height, part, a + (i &* rowStride &+ p &* depthStride), rowStride, depthStride, alpha, packedRows)
                gemmBlock(
                    height, width, part, packedRows, part, 0, packedColumns, part, 0, c + (i &* ldc &+ j), ldc,
                    accumulates || p > 0, false, scratch, false, nil, nil, 0, 0, 0)
                i &+= height
            }
            p &+= part
        }
        j &+= width
    }
}
