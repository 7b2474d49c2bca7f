import CDunlinKernels

// Convolutions of blocked images with all input channels: a tile holds a few pixels of a panel of output channels while
// the steps of the depth pass, each one tap of one register of input channels.

/// Numbers of the packed windows, or of a pointwise convolution's pixels, that stay in the second-level cache.
@_transparent var bandSize: Int { 96 &* 1024 }

/// Whether the windows are the pixels in their order: then an image is one long row, and is read where it lies.
@_transparent func isPointwise(_ g: UnsafePointer<Int>) -> Bool {
    windowHeight(g) &* windowWidth(g) == 1 && outputHeight(g) == inputHeight(g) && outputWidth(g) == inputWidth(g)
        && padTop(g) | padLeft(g) | padBottom(g) | padRight(g) == 0
}

@_transparent func pixelSize(_ g: UnsafePointer<Int>) -> Int { isPlanar(g) ? 1 : laneCount }

/// Columns that a step in x leaves apart: those of one remainder lie side by side in a packed row.
@_transparent func phases(_ g: UnsafePointer<Int>) -> Int {
    lesser(strideX(g), (windowWidth(g) &- 1) &* dilationX(g) &+ 1)
}

/// Columns of one phase of a packed row.
@_transparent func phaseWidth(_ g: UnsafePointer<Int>) -> Int {
    outputWidth(g) &+ (windowWidth(g) &- 1) &* dilationX(g) / strideX(g)
}

@_transparent func packedRow(_ g: UnsafePointer<Int>) -> Int { phases(g) &* phaseWidth(g) &* pixelSize(g) }

/// Input rows under `rows` output rows.
@_transparent func packedRows(_ g: UnsafePointer<Int>, _ rows: Int) -> Int {
    (rows &- 1) &* strideY(g) &+ (windowHeight(g) &- 1) &* dilationY(g) &+ 1
}

/// Lines of a band: what `convolveBlockedF32` should be given at once. A line is a row of the output, or one pixel where
/// the convolution is pointwise.
package func blockedBandF32(_ g: UnsafePointer<Int>) -> Int {
    var lines = outputHeight(g), most = 0
    if isPointwise(g) {
        lines = lines &* outputWidth(g)
        most = bandSize / (inputBlocks(g) &* pixelSize(g)) / blockPixels &* blockPixels
        if most < 4 &* blockPixels { most = 4 &* blockPixels }
    } else {
        let row = inputBlocks(g) &* packedRow(g)
        most = (bandSize / row &- packedRows(g, 1)) / strideY(g) &+ 1
        if most < 1 { most = 1 }
    }
    let bands = (lines &+ most &- 1) / most
    return (lines &+ bands &- 1) / bands
}

/// FP32 that `convolveBlockedF32` needs as scratch for a band of `lines` lines.
package func blockedScratchF32(_ g: UnsafePointer<Int>, _ lines: Int) -> Int {
    let steps = roundedUp(inputBlocks(g) &* windowHeight(g) &* windowWidth(g) &* 2, laneCount)
    return isPointwise(g) ? steps : steps &+ inputBlocks(g) &* packedRows(g, lines) &* packedRow(g)
}

/// Copies the rows under the output rows from `top` on into `packed`: [blocks, rows, phases, columns, pixel], with zeros
/// for the padding.
@inline(never) func packRowsOfBlocks(
    _ g: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ top: Int, _ rows: Int,
    _ packed: UnsafeMutablePointer<Float>
) {
    let size = pixelSize(g), columns = phaseWidth(g), width = inputWidth(g)
    var b = 0
    var target = packed
    while b < inputBlocks(g) {
        let plane = image + b &* inputHeight(g) &* width &* size
        var r = 0
        while r < rows {
            let y = top &* strideY(g) &- padTop(g) &+ r
            // With windows of one row, the rows that a step leaves out are not read.
            let isUsed = windowHeight(g) > 1 || r % strideY(g) == 0
            var phase = 0
            while phase < phases(g) {
                if isUsed {
                    packPhase(
                        y >= 0 && y < inputHeight(g) ? plane + y &* width &* size : nil, phase &- padLeft(g),
                        strideX(g), width, columns, size, target)
                }
                target += columns &* size
                phase &+= 1
            }
            r &+= 1
        }
        b &+= 1
    }
}

