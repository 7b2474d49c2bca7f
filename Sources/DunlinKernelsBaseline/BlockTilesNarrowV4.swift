// Written by scripts/generate-kernel-tiles.swift: change that, not this file.
// swift-format-ignore-file

// c[o, i] = bias[o] + Σ image[offsets[s] + i, k] · w[s, k, o] + residual[o, i], for the pixels of a tile.

#if DUNLIN_V4

/// One tile of `pixels` pixels, one register of channels wide; without `bias` the old content of `c` is added to.
@_transparent func blockTilex1(_ pixels: Int, _ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    switch pixels {
    case 1: blockTile1x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 2: blockTile2x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 3: blockTile3x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 4: blockTile4x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 5: blockTile5x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 6: blockTile6x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 7: blockTile7x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 8: blockTile8x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 9: blockTile9x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 10: blockTile10x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 11: blockTile11x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 12: blockTile12x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    case 13: blockTile13x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
    default: blockTile14x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride, ahead, lines)
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

func blockTile5x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c1_0 = splat(0), c2_0 = splat(0), c3_0 = splat(0), c4_0 = splat(0)
    if let bias {
        let bias0 = load(bias, 0)
        c0_0 = bias0; c1_0 = bias0; c2_0 = bias0; c3_0 = bias0; c4_0 = bias0
    } else {
        c0_0 = load(c, 0); c1_0 = load(c, 1 &* laneCount); c2_0 = load(c, 2 &* laneCount); c3_0 = load(c, 3 &* laneCount); c4_0 = load(c, 4 &* laneCount)
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
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0)
            w += laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount)
}

func blockTile6x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c1_0 = splat(0), c2_0 = splat(0), c3_0 = splat(0), c4_0 = splat(0), c5_0 = splat(0)
    if let bias {
        let bias0 = load(bias, 0)
        c0_0 = bias0; c1_0 = bias0; c2_0 = bias0; c3_0 = bias0; c4_0 = bias0; c5_0 = bias0
    } else {
        c0_0 = load(c, 0); c1_0 = load(c, 1 &* laneCount); c2_0 = load(c, 2 &* laneCount); c3_0 = load(c, 3 &* laneCount); c4_0 = load(c, 4 &* laneCount); c5_0 = load(c, 5 &* laneCount)
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
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0)
            w += laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount)
}

func blockTile7x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c1_0 = splat(0), c2_0 = splat(0), c3_0 = splat(0), c4_0 = splat(0), c5_0 = splat(0), c6_0 = splat(0)
    if let bias {
        let bias0 = load(bias, 0)
        c0_0 = bias0; c1_0 = bias0; c2_0 = bias0; c3_0 = bias0; c4_0 = bias0; c5_0 = bias0; c6_0 = bias0
    } else {
        c0_0 = load(c, 0); c1_0 = load(c, 1 &* laneCount); c2_0 = load(c, 2 &* laneCount); c3_0 = load(c, 3 &* laneCount); c4_0 = load(c, 4 &* laneCount); c5_0 = load(c, 5 &* laneCount); c6_0 = load(c, 6 &* laneCount)
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
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0)
            let a6 = splat(a[k &+ 6 &* laneCount]); c6_0 = madd(a6, w0, c6_0)
            w += laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount); c6_0 += load(residual, 6 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount); store(c6_0, c, 6 &* laneCount)
}

func blockTile8x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c1_0 = splat(0), c2_0 = splat(0), c3_0 = splat(0), c4_0 = splat(0), c5_0 = splat(0), c6_0 = splat(0), c7_0 = splat(0)
    if let bias {
        let bias0 = load(bias, 0)
        c0_0 = bias0; c1_0 = bias0; c2_0 = bias0; c3_0 = bias0; c4_0 = bias0; c5_0 = bias0; c6_0 = bias0; c7_0 = bias0
    } else {
        c0_0 = load(c, 0); c1_0 = load(c, 1 &* laneCount); c2_0 = load(c, 2 &* laneCount); c3_0 = load(c, 3 &* laneCount); c4_0 = load(c, 4 &* laneCount); c5_0 = load(c, 5 &* laneCount); c6_0 = load(c, 6 &* laneCount); c7_0 = load(c, 7 &* laneCount)
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
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0)
            let a6 = splat(a[k &+ 6 &* laneCount]); c6_0 = madd(a6, w0, c6_0)
            let a7 = splat(a[k &+ 7 &* laneCount]); c7_0 = madd(a7, w0, c7_0)
            w += laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount); c6_0 += load(residual, 6 &* laneCount); c7_0 += load(residual, 7 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount); store(c6_0, c, 6 &* laneCount); store(c7_0, c, 7 &* laneCount)
}

