// Convolutions of images that fit in the cache, without packing their windows: a register holds output channels, and
// the elements under a window are read where they are in a padded copy of the image. Results are made pixel by pixel,
// [pixels, channels], so that a max pool that follows takes whole registers too; at last they are turned to
// [channels, pixels].
//
// An element of the result is one chain of multiply-adds from the bias on, in the order of the depth.

/// Rows of the image with the padding that the windows touch.
@_transparent func touchedHeight(_ g: UnsafePointer<Int>) -> Int {
    (outputHeight(g) &- 1) &* strideY(g) &+ (windowHeight(g) &- 1) &* dilationY(g) &+ 1
}

/// Columns of the image with the padding that the windows touch.
@_transparent func touchedWidth(_ g: UnsafePointer<Int>) -> Int {
    (outputWidth(g) &- 1) &* strideX(g) &+ (windowWidth(g) &- 1) &* dilationX(g) &+ 1
}

@_transparent func hasPadding(_ g: UnsafePointer<Int>) -> Bool {
    padTop(g) | padLeft(g) | padBottom(g) | padRight(g) != 0
}

/// FP32 that `convolveSmallF32` needs as scratch for an image of `channels` planes and `rows` output channels.
/// `pool` is the geometry of the max pool, nil when none follows.
package func convolveSmallScratchF32(
    _ g: UnsafePointer<Int>, _ channels: Int, _ rows: Int, _ pool: UnsafePointer<Int>?
) -> Int {
    let pixels = roundedUp(outputHeight(g) &* outputWidth(g), windowPixels), stride = roundedUp(rows, laneCount)
    let pooled = pool == nil ? 0 : outputHeight(pool!) &* outputWidth(pool!)
    let depth = channels &* windowHeight(g) &* windowWidth(g)
    // An integer of a table takes the room of two numbers.
    return (pixels &+ pooled) &* stride &+ 2 &* (roundedUp(depth, laneCount) &+ roundedUp(pixels, laneCount))
        &+ (hasPadding(g) ? channels &* touchedHeight(g) &* touchedWidth(g) : 0)
}

/// Fills `taps`, the distance of each element of a window from its first, and `pixels`, that of each window from the
/// image's begin, for planes of `height` rows of `width` columns. The last window is repeated to fill a tile.
@inline(never) func findWindows(
    _ g: UnsafePointer<Int>, _ channels: Int, _ height: Int, _ width: Int, _ taps: UnsafeMutablePointer<Int>,
    _ pixels: UnsafeMutablePointer<Int>
) {
    var channel = 0, k = 0
    while channel < channels {
        var y = 0
        while y < windowHeight(g) {
            var at = (channel &* height &+ y &* dilationY(g)) &* width, x = 0
            while x < windowWidth(g) {
                taps[k] = at
                at &+= dilationX(g)
                k &+= 1
                x &+= 1
            }
            y &+= 1
        }
        channel &+= 1
    }
    var y = 0, i = 0
    while y < outputHeight(g) {
        var x = 0
        while x < outputWidth(g) {
            pixels[i] = y &* strideY(g) &* width &+ x &* strideX(g)
            i &+= 1
            x &+= 1
        }
        y &+= 1
    }
    let last = pixels[i &- 1]
    while i < roundedUp(outputHeight(g) &* outputWidth(g), windowPixels) {
        pixels[i] = last
        i &+= 1
    }
}

/// Copies planes into the middle of `padded`, whose padding is zero already.
@inline(never) func copyInside(
    _ g: UnsafePointer<Int>, _ channels: Int, _ image: UnsafePointer<Float>, _ padded: UnsafeMutablePointer<Float>
) {
    let height = touchedHeight(g), width = touchedWidth(g)
    let rows = lesser(inputHeight(g), height &- padTop(g)), columns = lesser(inputWidth(g), width &- padLeft(g))
    var channel = 0
    while channel < channels && columns > 0 {
        var source = image + channel &* inputHeight(g) &* inputWidth(g)
        var target = padded + ((channel &* height &+ padTop(g)) &* width &+ padLeft(g))
        var y = 0
        while y < rows {
            var x = 0
            while x &+ 4 <= columns { storeFour(loadFour(source, x), target, x); x &+= 4 }
            while x < columns { target[x] = source[x]; x &+= 1 }
            source += inputWidth(g)
            target += width
            y &+= 1
        }
        channel &+= 1
    }
}