/// Pixels from, from + step, …, of a row; 0 for those outside `0..<width`, and where there is no row.
@_transparent func packPhase(
    _ row: UnsafePointer<Float>?, _ from: Int, _ step: Int, _ width: Int, _ count: Int, _ size: Int,
    _ target: UnsafeMutablePointer<Float>
) {
    var first = 0, end = 0
    if row != nil {
        first = from < 0 ? (step &- 1 &- from) / step : 0
        end = from >= width ? 0 : (width &- 1 &- from) / step &+ 1
        first = lesser(first, count)
        end = end < first ? first : lesser(end, count)
    }
    if size == 1 {
        var i = 0
        while i < first { target[i] = 0; i &+= 1 }
        if let row { while i < end { target[i] = row[from &+ i &* step]; i &+= 1 } }
        while i < count { target[i] = 0; i &+= 1 }
    } else {
        var i = 0
        while i < first { store(splat(0), target, i &* laneCount); i &+= 1 }
        if let row {
            while i < end {
                store(load(row, (from &+ i &* step) &* laneCount), target, i &* laneCount)
                i &+= 1
            }
        }
        while i < count { store(splat(0), target, i &* laneCount); i &+= 1 }
    }
}

/// Asks for the lines of one of the steps, which are to be in the second-level cache when they are needed: weights come
/// from memory, once for each image, and there are too few tiles of small images to wait for them in the first.
@_transparent func askFor(_ ahead: UnsafePointer<Float>, _ step: Int, _ lines: Int) {
    var line = step &* lines
    let end = line &+ lines
    while line < end {
        dk_prefetch(ahead + line &* lineSize)
        line &+= 1
    }
}

/// FP32 of a cache line.
@_transparent var lineSize: Int { 16 }

/// Lines that each step should ask for, so that `count` of `weights` numbers are asked for by `tiles` tiles of `steps`
/// steps. None where the tiles are so many that the time to read the weights does not matter, or the weights so few that
/// they come from a cache.
@_transparent func linesAhead(_ count: Int, _ weights: Int, _ tiles: Int, _ steps: Int) -> Int {
    if tiles > 16 || tiles &* steps == 0 || weights < 128 &* 1024 { return 0 }
    return (count / lineSize &+ tiles &* steps &- 1) / (tiles &* steps)
}