func blockTile9x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c1_0 = splat(0), c2_0 = splat(0), c3_0 = splat(0), c4_0 = splat(0), c5_0 = splat(0), c6_0 = splat(0), c7_0 = splat(0), c8_0 = splat(0)
    if let bias {
        let bias0 = load(bias, 0)
        c0_0 = bias0; c1_0 = bias0; c2_0 = bias0; c3_0 = bias0; c4_0 = bias0; c5_0 = bias0; c6_0 = bias0; c7_0 = bias0; c8_0 = bias0
    } else {
        c0_0 = load(c, 0); c1_0 = load(c, 1 &* laneCount); c2_0 = load(c, 2 &* laneCount); c3_0 = load(c, 3 &* laneCount); c4_0 = load(c, 4 &* laneCount); c5_0 = load(c, 5 &* laneCount); c6_0 = load(c, 6 &* laneCount); c7_0 = load(c, 7 &* laneCount); c8_0 = load(c, 8 &* laneCount)
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
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0)
            let a6 = splat(a[k &+ 6 &* laneCount]); c6_0 = madd(a6, w0, c6_0)
            let a7 = splat(a[k &+ 7 &* laneCount]); c7_0 = madd(a7, w0, c7_0)
            let a8 = splat(a[k &+ 8 &* laneCount]); c8_0 = madd(a8, w0, c8_0)
            w += laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount); c6_0 += load(residual, 6 &* laneCount); c7_0 += load(residual, 7 &* laneCount); c8_0 += load(residual, 8 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount); store(c6_0, c, 6 &* laneCount); store(c7_0, c, 7 &* laneCount); store(c8_0, c, 8 &* laneCount)
}

func blockTile10x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c1_0 = splat(0), c2_0 = splat(0), c3_0 = splat(0), c4_0 = splat(0), c5_0 = splat(0), c6_0 = splat(0), c7_0 = splat(0), c8_0 = splat(0), c9_0 = splat(0)
    if let bias {
        let bias0 = load(bias, 0)
        c0_0 = bias0; c1_0 = bias0; c2_0 = bias0; c3_0 = bias0; c4_0 = bias0; c5_0 = bias0; c6_0 = bias0; c7_0 = bias0; c8_0 = bias0; c9_0 = bias0
    } else {
        c0_0 = load(c, 0); c1_0 = load(c, 1 &* laneCount); c2_0 = load(c, 2 &* laneCount); c3_0 = load(c, 3 &* laneCount); c4_0 = load(c, 4 &* laneCount); c5_0 = load(c, 5 &* laneCount); c6_0 = load(c, 6 &* laneCount); c7_0 = load(c, 7 &* laneCount); c8_0 = load(c, 8 &* laneCount); c9_0 = load(c, 9 &* laneCount)
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
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0)
            let a6 = splat(a[k &+ 6 &* laneCount]); c6_0 = madd(a6, w0, c6_0)
            let a7 = splat(a[k &+ 7 &* laneCount]); c7_0 = madd(a7, w0, c7_0)
            let a8 = splat(a[k &+ 8 &* laneCount]); c8_0 = madd(a8, w0, c8_0)
            let a9 = splat(a[k &+ 9 &* laneCount]); c9_0 = madd(a9, w0, c9_0)
            w += laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount); c6_0 += load(residual, 6 &* laneCount); c7_0 += load(residual, 7 &* laneCount); c8_0 += load(residual, 8 &* laneCount); c9_0 += load(residual, 9 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)); c9_0 = clipped(c9_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount); store(c6_0, c, 6 &* laneCount); store(c7_0, c, 7 &* laneCount); store(c8_0, c, 8 &* laneCount); store(c9_0, c, 9 &* laneCount)
}

