// Attention by panels of queries, without ever holding the whole score matrix.
//
// Scores are computed transposed, a row for each key and a lane for each query: maxima and sums are then taken from
// register to register, and the weights already are the packed panel that the product with the values reads.

/// Keys whose scores are held at once: with a panel's width they fill the first-level cache.
@_transparent var keyBlock: Int { 256 }

// Positions in the geometry that every function here takes. Strides are in elements.

/// Rows of Q and of the output.
@_transparent var geometryQueries: Int { 0 }
/// Rows of K and V.
@_transparent var geometryKeys: Int { 1 }
/// Columns of Q and K.
@_transparent var geometryDepth: Int { 2 }
/// Columns of V and of the output.
@_transparent var geometryValueDepth: Int { 3 }
/// From one row, and from one column, to the next: of Q, K, V and the output.
@_transparent var geometryQueryStrides: Int { 4 }
@_transparent var geometryKeyStrides: Int { 6 }
@_transparent var geometryValueStrides: Int { 8 }
@_transparent var geometryOutputStrides: Int { 10 }
/// Of a mask, from query to query and from key to key, and what its elements do: 0: there is no mask; 1: they are added;
/// 2: where one is not 0, it takes the score's place. A second mask's three numbers follow.
@_transparent var geometryMasks: Int { 12 }
/// 1 where query i may look at keys up to i + the number behind this one only.
@_transparent var geometryIsCausal: Int { 18 }
@_transparent var geometryCausalOffset: Int { 19 }
/// Which queries give zeros: 0: none; 1: those whose weights are not numbers, for whatever reason; 2: those all of
/// whose keys are behind the causal limit or have -∞ in a mask, whatever their scores are.
@_transparent var geometryGuard: Int { 20 }

/// The length of the block of keys that begins at `from`.
@_transparent func keyCount(_ geometry: UnsafePointer<Int>, _ from: Int) -> Int {
    lesser(keyBlock, geometry[geometryKeys] &- from)
}

/// FP32 that a head's packed keys and values take (0), and that `attentionF32` needs as scratch (1).
package func attentionScratchF32(_ geometry: UnsafePointer<Int>, _ part: Int) -> Int {
    let depth = geometry[geometryDepth], valueDepth = geometry[geometryValueDepth]
    if part == 0 { return geometry[geometryKeys] &* (depth &+ valueDepth) }
    let block = lesser(keyBlock, geometry[geometryKeys])
    return tileRows &* tileColumns &+ tileColumns &* (depth &+ valueDepth &+ 2 &* block &+ 3)
}

/// Packs one head's keys and values, block after block of keys, as tiles.
package func attentionPackF32(
    _ geometry: UnsafePointer<Int>, _ keys: UnsafePointer<Float>, _ values: UnsafePointer<Float>,
    _ packed: UnsafeMutablePointer<Float>
) {
    let depth = geometry[geometryDepth], valueDepth = geometry[geometryValueDepth]
    let packedValues = packed + geometry[geometryKeys] &* depth
    let keyRow = geometry[geometryKeyStrides], keyColumn = geometry[geometryKeyStrides &+ 1]
    let valueRow = geometry[geometryValueStrides], valueColumn = geometry[geometryValueStrides &+ 1]
    var from = 0
    while from < geometry[geometryKeys] {
        let count = keyCount(geometry, from)
        packRowsF32(count, depth, keys + from &* keyRow, keyRow, keyColumn, 1, packed + from &* depth)
        packRowsF32(
            valueDepth, count, values + from &* valueRow, valueColumn, valueRow, 1,
            packedValues + from &* valueDepth)
        from &+= count
    }
}

