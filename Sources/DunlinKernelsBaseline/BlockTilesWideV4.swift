// Written by scripts/generate-kernel-tiles.swift: change that, not this file.
// swift-format-ignore-file

// c[o, i] = bias[o] + Σ image[offsets[s] + i, k] · w[s, k, o] + residual[o, i], for the pixels of a tile.

#if DUNLIN_V4

/// Output pixels of the largest tile.
@_transparent var blockPixels: Int { 14 }

/// One tile of `pixels` pixels, two registers of channels wide; without `bias` the old content of `c` is added to.
@_transparent func blockTilex2(_ pixels: Int, _ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    switch pixels {
    case 1: blockTile1x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 2: blockTile2x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 3: blockTile3x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 4: blockTile4x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 5: blockTile5x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 6: blockTile6x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 7: blockTile7x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 8: blockTile8x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 9: blockTile9x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 10: blockTile10x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 11: blockTile11x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 12: blockTile12x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 13: blockTile13x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    default: blockTile14x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    }
}

func blockTile1x2(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c0_1 = splat(0)
    if let bias {
        let bias0 = load(bias, 0), bias1 = load(bias, 0 &+ laneCount)
        c0_0 = bias0; c0_1 = bias1
    } else {
        c0_0 = load(c, 0); c0_1 = load(c, 0 &+ stride)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0), w1 = load(w, 0 &+ laneCount)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
            w += 2 &* laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c0_1 += load(residual, 0 &+ stride) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c0_1 = clipped(c0_1, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c0_1, c, 0 &+ stride)
}

func blockTile2x2(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0)
    if let bias {
        let bias0 = load(bias, 0), bias1 = load(bias, 0 &+ laneCount)
        c0_0 = bias0; c0_1 = bias1; c1_0 = bias0; c1_1 = bias1
    } else {
        c0_0 = load(c, 0); c0_1 = load(c, 0 &+ stride); c1_0 = load(c, 1 &* laneCount); c1_1 = load(c, 1 &* laneCount &+ stride)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0), w1 = load(w, 0 &+ laneCount)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
            let a1 = splat(a[k &+ 1 &* laneCount]); c1_0 = madd(a1, w0, c1_0); c1_1 = madd(a1, w1, c1_1)
            w += 2 &* laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c0_1 += load(residual, 0 &+ stride); c1_0 += load(residual, 1 &* laneCount); c1_1 += load(residual, 1 &* laneCount &+ stride) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c0_1 = clipped(c0_1, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c1_1 = clipped(c1_1, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c0_1, c, 0 &+ stride); store(c1_0, c, 1 &* laneCount); store(c1_1, c, 1 &* laneCount &+ stride)
}