/// One tile of any kind.
@inline(never) func tileOfBlocks(
    _ isPlanar: Bool, _ isWide: Bool, _ pixels: Int, _ steps: Int, _ offsets: UnsafePointer<Int>,
    _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
    _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float,
    _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int
) {
    if isPlanar {
        if isWide {
            planarTilex2(pixels, steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride)
        } else {
            planarTilex1(pixels, steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride)
        }
    } else if isWide {
        blockTilex2(
            pixels, steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    } else {
        blockTilex1(
            pixels, steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    }
}

/// The pixels of the next tile when `remaining` are left: as equal as can be.
@_transparent func pixelsOfTile(_ remaining: Int) -> Int {
    let count = (remaining &+ blockPixels &- 1) / blockPixels
    return (remaining &+ count &- 1) / count
}

/// Convolves a band of lines, for the panels `panelFrom..<panelTo` of output channels.
///
/// `weights` were packed by `packPanelsF32`; `residual`, like `output` a whole blocked image, is added before the
/// activation. `scratch` starts at a multiple of 64 bytes.
package func convolveBlockedF32(
    _ g: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    _ bias: UnsafePointer<Float>, _ residual: UnsafePointer<Float>?, _ code: Int32, _ alpha: Float, _ beta: Float,
    _ output: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>, _ lineFrom: Int, _ lineTo: Int,
    _ panelFrom: Int, _ panelTo: Int
) {
    let single = isPointwise(g), pixel = pixelSize(g), taps = windowHeight(g) &* windowWidth(g)
    let steps = inputBlocks(g) &* taps
    let offsets = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Int.self)
    var source = image
    var rowStride = 0, planeStride = inputHeight(g) &* inputWidth(g) &* pixel
    if !single {
        let rows = packedRows(g, lineTo &- lineFrom)
        let packed = scratch + roundedUp(steps &* 2, laneCount)
        packRowsOfBlocks(g, image, lineFrom, rows, packed)
        source = UnsafePointer(packed)
        rowStride = packedRow(g)
        planeStride = rows &* rowStride
    }
    var s = 0
    while s < steps {
        let b = s / taps, tap = s &- b &* taps
        let ky = tap / windowWidth(g), x = (tap &- ky &* windowWidth(g)) &* dilationX(g)
        offsets[s] =
            b &* planeStride &+ ky &* dilationY(g) &* rowStride &+ x % strideX(g) &* phaseWidth(g) &* pixel
            &+ x / strideX(g) &* pixel
        s &+= 1
    }
    if single { s = 0; while s < steps { offsets[s] = s &* planeStride; s &+= 1 } }
    let most = depthBlock / pixel, parts = (steps &+ most &- 1) / most, step = (steps &+ parts &- 1) / parts
    let plane = outputHeight(g) &* outputWidth(g) &* laneCount
    let clips = isClip(code), lower = clipLower(code, alpha), upper = clipUpper(code, beta)
    let perLine =
        single
        ? (lineTo &- lineFrom &+ blockPixels &- 1) / blockPixels : (outputWidth(g) &+ blockPixels &- 1) / blockPixels
    let tiles = single ? perLine : perLine &* (lineTo &- lineFrom)
    var panel = panelFrom
    while panel < panelTo {
        let width = lesser(2, outputBlocks(g) &- 2 &* panel)
        var s = 0
        while s < steps {
            let part = lesser(step, steps &- s), isLast = s &+ part == steps
            // What follows this part of the weights: its next part, or the next panel's first.
            let size = part &* width &* pixel &* laneCount
            let isEnd = isLast && panel &+ 1 >= panelTo
            let lines = isEnd ? 0 : linesAhead(size, steps &* pixel &* outputBlocks(g) &* laneCount, tiles, part)
            var tile = 0
            let w = weights + (2 &* panel &* steps &+ s &* width) &* pixel &* laneCount
            var y = single ? 0 : lineFrom
            while y < (single ? 1 : lineTo) {
                var x = single ? lineFrom : 0
                let end = single ? lineTo : outputWidth(g)
                while x < end {
                    let pixels = pixelsOfTile(end &- x)
                    let place = 2 &* panel &* plane &+ (y &* outputWidth(g) &+ x) &* laneCount
                    let row = single ? source : source + (y &- lineFrom) &* strideY(g) &* rowStride
                    tileOfBlocks(
                        isPlanar(g), width == 2, pixels, part, offsets + s, row + x &* pixel, w,
                        s == 0 ? bias + 2 &* panel &* laneCount : nil,
                        isLast && residual != nil ? residual! + place : nil, isLast && clips, lower, upper,
                        output + place, plane, w + (size &+ tile &* part &* lines &* lineSize), lines)
                    tile &+= 1
                    if isLast && code != 0 && !clips {
                        unaryInPlace(code, output + place, pixels &* laneCount, alpha, beta)
                        if width == 2 {
                            unaryInPlace(code, output + (place &+ plane), pixels &* laneCount, alpha, beta)
                        }
                    }
                    x &+= pixels
                }
                y &+= 1
            }
            s &+= part
        }
        panel &+= 1
    }
}