func blockTile11x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c1_0 = splat(0), c2_0 = splat(0), c3_0 = splat(0), c4_0 = splat(0), c5_0 = splat(0), c6_0 = splat(0), c7_0 = splat(0), c8_0 = splat(0), c9_0 = splat(0), c10_0 = splat(0)
    if let bias {
        let bias0 = load(bias, 0)
        c0_0 = bias0; c1_0 = bias0; c2_0 = bias0; c3_0 = bias0; c4_0 = bias0; c5_0 = bias0; c6_0 = bias0; c7_0 = bias0; c8_0 = bias0; c9_0 = bias0; c10_0 = bias0
    } else {
        c0_0 = load(c, 0); c1_0 = load(c, 1 &* laneCount); c2_0 = load(c, 2 &* laneCount); c3_0 = load(c, 3 &* laneCount); c4_0 = load(c, 4 &* laneCount); c5_0 = load(c, 5 &* laneCount); c6_0 = load(c, 6 &* laneCount); c7_0 = load(c, 7 &* laneCount); c8_0 = load(c, 8 &* laneCount); c9_0 = load(c, 9 &* laneCount); c10_0 = load(c, 10 &* laneCount)
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
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0)
            let a6 = splat(a[k &+ 6 &* laneCount]); c6_0 = madd(a6, w0, c6_0)
            let a7 = splat(a[k &+ 7 &* laneCount]); c7_0 = madd(a7, w0, c7_0)
            let a8 = splat(a[k &+ 8 &* laneCount]); c8_0 = madd(a8, w0, c8_0)
            let a9 = splat(a[k &+ 9 &* laneCount]); c9_0 = madd(a9, w0, c9_0)
            let a10 = splat(a[k &+ 10 &* laneCount]); c10_0 = madd(a10, w0, c10_0)
            w += laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount); c6_0 += load(residual, 6 &* laneCount); c7_0 += load(residual, 7 &* laneCount); c8_0 += load(residual, 8 &* laneCount); c9_0 += load(residual, 9 &* laneCount); c10_0 += load(residual, 10 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)); c9_0 = clipped(c9_0, splat(lower), splat(upper)); c10_0 = clipped(c10_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount); store(c6_0, c, 6 &* laneCount); store(c7_0, c, 7 &* laneCount); store(c8_0, c, 8 &* laneCount); store(c9_0, c, 9 &* laneCount); store(c10_0, c, 10 &* laneCount)
}

func blockTile12x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c1_0 = splat(0), c2_0 = splat(0), c3_0 = splat(0), c4_0 = splat(0), c5_0 = splat(0), c6_0 = splat(0), c7_0 = splat(0), c8_0 = splat(0), c9_0 = splat(0), c10_0 = splat(0), c11_0 = splat(0)
    if let bias {
        let bias0 = load(bias, 0)
        c0_0 = bias0; c1_0 = bias0; c2_0 = bias0; c3_0 = bias0; c4_0 = bias0; c5_0 = bias0; c6_0 = bias0; c7_0 = bias0; c8_0 = bias0; c9_0 = bias0; c10_0 = bias0; c11_0 = bias0
    } else {
        c0_0 = load(c, 0); c1_0 = load(c, 1 &* laneCount); c2_0 = load(c, 2 &* laneCount); c3_0 = load(c, 3 &* laneCount); c4_0 = load(c, 4 &* laneCount); c5_0 = load(c, 5 &* laneCount); c6_0 = load(c, 6 &* laneCount); c7_0 = load(c, 7 &* laneCount); c8_0 = load(c, 8 &* laneCount); c9_0 = load(c, 9 &* laneCount); c10_0 = load(c, 10 &* laneCount); c11_0 = load(c, 11 &* laneCount)
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
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0)
            let a6 = splat(a[k &+ 6 &* laneCount]); c6_0 = madd(a6, w0, c6_0)
            let a7 = splat(a[k &+ 7 &* laneCount]); c7_0 = madd(a7, w0, c7_0)
            let a8 = splat(a[k &+ 8 &* laneCount]); c8_0 = madd(a8, w0, c8_0)
            let a9 = splat(a[k &+ 9 &* laneCount]); c9_0 = madd(a9, w0, c9_0)
            let a10 = splat(a[k &+ 10 &* laneCount]); c10_0 = madd(a10, w0, c10_0)
            let a11 = splat(a[k &+ 11 &* laneCount]); c11_0 = madd(a11, w0, c11_0)
            w += laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount); c6_0 += load(residual, 6 &* laneCount); c7_0 += load(residual, 7 &* laneCount); c8_0 += load(residual, 8 &* laneCount); c9_0 += load(residual, 9 &* laneCount); c10_0 += load(residual, 10 &* laneCount); c11_0 += load(residual, 11 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)); c9_0 = clipped(c9_0, splat(lower), splat(upper)); c10_0 = clipped(c10_0, splat(lower), splat(upper)); c11_0 = clipped(c11_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount); store(c6_0, c, 6 &* laneCount); store(c7_0, c, 7 &* laneCount); store(c8_0, c, 8 &* laneCount); store(c9_0, c, 9 &* laneCount); store(c10_0, c, 10 &* laneCount); store(c11_0, c, 11 &* laneCount)
}

