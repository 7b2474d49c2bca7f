// Winograd's F(4 x 4, 3 x 3) for blocked images: a tile of 6 x 6 pixels becomes 36 numbers, of which 36 products with the
// weights' 36 numbers become a tile of 4 x 4 results; a quarter of the multiplications. (Lavin, Gray: Fast Algorithms
// for Convolutional Neural Networks, 2015.) The polynomials are taken at 0, ±√½, ±√2 and infinity: between them the
// transformations' factors are closer to 1 than at the usual 0, ±1, ±2, and a third of the rounding errors is left.

@_transparent var rootOfHalf: Float { 0.707_106_78 }
@_transparent var rootOfTwo: Float { 1.414_213_6 }

/// Rows and columns of a tile of results.
@_transparent var winogradTile: Int { 4 }
@_transparent var winogradPositions: Int { 36 }
/// Numbers of the transformed tiles that stay in the second-level cache.
@_transparent var winogradBand: Int { 96 &* 1024 }

@_transparent func winogradTilesY(_ g: UnsafePointer<Int>) -> Int { (outputHeight(g) &+ 3) / 4 }
@_transparent func winogradTilesX(_ g: UnsafePointer<Int>) -> Int { (outputWidth(g) &+ 3) / 4 }

/// Tiles that `winogradF32` should be given at once, when there are `tiles` in all.
package func winogradBandF32(_ g: UnsafePointer<Int>, _ tiles: Int) -> Int {
    var most = winogradBand / (winogradPositions &* inputBlocks(g) &* laneCount) / blockPixels &* blockPixels
    if most < 2 &* blockPixels { most = 2 &* blockPixels }
    let bands = (tiles &+ most &- 1) / most
    return bands == 0 ? 0 : (tiles &+ bands &- 1) / bands
}

/// FP32 that `winogradF32` needs as scratch for a band of `tiles` tiles.
package func winogradScratchF32(_ g: UnsafePointer<Int>, _ tiles: Int) -> Int {
    roundedUp(inputBlocks(g) &* 2, laneCount) &+ (2 &+ 2 &* winogradPositions) &* laneCount
        &+ winogradPositions &* (inputBlocks(g) &+ 2) &* tiles &* laneCount
}

/// The transformed weights of 3 x 3 windows, `[outputs, inputs, 9]`, as panels: panel after panel, each
/// [36, input blocks · laneCount, outputs of the panel]. `buffer` holds 54 numbers.
package func packWinogradF32(
    _ outputs: Int, _ inputs: Int, _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>,
    _ buffer: UnsafeMutablePointer<Double>
) {
    let blocks = (outputs &+ laneCount &- 1) / laneCount, depth = roundedUp(inputs, laneCount)
    var panel = packed
    var block = 0
    while block < blocks {
        let width = lesser(2, blocks &- block) &* laneCount
        var k = 0
        while k < depth {
            var o = 0
            while o < width {
                let output = block &* laneCount &+ o
                let place = panel + (k &* width &+ o)
                if k < inputs && output < outputs {
                    winogradWeights(weights + (output &* inputs &+ k) &* 9, place, depth &* width, buffer)
                } else {
                    var i = 0
                    while i < winogradPositions { place[i &* depth &* width] = 0; i &+= 1 }
                }
                o &+= 1
            }
            k &+= 1
        }
        panel += winogradPositions &* depth &* width
        block &+= 2
    }
}

/// The six numbers that three weights become, each `stride` apart: in FP64, because load time is not run time.
@_transparent func winogradSix(_ a: Double, _ b: Double, _ c: Double, _ to: UnsafeMutablePointer<Double>, _ stride: Int)
{
    let root = 1.414_213_562_373_095_1
    to[0] = a
    to[stride] = (2 * a + root * b + c) / -3
    to[2 &* stride] = (2 * a - root * b + c) / -3
    to[3 &* stride] = (a + root * b + 2 * c) / 6
    to[4 &* stride] = (a - root * b + 2 * c) / 6
    to[5 &* stride] = c
}

@inline(never) func winogradWeights(
    _ w: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ stride: Int, _ rows: UnsafeMutablePointer<Double>
) {
    let all = rows + 18
    var x = 0
    while x < 3 {
        winogradSix(Double(w[x]), Double(w[3 &+ x]), Double(w[6 &+ x]), rows + x, 3)
        x &+= 1
    }
    var y = 0
    while y < 6 {
        winogradSix(rows[3 &* y], rows[3 &* y &+ 1], rows[3 &* y &+ 2], all + 6 &* y, 1)
        y &+= 1
    }
    var i = 0
    while i < winogradPositions { to[i &* stride] = Float(all[i]); i &+= 1 }
}

