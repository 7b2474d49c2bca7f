/// Output pixels whose windows are packed at once.
@_transparent var pixelBlock: Int { 256 }

/// FP32 that `convolveF32` needs as scratch for windows of `depth` elements over `pixels` output pixels.
package func convolveScratchF32(_ depth: Int, _ pixels: Int) -> Int {
    tileRows &* tileColumns &+ lesser(depth, depthBlock) &* roundedUp(lesser(pixels, pixelBlock), tileColumns)
}

/// `count` elements p[from], p[from + step], …, with 0 for those outside `0..<width`.
@_transparent func copyRun(
    _ row: UnsafePointer<Float>, _ from: Int, _ step: Int, _ width: Int, _ target: UnsafeMutablePointer<Float>,
    _ count: Int
) {
    var i = 0
    if from >= 0 && from &+ (count &- 1) &* step < width {
        let source = row + from
        if step == 1 {
            while i &+ laneCount <= count { store(load(source, i), target, i); i &+= laneCount }
        } else if step == 2 {
            // An even load reads one element past the last it keeps.
            while i &+ laneCount <= count && from &+ 2 &* (i &+ laneCount) <= width {
                store(loadEven(source, 2 &* i), target, i)
                i &+= laneCount
            }
        }
        while i < count { target[i] = source[i &* step]; i &+= 1 }
    } else {
        var x = from
        while i < count {
            target[i] = x >= 0 && x < width ? row[x] : 0
            x &+= step
            i &+= 1
        }
    }
}

/// Packs windows as panels: row k of a panel holds element `depthFrom + k` of its pixels' windows.
///
/// The windows of an image are the right side of the convolution's product; they are never all in memory.
@inline(never) func packWindows(
    _ g: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ depthFrom: Int, _ depth: Int, _ pixelFrom: Int,
    _ pixels: Int, _ packed: UnsafeMutablePointer<Float>
) {
    let area = windowHeight(g) &* windowWidth(g), outWidth = outputWidth(g), width = inputWidth(g)
    let firstY = pixelFrom / outWidth, firstX = pixelFrom &- firstY &* outWidth
    let panelStride = tileColumns &* depth
    var k = 0
    while k < depth {
        let channel = (depthFrom &+ k) / area, tap = (depthFrom &+ k) &- channel &* area
        let tapY = tap / windowWidth(g), tapX = tap &- tapY &* windowWidth(g)
        let plane = image + channel &* inputHeight(g) &* width
        var x = firstX, y = firstY, lane = 0, left = pixels
        var target = packed + k &* tileColumns
        while left > 0 {
            let run = lesser(lesser(outWidth &- x, tileColumns &- lane), left)
            let row = y &* strideY(g) &+ tapY &* dilationY(g) &- padTop(g)
            if row >= 0 && row < inputHeight(g) {
                let from = x &* strideX(g) &+ tapX &* dilationX(g) &- padLeft(g)
                copyRun(plane + row &* width, from, strideX(g), width, target + lane, run)
            } else {
                var i = 0
                while i < run { target[lane &+ i] = 0; i &+= 1 }
            }
            left &-= run
            lane &+= run
            if lane == tileColumns {
                lane = 0
                target += panelStride
            }
            x &+= run
            if x == outWidth {
                x = 0
                y &+= 1
            }
        }
        while lane > 0 && lane < tileColumns { target[lane] = 0; lane &+= 1 }
        k &+= 1
    }
}

/// Convolves one image with one group's packed weights: output [channels, pixels].
///
/// `weights` were packed by `packRowsF32(channels, depth, …)`, `depth` = input channels · window.
package func convolveF32(
    _ g: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ channels: Int, _ depth: Int,
    _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ code: Int32, _ alpha: Float, _ beta: Float,
    _ accumulates: Bool, _ output: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
) {
    let pixels = outputHeight(g) &* outputWidth(g)
    let parts = (depth &+ depthBlock &- 1) / depthBlock, step = (depth &+ parts &- 1) / parts
    let packed = scratch + tileRows &* tileColumns
    var j = 0
    while j < pixels {
        let width = lesser(pixelBlock, pixels &- j)
        var p = 0
        while p < depth {
            let part = lesser(step, depth &- p)
            packWindows(g, image, p, part, j, width, packed)
            gemmBlock(
                channels, width, part, weights, depth, p, packed, part, 0, output + j, pixels, accumulates || p > 0,
                true, scratch, p &+ part == depth, bias, nil, code, alpha, beta)
            p &+= part
        }
        j &+= width
    }
}

/// FP32 that `depthwiseF32` and `poolF32` need as scratch.
package func planeScratchF32(_ g: UnsafePointer<Int>) -> Int {
    paddedHeight(g) &* paddedWidth(g) &+ roundedUp(outputWidth(g), laneCount)
}

/// Convolves one plane with one window: output [pixels].
package func depthwiseF32(
    _ g: UnsafePointer<Int>, _ plane: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ bias: Float,
    _ code: Int32, _ alpha: Float, _ beta: Float, _ accumulates: Bool, _ output: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
) {
    padPlane(g, plane, 0, scratch)
    let width = paddedWidth(g), outWidth = outputWidth(g), step = strideX(g)
    var y = 0
    while y < outputHeight(g) {
        let rows = scratch + y &* strideY(g) &* width, target = output + y &* outWidth
        var x = 0
        while x < outWidth {
            let left = outWidth &- x
            var sum = splat(0)
            var tap = 0, ky = 0
            while ky < windowHeight(g) {
                var source = UnsafePointer(rows) + (ky &* dilationY(g) &* width &+ x &* step)
                var kx = 0
                while kx < windowWidth(g) {
                    sum = madd(loadStrided(source, step), splat(weights[tap]), sum)
                    source += dilationX(g)
                    tap &+= 1
                    kx &+= 1
                }
                ky &+= 1
            }
            sum += splat(bias)
            if left >= laneCount {
                if accumulates { sum += load(target, x) }
                store(code == 1 ? relu(sum) : sum, target, x)
            } else {
                if accumulates { sum += load(target, x, count: left, filler: 0) }
                store(code == 1 ? relu(sum) : sum, target, x, count: left)
            }
            x &+= laneCount
        }
        y &+= 1
    }
    if code > 1 { unaryF32(code, output, output, outputHeight(g) &* outWidth, alpha, beta) }
}
