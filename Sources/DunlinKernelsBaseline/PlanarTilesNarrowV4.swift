// Written by scripts/generate-kernel-tiles.swift: change that, not this file.
// swift-format-ignore-file

// c[o, i] = bias[o] + Σ image[offsets[s] + i] · w[s, o] + residual[o, i], for the pixels of a tile.

#if DUNLIN_V4

/// One tile of `pixels` pixels, one register of channels wide; without `bias` the old content of `c` is added to.
@_transparent func planarTilex1(_ pixels: Int, _ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int) {
    switch pixels {
    case 1: planarTile1x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride)
    case 2: planarTile2x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride)
    case 3: planarTile3x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride)
    case 4: planarTile4x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride)
    case 5: planarTile5x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride)
    case 6: planarTile6x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride)
    case 7: planarTile7x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride)
    case 8: planarTile8x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride)
    case 9: planarTile9x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride)
    case 10: planarTile10x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride)
    case 11: planarTile11x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride)
    case 12: planarTile12x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride)
    case 13: planarTile13x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride)
    default: planarTile14x1(steps, offsets, image, w, bias, residual, clips, lower, upper, c, stride)
    }
}

func planarTile1x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int) {
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
        let w0 = load(w, 0)
        let a0 = splat(a[0]); c0_0 = madd(a0, w0, c0_0)
        w += laneCount
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0)
}

func planarTile2x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int) {
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
        let w0 = load(w, 0)
        let a0 = splat(a[0]); c0_0 = madd(a0, w0, c0_0)
        let a1 = splat(a[1]); c1_0 = madd(a1, w0, c1_0)
        w += laneCount
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount)
}

func planarTile3x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int) {
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
        let w0 = load(w, 0)
        let a0 = splat(a[0]); c0_0 = madd(a0, w0, c0_0)
        let a1 = splat(a[1]); c1_0 = madd(a1, w0, c1_0)
        let a2 = splat(a[2]); c2_0 = madd(a2, w0, c2_0)
        w += laneCount
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount)
}

func planarTile4x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int) {
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
        let w0 = load(w, 0)
        let a0 = splat(a[0]); c0_0 = madd(a0, w0, c0_0)
        let a1 = splat(a[1]); c1_0 = madd(a1, w0, c1_0)
        let a2 = splat(a[2]); c2_0 = madd(a2, w0, c2_0)
        let a3 = splat(a[3]); c3_0 = madd(a3, w0, c3_0)
        w += laneCount
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount)
}

func planarTile5x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int) {
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
        let w0 = load(w, 0)
        let a0 = splat(a[0]); c0_0 = madd(a0, w0, c0_0)
        let a1 = splat(a[1]); c1_0 = madd(a1, w0, c1_0)
        let a2 = splat(a[2]); c2_0 = madd(a2, w0, c2_0)
        let a3 = splat(a[3]); c3_0 = madd(a3, w0, c3_0)
        let a4 = splat(a[4]); c4_0 = madd(a4, w0, c4_0)
        w += laneCount
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount)
}

func planarTile6x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int) {
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
        let w0 = load(w, 0)
        let a0 = splat(a[0]); c0_0 = madd(a0, w0, c0_0)
        let a1 = splat(a[1]); c1_0 = madd(a1, w0, c1_0)
        let a2 = splat(a[2]); c2_0 = madd(a2, w0, c2_0)
        let a3 = splat(a[3]); c3_0 = madd(a3, w0, c3_0)
        let a4 = splat(a[4]); c4_0 = madd(a4, w0, c4_0)
        let a5 = splat(a[5]); c5_0 = madd(a5, w0, c5_0)
        w += laneCount
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount)
}

func planarTile7x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int) {
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
        let w0 = load(w, 0)
        let a0 = splat(a[0]); c0_0 = madd(a0, w0, c0_0)
        let a1 = splat(a[1]); c1_0 = madd(a1, w0, c1_0)
        let a2 = splat(a[2]); c2_0 = madd(a2, w0, c2_0)
        let a3 = splat(a[3]); c3_0 = madd(a3, w0, c3_0)
        let a4 = splat(a[4]); c4_0 = madd(a4, w0, c4_0)
        let a5 = splat(a[5]); c5_0 = madd(a5, w0, c5_0)
        let a6 = splat(a[6]); c6_0 = madd(a6, w0, c6_0)
        w += laneCount
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount); c6_0 += load(residual, 6 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount); store(c6_0, c, 6 &* laneCount)
}

