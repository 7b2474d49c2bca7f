// Written by scripts/generate-kernel-tiles.swift: change that, not this file.
// swift-format-ignore-file

// c[o, i] = bias[o] + Σ image[offsets[s] + i, k] · w[s, k, o] + residual[o, i], for the pixels of a tile.

#if !DUNLIN_V3 && !DUNLIN_V4

/// Output pixels of the largest tile.
@_transparent var blockPixels: Int { 4 }

/// One tile of `pixels` pixels, one register of channels wide; without `bias` the old content of `c` is added to.
@_transparent func blockTilex1(_ pixels: Int, _ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    switch pixels {
    case 1: blockTile1x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 2: blockTile2x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 3: blockTile3x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    default: blockTile4x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    }
}

func blockTile1x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0)
    if let bias {
        let bias0 = load(bias, 0)
        c0_0 = bias0
    } else {
        c0_0 = load(c, 0)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0)
            w += laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0)
}

func blockTile2x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c1_0 = splat(0)
    if let bias {
        let bias0 = load(bias, 0)
        c0_0 = bias0; c1_0 = bias0
    } else {
        c0_0 = load(c, 0); c1_0 = load(c, 1 &* laneCount)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0)
            let a1 = splat(a[k &+ 1 &* laneCount]); c1_0 = madd(a1, w0, c1_0)
            w += laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount)
}

func blockTile3x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c1_0 = splat(0), c2_0 = splat(0)
    if let bias {
        let bias0 = load(bias, 0)
        c0_0 = bias0; c1_0 = bias0; c2_0 = bias0
    } else {
        c0_0 = load(c, 0); c1_0 = load(c, 1 &* laneCount); c2_0 = load(c, 2 &* laneCount)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0)
            let a1 = splat(a[k &+ 1 &* laneCount]); c1_0 = madd(a1, w0, c1_0)
            let a2 = splat(a[k &+ 2 &* laneCount]); c2_0 = madd(a2, w0, c2_0)
            w += laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount)
}

func blockTile4x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c1_0 = splat(0), c2_0 = splat(0), c3_0 = splat(0)
    if let bias {
        let bias0 = load(bias, 0)
        c0_0 = bias0; c1_0 = bias0; c2_0 = bias0; c3_0 = bias0
    } else {
        c0_0 = load(c, 0); c1_0 = load(c, 1 &* laneCount); c2_0 = load(c, 2 &* laneCount); c3_0 = load(c, 3 &* laneCount)
    }
    var s = 0, w = w
    while s < steps {
        let a = image + offsets[s]
        askFor(ahead, s, lines)
        var k = 0
        while k < laneCount {
            let w0 = load(w, 0)
            let a0 = splat(a[k]); c0_0 = madd(a0, w0, c0_0)
            let a1 = splat(a[k &+ 1 &* laneCount]); c1_0 = madd(a1, w0, c1_0)
            let a2 = splat(a[k &+ 2 &* laneCount]); c2_0 = madd(a2, w0, c2_0)
            let a3 = splat(a[k &+ 3 &* laneCount]); c3_0 = madd(a3, w0, c3_0)
            w += laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount)
}

/// One tile of `pixels` pixels, two registers of channels wide; without `bias` the old content of `c` is added to.
@_transparent func blockTilex2(_ pixels: Int, _ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    switch pixels {
    case 1: blockTile1x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 2: blockTile2x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 3: blockTile3x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    default: blockTile4x2(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
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

#endif