/// Six registers `from` apart to six transformed ones `to` apart.
@_transparent func winogradInputSix(
    _ p: UnsafePointer<Float>, _ from: Int, _ q: UnsafeMutablePointer<Float>, _ to: Int
) {
    let d0 = load(p, 0), d1 = load(p, from), d2 = load(p, 2 &* from), d3 = load(p, 3 &* from)
    let d4 = load(p, 4 &* from), d5 = load(p, 5 &* from)
    let middle = splat(-2.5), root = splat(rootOfTwo), half = splat(rootOfHalf)
    let a = madd(d2, splat(-2), d4), b = madd(d3, half, d1 * splat(-rootOfTwo))
    let c = madd(d2, splat(-0.5), d4), d = madd(d3, root, d1 * splat(-rootOfHalf))
    store(madd(d2, middle, d0 + d4), q, 0)
    store(a + b, q, to)
    store(a - b, q, 2 &* to)
    store(c + d, q, 3 &* to)
    store(c - d, q, 4 &* to)
    store(madd(d3, middle, d1 + d5), q, 5 &* to)
}

/// Six products `from` apart to four results `to` apart.
@_transparent func winogradOutputSix(
    _ p: UnsafePointer<Float>, _ from: Int, _ q: UnsafeMutablePointer<Float>, _ to: Int, _ bias: Lanes
) {
    let m0 = load(p, 0), m1 = load(p, from), m2 = load(p, 2 &* from), m3 = load(p, 3 &* from)
    let m4 = load(p, 4 &* from), m5 = load(p, 5 &* from)
    let a = m1 + m2, b = m1 - m2, c = m3 + m4, d = m3 - m4
    store((m0 + a) + (c + bias), q, 0)
    store(madd(d, splat(rootOfTwo), madd(b, splat(rootOfHalf), bias)), q, to)
    store(madd(c, splat(2), madd(a, splat(0.5), bias)), q, 2 &* to)
    store(madd(d, splat(2 * rootOfTwo), madd(b, splat(0.5 * rootOfHalf), m5 + bias)), q, 3 &* to)
}

/// Transforms the tiles `from..<to` of a batch: [36, input blocks, tiles, laneCount].
@inline(never) func winogradInput(
    _ g: UnsafePointer<Int>, _ images: UnsafePointer<Float>, _ from: Int, _ to: Int,
    _ buffer: UnsafeMutablePointer<Float>, _ transformed: UnsafeMutablePointer<Float>
) {
    let height = inputHeight(g), width = inputWidth(g), plane = height &* width &* laneCount
    let tilesX = winogradTilesX(g), perImage = winogradTilesY(g) &* tilesX
    let position = inputBlocks(g) &* (to &- from) &* laneCount
    let patch = buffer, half = buffer + winogradPositions &* laneCount
    var t = from
    while t < to {
        let n = t / perImage, ty = (t &- n &* perImage) / tilesX, tx = t &- n &* perImage &- ty &* tilesX
        let top = ty &* 4 &- padTop(g), left = tx &* 4 &- padLeft(g)
        let isInside = top >= 0 && left >= 0 && top &+ 6 <= height && left &+ 6 <= width
        var b = 0
        while b < inputBlocks(g) {
            let image = images + (n &* inputBlocks(g) &+ b) &* plane
            var source = UnsafePointer(patch), stride = 6 &* laneCount
            if isInside {
                source = image + (top &* width &+ left) &* laneCount
                stride = width &* laneCount
            } else {
                var i = 0
                while i < winogradPositions {
                    let r = i / 6, y = top &+ r, x = left &+ i &- 6 &* r
                    let isPixel = y >= 0 && y < height && x >= 0 && x < width
                    store(isPixel ? load(image, (y &* width &+ x) &* laneCount) : splat(0), patch, i &* laneCount)
                    i &+= 1
                }
            }
            var r = 0
            while r < 6 {
                winogradInputSix(source + r &* stride, laneCount, half + r &* 6 &* laneCount, laneCount)
                r &+= 1
            }
            let target = transformed + (b &* (to &- from) &+ t &- from) &* laneCount
            r = 0
            while r < 6 {
                winogradInputSix(half + r &* laneCount, 6 &* laneCount, target + r &* position, 6 &* position)
                r &+= 1
            }
            b &+= 1
        }
        t &+= 1
    }
}

