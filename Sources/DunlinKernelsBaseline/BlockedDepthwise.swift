// Windows over the planes of blocked images: depthwise convolutions and pools. The padding is never in memory: at the
// edges fewer taps are taken.

/// The first tap whose place `start + tap · dilation` is not negative.
@_transparent func firstTap(_ start: Int, _ dilation: Int) -> Int {
    start >= 0 ? 0 : (dilation &- 1 &- start) / dilation
}

/// One past the last of `taps` taps whose place is below `extent`.
@_transparent func endTap(_ start: Int, _ taps: Int, _ dilation: Int, _ extent: Int) -> Int {
    start >= extent ? 0 : lesser(taps, (extent &- 1 &- start) / dilation &+ 1)
}

/// The first output column whose window begins inside the row.
@_transparent func firstInnerColumn(_ g: UnsafePointer<Int>) -> Int {
    lesser((padLeft(g) &+ strideX(g) &- 1) / strideX(g), outputWidth(g))
}

/// One past the last output column whose window ends inside the row.
@_transparent func endInnerColumn(_ g: UnsafePointer<Int>) -> Int {
    let last = inputWidth(g) &- 1 &+ padLeft(g) &- (windowWidth(g) &- 1) &* dilationX(g)
    let end = last < 0 ? 0 : lesser(last / strideX(g) &+ 1, outputWidth(g))
    return end < firstInnerColumn(g) ? firstInnerColumn(g) : end
}

/// Eight outputs in a row, `step` numbers apart in the input, with taps of `rows` rows.
@_transparent func depthwiseEight(
    _ rows: Int, _ columns: Int, _ source: UnsafePointer<Float>, _ rowStep: Int, _ columnStep: Int, _ step: Int,
    _ weights: UnsafePointer<Float>, _ bias: Lanes, _ clips: Bool, _ lower: Float, _ upper: Float,
    _ target: UnsafeMutablePointer<Float>
) {
    var c0 = bias, c1 = bias, c2 = bias, c3 = bias, c4 = bias, c5 = bias, c6 = bias, c7 = bias
    var row = source, w = weights
    var ky = 0
    while ky < rows {
        var p = row
        var kx = 0
        while kx < columns {
            let tap = load(w, 0)
            c0 = madd(load(p, 0), tap, c0)
            c1 = madd(load(p, step), tap, c1)
            c2 = madd(load(p, 2 &* step), tap, c2)
            c3 = madd(load(p, 3 &* step), tap, c3)
            c4 = madd(load(p, 4 &* step), tap, c4)
            c5 = madd(load(p, 5 &* step), tap, c5)
            c6 = madd(load(p, 6 &* step), tap, c6)
            c7 = madd(load(p, 7 &* step), tap, c7)
            w += laneCount
            p += columnStep
            kx &+= 1
        }
        row += rowStep
        ky &+= 1
    }
    if clips {
        let low = splat(lower), high = splat(upper)
        c0 = clipped(c0, low, high); c1 = clipped(c1, low, high)
        c2 = clipped(c2, low, high); c3 = clipped(c3, low, high)
        c4 = clipped(c4, low, high); c5 = clipped(c5, low, high)
        c6 = clipped(c6, low, high); c7 = clipped(c7, low, high)
    }
    store(c0, target, 0)
    store(c1, target, laneCount)
    store(c2, target, 2 &* laneCount)
    store(c3, target, 3 &* laneCount)
    store(c4, target, 4 &* laneCount)
    store(c5, target, 5 &* laneCount)
    store(c6, target, 6 &* laneCount)
    store(c7, target, 7 &* laneCount)
}