/// Convolves a batch of images with one group's weights: output [batch, rows, pixels], or the pool's pixels.
///
/// `weights` are panels [1 + depth, tileColumns] whose first row is the bias. Images are `imageStride` apart in `images`
/// and `outputStride` in `output`. `pool` is the geometry of a max pool over the convolution's output, or nil.
package func convolveSmallF32(
    _ batch: Int, _ g: UnsafePointer<Int>, _ images: UnsafePointer<Float>, _ imageStride: Int, _ channels: Int,
    _ rows: Int, _ weights: UnsafePointer<Float>, _ code: Int32, _ alpha: Float, _ beta: Float,
    _ pool: UnsafePointer<Int>?, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int,
    _ scratch: UnsafeMutablePointer<Float>
) {
    let count = outputHeight(g) &* outputWidth(g), pixels = roundedUp(count, windowPixels)
    let stride = roundedUp(rows, laneCount), depth = channels &* windowHeight(g) &* windowWidth(g)
    let pooledCount = pool == nil ? 0 : outputHeight(pool!) &* outputWidth(pool!)
    let pooled = scratch + pixels &* stride
    let tables = UnsafeMutableRawPointer(pooled + pooledCount &* stride)
    let taps = tables.assumingMemoryBound(to: Int.self), starts = taps + roundedUp(depth, laneCount)
    let padded = UnsafeMutableRawPointer(starts + roundedUp(pixels, laneCount)).assumingMemoryBound(to: Float.self)
    let isPadded = hasPadding(g)
    let height = isPadded ? touchedHeight(g) : inputHeight(g), width = isPadded ? touchedWidth(g) : inputWidth(g)
    findWindows(g, channels, height, width, taps, starts)
    var i = 0
    while isPadded && i < channels &* height &* width { padded[i] = 0; i &+= 1 }
    var image = 0
    while image < batch {
        var source = images + image &* imageStride
        if isPadded {
            copyInside(g, channels, source, padded)
            source = UnsafePointer(padded)
        }
        var o = 0
        while o < rows {
            let panel = weights + o &* (depth &+ 1)
            let isWide = rows &- o > laneCount
            i = 0
            while i < pixels {
                windowTile(
                    isWide, depth, taps, source, starts + i, panel, code == 1, scratch + (i &* stride &+ o), stride)
                i &+= windowPixels
            }
            o &+= tileColumns
        }
        if code > 1 { unaryF32(code, scratch, scratch, count &* stride, alpha, beta) }
        let target = output + image &* outputStride
        if let pool {
            poolPixels(pool, stride, scratch, pooled)
            turnPixels(pooledCount, rows, pooled, stride, target)
        } else {
            turnPixels(count, rows, scratch, stride, target)
        }
        image &+= 1
    }
}

/// The largest of each channel under a moving window: [pixels, stride] to [pool's pixels, stride].
@inline(never) func poolPixels(
    _ g: UnsafePointer<Int>, _ stride: Int, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
) {
    let isSquare = windowHeight(g) == 2 && windowWidth(g) == 2 && dilationY(g) == 1 && dilationX(g) == 1
    let width = inputWidth(g)
    var target = output
    var y = 0
    while y < outputHeight(g) {
        let top = y &* strideY(g) &- padTop(g)
        var x = 0
        while x < outputWidth(g) {
            let left = x &* strideX(g) &- padLeft(g)
            var o = 0
            if isSquare && top >= 0 && left >= 0 && top &+ 1 < inputHeight(g) && left &+ 1 < width {
                let upper = input + (top &* width &+ left) &* stride, lower = upper + width &* stride
                while o < stride {
                    let first = maximum(load(upper, o), load(upper, stride &+ o))
                    store(maximum(first, maximum(load(lower, o), load(lower, stride &+ o))), target, o)
                    o &+= laneCount
                }
            } else {
                while o < stride {
                    store(largestInside(g, stride, top, left, input + o), target, o)
                    o &+= laneCount
                }
            }
            target += stride
            x &+= 1
        }
        y &+= 1
    }
}

/// The largest under a window that begins at `top`, `left`; -∞ when it covers nothing of the image.
@_transparent func largestInside(
    _ g: UnsafePointer<Int>, _ stride: Int, _ top: Int, _ left: Int, _ input: UnsafePointer<Float>
) -> Lanes {
    var result = splat(-.infinity)
    var ky = 0, row = top
    while ky < windowHeight(g) {
        var kx = 0, column = left
        while row >= 0 && row < inputHeight(g) && kx < windowWidth(g) {
            if column >= 0 && column < inputWidth(g) {
                result = maximum(result, load(input, (row &* inputWidth(g) &+ column) &* stride))
            }
            column &+= dilationX(g)
            kx &+= 1
        }
        row &+= dilationY(g)
        ky &+= 1
    }
    return result
}

@_transparent func loadFour(_ p: UnsafePointer<Float>, _ i: Int) -> SIMD4<Float> {
    UnsafeRawPointer(p + i).loadUnaligned(as: SIMD4<Float>.self)
}

@_transparent func storeFour(_ v: SIMD4<Float>, _ p: UnsafeMutablePointer<Float>, _ i: Int) {
    UnsafeMutableRawPointer(p + i).storeBytes(of: v, as: SIMD4<Float>.self)
}

/// output[o, i] = input[i, o], four by four.
@inline(never) func turnPixels(
    _ pixels: Int, _ rows: Int, _ input: UnsafePointer<Float>, _ stride: Int, _ output: UnsafeMutablePointer<Float>
) {
    var o = 0
    while o < rows {
        let target = output + o &* pixels
        var i = 0
        while o &+ 4 <= rows && i &+ 4 <= pixels {
            let from = input + (i &* stride &+ o), to = target + i
            let a = loadFour(from, 0), b = loadFour(from, stride)
            let c = loadFour(from, 2 &* stride), d = loadFour(from, 3 &* stride)
            storeFour(SIMD4(a[0], b[0], c[0], d[0]), to, 0)
            storeFour(SIMD4(a[1], b[1], c[1], d[1]), to, pixels)
            storeFour(SIMD4(a[2], b[2], c[2], d[2]), to, 2 &* pixels)
            storeFour(SIMD4(a[3], b[3], c[3], d[3]), to, 3 &* pixels)
            i &+= 4
        }
        while i < pixels {
            var lane = 0
            while lane < 4 && o &+ lane < rows {
                target[lane &* pixels &+ i] = input[i &* stride &+ o &+ lane]
                lane &+= 1
            }
            i &+= 1
        }
        o &+= 4
    }
}