/// output = softmax(cap(scale · Q·Kᵀ) + mask) · V for one head; `cap(x)` is `softcap · tanh(x / softcap)`, or x when
/// `softcap` is 0.
package func attentionF32(
    _ geometry: UnsafePointer<Int>, _ queries: UnsafePointer<Float>, _ packed: UnsafePointer<Float>,
    _ mask: UnsafePointer<Float>?, _ secondMask: UnsafePointer<Float>?, _ scale: Float, _ softcap: Float,
    _ output: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
) {
    let depth = geometry[geometryDepth], valueDepth = geometry[geometryValueDepth], keys = geometry[geometryKeys]
    let block = lesser(keyBlock, keys)
    let panel = scratch + tileRows &* tileColumns
    let sums = panel + depth &* tileColumns
    let scores = sums + valueDepth &* tileColumns
    let maskTile = scores + block &* tileColumns
    // The largest score of each query so far, the sum of its weights, and factors.
    let state = maskTile + block &* tileColumns
    let factor = softcap == 0 ? scale : scale / softcap
    var first = 0
    while first < geometry[geometryQueries] {
        let width = lesser(tileColumns, geometry[geometryQueries] &- first)
        packQueries(geometry, queries, first, width, factor, panel)
        var j = 0
        while j < tileColumns {
            state[j] = -.infinity
            state[tileColumns &+ j] = 0
            j &+= 1
        }
        j = 0
        while j < valueDepth &* tileColumns { sums[j] = 0; j &+= 1 }
        var from = 0
        while from < keys {
            let count = keyCount(geometry, from)
            // A causal mask hides all keys behind the last query of the panel.
            if geometry[geometryIsCausal] == 1, from > first &+ width &- 1 &+ geometry[geometryCausalOffset] { break }
            gemmBlock(
                count, tileColumns, depth, packed + from &* depth, depth, 0, panel, depth, 0, scores, tileColumns,
                false, false, scratch, false, nil, nil, 0, 0, 0)
            if softcap != 0 {
                unaryInPlace(11, scores, count &* tileColumns, 0, 0)
                binaryScalarF32(2, scores, softcap, scores, count &* tileColumns, false)
            }
            if let mask { applyMask(geometry + geometryMasks, mask, first, width, from, count, scores, maskTile) }
            if let secondMask {
                applyMask(geometry + (geometryMasks &+ 3), secondMask, first, width, from, count, scores, maskTile)
            }
            hideLaterKeys(geometry, first, from, count, scores)
            weigh(scores, count, state, sums, valueDepth)
            gemmBlock(
                valueDepth, tileColumns, count, packed + (keys &* depth &+ from &* valueDepth), count, 0, scores,
                count, 0, sums, tileColumns, true, false, scratch, false, nil, nil, 0, 0, 0)
            from &+= count
        }
        storeQueries(geometry, sums, state, mask, secondMask, first, width, output)
        first &+= width
    }
}

/// Packs a panel of queries, each element multiplied by `factor`; lanes past the last query are 0.
@inline(never) func packQueries(
    _ geometry: UnsafePointer<Int>, _ queries: UnsafePointer<Float>, _ first: Int, _ width: Int, _ factor: Float,
    _ panel: UnsafeMutablePointer<Float>
) {
    let row = geometry[geometryQueryStrides], column = geometry[geometryQueryStrides &+ 1]
    let depth = geometry[geometryDepth]
    if column == 1 {
        turn(width, depth, queries + first &* row, row, panel, tileColumns)
    } else {
        var j = 0
        while j < width {
            let from = queries + (first &+ j) &* row
            var p = 0
            while p < depth { panel[p &* tileColumns &+ j] = from[p &* column]; p &+= 1 }
            j &+= 1
        }
    }
    var p = 0
    while p < depth {
        var j = width
        while j < tileColumns { panel[p &* tileColumns &+ j] = 0; j &+= 1 }
        p &+= 1
    }
    if factor != 1 { binaryScalarF32(2, panel, factor, panel, depth &* tileColumns, false) }
}