/// Four outputs in a row.
@_transparent func depthwiseFour(
    _ rows: Int, _ columns: Int, _ source: UnsafePointer<Float>, _ rowStep: Int, _ columnStep: Int, _ step: Int,
    _ weights: UnsafePointer<Float>, _ bias: Lanes, _ clips: Bool, _ lower: Float, _ upper: Float,
    _ target: UnsafeMutablePointer<Float>
) {
    var c0 = bias, c1 = bias, c2 = bias, c3 = bias
    var row = source, w = weights
    var ky = 0
    while ky < rows {
        var p = row
        var kx = 0
        while kx < columns {
            let tap = load(w, 0)
            c0 = madd(load(p, 0), tap, c0)
            c1 = madd(load(p, step), tap, c1)
            c2 = madd(load(p, 2 &* step), tap, c2)
            c3 = madd(load(p, 3 &* step), tap, c3)
            w += laneCount
            p += columnStep
            kx &+= 1
        }
        row += rowStep
        ky &+= 1
    }
    if clips {
        let low = splat(lower), high = splat(upper)
        c0 = clipped(c0, low, high); c1 = clipped(c1, low, high)
        c2 = clipped(c2, low, high); c3 = clipped(c3, low, high)
    }
    store(c0, target, 0)
    store(c1, target, laneCount)
    store(c2, target, 2 &* laneCount)
    store(c3, target, 3 &* laneCount)
}

/// One output, with some of the taps.
@_transparent func depthwiseOne(
    _ rows: Int, _ columns: Int, _ source: UnsafePointer<Float>, _ rowStep: Int, _ columnStep: Int,
    _ weights: UnsafePointer<Float>, _ weightsRow: Int, _ bias: Lanes, _ clips: Bool, _ lower: Float,
    _ upper: Float, _ target: UnsafeMutablePointer<Float>
) {
    var sum = bias
    var ky = 0
    while ky < rows {
        var kx = 0
        while kx < columns {
            sum = madd(
                load(source, ky &* rowStep &+ kx &* columnStep), load(weights, ky &* weightsRow &+ kx &* laneCount),
                sum)
            kx &+= 1
        }
        ky &+= 1
    }
    store(clips ? clipped(sum, splat(lower), splat(upper)) : sum, target, 0)
}

/// The inner columns of one output row, whose windows lie inside the row.
@_transparent func depthwiseInner(
    _ from: Int, _ to: Int, _ rows: Int, _ columns: Int, _ source: UnsafePointer<Float>, _ rowStep: Int,
    _ columnStep: Int, _ step: Int, _ weights: UnsafePointer<Float>, _ bias: Lanes, _ clips: Bool, _ lower: Float,
    _ upper: Float, _ target: UnsafeMutablePointer<Float>
) {
    var x = from
    while x < to {
        if to &- from >= 8 && to &- x >= 3 {
            // The last eight may begin before the end of the ones before.
            let at = lesser(x, to &- 8)
            depthwiseEight(
                rows, columns, source + at &* step, rowStep, columnStep, step, weights, bias, clips, lower, upper,
                target + at &* laneCount)
            x = at &+ 8
        } else if to &- from >= 4 {
            let at = lesser(x, to &- 4)
            depthwiseFour(
                rows, columns, source + at &* step, rowStep, columnStep, step, weights, bias, clips, lower, upper,
                target + at &* laneCount)
            x = at &+ 4
        } else {
            depthwiseOne(
                rows, columns, source + x &* step, rowStep, columnStep, weights, columns &* laneCount, bias, clips,
                lower, upper, target + x &* laneCount)
            x &+= 1
        }
    }
}

@inline(never) func depthwiseInnerOne(
    _ from: Int, _ to: Int, _ rows: Int, _ columns: Int, _ source: UnsafePointer<Float>, _ rowStep: Int,
    _ columnStep: Int, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ clips: Bool, _ lower: Float,
    _ upper: Float, _ target: UnsafeMutablePointer<Float>
) {
    depthwiseInner(
        from, to, rows, columns, source, rowStep, columnStep, laneCount, weights, load(bias, 0), clips, lower, upper,
        target)
}

@inline(never) func depthwiseInnerTwo(
    _ from: Int, _ to: Int, _ rows: Int, _ columns: Int, _ source: UnsafePointer<Float>, _ rowStep: Int,
    _ columnStep: Int, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ clips: Bool, _ lower: Float,
    _ upper: Float, _ target: UnsafeMutablePointer<Float>
) {
    depthwiseInner(
        from, to, rows, columns, source, rowStep, columnStep, 2 &* laneCount, weights, load(bias, 0), clips, lower,
        upper, target)
}