func blockTile13x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c1_0 = splat(0), c2_0 = splat(0), c3_0 = splat(0), c4_0 = splat(0), c5_0 = splat(0), c6_0 = splat(0), c7_0 = splat(0), c8_0 = splat(0), c9_0 = splat(0), c10_0 = splat(0), c11_0 = splat(0), c12_0 = splat(0)
    if let bias {
        let bias0 = load(bias, 0)
        c0_0 = bias0; c1_0 = bias0; c2_0 = bias0; c3_0 = bias0; c4_0 = bias0; c5_0 = bias0; c6_0 = bias0; c7_0 = bias0; c8_0 = bias0; c9_0 = bias0; c10_0 = bias0; c11_0 = bias0; c12_0 = bias0
    } else {
        c0_0 = load(c, 0); c1_0 = load(c, 1 &* laneCount); c2_0 = load(c, 2 &* laneCount); c3_0 = load(c, 3 &* laneCount); c4_0 = load(c, 4 &* laneCount); c5_0 = load(c, 5 &* laneCount); c6_0 = load(c, 6 &* laneCount); c7_0 = load(c, 7 &* laneCount); c8_0 = load(c, 8 &* laneCount); c9_0 = load(c, 9 &* laneCount); c10_0 = load(c, 10 &* laneCount); c11_0 = load(c, 11 &* laneCount); c12_0 = load(c, 12 &* laneCount)
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
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0)
            let a6 = splat(a[k &+ 6 &* laneCount]); c6_0 = madd(a6, w0, c6_0)
            let a7 = splat(a[k &+ 7 &* laneCount]); c7_0 = madd(a7, w0, c7_0)
            let a8 = splat(a[k &+ 8 &* laneCount]); c8_0 = madd(a8, w0, c8_0)
            let a9 = splat(a[k &+ 9 &* laneCount]); c9_0 = madd(a9, w0, c9_0)
            let a10 = splat(a[k &+ 10 &* laneCount]); c10_0 = madd(a10, w0, c10_0)
            let a11 = splat(a[k &+ 11 &* laneCount]); c11_0 = madd(a11, w0, c11_0)
            let a12 = splat(a[k &+ 12 &* laneCount]); c12_0 = madd(a12, w0, c12_0)
            w += laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount); c6_0 += load(residual, 6 &* laneCount); c7_0 += load(residual, 7 &* laneCount); c8_0 += load(residual, 8 &* laneCount); c9_0 += load(residual, 9 &* laneCount); c10_0 += load(residual, 10 &* laneCount); c11_0 += load(residual, 11 &* laneCount); c12_0 += load(residual, 12 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)); c9_0 = clipped(c9_0, splat(lower), splat(upper)); c10_0 = clipped(c10_0, splat(lower), splat(upper)); c11_0 = clipped(c11_0, splat(lower), splat(upper)); c12_0 = clipped(c12_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount); store(c6_0, c, 6 &* laneCount); store(c7_0, c, 7 &* laneCount); store(c8_0, c, 8 &* laneCount); store(c9_0, c, 9 &* laneCount); store(c10_0, c, 10 &* laneCount); store(c11_0, c, 11 &* laneCount); store(c12_0, c, 12 &* laneCount)
}