func planarTile8x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int) {
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
        let w0 = load(w, 0)
        let a0 = splat(a[0]); c0_0 = madd(a0, w0, c0_0)
        let a1 = splat(a[1]); c1_0 = madd(a1, w0, c1_0)
        let a2 = splat(a[2]); c2_0 = madd(a2, w0, c2_0)
        let a3 = splat(a[3]); c3_0 = madd(a3, w0, c3_0)
        let a4 = splat(a[4]); c4_0 = madd(a4, w0, c4_0)
        let a5 = splat(a[5]); c5_0 = madd(a5, w0, c5_0)
        let a6 = splat(a[6]); c6_0 = madd(a6, w0, c6_0)
        let a7 = splat(a[7]); c7_0 = madd(a7, w0, c7_0)
        w += laneCount
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount); c6_0 += load(residual, 6 &* laneCount); c7_0 += load(residual, 7 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount); store(c6_0, c, 6 &* laneCount); store(c7_0, c, 7 &* laneCount)
}

func planarTile9x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int) {
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
        let w0 = load(w, 0)
        let a0 = splat(a[0]); c0_0 = madd(a0, w0, c0_0)
        let a1 = splat(a[1]); c1_0 = madd(a1, w0, c1_0)
        let a2 = splat(a[2]); c2_0 = madd(a2, w0, c2_0)
        let a3 = splat(a[3]); c3_0 = madd(a3, w0, c3_0)
        let a4 = splat(a[4]); c4_0 = madd(a4, w0, c4_0)
        let a5 = splat(a[5]); c5_0 = madd(a5, w0, c5_0)
        let a6 = splat(a[6]); c6_0 = madd(a6, w0, c6_0)
        let a7 = splat(a[7]); c7_0 = madd(a7, w0, c7_0)
        let a8 = splat(a[8]); c8_0 = madd(a8, w0, c8_0)
        w += laneCount
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount); c6_0 += load(residual, 6 &* laneCount); c7_0 += load(residual, 7 &* laneCount); c8_0 += load(residual, 8 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount); store(c6_0, c, 6 &* laneCount); store(c7_0, c, 7 &* laneCount); store(c8_0, c, 8 &* laneCount)
}

func planarTile10x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int) {
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
        let w0 = load(w, 0)
        let a0 = splat(a[0]); c0_0 = madd(a0, w0, c0_0)
        let a1 = splat(a[1]); c1_0 = madd(a1, w0, c1_0)
        let a2 = splat(a[2]); c2_0 = madd(a2, w0, c2_0)
        let a3 = splat(a[3]); c3_0 = madd(a3, w0, c3_0)
        let a4 = splat(a[4]); c4_0 = madd(a4, w0, c4_0)
        let a5 = splat(a[5]); c5_0 = madd(a5, w0, c5_0)
        let a6 = splat(a[6]); c6_0 = madd(a6, w0, c6_0)
        let a7 = splat(a[7]); c7_0 = madd(a7, w0, c7_0)
        let a8 = splat(a[8]); c8_0 = madd(a8, w0, c8_0)
        let a9 = splat(a[9]); c9_0 = madd(a9, w0, c9_0)
        w += laneCount
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount); c6_0 += load(residual, 6 &* laneCount); c7_0 += load(residual, 7 &* laneCount); c8_0 += load(residual, 8 &* laneCount); c9_0 += load(residual, 9 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)); c9_0 = clipped(c9_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount); store(c6_0, c, 6 &* laneCount); store(c7_0, c, 7 &* laneCount); store(c8_0, c, 8 &* laneCount); store(c9_0, c, 9 &* laneCount)
}