/// Applies a mask, whose two strides and mode `geometry` holds, to the scores of `count` keys from `from` on.
@inline(never) func applyMask(
    _ geometry: UnsafePointer<Int>, _ mask: UnsafePointer<Float>, _ first: Int, _ width: Int, _ from: Int,
    _ count: Int, _ scores: UnsafeMutablePointer<Float>, _ tile: UnsafeMutablePointer<Float>
) {
    let row = geometry[0], column = geometry[1], isAdded = geometry[2] == 1
    var i = 0
    if row == 0 {
        while i < count {
            let m = splat(mask[(from &+ i) &* column]), target = scores + i &* tileColumns
            store(masked(load(target, 0), m, isAdded), target, 0)
            store(masked(load(target, laneCount), m, isAdded), target, laneCount)
            i &+= 1
        }
        return
    }
    let source = mask + (first &* row &+ from &* column)
    if column == 1 {
        turn(width, count, source, row, tile, tileColumns)
    } else {
        var j = 0
        while j < width {
            i = 0
            while i < count { tile[i &* tileColumns &+ j] = source[j &* row &+ i &* column]; i &+= 1 }
            j &+= 1
        }
    }
    // Lanes past the last query are left as they are.
    i = 0
    while i < count && width < tileColumns {
        var j = width
        while j < tileColumns { tile[i &* tileColumns &+ j] = 0; j &+= 1 }
        i &+= 1
    }
    i = 0
    while i < count &* tileColumns {
        store(masked(load(scores, i), load(tile, i), isAdded), scores, i)
        i &+= laneCount
    }
}

/// Takes the keys behind each query's last one out of the scores, where there is a causal limit.
@inline(never) func hideLaterKeys(
    _ geometry: UnsafePointer<Int>, _ first: Int, _ from: Int, _ count: Int, _ scores: UnsafeMutablePointer<Float>
) {
    if geometry[geometryIsCausal] == 0 { return }
    let offset = geometry[geometryCausalOffset]
    var i = 0
    while i < count {
        // Queries before this one do not see the key.
        var hidden = from &+ i &- offset &- first
        hidden = hidden < 0 ? 0 : lesser(hidden, tileColumns)
        var j = 0
        while j < hidden { scores[i &* tileColumns &+ j] = -.infinity; j &+= 1 }
        i &+= 1
    }
}

@_transparent func masked(_ score: Lanes, _ mask: Lanes, _ isAdded: Bool) -> Lanes {
    isAdded ? score + mask : select(mask .== splat(0), score, mask)
}

/// Turns scores into weights relative to the largest score of each query so far, and brings the sums of earlier blocks
/// to the same scale.
@inline(never) func weigh(
    _ scores: UnsafeMutablePointer<Float>, _ count: Int, _ state: UnsafeMutablePointer<Float>,
    _ sums: UnsafeMutablePointer<Float>, _ valueDepth: Int
) {
    let old0 = load(state, 0), old1 = load(state, laneCount)
    var m0 = old0, m1 = old1
    var i = 0
    while i < count {
        let x0 = load(scores, i &* tileColumns), x1 = load(scores, i &* tileColumns &+ laneCount)
        m0 = select(x0 .> m0, x0, m0)
        m1 = select(x1 .> m1, x1, m1)
        i &+= 1
    }
    store(m0, state, 0)
    store(m1, state, laneCount)
    // A query that has seen masked keys only: -∞ - -∞ would be no number, later blocks may have keys for it.
    m0 = select(m0 .== splat(-.infinity), splat(0), m0)
    m1 = select(m1 .== splat(-.infinity), splat(0), m1)
    let factors = state + 2 &* tileColumns
    store(old0 - m0, factors, 0)
    store(old1 - m1, factors, laneCount)
    exponentialLoop(factors, tileColumns, 0, 0)
    let f0 = load(factors, 0), f1 = load(factors, laneCount)
    var s0 = load(state, tileColumns) * f0, s1 = load(state, tileColumns &+ laneCount) * f1
    i = 0
    while i < valueDepth {
        let target = sums + i &* tileColumns
        store(load(target, 0) * f0, target, 0)
        store(load(target, laneCount) * f1, target, laneCount)
        i &+= 1
    }
    i = 0
    while i < count {
        let target = scores + i &* tileColumns
        store(load(target, 0) - m0, target, 0)
        store(load(target, laneCount) - m1, target, laneCount)
        i &+= 1
    }
    // A loop of its own over one pointer: only so does the exponential stay in whole registers.
    exponentialLoop(scores, count &* tileColumns, 0, 0)
    i = 0
    while i < count {
        s0 += load(scores, i &* tileColumns)
        s1 += load(scores, i &* tileColumns &+ laneCount)
        i &+= 1
    }
    store(s0, state, tileColumns)
    store(s1, state, tileColumns &+ laneCount)
}