func blockTile14x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int, _ ahead: UnsafePointer<Float>, _ lines: Int) {
    var c0_0 = splat(0), c1_0 = splat(0), c2_0 = splat(0), c3_0 = splat(0), c4_0 = splat(0), c5_0 = splat(0), c6_0 = splat(0), c7_0 = splat(0), c8_0 = splat(0), c9_0 = splat(0), c10_0 = splat(0), c11_0 = splat(0), c12_0 = splat(0), c13_0 = splat(0)
    if let bias {
        let bias0 = load(bias, 0)
        c0_0 = bias0; c1_0 = bias0; c2_0 = bias0; c3_0 = bias0; c4_0 = bias0; c5_0 = bias0; c6_0 = bias0; c7_0 = bias0; c8_0 = bias0; c9_0 = bias0; c10_0 = bias0; c11_0 = bias0; c12_0 = bias0; c13_0 = bias0
    } else {
        c0_0 = load(c, 0); c1_0 = load(c, 1 &* laneCount); c2_0 = load(c, 2 &* laneCount); c3_0 = load(c, 3 &* laneCount); c4_0 = load(c, 4 &* laneCount); c5_0 = load(c, 5 &* laneCount); c6_0 = load(c, 6 &* laneCount); c7_0 = load(c, 7 &* laneCount); c8_0 = load(c, 8 &* laneCount); c9_0 = load(c, 9 &* laneCount); c10_0 = load(c, 10 &* laneCount); c11_0 = load(c, 11 &* laneCount); c12_0 = load(c, 12 &* laneCount); c13_0 = load(c, 13 &* laneCount)
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
            let a4 = splat(a[k &+ 4 &* laneCount]); c4_0 = madd(a4, w0, c4_0)
            let a5 = splat(a[k &+ 5 &* laneCount]); c5_0 = madd(a5, w0, c5_0)
            let a6 = splat(a[k &+ 6 &* laneCount]); c6_0 = madd(a6, w0, c6_0)
            let a7 = splat(a[k &+ 7 &* laneCount]); c7_0 = madd(a7, w0, c7_0)
            let a8 = splat(a[k &+ 8 &* laneCount]); c8_0 = madd(a8, w0, c8_0)
            let a9 = splat(a[k &+ 9 &* laneCount]); c9_0 = madd(a9, w0, c9_0)
            let a10 = splat(a[k &+ 10 &* laneCount]); c10_0 = madd(a10, w0, c10_0)
            let a11 = splat(a[k &+ 11 &* laneCount]); c11_0 = madd(a11, w0, c11_0)
            let a12 = splat(a[k &+ 12 &* laneCount]); c12_0 = madd(a12, w0, c12_0)
            let a13 = splat(a[k &+ 13 &* laneCount]); c13_0 = madd(a13, w0, c13_0)
            w += laneCount; k &+= 1
        }
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount); c6_0 += load(residual, 6 &* laneCount); c7_0 += load(residual, 7 &* laneCount); c8_0 += load(residual, 8 &* laneCount); c9_0 += load(residual, 9 &* laneCount); c10_0 += load(residual, 10 &* laneCount); c11_0 += load(residual, 11 &* laneCount); c12_0 += load(residual, 12 &* laneCount); c13_0 += load(residual, 13 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)); c9_0 = clipped(c9_0, splat(lower), splat(upper)); c10_0 = clipped(c10_0, splat(lower), splat(upper)); c11_0 = clipped(c11_0, splat(lower), splat(upper)); c12_0 = clipped(c12_0, splat(lower), splat(upper)); c13_0 = clipped(c13_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount); store(c6_0, c, 6 &* laneCount); store(c7_0, c, 7 &* laneCount); store(c8_0, c, 8 &* laneCount); store(c9_0, c, 9 &* laneCount); store(c10_0, c, 10 &* laneCount); store(c11_0, c, 11 &* laneCount); store(c12_0, c, 12 &* laneCount); store(c13_0, c, 13 &* laneCount)
}

#endif