func planarTile11x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int) {
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
        let w0 = load(w, 0)
        let a0 = splat(a[0]); c0_0 = madd(a0, w0, c0_0)
        let a1 = splat(a[1]); c1_0 = madd(a1, w0, c1_0)
        let a2 = splat(a[2]); c2_0 = madd(a2, w0, c2_0)
        let a3 = splat(a[3]); c3_0 = madd(a3, w0, c3_0)
        let a4 = splat(a[4]); c4_0 = madd(a4, w0, c4_0)
        let a5 = splat(a[5]); c5_0 = madd(a5, w0, c5_0)
        let a6 = splat(a[6]); c6_0 = madd(a6, w0, c6_0)
        let a7 = splat(a[7]); c7_0 = madd(a7, w0, c7_0)
        let a8 = splat(a[8]); c8_0 = madd(a8, w0, c8_0)
        let a9 = splat(a[9]); c9_0 = madd(a9, w0, c9_0)
        let a10 = splat(a[10]); c10_0 = madd(a10, w0, c10_0)
        w += laneCount
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount); c6_0 += load(residual, 6 &* laneCount); c7_0 += load(residual, 7 &* laneCount); c8_0 += load(residual, 8 &* laneCount); c9_0 += load(residual, 9 &* laneCount); c10_0 += load(residual, 10 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)); c9_0 = clipped(c9_0, splat(lower), splat(upper)); c10_0 = clipped(c10_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount); store(c6_0, c, 6 &* laneCount); store(c7_0, c, 7 &* laneCount); store(c8_0, c, 8 &* laneCount); store(c9_0, c, 9 &* laneCount); store(c10_0, c, 10 &* laneCount)
}

func planarTile12x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int) {
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
        let w0 = load(w, 0)
        let a0 = splat(a[0]); c0_0 = madd(a0, w0, c0_0)
        let a1 = splat(a[1]); c1_0 = madd(a1, w0, c1_0)
        let a2 = splat(a[2]); c2_0 = madd(a2, w0, c2_0)
        let a3 = splat(a[3]); c3_0 = madd(a3, w0, c3_0)
        let a4 = splat(a[4]); c4_0 = madd(a4, w0, c4_0)
        let a5 = splat(a[5]); c5_0 = madd(a5, w0, c5_0)
        let a6 = splat(a[6]); c6_0 = madd(a6, w0, c6_0)
        let a7 = splat(a[7]); c7_0 = madd(a7, w0, c7_0)
        let a8 = splat(a[8]); c8_0 = madd(a8, w0, c8_0)
        let a9 = splat(a[9]); c9_0 = madd(a9, w0, c9_0)
        let a10 = splat(a[10]); c10_0 = madd(a10, w0, c10_0)
        let a11 = splat(a[11]); c11_0 = madd(a11, w0, c11_0)
        w += laneCount
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount); c6_0 += load(residual, 6 &* laneCount); c7_0 += load(residual, 7 &* laneCount); c8_0 += load(residual, 8 &* laneCount); c9_0 += load(residual, 9 &* laneCount); c10_0 += load(residual, 10 &* laneCount); c11_0 += load(residual, 11 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)); c9_0 = clipped(c9_0, splat(lower), splat(upper)); c10_0 = clipped(c10_0, splat(lower), splat(upper)); c11_0 = clipped(c11_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount); store(c6_0, c, 6 &* laneCount); store(c7_0, c, 7 &* laneCount); store(c8_0, c, 8 &* laneCount); store(c9_0, c, 9 &* laneCount); store(c10_0, c, 10 &* laneCount); store(c11_0, c, 11 &* laneCount)
}

func planarTile13x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int) {
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
        let w0 = load(w, 0)
        let a0 = splat(a[0]); c0_0 = madd(a0, w0, c0_0)
        let a1 = splat(a[1]); c1_0 = madd(a1, w0, c1_0)
        let a2 = splat(a[2]); c2_0 = madd(a2, w0, c2_0)
        let a3 = splat(a[3]); c3_0 = madd(a3, w0, c3_0)
        let a4 = splat(a[4]); c4_0 = madd(a4, w0, c4_0)
        let a5 = splat(a[5]); c5_0 = madd(a5, w0, c5_0)
        let a6 = splat(a[6]); c6_0 = madd(a6, w0, c6_0)
        let a7 = splat(a[7]); c7_0 = madd(a7, w0, c7_0)
        let a8 = splat(a[8]); c8_0 = madd(a8, w0, c8_0)
        let a9 = splat(a[9]); c9_0 = madd(a9, w0, c9_0)
        let a10 = splat(a[10]); c10_0 = madd(a10, w0, c10_0)
        let a11 = splat(a[11]); c11_0 = madd(a11, w0, c11_0)
        let a12 = splat(a[12]); c12_0 = madd(a12, w0, c12_0)
        w += laneCount
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount); c6_0 += load(residual, 6 &* laneCount); c7_0 += load(residual, 7 &* laneCount); c8_0 += load(residual, 8 &* laneCount); c9_0 += load(residual, 9 &* laneCount); c10_0 += load(residual, 10 &* laneCount); c11_0 += load(residual, 11 &* laneCount); c12_0 += load(residual, 12 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)); c9_0 = clipped(c9_0, splat(lower), splat(upper)); c10_0 = clipped(c10_0, splat(lower), splat(upper)); c11_0 = clipped(c11_0, splat(lower), splat(upper)); c12_0 = clipped(c12_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount); store(c6_0, c, 6 &* laneCount); store(c7_0, c, 7 &* laneCount); store(c8_0, c, 8 &* laneCount); store(c9_0, c, 9 &* laneCount); store(c10_0, c, 10 &* laneCount); store(c11_0, c, 11 &* laneCount); store(c12_0, c, 12 &* laneCount)
}