/// Whether a query sees no key, because of the causal limit or of -∞ in a mask.
@inline(never) func hidesAllKeys(
    _ geometry: UnsafePointer<Int>, _ mask: UnsafePointer<Float>?, _ secondMask: UnsafePointer<Float>?, _ query: Int
) -> Bool {
    var i = 0
    while i < geometry[geometryKeys] {
        let isLater = geometry[geometryIsCausal] == 1 && i > query &+ geometry[geometryCausalOffset]
        if !isLater, !isHidden(geometry + geometryMasks, mask, query, i),
            !isHidden(geometry + (geometryMasks &+ 3), secondMask, query, i)
        {
            return false
        }
        i &+= 1
    }
    return true
}

@_transparent func isHidden(
    _ geometry: UnsafePointer<Int>, _ mask: UnsafePointer<Float>?, _ query: Int, _ key: Int
) -> Bool {
    if let mask { return mask[query &* geometry[0] &+ key &* geometry[1]] == -.infinity }
    return false
}

/// Divides a panel's sums by those of its weights and writes them as rows. `state` is what `weigh` left.
@inline(never) func storeQueries(
    _ geometry: UnsafePointer<Int>, _ sums: UnsafeMutablePointer<Float>, _ state: UnsafeMutablePointer<Float>,
    _ mask: UnsafePointer<Float>?, _ secondMask: UnsafePointer<Float>?, _ first: Int, _ width: Int,
    _ output: UnsafeMutablePointer<Float>
) {
    let weights = state + tileColumns
    let row = geometry[geometryOutputStrides], column = geometry[geometryOutputStrides &+ 1]
    let valueDepth = geometry[geometryValueDepth], guarded = geometry[geometryGuard]
    var j = 0
    while j < tileColumns {
        let sum = weights[j]
        // Without keys the sum is over nothing; a guarded query without weights gives zeros. The masks are looked at again
        // for those alone.
        let isZero =
            geometry[geometryKeys] == 0
            || (guarded != 0 && !(sum > 0 && sum < .infinity)
                && (guarded == 1 || (j < width && hidesAllKeys(geometry, mask, secondMask, first &+ j))))
        weights[j] = isZero ? 0 : 1 / sum
        if isZero {
            var d = 0
            while d < valueDepth { sums[d &* tileColumns &+ j] = 0; d &+= 1 }
        }
        j &+= 1
    }
    let f0 = load(weights, 0), f1 = load(weights, laneCount)
    var d = 0
    while d < valueDepth {
        let target = sums + d &* tileColumns
        store(load(target, 0) * f0, target, 0)
        store(load(target, laneCount) * f1, target, laneCount)
        d &+= 1
    }
    if column == 1 {
        turn(valueDepth, width, sums, tileColumns, output + first &* row, row)
        return
    }
    j = 0
    while j < width {
        let to = output + (first &+ j) &* row
        d = 0
        while d < valueDepth { to[d &* column] = sums[d &* tileColumns &+ j]; d &+= 1 }
        j &+= 1
    }
}
