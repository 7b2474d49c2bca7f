/// The largest or the sum of some taps of one output.
@_transparent func poolOne(
    _ isMaximum: Bool, _ rows: Int, _ columns: Int, _ source: UnsafePointer<Float>, _ rowStep: Int, _ columnStep: Int
) -> Lanes {
    var result = splat(isMaximum ? -.infinity : 0)
    var ky = 0
    while ky < rows {
        var kx = 0
        while kx < columns {
            let v = load(source, ky &* rowStep &+ kx &* columnStep)
            result = isMaximum ? maximum(result, v) : result + v
            kx &+= 1
        }
        ky &+= 1
    }
    return result
}

/// The same for four outputs in a row, `step` numbers apart in the input.
@_transparent func poolFour(
    _ isMaximum: Bool, _ rows: Int, _ columns: Int, _ source: UnsafePointer<Float>, _ rowStep: Int,
    _ columnStep: Int, _ step: Int, _ factor: Float, _ target: UnsafeMutablePointer<Float>
) {
    var c0 = splat(isMaximum ? -.infinity : 0), c1 = c0, c2 = c0, c3 = c0
    var row = source
    var ky = 0
    while ky < rows {
        var p = row
        var kx = 0
        while kx < columns {
            let v0 = load(p, 0), v1 = load(p, step), v2 = load(p, 2 &* step), v3 = load(p, 3 &* step)
            c0 = isMaximum ? maximum(c0, v0) : c0 + v0
            c1 = isMaximum ? maximum(c1, v1) : c1 + v1
            c2 = isMaximum ? maximum(c2, v2) : c2 + v2
            c3 = isMaximum ? maximum(c3, v3) : c3 + v3
            p += columnStep
            kx &+= 1
        }
        row += rowStep
        ky &+= 1
    }
    if !isMaximum {
        let divisor = splat(factor)
        c0 /= divisor
        c1 /= divisor
        c2 /= divisor
        c3 /= divisor
    }
    store(c0, target, 0)
    store(c1, target, laneCount)
    store(c2, target, 2 &* laneCount)
    store(c3, target, 3 &* laneCount)
}

@_transparent func poolRows(
    _ isMaximum: Bool, _ mode: Int32, _ g: UnsafePointer<Int>, _ plane: UnsafePointer<Float>,
    _ output: UnsafeMutablePointer<Float>
) {
    let width = inputWidth(g), before = mode == 2 ? 1 : 0
    let rowStep = dilationY(g) &* width &* laneCount, columnStep = dilationX(g) &* laneCount
    let firstInner = firstInnerColumn(g), endInner = endInnerColumn(g)
    var y = 0
    while y < outputHeight(g) {
        let start = y &* strideY(g) &- padTop(g)
        let ky = firstTap(start, dilationY(g))
        var rows = endTap(start, windowHeight(g), dilationY(g), inputHeight(g)) &- ky
        if rows < 0 { rows = 0 }
        let countedRows =
            mode == 0
            ? 0
            : tapsInside(
                start, windowHeight(g), dilationY(g), 0 &- before &* padTop(g),
                inputHeight(g) &+ before &* padBottom(g))
        var x = 0
        while x < outputWidth(g) {
            let left = x &* strideX(g) &- padLeft(g)
            let target = output + (y &* outputWidth(g) &+ x) &* laneCount
            if x >= firstInner && x &+ 4 <= endInner && rows > 0 {
                poolFour(
                    isMaximum, rows, windowWidth(g),
                    plane + ((start &+ ky &* dilationY(g)) &* width &+ left) &* laneCount, rowStep, columnStep,
                    strideX(g) &* laneCount, Float(countedRows &* windowWidth(g)), target)
                x &+= 4
                continue
            }
            let kx = firstTap(left, dilationX(g))
            let columns = endTap(left, windowWidth(g), dilationX(g), width) &- kx
            let isEmpty = columns <= 0 || rows == 0
            var result = poolOne(
                isMaximum, isEmpty ? 0 : rows, isEmpty ? 0 : columns,
                plane
                    + (isEmpty
                        ? 0
                        : ((start &+ ky &* dilationY(g)) &* width &+ left &+ kx &* dilationX(g)) &* laneCount),
                rowStep,
                columnStep)
            if !isMaximum {
                let counted =
                    countedRows
                    &* tapsInside(
                        left, windowWidth(g), dilationX(g), 0 &- before &* padLeft(g),
                        width &+ before &* padRight(g))
                result = counted > 0 ? result / splat(Float(counted)) : splat(0)
            }
            store(result, target, 0)
            x &+= 1
        }
        y &+= 1
    }
}

/// Pools `blocks` planes of a blocked image; `mode` as in `poolF32`.
package func poolBlockedF32(
    _ mode: Int32, _ g: UnsafePointer<Int>, _ blocks: Int, _ image: UnsafePointer<Float>,
    _ output: UnsafeMutablePointer<Float>
) {
    var b = 0
    while b < blocks {
        let plane = image + b &* inputHeight(g) &* inputWidth(g) &* laneCount
        let target = output + b &* outputHeight(g) &* outputWidth(g) &* laneCount
        if mode == 0 { poolRows(true, mode, g, plane, target) } else { poolRows(false, mode, g, plane, target) }
        b &+= 1
    }
}