func blockTile3x2(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0)
    if let bias {
        let bias0 = load(bias, 0), bias1 = load(bias, 0 &+ laneCount)
        c0_0 = bias0; c0_1 = bias1; c1_0 = bias0; c1_1 = bias1; c2_0 = bias0; c2_1 = bias1
    } else {
        c0_0 = load(c, 0); c0_1 = load(c, 0 &+ stride); c1_0 = load(c, 1 &* laneCount); c1_1 = load(c, 1 &* laneCount &+ stride); c2_0 = load(c, 2 &* laneCount); c2_1 = load(c, 2 &* laneCount &+ stride)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0), w1 = load(w, 0 &+ laneCount)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
            let a1 = splat(a[k &+ 1 &* laneCount]); c1_0 = madd(a1, w0, c1_0); c1_1 = madd(a1, w1, c1_1)
            let a2 = splat(a[k &+ 2 &* laneCount]); c2_0 = madd(a2, w0, c2_0); c2_1 = madd(a2, w1, c2_1)
            w += 2 &* laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c0_1 += load(residual, 0 &+ stride); c1_0 += load(residual, 1 &* laneCount); c1_1 += load(residual, 1 &* laneCount &+ stride); c2_0 += load(residual, 2 &* laneCount); c2_1 += load(residual, 2 &* laneCount &+ stride) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c0_1 = clipped(c0_1, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c1_1 = clipped(c1_1, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c2_1 = clipped(c2_1, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c0_1, c, 0 &+ stride); store(c1_0, c, 1 &* laneCount); store(c1_1, c, 1 &* laneCount &+ stride); store(c2_0, c, 2 &* laneCount); store(c2_1, c, 2 &* laneCount &+ stride)
}

func blockTile4x2(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0)
    if let bias {
        let bias0 = load(bias, 0), bias1 = load(bias, 0 &+ laneCount)
        c0_0 = bias0; c0_1 = bias1; c1_0 = bias0; c1_1 = bias1; c2_0 = bias0; c2_1 = bias1; c3_0 = bias0; c3_1 = bias1
    } else {
        c0_0 = load(c, 0); c0_1 = load(c, 0 &+ stride); c1_0 = load(c, 1 &* laneCount); c1_1 = load(c, 1 &* laneCount &+ stride); c2_0 = load(c, 2 &* laneCount); c2_1 = load(c, 2 &* laneCount &+ stride); c3_0 = load(c, 3 &* laneCount); c3_1 = load(c, 3 &* laneCount &+ stride)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0), w1 = load(w, 0 &+ laneCount)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
            let a1 = splat(a[k &+ 1 &* laneCount]); c1_0 = madd(a1, w0, c1_0); c1_1 = madd(a1, w1, c1_1)
            let a2 = splat(a[k &+ 2 &* laneCount]); c2_0 = madd(a2, w0, c2_0); c2_1 = madd(a2, w1, c2_1)
            let a3 = splat(a[k &+ 3 &* laneCount]); c3_0 = madd(a3, w0, c3_0); c3_1 = madd(a3, w1, c3_1)
            w += 2 &* laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c0_1 += load(residual, 0 &+ stride); c1_0 += load(residual, 1 &* laneCount); c1_1 += load(residual, 1 &* laneCount &+ stride); c2_0 += load(residual, 2 &* laneCount); c2_1 += load(residual, 2 &* laneCount &+ stride); c3_0 += load(residual, 3 &* laneCount); c3_1 += load(residual, 3 &* laneCount &+ stride) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c0_1 = clipped(c0_1, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c1_1 = clipped(c1_1, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c2_1 = clipped(c2_1, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c3_1 = clipped(c3_1, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c0_1, c, 0 &+ stride); store(c1_0, c, 1 &* laneCount); store(c1_1, c, 1 &* laneCount &+ stride); store(c2_0, c, 2 &* laneCount); store(c2_1, c, 2 &* laneCount &+ stride); store(c3_0, c, 3 &* laneCount); store(c3_1, c, 3 &* laneCount &+ stride)
}

func blockTile5x2(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0)
    if let bias {
        let bias0 = load(bias, 0), bias1 = load(bias, 0 &+ laneCount)
        c0_0 = bias0; c0_1 = bias1; c1_0 = bias0; c1_1 = bias1; c2_0 = bias0; c2_1 = bias1; c3_0 = bias0; c3_1 = bias1; c4_0 = bias0; c4_1 = bias1
    } else {
        c0_0 = load(c, 0); c0_1 = load(c, 0 &+ stride); c1_0 = load(c, 1 &* laneCount); c1_1 = load(c, 1 &* laneCount &+ stride); c2_0 = load(c, 2 &* laneCount); c2_1 = load(c, 2 &* laneCount &+ stride); c3_0 = load(c, 3 &* laneCount); c3_1 = load(c, 3 &* laneCount &+ stride); c4_0 = load(c, 4 &* laneCount); c4_1 = load(c, 4 &* laneCount &+ stride)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0), w1 = load(w, 0 &+ laneCount)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
            let a1 = splat(a[k &+ 1 &* laneCount]); c1_0 = madd(a1, w0, c1_0); c1_1 = madd(a1, w1, c1_1)
            let a2 = splat(a[k &+ 2 &* laneCount]); c2_0 = madd(a2, w0, c2_0); c2_1 = madd(a2, w1, c2_1)
            let a3 = splat(a[k &+ 3 &* laneCount]); c3_0 = madd(a3, w0, c3_0); c3_1 = madd(a3, w1, c3_1)
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0); c4_1 = madd(a4, w1, c4_1)
            w += 2 &* laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c0_1 += load(residual, 0 &+ stride); c1_0 += load(residual, 1 &* laneCount); c1_1 += load(residual, 1 &* laneCount &+ stride); c2_0 += load(residual, 2 &* laneCount); c2_1 += load(residual, 2 &* laneCount &+ stride); c3_0 += load(residual, 3 &* laneCount); c3_1 += load(residual, 3 &* laneCount &+ stride); c4_0 += load(residual, 4 &* laneCount); c4_1 += load(residual, 4 &* laneCount &+ stride) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c0_1 = clipped(c0_1, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c1_1 = clipped(c1_1, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c2_1 = clipped(c2_1, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c3_1 = clipped(c3_1, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c4_1 = clipped(c4_1, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c0_1, c, 0 &+ stride); store(c1_0, c, 1 &* laneCount); store(c1_1, c, 1 &* laneCount &+ stride); store(c2_0, c, 2 &* laneCount); store(c2_1, c, 2 &* laneCount &+ stride); store(c3_0, c, 3 &* laneCount); store(c3_1, c, 3 &* laneCount &+ stride); store(c4_0, c, 4 &* laneCount); store(c4_1, c, 4 &* laneCount &+ stride)
}

func blockTile6x2(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0)
    if let bias {
        let bias0 = load(bias, 0), bias1 = load(bias, 0 &+ laneCount)
        c0_0 = bias0; c0_1 = bias1; c1_0 = bias0; c1_1 = bias1; c2_0 = bias0; c2_1 = bias1; c3_0 = bias0; c3_1 = bias1; c4_0 = bias0; c4_1 = bias1; c5_0 = bias0; c5_1 = bias1
    } else {
        c0_0 = load(c, 0); c0_1 = load(c, 0 &+ stride); c1_0 = load(c, 1 &* laneCount); c1_1 = load(c, 1 &* laneCount &+ stride); c2_0 = load(c, 2 &* laneCount); c2_1 = load(c, 2 &* laneCount &+ stride); c3_0 = load(c, 3 &* laneCount); c3_1 = load(c, 3 &* laneCount &+ stride); c4_0 = load(c, 4 &* laneCount); c4_1 = load(c, 4 &* laneCount &+ stride); c5_0 = load(c, 5 &* laneCount); c5_1 = load(c, 5 &* laneCount &+ stride)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0), w1 = load(w, 0 &+ laneCount)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
            let a1 = splat(a[k &+ 1 &* laneCount]); c1_0 = madd(a1, w0, c1_0); c1_1 = madd(a1, w1, c1_1)
            let a2 = splat(a[k &+ 2 &* laneCount]); c2_0 = madd(a2, w0, c2_0); c2_1 = madd(a2, w1, c2_1)
            let a3 = splat(a[k &+ 3 &* laneCount]); c3_0 = madd(a3, w0, c3_0); c3_1 = madd(a3, w1, c3_1)
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0); c4_1 = madd(a4, w1, c4_1)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0); c5_1 = madd(a5, w1, c5_1)
            w += 2 &* laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c0_1 += load(residual, 0 &+ stride); c1_0 += load(residual, 1 &* laneCount); c1_1 += load(residual, 1 &* laneCount &+ stride); c2_0 += load(residual, 2 &* laneCount); c2_1 += load(residual, 2 &* laneCount &+ stride); c3_0 += load(residual, 3 &* laneCount); c3_1 += load(residual, 3 &* laneCount &+ stride); c4_0 += load(residual, 4 &* laneCount); c4_1 += load(residual, 4 &* laneCount &+ stride); c5_0 += load(residual, 5 &* laneCount); c5_1 += load(residual, 5 &* laneCount &+ stride) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c0_1 = clipped(c0_1, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c1_1 = clipped(c1_1, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c2_1 = clipped(c2_1, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c3_1 = clipped(c3_1, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c4_1 = clipped(c4_1, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c5_1 = clipped(c5_1, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c0_1, c, 0 &+ stride); store(c1_0, c, 1 &* laneCount); store(c1_1, c, 1 &* laneCount &+ stride); store(c2_0, c, 2 &* laneCount); store(c2_1, c, 2 &* laneCount &+ stride); store(c3_0, c, 3 &* laneCount); store(c3_1, c, 3 &* laneCount &+ stride); store(c4_0, c, 4 &* laneCount); store(c4_1, c, 4 &* laneCount &+ stride); store(c5_0, c, 5 &* laneCount); store(c5_1, c, 5 &* laneCount &+ stride)
}

func blockTile7x2(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0), c6_0 = splat(0), c6_1 = splat(0)
    if let bias {
        let bias0 = load(bias, 0), bias1 = load(bias, 0 &+ laneCount)
        c0_0 = bias0; c0_1 = bias1; c1_0 = bias0; c1_1 = bias1; c2_0 = bias0; c2_1 = bias1; c3_0 = bias0; c3_1 = bias1; c4_0 = bias0; c4_1 = bias1; c5_0 = bias0; c5_1 = bias1; c6_0 = bias0; c6_1 = bias1
    } else {
        c0_0 = load(c, 0); c0_1 = load(c, 0 &+ stride); c1_0 = load(c, 1 &* laneCount); c1_1 = load(c, 1 &* laneCount &+ stride); c2_0 = load(c, 2 &* laneCount); c2_1 = load(c, 2 &* laneCount &+ stride); c3_0 = load(c, 3 &* laneCount); c3_1 = load(c, 3 &* laneCount &+ stride); c4_0 = load(c, 4 &* laneCount); c4_1 = load(c, 4 &* laneCount &+ stride); c5_0 = load(c, 5 &* laneCount); c5_1 = load(c, 5 &* laneCount &+ stride); c6_0 = load(c, 6 &* laneCount); c6_1 = load(c, 6 &* laneCount &+ stride)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0), w1 = load(w, 0 &+ laneCount)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
            let a1 = splat(a[k &+ 1 &* laneCount]); c1_0 = madd(a1, w0, c1_0); c1_1 = madd(a1, w1, c1_1)
            let a2 = splat(a[k &+ 2 &* laneCount]); c2_0 = madd(a2, w0, c2_0); c2_1 = madd(a2, w1, c2_1)
            let a3 = splat(a[k &+ 3 &* laneCount]); c3_0 = madd(a3, w0, c3_0); c3_1 = madd(a3, w1, c3_1)
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0); c4_1 = madd(a4, w1, c4_1)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0); c5_1 = madd(a5, w1, c5_1)
            let a6 = splat(a[k &+ 6 &* laneCount]); c6_0 = madd(a6, w0, c6_0); c6_1 = madd(a6, w1, c6_1)
            w += 2 &* laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c0_1 += load(residual, 0 &+ stride); c1_0 += load(residual, 1 &* laneCount); c1_1 += load(residual, 1 &* laneCount &+ stride); c2_0 += load(residual, 2 &* laneCount); c2_1 += load(residual, 2 &* laneCount &+ stride); c3_0 += load(residual, 3 &* laneCount); c3_1 += load(residual, 3 &* laneCount &+ stride); c4_0 += load(residual, 4 &* laneCount); c4_1 += load(residual, 4 &* laneCount &+ stride); c5_0 += load(residual, 5 &* laneCount); c5_1 += load(residual, 5 &* laneCount &+ stride); c6_0 += load(residual, 6 &* laneCount); c6_1 += load(residual, 6 &* laneCount &+ stride) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c0_1 = clipped(c0_1, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c1_1 = clipped(c1_1, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c2_1 = clipped(c2_1, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c3_1 = clipped(c3_1, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c4_1 = clipped(c4_1, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c5_1 = clipped(c5_1, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c6_1 = clipped(c6_1, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c0_1, c, 0 &+ stride); store(c1_0, c, 1 &* laneCount); store(c1_1, c, 1 &* laneCount &+ stride); store(c2_0, c, 2 &* laneCount); store(c2_1, c, 2 &* laneCount &+ stride); store(c3_0, c, 3 &* laneCount); store(c3_1, c, 3 &* laneCount &+ stride); store(c4_0, c, 4 &* laneCount); store(c4_1, c, 4 &* laneCount &+ stride); store(c5_0, c, 5 &* laneCount); store(c5_1, c, 5 &* laneCount &+ stride); store(c6_0, c, 6 &* laneCount); store(c6_1, c, 6 &* laneCount &+ stride)
}

func blockTile8x2(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0), c6_0 = splat(0), c6_1 = splat(0), c7_0 = splat(0), c7_1 = splat(0)
    if let bias {
        let bias0 = load(bias, 0), bias1 = load(bias, 0 &+ laneCount)
        c0_0 = bias0; c0_1 = bias1; c1_0 = bias0; c1_1 = bias1; c2_0 = bias0; c2_1 = bias1; c3_0 = bias0; c3_1 = bias1; c4_0 = bias0; c4_1 = bias1; c5_0 = bias0; c5_1 = bias1; c6_0 = bias0; c6_1 = bias1; c7_0 = bias0; c7_1 = bias1
    } else {
        c0_0 = load(c, 0); c0_1 = load(c, 0 &+ stride); c1_0 = load(c, 1 &* laneCount); c1_1 = load(c, 1 &* laneCount &+ stride); c2_0 = load(c, 2 &* laneCount); c2_1 = load(c, 2 &* laneCount &+ stride); c3_0 = load(c, 3 &* laneCount); c3_1 = load(c, 3 &* laneCount &+ stride); c4_0 = load(c, 4 &* laneCount); c4_1 = load(c, 4 &* laneCount &+ stride); c5_0 = load(c, 5 &* laneCount); c5_1 = load(c, 5 &* laneCount &+ stride); c6_0 = load(c, 6 &* laneCount); c6_1 = load(c, 6 &* laneCount &+ stride); c7_0 = load(c, 7 &* laneCount); c7_1 = load(c, 7 &* laneCount &+ stride)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0), w1 = load(w, 0 &+ laneCount)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
            let a1 = splat(a[k &+ 1 &* laneCount]); c1_0 = madd(a1, w0, c1_0); c1_1 = madd(a1, w1, c1_1)
            let a2 = splat(a[k &+ 2 &* laneCount]); c2_0 = madd(a2, w0, c2_0); c2_1 = madd(a2, w1, c2_1)
            let a3 = splat(a[k &+ 3 &* laneCount]); c3_0 = madd(a3, w0, c3_0); c3_1 = madd(a3, w1, c3_1)
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0); c4_1 = madd(a4, w1, c4_1)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0); c5_1 = madd(a5, w1, c5_1)
            let a6 = splat(a[k &+ 6 &* laneCount]); c6_0 = madd(a6, w0, c6_0); c6_1 = madd(a6, w1, c6_1)
            let a7 = splat(a[k &+ 7 &* laneCount]); c7_0 = madd(a7, w0, c7_0); c7_1 = madd(a7, w1, c7_1)
            w += 2 &* laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c0_1 += load(residual, 0 &+ stride); c1_0 += load(residual, 1 &* laneCount); c1_1 += load(residual, 1 &* laneCount &+ stride); c2_0 += load(residual, 2 &* laneCount); c2_1 += load(residual, 2 &* laneCount &+ stride); c3_0 += load(residual, 3 &* laneCount); c3_1 += load(residual, 3 &* laneCount &+ stride); c4_0 += load(residual, 4 &* laneCount); c4_1 += load(residual, 4 &* laneCount &+ stride); c5_0 += load(residual, 5 &* laneCount); c5_1 += load(residual, 5 &* laneCount &+ stride); c6_0 += load(residual, 6 &* laneCount); c6_1 += load(residual, 6 &* laneCount &+ stride); c7_0 += load(residual, 7 &* laneCount); c7_1 += load(residual, 7 &* laneCount &+ stride) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c0_1 = clipped(c0_1, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c1_1 = clipped(c1_1, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c2_1 = clipped(c2_1, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c3_1 = clipped(c3_1, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c4_1 = clipped(c4_1, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c5_1 = clipped(c5_1, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c6_1 = clipped(c6_1, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c7_1 = clipped(c7_1, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c0_1, c, 0 &+ stride); store(c1_0, c, 1 &* laneCount); store(c1_1, c, 1 &* laneCount &+ stride); store(c2_0, c, 2 &* laneCount); store(c2_1, c, 2 &* laneCount &+ stride); store(c3_0, c, 3 &* laneCount); store(c3_1, c, 3 &* laneCount &+ stride); store(c4_0, c, 4 &* laneCount); store(c4_1, c, 4 &* laneCount &+ stride); store(c5_0, c, 5 &* laneCount); store(c5_1, c, 5 &* laneCount &+ stride); store(c6_0, c, 6 &* laneCount); store(c6_1, c, 6 &* laneCount &+ stride); store(c7_0, c, 7 &* laneCount); store(c7_1, c, 7 &* laneCount &+ stride)
}

func blockTile9x2(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0), c6_0 = splat(0), c6_1 = splat(0), c7_0 = splat(0), c7_1 = splat(0), c8_0 = splat(0), c8_1 = splat(0)
    if let bias {
        let bias0 = load(bias, 0), bias1 = load(bias, 0 &+ laneCount)
        c0_0 = bias0; c0_1 = bias1; c1_0 = bias0; c1_1 = bias1; c2_0 = bias0; c2_1 = bias1; c3_0 = bias0; c3_1 = bias1; c4_0 = bias0; c4_1 = bias1; c5_0 = bias0; c5_1 = bias1; c6_0 = bias0; c6_1 = bias1; c7_0 = bias0; c7_1 = bias1; c8_0 = bias0; c8_1 = bias1
    } else {
        c0_0 = load(c, 0); c0_1 = load(c, 0 &+ stride); c1_0 = load(c, 1 &* laneCount); c1_1 = load(c, 1 &* laneCount &+ stride); c2_0 = load(c, 2 &* laneCount); c2_1 = load(c, 2 &* laneCount &+ stride); c3_0 = load(c, 3 &* laneCount); c3_1 = load(c, 3 &* laneCount &+ stride); c4_0 = load(c, 4 &* laneCount); c4_1 = load(c, 4 &* laneCount &+ stride); c5_0 = load(c, 5 &* laneCount); c5_1 = load(c, 5 &* laneCount &+ stride); c6_0 = load(c, 6 &* laneCount); c6_1 = load(c, 6 &* laneCount &+ stride); c7_0 = load(c, 7 &* laneCount); c7_1 = load(c, 7 &* laneCount &+ stride); c8_0 = load(c, 8 &* laneCount); c8_1 = load(c, 8 &* laneCount &+ stride)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0), w1 = load(w, 0 &+ laneCount)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
            let a1 = splat(a[k &+ 1 &* laneCount]); c1_0 = madd(a1, w0, c1_0); c1_1 = madd(a1, w1, c1_1)
            let a2 = splat(a[k &+ 2 &* laneCount]); c2_0 = madd(a2, w0, c2_0); c2_1 = madd(a2, w1, c2_1)
            let a3 = splat(a[k &+ 3 &* laneCount]); c3_0 = madd(a3, w0, c3_0); c3_1 = madd(a3, w1, c3_1)
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0); c4_1 = madd(a4, w1, c4_1)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0); c5_1 = madd(a5, w1, c5_1)
            let a6 = splat(a[k &+ 6 &* laneCount]); c6_0 = madd(a6, w0, c6_0); c6_1 = madd(a6, w1, c6_1)
            let a7 = splat(a[k &+ 7 &* laneCount]); c7_0 = madd(a7, w0, c7_0); c7_1 = madd(a7, w1, c7_1)
            let a8 = splat(a[k &+ 8 &* laneCount]); c8_0 = madd(a8, w0, c8_0); c8_1 = madd(a8, w1, c8_1)
            w += 2 &* laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c0_1 += load(residual, 0 &+ stride); c1_0 += load(residual, 1 &* laneCount); c1_1 += load(residual, 1 &* laneCount &+ stride); c2_0 += load(residual, 2 &* laneCount); c2_1 += load(residual, 2 &* laneCount &+ stride); c3_0 += load(residual, 3 &* laneCount); c3_1 += load(residual, 3 &* laneCount &+ stride); c4_0 += load(residual, 4 &* laneCount); c4_1 += load(residual, 4 &* laneCount &+ stride); c5_0 += load(residual, 5 &* laneCount); c5_1 += load(residual, 5 &* laneCount &+ stride); c6_0 += load(residual, 6 &* laneCount); c6_1 += load(residual, 6 &* laneCount &+ stride); c7_0 += load(residual, 7 &* laneCount); c7_1 += load(residual, 7 &* laneCount &+ stride); c8_0 += load(residual, 8 &* laneCount); c8_1 += load(residual, 8 &* laneCount &+ stride) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c0_1 = clipped(c0_1, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c1_1 = clipped(c1_1, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c2_1 = clipped(c2_1, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c3_1 = clipped(c3_1, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c4_1 = clipped(c4_1, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c5_1 = clipped(c5_1, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c6_1 = clipped(c6_1, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c7_1 = clipped(c7_1, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)); c8_1 = clipped(c8_1, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c0_1, c, 0 &+ stride); store(c1_0, c, 1 &* laneCount); store(c1_1, c, 1 &* laneCount &+ stride); store(c2_0, c, 2 &* laneCount); store(c2_1, c, 2 &* laneCount &+ stride); store(c3_0, c, 3 &* laneCount); store(c3_1, c, 3 &* laneCount &+ stride); store(c4_0, c, 4 &* laneCount); store(c4_1, c, 4 &* laneCount &+ stride); store(c5_0, c, 5 &* laneCount); store(c5_1, c, 5 &* laneCount &+ stride); store(c6_0, c, 6 &* laneCount); store(c6_1, c, 6 &* laneCount &+ stride); store(c7_0, c, 7 &* laneCount); store(c7_1, c, 7 &* laneCount &+ stride); store(c8_0, c, 8 &* laneCount); store(c8_1, c, 8 &* laneCount &+ stride)
}

func blockTile10x2(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0), c6_0 = splat(0), c6_1 = splat(0), c7_0 = splat(0), c7_1 = splat(0), c8_0 = splat(0), c8_1 = splat(0), c9_0 = splat(0), c9_1 = splat(0)
    if let bias {
        let bias0 = load(bias, 0), bias1 = load(bias, 0 &+ laneCount)
        c0_0 = bias0; c0_1 = bias1; c1_0 = bias0; c1_1 = bias1; c2_0 = bias0; c2_1 = bias1; c3_0 = bias0; c3_1 = bias1; c4_0 = bias0; c4_1 = bias1; c5_0 = bias0; c5_1 = bias1; c6_0 = bias0; c6_1 = bias1; c7_0 = bias0; c7_1 = bias1; c8_0 = bias0; c8_1 = bias1; c9_0 = bias0; c9_1 = bias1
    } else {
        c0_0 = load(c, 0); c0_1 = load(c, 0 &+ stride); c1_0 = load(c, 1 &* laneCount); c1_1 = load(c, 1 &* laneCount &+ stride); c2_0 = load(c, 2 &* laneCount); c2_1 = load(c, 2 &* laneCount &+ stride); c3_0 = load(c, 3 &* laneCount); c3_1 = load(c, 3 &* laneCount &+ stride); c4_0 = load(c, 4 &* laneCount); c4_1 = load(c, 4 &* laneCount &+ stride); c5_0 = load(c, 5 &* laneCount); c5_1 = load(c, 5 &* laneCount &+ stride); c6_0 = load(c, 6 &* laneCount); c6_1 = load(c, 6 &* laneCount &+ stride); c7_0 = load(c, 7 &* laneCount); c7_1 = load(c, 7 &* laneCount &+ stride); c8_0 = load(c, 8 &* laneCount); c8_1 = load(c, 8 &* laneCount &+ stride); c9_0 = load(c, 9 &* laneCount); c9_1 = load(c, 9 &* laneCount &+ stride)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0), w1 = load(w, 0 &+ laneCount)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
            let a1 = splat(a[k &+ 1 &* laneCount]); c1_0 = madd(a1, w0, c1_0); c1_1 = madd(a1, w1, c1_1)
            let a2 = splat(a[k &+ 2 &* laneCount]); c2_0 = madd(a2, w0, c2_0); c2_1 = madd(a2, w1, c2_1)
            let a3 = splat(a[k &+ 3 &* laneCount]); c3_0 = madd(a3, w0, c3_0); c3_1 = madd(a3, w1, c3_1)
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0); c4_1 = madd(a4, w1, c4_1)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0); c5_1 = madd(a5, w1, c5_1)
            let a6 = splat(a[k &+ 6 &* laneCount]); c6_0 = madd(a6, w0, c6_0); c6_1 = madd(a6, w1, c6_1)
            let a7 = splat(a[k &+ 7 &* laneCount]); c7_0 = madd(a7, w0, c7_0); c7_1 = madd(a7, w1, c7_1)
            let a8 = splat(a[k &+ 8 &* laneCount]); c8_0 = madd(a8, w0, c8_0); c8_1 = madd(a8, w1, c8_1)
            let a9 = splat(a[k &+ 9 &* laneCount]); c9_0 = madd(a9, w0, c9_0); c9_1 = madd(a9, w1, c9_1)
            w += 2 &* laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c0_1 += load(residual, 0 &+ stride); c1_0 += load(residual, 1 &* laneCount); c1_1 += load(residual, 1 &* laneCount &+ stride); c2_0 += load(residual, 2 &* laneCount); c2_1 += load(residual, 2 &* laneCount &+ stride); c3_0 += load(residual, 3 &* laneCount); c3_1 += load(residual, 3 &* laneCount &+ stride); c4_0 += load(residual, 4 &* laneCount); c4_1 += load(residual, 4 &* laneCount &+ stride); c5_0 += load(residual, 5 &* laneCount); c5_1 += load(residual, 5 &* laneCount &+ stride); c6_0 += load(residual, 6 &* laneCount); c6_1 += load(residual, 6 &* laneCount &+ stride); c7_0 += load(residual, 7 &* laneCount); c7_1 += load(residual, 7 &* laneCount &+ stride); c8_0 += load(residual, 8 &* laneCount); c8_1 += load(residual, 8 &* laneCount &+ stride); c9_0 += load(residual, 9 &* laneCount); c9_1 += load(residual, 9 &* laneCount &+ stride) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c0_1 = clipped(c0_1, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c1_1 = clipped(c1_1, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c2_1 = clipped(c2_1, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c3_1 = clipped(c3_1, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c4_1 = clipped(c4_1, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c5_1 = clipped(c5_1, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c6_1 = clipped(c6_1, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c7_1 = clipped(c7_1, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)); c8_1 = clipped(c8_1, splat(lower), splat(upper)); c9_0 = clipped(c9_0, splat(lower), splat(upper)); c9_1 = clipped(c9_1, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c0_1, c, 0 &+ stride); store(c1_0, c, 1 &* laneCount); store(c1_1, c, 1 &* laneCount &+ stride); store(c2_0, c, 2 &* laneCount); store(c2_1, c, 2 &* laneCount &+ stride); store(c3_0, c, 3 &* laneCount); store(c3_1, c, 3 &* laneCount &+ stride); store(c4_0, c, 4 &* laneCount); store(c4_1, c, 4 &* laneCount &+ stride); store(c5_0, c, 5 &* laneCount); store(c5_1, c, 5 &* laneCount &+ stride); store(c6_0, c, 6 &* laneCount); store(c6_1, c, 6 &* laneCount &+ stride); store(c7_0, c, 7 &* laneCount); store(c7_1, c, 7 &* laneCount &+ stride); store(c8_0, c, 8 &* laneCount); store(c8_1, c, 8 &* laneCount &+ stride); store(c9_0, c, 9 &* laneCount); store(c9_1, c, 9 &* laneCount &+ stride)
}

func blockTile11x2(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0), c6_0 = splat(0), c6_1 = splat(0), c7_0 = splat(0), c7_1 = splat(0), c8_0 = splat(0), c8_1 = splat(0), c9_0 = splat(0), c9_1 = splat(0), c10_0 = splat(0), c10_1 = splat(0)
    if let bias {
        let bias0 = load(bias, 0), bias1 = load(bias, 0 &+ laneCount)
        c0_0 = bias0; c0_1 = bias1; c1_0 = bias0; c1_1 = bias1; c2_0 = bias0; c2_1 = bias1; c3_0 = bias0; c3_1 = bias1; c4_0 = bias0; c4_1 = bias1; c5_0 = bias0; c5_1 = bias1; c6_0 = bias0; c6_1 = bias1; c7_0 = bias0; c7_1 = bias1; c8_0 = bias0; c8_1 = bias1; c9_0 = bias0; c9_1 = bias1; c10_0 = bias0; c10_1 = bias1
    } else {
        c0_0 = load(c, 0); c0_1 = load(c, 0 &+ stride); c1_0 = load(c, 1 &* laneCount); c1_1 = load(c, 1 &* laneCount &+ stride); c2_0 = load(c, 2 &* laneCount); c2_1 = load(c, 2 &* laneCount &+ stride); c3_0 = load(c, 3 &* laneCount); c3_1 = load(c, 3 &* laneCount &+ stride); c4_0 = load(c, 4 &* laneCount); c4_1 = load(c, 4 &* laneCount &+ stride); c5_0 = load(c, 5 &* laneCount); c5_1 = load(c, 5 &* laneCount &+ stride); c6_0 = load(c, 6 &* laneCount); c6_1 = load(c, 6 &* laneCount &+ stride); c7_0 = load(c, 7 &* laneCount); c7_1 = load(c, 7 &* laneCount &+ stride); c8_0 = load(c, 8 &* laneCount); c8_1 = load(c, 8 &* laneCount &+ stride); c9_0 = load(c, 9 &* laneCount); c9_1 = load(c, 9 &* laneCount &+ stride); c10_0 = load(c, 10 &* laneCount); c10_1 = load(c, 10 &* laneCount &+ stride)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0), w1 = load(w, 0 &+ laneCount)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
            let a1 = splat(a[k &+ 1 &* laneCount]); c1_0 = madd(a1, w0, c1_0); c1_1 = madd(a1, w1, c1_1)
            let a2 = splat(a[k &+ 2 &* laneCount]); c2_0 = madd(a2, w0, c2_0); c2_1 = madd(a2, w1, c2_1)
            let a3 = splat(a[k &+ 3 &* laneCount]); c3_0 = madd(a3, w0, c3_0); c3_1 = madd(a3, w1, c3_1)
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0); c4_1 = madd(a4, w1, c4_1)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0); c5_1 = madd(a5, w1, c5_1)
            let a6 = splat(a[k &+ 6 &* laneCount]); c6_0 = madd(a6, w0, c6_0); c6_1 = madd(a6, w1, c6_1)
            let a7 = splat(a[k &+ 7 &* laneCount]); c7_0 = madd(a7, w0, c7_0); c7_1 = madd(a7, w1, c7_1)
            let a8 = splat(a[k &+ 8 &* laneCount]); c8_0 = madd(a8, w0, c8_0); c8_1 = madd(a8, w1, c8_1)
            let a9 = splat(a[k &+ 9 &* laneCount]); c9_0 = madd(a9, w0, c9_0); c9_1 = madd(a9, w1, c9_1)
            let a10 = splat(a[k &+ 10 &* laneCount]); c10_0 = madd(a10, w0, c10_0); c10_1 = madd(a10, w1, c10_1)
            w += 2 &* laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c0_1 += load(residual, 0 &+ stride); c1_0 += load(residual, 1 &* laneCount); c1_1 += load(residual, 1 &* laneCount &+ stride); c2_0 += load(residual, 2 &* laneCount); c2_1 += load(residual, 2 &* laneCount &+ stride); c3_0 += load(residual, 3 &* laneCount); c3_1 += load(residual, 3 &* laneCount &+ stride); c4_0 += load(residual, 4 &* laneCount); c4_1 += load(residual, 4 &* laneCount &+ stride); c5_0 += load(residual, 5 &* laneCount); c5_1 += load(residual, 5 &* laneCount &+ stride); c6_0 += load(residual, 6 &* laneCount); c6_1 += load(residual, 6 &* laneCount &+ stride); c7_0 += load(residual, 7 &* laneCount); c7_1 += load(residual, 7 &* laneCount &+ stride); c8_0 += load(residual, 8 &* laneCount); c8_1 += load(residual, 8 &* laneCount &+ stride); c9_0 += load(residual, 9 &* laneCount); c9_1 += load(residual, 9 &* laneCount &+ stride); c10_0 += load(residual, 10 &* laneCount); c10_1 += load(residual, 10 &* laneCount &+ stride) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c0_1 = clipped(c0_1, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c1_1 = clipped(c1_1, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c2_1 = clipped(c2_1, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c3_1 = clipped(c3_1, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c4_1 = clipped(c4_1, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c5_1 = clipped(c5_1, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c6_1 = clipped(c6_1, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c7_1 = clipped(c7_1, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)); c8_1 = clipped(c8_1, splat(lower), splat(upper)); c9_0 = clipped(c9_0, splat(lower), splat(upper)); c9_1 = clipped(c9_1, splat(lower), splat(upper)); c10_0 = clipped(c10_0, splat(lower), splat(upper)); c10_1 = clipped(c10_1, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c0_1, c, 0 &+ stride); store(c1_0, c, 1 &* laneCount); store(c1_1, c, 1 &* laneCount &+ stride); store(c2_0, c, 2 &* laneCount); store(c2_1, c, 2 &* laneCount &+ stride); store(c3_0, c, 3 &* laneCount); store(c3_1, c, 3 &* laneCount &+ stride); store(c4_0, c, 4 &* laneCount); store(c4_1, c, 4 &* laneCount &+ stride); store(c5_0, c, 5 &* laneCount); store(c5_1, c, 5 &* laneCount &+ stride); store(c6_0, c, 6 &* laneCount); store(c6_1, c, 6 &* laneCount &+ stride); store(c7_0, c, 7 &* laneCount); store(c7_1, c, 7 &* laneCount &+ stride); store(c8_0, c, 8 &* laneCount); store(c8_1, c, 8 &* laneCount &+ stride); store(c9_0, c, 9 &* laneCount); store(c9_1, c, 9 &* laneCount &+ stride); store(c10_0, c, 10 &* laneCount); store(c10_1, c, 10 &* laneCount &+ stride)
}

func blockTile12x2(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0), c6_0 = splat(0), c6_1 = splat(0), c7_0 = splat(0), c7_1 = splat(0), c8_0 = splat(0), c8_1 = splat(0), c9_0 = splat(0), c9_1 = splat(0), c10_0 = splat(0), c10_1 = splat(0), c11_0 = splat(0), c11_1 = splat(0)
    if let bias {
        let bias0 = load(bias, 0), bias1 = load(bias, 0 &+ laneCount)
        c0_0 = bias0; c0_1 = bias1; c1_0 = bias0; c1_1 = bias1; c2_0 = bias0; c2_1 = bias1; c3_0 = bias0; c3_1 = bias1; c4_0 = bias0; c4_1 = bias1; c5_0 = bias0; c5_1 = bias1; c6_0 = bias0; c6_1 = bias1; c7_0 = bias0; c7_1 = bias1; c8_0 = bias0; c8_1 = bias1; c9_0 = bias0; c9_1 = bias1; c10_0 = bias0; c10_1 = bias1; c11_0 = bias0; c11_1 = bias1
    } else {
        c0_0 = load(c, 0); c0_1 = load(c, 0 &+ stride); c1_0 = load(c, 1 &* laneCount); c1_1 = load(c, 1 &* laneCount &+ stride); c2_0 = load(c, 2 &* laneCount); c2_1 = load(c, 2 &* laneCount &+ stride); c3_0 = load(c, 3 &* laneCount); c3_1 = load(c, 3 &* laneCount &+ stride); c4_0 = load(c, 4 &* laneCount); c4_1 = load(c, 4 &* laneCount &+ stride); c5_0 = load(c, 5 &* laneCount); c5_1 = load(c, 5 &* laneCount &+ stride); c6_0 = load(c, 6 &* laneCount); c6_1 = load(c, 6 &* laneCount &+ stride); c7_0 = load(c, 7 &* laneCount); c7_1 = load(c, 7 &* laneCount &+ stride); c8_0 = load(c, 8 &* laneCount); c8_1 = load(c, 8 &* laneCount &+ stride); c9_0 = load(c, 9 &* laneCount); c9_1 = load(c, 9 &* laneCount &+ stride); c10_0 = load(c, 10 &* laneCount); c10_1 = load(c, 10 &* laneCount &+ stride); c11_0 = load(c, 11 &* laneCount); c11_1 = load(c, 11 &* laneCount &+ stride)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0), w1 = load(w, 0 &+ laneCount)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
            let a1 = splat(a[k &+ 1 &* laneCount]); c1_0 = madd(a1, w0, c1_0); c1_1 = madd(a1, w1, c1_1)
            let a2 = splat(a[k &+ 2 &* laneCount]); c2_0 = madd(a2, w0, c2_0); c2_1 = madd(a2, w1, c2_1)
            let a3 = splat(a[k &+ 3 &* laneCount]); c3_0 = madd(a3, w0, c3_0); c3_1 = madd(a3, w1, c3_1)
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0); c4_1 = madd(a4, w1, c4_1)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0); c5_1 = madd(a5, w1, c5_1)
            let a6 = splat(a[k &+ 6 &* laneCount]); c6_0 = madd(a6, w0, c6_0); c6_1 = madd(a6, w1, c6_1)
            let a7 = splat(a[k &+ 7 &* laneCount]); c7_0 = madd(a7, w0, c7_0); c7_1 = madd(a7, w1, c7_1)
            let a8 = splat(a[k &+ 8 &* laneCount]); c8_0 = madd(a8, w0, c8_0); c8_1 = madd(a8, w1, c8_1)
            let a9 = splat(a[k &+ 9 &* laneCount]); c9_0 = madd(a9, w0, c9_0); c9_1 = madd(a9, w1, c9_1)
            let a10 = splat(a[k &+ 10 &* laneCount]); c10_0 = madd(a10, w0, c10_0); c10_1 = madd(a10, w1, c10_1)
            let a11 = splat(a[k &+ 11 &* laneCount]); c11_0 = madd(a11, w0, c11_0); c11_1 = madd(a11, w1, c11_1)
            w += 2 &* laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c0_1 += load(residual, 0 &+ stride); c1_0 += load(residual, 1 &* laneCount); c1_1 += load(residual, 1 &* laneCount &+ stride); c2_0 += load(residual, 2 &* laneCount); c2_1 += load(residual, 2 &* laneCount &+ stride); c3_0 += load(residual, 3 &* laneCount); c3_1 += load(residual, 3 &* laneCount &+ stride); c4_0 += load(residual, 4 &* laneCount); c4_1 += load(residual, 4 &* laneCount &+ stride); c5_0 += load(residual, 5 &* laneCount); c5_1 += load(residual, 5 &* laneCount &+ stride); c6_0 += load(residual, 6 &* laneCount); c6_1 += load(residual, 6 &* laneCount &+ stride); c7_0 += load(residual, 7 &* laneCount); c7_1 += load(residual, 7 &* laneCount &+ stride); c8_0 += load(residual, 8 &* laneCount); c8_1 += load(residual, 8 &* laneCount &+ stride); c9_0 += load(residual, 9 &* laneCount); c9_1 += load(residual, 9 &* laneCount &+ stride); c10_0 += load(residual, 10 &* laneCount); c10_1 += load(residual, 10 &* laneCount &+ stride); c11_0 += load(residual, 11 &* laneCount); c11_1 += load(residual, 11 &* laneCount &+ stride) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c0_1 = clipped(c0_1, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c1_1 = clipped(c1_1, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c2_1 = clipped(c2_1, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c3_1 = clipped(c3_1, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c4_1 = clipped(c4_1, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c5_1 = clipped(c5_1, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c6_1 = clipped(c6_1, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c7_1 = clipped(c7_1, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)); c8_1 = clipped(c8_1, splat(lower), splat(upper)); c9_0 = clipped(c9_0, splat(lower), splat(upper)); c9_1 = clipped(c9_1, splat(lower), splat(upper)); c10_0 = clipped(c10_0, splat(lower), splat(upper)); c10_1 = clipped(c10_1, splat(lower), splat(upper)); c11_0 = clipped(c11_0, splat(lower), splat(upper)); c11_1 = clipped(c11_1, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c0_1, c, 0 &+ stride); store(c1_0, c, 1 &* laneCount); store(c1_1, c, 1 &* laneCount &+ stride); store(c2_0, c, 2 &* laneCount); store(c2_1, c, 2 &* laneCount &+ stride); store(c3_0, c, 3 &* laneCount); store(c3_1, c, 3 &* laneCount &+ stride); store(c4_0, c, 4 &* laneCount); store(c4_1, c, 4 &* laneCount &+ stride); store(c5_0, c, 5 &* laneCount); store(c5_1, c, 5 &* laneCount &+ stride); store(c6_0, c, 6 &* laneCount); store(c6_1, c, 6 &* laneCount &+ stride); store(c7_0, c, 7 &* laneCount); store(c7_1, c, 7 &* laneCount &+ stride); store(c8_0, c, 8 &* laneCount); store(c8_1, c, 8 &* laneCount &+ stride); store(c9_0, c, 9 &* laneCount); store(c9_1, c, 9 &* laneCount &+ stride); store(c10_0, c, 10 &* laneCount); store(c10_1, c, 10 &* laneCount &+ stride); store(c11_0, c, 11 &* laneCount); store(c11_1, c, 11 &* laneCount &+ stride)
}

func blockTile13x2(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0), c6_0 = splat(0), c6_1 = splat(0), c7_0 = splat(0), c7_1 = splat(0), c8_0 = splat(0), c8_1 = splat(0), c9_0 = splat(0), c9_1 = splat(0), c10_0 = splat(0), c10_1 = splat(0), c11_0 = splat(0), c11_1 = splat(0), c12_0 = splat(0), c12_1 = splat(0)
    if let bias {
        let bias0 = load(bias, 0), bias1 = load(bias, 0 &+ laneCount)
        c0_0 = bias0; c0_1 = bias1; c1_0 = bias0; c1_1 = bias1; c2_0 = bias0; c2_1 = bias1; c3_0 = bias0; c3_1 = bias1; c4_0 = bias0; c4_1 = bias1; c5_0 = bias0; c5_1 = bias1; c6_0 = bias0; c6_1 = bias1; c7_0 = bias0; c7_1 = bias1; c8_0 = bias0; c8_1 = bias1; c9_0 = bias0; c9_1 = bias1; c10_0 = bias0; c10_1 = bias1; c11_0 = bias0; c11_1 = bias1; c12_0 = bias0; c12_1 = bias1
    } else {
        c0_0 = load(c, 0); c0_1 = load(c, 0 &+ stride); c1_0 = load(c, 1 &* laneCount); c1_1 = load(c, 1 &* laneCount &+ stride); c2_0 = load(c, 2 &* laneCount); c2_1 = load(c, 2 &* laneCount &+ stride); c3_0 = load(c, 3 &* laneCount); c3_1 = load(c, 3 &* laneCount &+ stride); c4_0 = load(c, 4 &* laneCount); c4_1 = load(c, 4 &* laneCount &+ stride); c5_0 = load(c, 5 &* laneCount); c5_1 = load(c, 5 &* laneCount &+ stride); c6_0 = load(c, 6 &* laneCount); c6_1 = load(c, 6 &* laneCount &+ stride); c7_0 = load(c, 7 &* laneCount); c7_1 = load(c, 7 &* laneCount &+ stride); c8_0 = load(c, 8 &* laneCount); c8_1 = load(c, 8 &* laneCount &+ stride); c9_0 = load(c, 9 &* laneCount); c9_1 = load(c, 9 &* laneCount &+ stride); c10_0 = load(c, 10 &* laneCount); c10_1 = load(c, 10 &* laneCount &+ stride); c11_0 = load(c, 11 &* laneCount); c11_1 = load(c, 11 &* laneCount &+ stride); c12_0 = load(c, 12 &* laneCount); c12_1 = load(c, 12 &* laneCount &+ stride)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0), w1 = load(w, 0 &+ laneCount)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
            let a1 = splat(a[k &+ 1 &* laneCount]); c1_0 = madd(a1, w0, c1_0); c1_1 = madd(a1, w1, c1_1)
            let a2 = splat(a[k &+ 2 &* laneCount]); c2_0 = madd(a2, w0, c2_0); c2_1 = madd(a2, w1, c2_1)
            let a3 = splat(a[k &+ 3 &* laneCount]); c3_0 = madd(a3, w0, c3_0); c3_1 = madd(a3, w1, c3_1)
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0); c4_1 = madd(a4, w1, c4_1)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0); c5_1 = madd(a5, w1, c5_1)
            let a6 = splat(a[k &+ 6 &* laneCount]); c6_0 = madd(a6, w0, c6_0); c6_1 = madd(a6, w1, c6_1)
            let a7 = splat(a[k &+ 7 &* laneCount]); c7_0 = madd(a7, w0, c7_0); c7_1 = madd(a7, w1, c7_1)
            let a8 = splat(a[k &+ 8 &* laneCount]); c8_0 = madd(a8, w0, c8_0); c8_1 = madd(a8, w1, c8_1)
            let a9 = splat(a[k &+ 9 &* laneCount]); c9_0 = madd(a9, w0, c9_0); c9_1 = madd(a9, w1, c9_1)
            let a10 = splat(a[k &+ 10 &* laneCount]); c10_0 = madd(a10, w0, c10_0); c10_1 = madd(a10, w1, c10_1)
            let a11 = splat(a[k &+ 11 &* laneCount]); c11_0 = madd(a11, w0, c11_0); c11_1 = madd(a11, w1, c11_1)
            let a12 = splat(a[k &+ 12 &* laneCount]); c12_0 = madd(a12, w0, c12_0); c12_1 = madd(a12, w1, c12_1)
            w += 2 &* laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c0_1 += load(residual, 0 &+ stride); c1_0 += load(residual, 1 &* laneCount); c1_1 += load(residual, 1 &* laneCount &+ stride); c2_0 += load(residual, 2 &* laneCount); c2_1 += load(residual, 2 &* laneCount &+ stride); c3_0 += load(residual, 3 &* laneCount); c3_1 += load(residual, 3 &* laneCount &+ stride); c4_0 += load(residual, 4 &* laneCount); c4_1 += load(residual, 4 &* laneCount &+ stride); c5_0 += load(residual, 5 &* laneCount); c5_1 += load(residual, 5 &* laneCount &+ stride); c6_0 += load(residual, 6 &* laneCount); c6_1 += load(residual, 6 &* laneCount &+ stride); c7_0 += load(residual, 7 &* laneCount); c7_1 += load(residual, 7 &* laneCount &+ stride); c8_0 += load(residual, 8 &* laneCount); c8_1 += load(residual, 8 &* laneCount &+ stride); c9_0 += load(residual, 9 &* laneCount); c9_1 += load(residual, 9 &* laneCount &+ stride); c10_0 += load(residual, 10 &* laneCount); c10_1 += load(residual, 10 &* laneCount &+ stride); c11_0 += load(residual, 11 &* laneCount); c11_1 += load(residual, 11 &* laneCount &+ stride); c12_0 += load(residual, 12 &* laneCount); c12_1 += load(residual, 12 &* laneCount &+ stride) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c0_1 = clipped(c0_1, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c1_1 = clipped(c1_1, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c2_1 = clipped(c2_1, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c3_1 = clipped(c3_1, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c4_1 = clipped(c4_1, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c5_1 = clipped(c5_1, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c6_1 = clipped(c6_1, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c7_1 = clipped(c7_1, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)); c8_1 = clipped(c8_1, splat(lower), splat(upper)); c9_0 = clipped(c9_0, splat(lower), splat(upper)); c9_1 = clipped(c9_1, splat(lower), splat(upper)); c10_0 = clipped(c10_0, splat(lower), splat(upper)); c10_1 = clipped(c10_1, splat(lower), splat(upper)); c11_0 = clipped(c11_0, splat(lower), splat(upper)); c11_1 = clipped(c11_1, splat(lower), splat(upper)); c12_0 = clipped(c12_0, splat(lower), splat(upper)); c12_1 = clipped(c12_1, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c0_1, c, 0 &+ stride); store(c1_0, c, 1 &* laneCount); store(c1_1, c, 1 &* laneCount &+ stride); store(c2_0, c, 2 &* laneCount); store(c2_1, c, 2 &* laneCount &+ stride); store(c3_0, c, 3 &* laneCount); store(c3_1, c, 3 &* laneCount &+ stride); store(c4_0, c, 4 &* laneCount); store(c4_1, c, 4 &* laneCount &+ stride); store(c5_0, c, 5 &* laneCount); store(c5_1, c, 5 &* laneCount &+ stride); store(c6_0, c, 6 &* laneCount); store(c6_1, c, 6 &* laneCount &+ stride); store(c7_0, c, 7 &* laneCount); store(c7_1, c, 7 &* laneCount &+ stride); store(c8_0, c, 8 &* laneCount); store(c8_1, c, 8 &* laneCount &+ stride); store(c9_0, c, 9 &* laneCount); store(c9_1, c, 9 &* laneCount &+ stride); store(c10_0, c, 10 &* laneCount); store(c10_1, c, 10 &* laneCount &+ stride); store(c11_0, c, 11 &* laneCount); store(c11_1, c, 11 &* laneCount &+ stride); store(c12_0, c, 12 &* laneCount); store(c12_1, c, 12 &* laneCount &+ stride)
}

func blockTile14x2(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0), c6_0 = splat(0), c6_1 = splat(0), c7_0 = splat(0), c7_1 = splat(0), c8_0 = splat(0), c8_1 = splat(0), c9_0 = splat(0), c9_1 = splat(0), c10_0 = splat(0), c10_1 = splat(0), c11_0 = splat(0), c11_1 = splat(0), c12_0 = splat(0), c12_1 = splat(0), c13_0 = splat(0), c13_1 = splat(0)
    if let bias {
        let bias0 = load(bias, 0), bias1 = load(bias, 0 &+ laneCount)
        c0_0 = bias0; c0_1 = bias1; c1_0 = bias0; c1_1 = bias1; c2_0 = bias0; c2_1 = bias1; c3_0 = bias0; c3_1 = bias1; c4_0 = bias0; c4_1 = bias1; c5_0 = bias0; c5_1 = bias1; c6_0 = bias0; c6_1 = bias1; c7_0 = bias0; c7_1 = bias1; c8_0 = bias0; c8_1 = bias1; c9_0 = bias0; c9_1 = bias1; c10_0 = bias0; c10_1 = bias1; c11_0 = bias0; c11_1 = bias1; c12_0 = bias0; c12_1 = bias1; c13_0 = bias0; c13_1 = bias1
    } else {
        c0_0 = load(c, 0); c0_1 = load(c, 0 &+ stride); c1_0 = load(c, 1 &* laneCount); c1_1 = load(c, 1 &* laneCount &+ stride); c2_0 = load(c, 2 &* laneCount); c2_1 = load(c, 2 &* laneCount &+ stride); c3_0 = load(c, 3 &* laneCount); c3_1 = load(c, 3 &* laneCount &+ stride); c4_0 = load(c, 4 &* laneCount); c4_1 = load(c, 4 &* laneCount &+ stride); c5_0 = load(c, 5 &* laneCount); c5_1 = load(c, 5 &* laneCount &+ stride); c6_0 = load(c, 6 &* laneCount); c6_1 = load(c, 6 &* laneCount &+ stride); c7_0 = load(c, 7 &* laneCount); c7_1 = load(c, 7 &* laneCount &+ stride); c8_0 = load(c, 8 &* laneCount); c8_1 = load(c, 8 &* laneCount &+ stride); c9_0 = load(c, 9 &* laneCount); c9_1 = load(c, 9 &* laneCount &+ stride); c10_0 = load(c, 10 &* laneCount); c10_1 = load(c, 10 &* laneCount &+ stride); c11_0 = load(c, 11 &* laneCount); c11_1 = load(c, 11 &* laneCount &+ stride); c12_0 = load(c, 12 &* laneCount); c12_1 = load(c, 12 &* laneCount &+ stride); c13_0 = load(c, 13 &* laneCount); c13_1 = load(c, 13 &* laneCount &+ stride)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0), w1 = load(w, 0 &+ laneCount)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
            let a1 = splat(a[k &+ 1 &* laneCount]); c1_0 = madd(a1, w0, c1_0); c1_1 = madd(a1, w1, c1_1)
            let a2 = splat(a[k &+ 2 &* laneCount]); c2_0 = madd(a2, w0, c2_0); c2_1 = madd(a2, w1, c2_1)
            let a3 = splat(a[k &+ 3 &* laneCount]); c3_0 = madd(a3, w0, c3_0); c3_1 = madd(a3, w1, c3_1)
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0); c4_1 = madd(a4, w1, c4_1)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0); c5_1 = madd(a5, w1, c5_1)
            let a6 = splat(a[k &+ 6 &* laneCount]); c6_0 = madd(a6, w0, c6_0); c6_1 = madd(a6, w1, c6_1)
            let a7 = splat(a[k &+ 7 &* laneCount]); c7_0 = madd(a7, w0, c7_0); c7_1 = madd(a7, w1, c7_1)
            let a8 = splat(a[k &+ 8 &* laneCount]); c8_0 = madd(a8, w0, c8_0); c8_1 = madd(a8, w1, c8_1)
            let a9 = splat(a[k &+ 9 &* laneCount]); c9_0 = madd(a9, w0, c9_0); c9_1 = madd(a9, w1, c9_1)
            let a10 = splat(a[k &+ 10 &* laneCount]); c10_0 = madd(a10, w0, c10_0); c10_1 = madd(a10, w1, c10_1)
            let a11 = splat(a[k &+ 11 &* laneCount]); c11_0 = madd(a11, w0, c11_0); c11_1 = madd(a11, w1, c11_1)
            let a12 = splat(a[k &+ 12 &* laneCount]); c12_0 = madd(a12, w0, c12_0); c12_1 = madd(a12, w1, c12_1)
            let a13 = splat(a[k &+ 13 &* laneCount]); c13_0 = madd(a13, w0, c13_0); c13_1 = madd(a13, w1, c13_1)
            w += 2 &* laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c0_1 += load(residual, 0 &+ stride); c1_0 += load(residual, 1 &* laneCount); c1_1 += load(residual, 1 &* laneCount &+ stride); c2_0 += load(residual, 2 &* laneCount); c2_1 += load(residual, 2 &* laneCount &+ stride); c3_0 += load(residual, 3 &* laneCount); c3_1 += load(residual, 3 &* laneCount &+ stride); c4_0 += load(residual, 4 &* laneCount); c4_1 += load(residual, 4 &* laneCount &+ stride); c5_0 += load(residual, 5 &* laneCount); c5_1 += load(residual, 5 &* laneCount &+ stride); c6_0 += load(residual, 6 &* laneCount); c6_1 += load(residual, 6 &* laneCount &+ stride); c7_0 += load(residual, 7 &* laneCount); c7_1 += load(residual, 7 &* laneCount &+ stride); c8_0 += load(residual, 8 &* laneCount); c8_1 += load(residual, 8 &* laneCount &+ stride); c9_0 += load(residual, 9 &* laneCount); c9_1 += load(residual, 9 &* laneCount &+ stride); c10_0 += load(residual, 10 &* laneCount); c10_1 += load(residual, 10 &* laneCount &+ stride); c11_0 += load(residual, 11 &* laneCount); c11_1 += load(residual, 11 &* laneCount &+ stride); c12_0 += load(residual, 12 &* laneCount); c12_1 += load(residual, 12 &* laneCount &+ stride); c13_0 += load(residual, 13 &* laneCount); c13_1 += load(residual, 13 &* laneCount &+ stride) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c0_1 = clipped(c0_1, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c1_1 = clipped(c1_1, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c2_1 = clipped(c2_1, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c3_1 = clipped(c3_1, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c4_1 = clipped(c4_1, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c5_1 = clipped(c5_1, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c6_1 = clipped(c6_1, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c7_1 = clipped(c7_1, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)); c8_1 = clipped(c8_1, splat(lower), splat(upper)); c9_0 = clipped(c9_0, splat(lower), splat(upper)); c9_1 = clipped(c9_1, splat(lower), splat(upper)); c10_0 = clipped(c10_0, splat(lower), splat(upper)); c10_1 = clipped(c10_1, splat(lower), splat(upper)); c11_0 = clipped(c11_0, splat(lower), splat(upper)); c11_1 = clipped(c11_1, splat(lower), splat(upper)); c12_0 = clipped(c12_0, splat(lower), splat(upper)); c12_1 = clipped(c12_1, splat(lower), splat(upper)); c13_0 = clipped(c13_0, splat(lower), splat(upper)); c13_1 = clipped(c13_1, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c0_1, c, 0 &+ stride); store(c1_0, c, 1 &* laneCount); store(c1_1, c, 1 &* laneCount &+ stride); store(c2_0, c, 2 &* laneCount); store(c2_1, c, 2 &* laneCount &+ stride); store(c3_0, c, 3 &* laneCount); store(c3_1, c, 3 &* laneCount &+ stride); store(c4_0, c, 4 &* laneCount); store(c4_1, c, 4 &* laneCount &+ stride); store(c5_0, c, 5 &* laneCount); store(c5_1, c, 5 &* laneCount &+ stride); store(c6_0, c, 6 &* laneCount); store(c6_1, c, 6 &* laneCount &+ stride); store(c7_0, c, 7 &* laneCount); store(c7_1, c, 7 &* laneCount &+ stride); store(c8_0, c, 8 &* laneCount); store(c8_1, c, 8 &* laneCount &+ stride); store(c9_0, c, 9 &* laneCount); store(c9_1, c, 9 &* laneCount &+ stride); store(c10_0, c, 10 &* laneCount); store(c10_1, c, 10 &* laneCount &+ stride); store(c11_0, c, 11 &* laneCount); store(c11_1, c, 11 &* laneCount &+ stride); store(c12_0, c, 12 &* laneCount); store(c12_1, c, 12 &* laneCount &+ stride); store(c13_0, c, 13 &* laneCount); store(c13_1, c, 13 &* laneCount &+ stride)
}

#endif