@inline(never) func depthwiseInnerAny(
    _ from: Int, _ to: Int, _ rows: Int, _ columns: Int, _ source: UnsafePointer<Float>, _ rowStep: Int,
    _ columnStep: Int, _ step: Int, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ clips: Bool,
    _ lower: Float, _ upper: Float, _ target: UnsafeMutablePointer<Float>
) {
    depthwiseInner(
        from, to, rows, columns, source, rowStep, columnStep, step, weights, load(bias, 0), clips, lower, upper, target)
}

/// Convolves each channel of the blocks `from..<to` with a window of its own.
///
/// `weights` are [blocks, taps, laneCount]; `residual`, like `output` a whole blocked image, is added before the
/// activation.
package func depthwiseBlockedF32(
    _ g: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    _ bias: UnsafePointer<Float>, _ residual: UnsafePointer<Float>?, _ code: Int32, _ alpha: Float, _ beta: Float,
    _ output: UnsafeMutablePointer<Float>, _ from: Int, _ to: Int
) {
    let width = inputWidth(g), taps = windowHeight(g) &* windowWidth(g), outWidth = outputWidth(g)
    let clips = isClip(code) && residual == nil, lower = clipLower(code, alpha), upper = clipUpper(code, beta)
    let rowStep = dilationY(g) &* width &* laneCount, columnStep = dilationX(g) &* laneCount
    let firstInner = firstInnerColumn(g), endInner = endInnerColumn(g)
    var b = from
    while b < to {
        let plane = image + b &* inputHeight(g) &* width &* laneCount
        let w = weights + b &* taps &* laneCount, blockBias = bias + b &* laneCount
        var y = 0
        while y < outputHeight(g) {
            let start = y &* strideY(g) &- padTop(g)
            let ky = firstTap(start, dilationY(g))
            var rows = endTap(start, windowHeight(g), dilationY(g), inputHeight(g)) &- ky
            if rows < 0 { rows = 0 }
            let place = (b &* outputHeight(g) &+ y) &* outWidth &* laneCount
            let target = output + place
            let top = rows == 0 ? 0 : (start &+ ky &* dilationY(g)) &* width
            let rowWeights = w + (rows == 0 ? 0 : ky &* windowWidth(g) &* laneCount)
            // Columns outside the inner ones see fewer taps.
            var x = 0
            while x < outWidth {
                if x == firstInner && x < endInner {
                    let source = plane + (top &- padLeft(g)) &* laneCount
                    if strideX(g) == 1 {
                        depthwiseInnerOne(
                            x, endInner, rows, windowWidth(g), source, rowStep, columnStep, rowWeights, blockBias,
                            clips, lower, upper, target)
                    } else if strideX(g) == 2 {
                        depthwiseInnerTwo(
                            x, endInner, rows, windowWidth(g), source, rowStep, columnStep, rowWeights, blockBias,
                            clips, lower, upper, target)
                    } else {
                        depthwiseInnerAny(
                            x, endInner, rows, windowWidth(g), source, rowStep, columnStep, strideX(g) &* laneCount,
                            rowWeights, blockBias, clips, lower, upper, target)
                    }
                    x = endInner
                } else {
                    let left = x &* strideX(g) &- padLeft(g)
                    let kx = firstTap(left, dilationX(g))
                    let columns = endTap(left, windowWidth(g), dilationX(g), width) &- kx
                    let isEmpty = columns <= 0 || rows == 0
                    depthwiseOne(
                        isEmpty ? 0 : rows, isEmpty ? 0 : columns,
                        plane + (isEmpty ? 0 : (top &+ left &+ kx &* dilationX(g)) &* laneCount), rowStep, columnStep,
                        rowWeights + (isEmpty ? 0 : kx &* laneCount), windowWidth(g) &* laneCount, load(blockBias, 0),
                        clips, lower, upper, target + x &* laneCount)
                    x &+= 1
                }
            }
            if let residual { addLoop(target, residual + place, target, outWidth &* laneCount) }
            if code != 0 && !clips { unaryInPlace(code, target, outWidth &* laneCount, alpha, beta) }
            y &+= 1
        }
        b &+= 1
    }
}