func planarTile14x1(_ steps: Int, _ offsets: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ clips: Bool, _ lower: Float, _ upper: Float, _ c: UnsafeMutablePointer<Float>, _ stride: Int) {
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
        let w0 = load(w, 0)
        let a0 = splat(a[0]); c0_0 = madd(a0, w0, c0_0)
        let a1 = splat(a[1]); c1_0 = madd(a1, w0, c1_0)
        let a2 = splat(a[2]); c2_0 = madd(a2, w0, c2_0)
        let a3 = splat(a[3]); c3_0 = madd(a3, w0, c3_0)
        let a4 = splat(a[4]); c4_0 = madd(a4, w0, c4_0)
        let a5 = splat(a[5]); c5_0 = madd(a5, w0, c5_0)
        let a6 = splat(a[6]); c6_0 = madd(a6, w0, c6_0)
        let a7 = splat(a[7]); c7_0 = madd(a7, w0, c7_0)
        let a8 = splat(a[8]); c8_0 = madd(a8, w0, c8_0)
        let a9 = splat(a[9]); c9_0 = madd(a9, w0, c9_0)
        let a10 = splat(a[10]); c10_0 = madd(a10, w0, c10_0)
        let a11 = splat(a[11]); c11_0 = madd(a11, w0, c11_0)
        let a12 = splat(a[12]); c12_0 = madd(a12, w0, c12_0)
        let a13 = splat(a[13]); c13_0 = madd(a13, w0, c13_0)
        w += laneCount
        s &+= 1
    }
    if let residual { c0_0 += load(residual, 0); c1_0 += load(residual, 1 &* laneCount); c2_0 += load(residual, 2 &* laneCount); c3_0 += load(residual, 3 &* laneCount); c4_0 += load(residual, 4 &* laneCount); c5_0 += load(residual, 5 &* laneCount); c6_0 += load(residual, 6 &* laneCount); c7_0 += load(residual, 7 &* laneCount); c8_0 += load(residual, 8 &* laneCount); c9_0 += load(residual, 9 &* laneCount); c10_0 += load(residual, 10 &* laneCount); c11_0 += load(residual, 11 &* laneCount); c12_0 += load(residual, 12 &* laneCount); c13_0 += load(residual, 13 &* laneCount) }
    if clips { c0_0 = clipped(c0_0, splat(lower), splat(upper)); c1_0 = clipped(c1_0, splat(lower), splat(upper)); c2_0 = clipped(c2_0, splat(lower), splat(upper)); c3_0 = clipped(c3_0, splat(lower), splat(upper)); c4_0 = clipped(c4_0, splat(lower), splat(upper)); c5_0 = clipped(c5_0, splat(lower), splat(upper)); c6_0 = clipped(c6_0, splat(lower), splat(upper)); c7_0 = clipped(c7_0, splat(lower), splat(upper)); c8_0 = clipped(c8_0, splat(lower), splat(upper)); c9_0 = clipped(c9_0, splat(lower), splat(upper)); c10_0 = clipped(c10_0, splat(lower), splat(upper)); c11_0 = clipped(c11_0, splat(lower), splat(upper)); c12_0 = clipped(c12_0, splat(lower), splat(upper)); c13_0 = clipped(c13_0, splat(lower), splat(upper)) }
    store(c0_0, c, 0); store(c1_0, c, 1 &* laneCount); store(c2_0, c, 2 &* laneCount); store(c3_0, c, 3 &* laneCount); store(c4_0, c, 4 &* laneCount); store(c5_0, c, 5 &* laneCount); store(c6_0, c, 6 &* laneCount); store(c7_0, c, 7 &* laneCount); store(c8_0, c, 8 &* laneCount); store(c9_0, c, 9 &* laneCount); store(c10_0, c, 10 &* laneCount); store(c11_0, c, 11 &* laneCount); store(c12_0, c, 12 &* laneCount); store(c13_0, c, 13 &* laneCount)
}

#endif