/// Makes results of the products of one block of output channels: [36, …] with `position` numbers between positions.
@inline(never) func winogradOutput(
    _ g: UnsafePointer<Int>, _ products: UnsafePointer<Float>, _ position: Int, _ block: Int, _ from: Int, _ to: Int,
    _ bias: UnsafePointer<Float>, _ residual: UnsafePointer<Float>?, _ code: Int32, _ alpha: Float, _ beta: Float,
    _ outputs: UnsafeMutablePointer<Float>, _ buffer: UnsafeMutablePointer<Float>
) {
    let height = outputHeight(g), width = outputWidth(g), plane = height &* width &* laneCount
    let tilesX = winogradTilesX(g), perImage = winogradTilesY(g) &* tilesX
    let results = buffer, half = buffer + winogradPositions &* laneCount
    let clips = isClip(code), lower = splat(clipLower(code, alpha)), upper = splat(clipUpper(code, beta))
    var t = from
    while t < to {
        let n = t / perImage, ty = (t &- n &* perImage) / tilesX, tx = t &- n &* perImage &- ty &* tilesX
        let source = products + (t &- from) &* laneCount
        var i = 0
        while i < 6 {
            winogradOutputSix(source + i &* position, 6 &* position, half + i &* laneCount, 6 &* laneCount, splat(0))
            i &+= 1
        }
        i = 0
        while i < 4 {
            winogradOutputSix(
                half + i &* 6 &* laneCount, laneCount, results + i &* 4 &* laneCount, laneCount, load(bias, 0))
            i &+= 1
        }
        let rows = lesser(4, height &- 4 &* ty), columns = lesser(4, width &- 4 &* tx)
        let place = (n &* outputBlocks(g) &+ block) &* plane &+ (4 &* ty &* width &+ 4 &* tx) &* laneCount
        var y = 0
        while residual != nil && y < rows {
            let row = residual! + (place &+ y &* width &* laneCount)
            var x = 0
            while x < columns {
                let at = (4 &* y &+ x) &* laneCount
                store(load(results, at) + load(row, x &* laneCount), results, at)
                x &+= 1
            }
            y &+= 1
        }
        if code != 0 && !clips { unaryInPlace(code, results, 16 &* laneCount, alpha, beta) }
        y = 0
        while y < rows {
            let row = outputs + (place &+ y &* width &* laneCount)
            var x = 0
            while x < columns {
                let v = load(results, (4 &* y &+ x) &* laneCount)
                store(clips ? clipped(v, lower, upper) : v, row, x &* laneCount)
                x &+= 1
            }
            y &+= 1
        }
        t &+= 1
    }
}

/// Convolves the tiles `from..<to`, counted over all images of a batch, for the panels `panelFrom..<panelTo`.
///
/// `weights` were packed by `packWinogradF32`; the window is 3 x 3 with steps of 1. `residual`, like `output` the whole
/// blocked batch, is added before the activation. `scratch` starts at a multiple of 64 bytes.
package func winogradF32(
    _ g: UnsafePointer<Int>, _ images: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    _ bias: UnsafePointer<Float>, _ residual: UnsafePointer<Float>?, _ code: Int32, _ alpha: Float, _ beta: Float,
    _ output: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>, _ from: Int, _ to: Int,
    _ panelFrom: Int, _ panelTo: Int
) {
    let steps = inputBlocks(g), tiles = to &- from
    let offsets = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Int.self)
    let zeros = scratch + roundedUp(steps &* 2, laneCount), buffer = zeros + 2 &* laneCount
    let transformed = buffer + 2 &* winogradPositions &* laneCount
    let products = transformed + winogradPositions &* steps &* tiles &* laneCount
    var s = 0
    while s < steps { offsets[s] = s &* tiles &* laneCount; s &+= 1 }
    store(splat(0), zeros, 0)
    store(splat(0), zeros, laneCount)
    winogradInput(g, images, from, to, buffer, transformed)
    var panel = panelFrom
    while panel < panelTo {
        let width = lesser(2, outputBlocks(g) &- 2 &* panel)
        let size = steps &* laneCount &* width &* laneCount
        let panelWeights = weights + 2 &* panel &* winogradPositions &* steps &* laneCount &* laneCount
        var i = 0
        while i < winogradPositions {
            let source = transformed + i &* steps &* tiles &* laneCount, w = panelWeights + i &* size
            let target = products + i &* 2 &* tiles &* laneCount
            let isEnd = panel &+ 1 >= panelTo && i &+ 1 == winogradPositions
            let lines =
                isEnd
                ? 0
                : linesAhead(
                    size, winogradPositions &* size, (tiles &+ blockPixels &- 1) / blockPixels, steps)
            var t = 0, ahead = w + size
            while t < tiles {
                let pixels = pixelsOfTile(tiles &- t)
                tileOfBlocks(
                    false, width == 2, pixels, steps, offsets, source + t &* laneCount, w, zeros, nil, false, 0, 0,
                    target + t &* laneCount, tiles &* laneCount, ahead, lines)
                t &+= pixels
                ahead += steps &* lines &* lineSize
            }
            i &+= 1
        }
        var b = 0
        while b < width {
            let block = 2 &* panel &+ b
            winogradOutput(
                g, products + b &* tiles &* laneCount, 2 &* tiles &* laneCount, block, from, to,
                bias + block &* laneCount, residual, code, alpha, beta, output, buffer)
            b &+= 1
        }
        panel &+= 1
    }
}
