// Written by scripts/generate-kernel-tiles.swift: change that, not this file.
// swift-format-ignore-file

// output[i, o] = weights[0, o] + Σ image[pixels[i] + taps[k]] · weights[k + 1, o], for the pixels of a tile.

#if DUNLIN_V4

/// Output pixels of a tile.
@_transparent var windowPixels: Int { 8 }

/// One tile; its channels are those of one or of two registers.
@_transparent func windowTile(
    _ isWide: Bool, _ depth: Int, _ taps: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ pixels: UnsafePointer<Int>, _ weights: UnsafePointer<Float>, _ isRelu: Bool, _ output: UnsafeMutablePointer<Float>, _ stride: Int
) {
    if isWide {
        windowTile8x2(depth, taps, image, pixels, weights, isRelu, output, stride)
    } else {
        windowTile8x1(depth, taps, image, pixels, weights, isRelu, output, stride)
    }
}

func windowTile8x1(
    _ depth: Int, _ taps: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ pixels: UnsafePointer<Int>, _ weights: UnsafePointer<Float>, _ isRelu: Bool, _ output: UnsafeMutablePointer<Float>, _ stride: Int
) {
    let bias0 = load(weights, 0)
    let p0 = image + pixels[0]; var c0_0 = bias0
    let p1 = image + pixels[1]; var c1_0 = bias0
    let p2 = image + pixels[2]; var c2_0 = bias0
    let p3 = image + pixels[3]; var c3_0 = bias0
    let p4 = image + pixels[4]; var c4_0 = bias0
    let p5 = image + pixels[5]; var c5_0 = bias0
    let p6 = image + pixels[6]; var c6_0 = bias0
    let p7 = image + pixels[7]; var c7_0 = bias0
    var k = 0, weights = weights + tileColumns
    while k < depth {
        let tap = taps[k]
        let w0 = load(weights, 0)
        let a0 = splat(p0[tap]); c0_0 = madd(a0, w0, c0_0)
        let a1 = splat(p1[tap]); c1_0 = madd(a1, w0, c1_0)
        let a2 = splat(p2[tap]); c2_0 = madd(a2, w0, c2_0)
        let a3 = splat(p3[tap]); c3_0 = madd(a3, w0, c3_0)
        let a4 = splat(p4[tap]); c4_0 = madd(a4, w0, c4_0)
        let a5 = splat(p5[tap]); c5_0 = madd(a5, w0, c5_0)
        let a6 = splat(p6[tap]); c6_0 = madd(a6, w0, c6_0)
        let a7 = splat(p7[tap]); c7_0 = madd(a7, w0, c7_0)
        weights += tileColumns; k &+= 1
    }
    if isRelu {
        c0_0 = relu(c0_0)
        c1_0 = relu(c1_0)
        c2_0 = relu(c2_0)
        c3_0 = relu(c3_0)
        c4_0 = relu(c4_0)
        c5_0 = relu(c5_0)
        c6_0 = relu(c6_0)
        c7_0 = relu(c7_0)
    }
    store(c0_0, output, 0 &* stride)
    store(c1_0, output, 1 &* stride)
    store(c2_0, output, 2 &* stride)
    store(c3_0, output, 3 &* stride)
    store(c4_0, output, 4 &* stride)
    store(c5_0, output, 5 &* stride)
    store(c6_0, output, 6 &* stride)
    store(c7_0, output, 7 &* stride)
}

func windowTile8x2(
    _ depth: Int, _ taps: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ pixels: UnsafePointer<Int>, _ weights: UnsafePointer<Float>, _ isRelu: Bool, _ output: UnsafeMutablePointer<Float>, _ stride: Int
) {
    let bias0 = load(weights, 0)
    let bias1 = load(weights, 0 &+ laneCount)
    let p0 = image + pixels[0]; var c0_0 = bias0, c0_1 = bias1
    let p1 = image + pixels[1]; var c1_0 = bias0, c1_1 = bias1
    let p2 = image + pixels[2]; var c2_0 = bias0, c2_1 = bias1
    let p3 = image + pixels[3]; var c3_0 = bias0, c3_1 = bias1
    let p4 = image + pixels[4]; var c4_0 = bias0, c4_1 = bias1
    let p5 = image + pixels[5]; var c5_0 = bias0, c5_1 = bias1
    let p6 = image + pixels[6]; var c6_0 = bias0, c6_1 = bias1
    let p7 = image + pixels[7]; var c7_0 = bias0, c7_1 = bias1
    var k = 0, weights = weights + tileColumns
    while k < depth {
        let tap = taps[k]
        let w0 = load(weights, 0), w1 = load(weights, 0 &+ laneCount)
        let a0 = splat(p0[tap]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
        let a1 = splat(p1[tap]); c1_0 = madd(a1, w0, c1_0); c1_1 = madd(a1, w1, c1_1)
        let a2 = splat(p2[tap]); c2_0 = madd(a2, w0, c2_0); c2_1 = madd(a2, w1, c2_1)
        let a3 = splat(p3[tap]); c3_0 = madd(a3, w0, c3_0); c3_1 = madd(a3, w1, c3_1)
        let a4 = splat(p4[tap]); c4_0 = madd(a4, w0, c4_0); c4_1 = madd(a4, w1, c4_1)
        let a5 = splat(p5[tap]); c5_0 = madd(a5, w0, c5_0); c5_1 = madd(a5, w1, c5_1)
        let a6 = splat(p6[tap]); c6_0 = madd(a6, w0, c6_0); c6_1 = madd(a6, w1, c6_1)
        let a7 = splat(p7[tap]); c7_0 = madd(a7, w0, c7_0); c7_1 = madd(a7, w1, c7_1)
        weights += tileColumns; k &+= 1
    }
    if isRelu {
        c0_0 = relu(c0_0); c0_1 = relu(c0_1)
        c1_0 = relu(c1_0); c1_1 = relu(c1_1)
        c2_0 = relu(c2_0); c2_1 = relu(c2_1)
        c3_0 = relu(c3_0); c3_1 = relu(c3_1)
        c4_0 = relu(c4_0); c4_1 = relu(c4_1)
        c5_0 = relu(c5_0); c5_1 = relu(c5_1)
        c6_0 = relu(c6_0); c6_1 = relu(c6_1)
        c7_0 = relu(c7_0); c7_1 = relu(c7_1)
    }
    store(c0_0, output, 0 &* stride); store(c0_1, output, 0 &* stride &+ laneCount)
    store(c1_0, output, 1 &* stride); store(c1_1, output, 1 &* stride &+ laneCount)
    store(c2_0, output, 2 &* stride); store(c2_1, output, 2 &* stride &+ laneCount)
    store(c3_0, output, 3 &* stride); store(c3_1, output, 3 &* stride &+ laneCount)
    store(c4_0, output, 4 &* stride); store(c4_1, output, 4 &* stride &+ laneCount)
    store(c5_0, output, 5 &* stride); store(c5_1, output, 5 &* stride &+ laneCount)
    store(c6_0, output, 6 &* stride); store(c6_1, output, 6 &* stride &+ laneCount)
    store(c7_0, output, 7 &* stride); store(c7_1, output, 7 &* stride &+ laneCount)
}

#endif

#if DUNLIN_V3

/// Output pixels of a tile.
@_transparent var windowPixels: Int { 6 }

/// One tile; its channels are those of one or of two registers.
@_transparent func windowTile(
    _ isWide: Bool, _ depth: Int, _ taps: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ pixels: UnsafePointer<Int>, _ weights: UnsafePointer<Float>, _ isRelu: Bool, _ output: UnsafeMutablePointer<Float>, _ stride: Int
) {
    if isWide {
        windowTile6x2(depth, taps, image, pixels, weights, isRelu, output, stride)
    } else {
        windowTile6x1(depth, taps, image, pixels, weights, isRelu, output, stride)
    }
}

func windowTile6x1(
    _ depth: Int, _ taps: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ pixels: UnsafePointer<Int>, _ weights: UnsafePointer<Float>, _ isRelu: Bool, _ output: UnsafeMutablePointer<Float>, _ stride: Int
) {
    let bias0 = load(weights, 0)
    let p0 = image + pixels[0]; var c0_0 = bias0
    let p1 = image + pixels[1]; var c1_0 = bias0
    let p2 = image + pixels[2]; var c2_0 = bias0
    let p3 = image + pixels[3]; var c3_0 = bias0
    let p4 = image + pixels[4]; var c4_0 = bias0
    let p5 = image + pixels[5]; var c5_0 = bias0
    var k = 0, weights = weights + tileColumns
    while k < depth {
        let tap = taps[k]
        let w0 = load(weights, 0)
        let a0 = splat(p0[tap]); c0_0 = madd(a0, w0, c0_0)
        let a1 = splat(p1[tap]); c1_0 = madd(a1, w0, c1_0)
        let a2 = splat(p2[tap]); c2_0 = madd(a2, w0, c2_0)
        let a3 = splat(p3[tap]); c3_0 = madd(a3, w0, c3_0)
        let a4 = splat(p4[tap]); c4_0 = madd(a4, w0, c4_0)
        let a5 = splat(p5[tap]); c5_0 = madd(a5, w0, c5_0)
        weights += tileColumns; k &+= 1
    }
    if isRelu {
        c0_0 = relu(c0_0)
        c1_0 = relu(c1_0)
        c2_0 = relu(c2_0)
        c3_0 = relu(c3_0)
        c4_0 = relu(c4_0)
        c5_0 = relu(c5_0)
    }
    store(c0_0, output, 0 &* stride)
    store(c1_0, output, 1 &* stride)
    store(c2_0, output, 2 &* stride)
    store(c3_0, output, 3 &* stride)
    store(c4_0, output, 4 &* stride)
    store(c5_0, output, 5 &* stride)
}

func windowTile6x2(
    _ depth: Int, _ taps: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ pixels: UnsafePointer<Int>, _ weights: UnsafePointer<Float>, _ isRelu: Bool, _ output: UnsafeMutablePointer<Float>, _ stride: Int
) {
    let bias0 = load(weights, 0)
    let bias1 = load(weights, 0 &+ laneCount)
    let p0 = image + pixels[0]; var c0_0 = bias0, c0_1 = bias1
    let p1 = image + pixels[1]; var c1_0 = bias0, c1_1 = bias1
    let p2 = image + pixels[2]; var c2_0 = bias0, c2_1 = bias1
    let p3 = image + pixels[3]; var c3_0 = bias0, c3_1 = bias1
    let p4 = image + pixels[4]; var c4_0 = bias0, c4_1 = bias1
    let p5 = image + pixels[5]; var c5_0 = bias0, c5_1 = bias1
    var k = 0, weights = weights + tileColumns
    while k < depth {
        let tap = taps[k]
        let w0 = load(weights, 0), w1 = load(weights, 0 &+ laneCount)
        let a0 = splat(p0[tap]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
        let a1 = splat(p1[tap]); c1_0 = madd(a1, w0, c1_0); c1_1 = madd(a1, w1, c1_1)
        let a2 = splat(p2[tap]); c2_0 = madd(a2, w0, c2_0); c2_1 = madd(a2, w1, c2_1)
        let a3 = splat(p3[tap]); c3_0 = madd(a3, w0, c3_0); c3_1 = madd(a3, w1, c3_1)
        let a4 = splat(p4[tap]); c4_0 = madd(a4, w0, c4_0); c4_1 = madd(a4, w1, c4_1)
        let a5 = splat(p5[tap]); c5_0 = madd(a5, w0, c5_0); c5_1 = madd(a5, w1, c5_1)
        weights += tileColumns; k &+= 1
    }
    if isRelu {
        c0_0 = relu(c0_0); c0_1 = relu(c0_1)
        c1_0 = relu(c1_0); c1_1 = relu(c1_1)
        c2_0 = relu(c2_0); c2_1 = relu(c2_1)
        c3_0 = relu(c3_0); c3_1 = relu(c3_1)
        c4_0 = relu(c4_0); c4_1 = relu(c4_1)
        c5_0 = relu(c5_0); c5_1 = relu(c5_1)
    }
    store(c0_0, output, 0 &* stride); store(c0_1, output, 0 &* stride &+ laneCount)
    store(c1_0, output, 1 &* stride); store(c1_1, output, 1 &* stride &+ laneCount)
    store(c2_0, output, 2 &* stride); store(c2_1, output, 2 &* stride &+ laneCount)
    store(c3_0, output, 3 &* stride); store(c3_1, output, 3 &* stride &+ laneCount)
    store(c4_0, output, 4 &* stride); store(c4_1, output, 4 &* stride &+ laneCount)
    store(c5_0, output, 5 &* stride); store(c5_1, output, 5 &* stride &+ laneCount)
}

#endif

#if !DUNLIN_V3 && !DUNLIN_V4

/// Output pixels of a tile.
@_transparent var windowPixels: Int { 4 }

/// One tile; its channels are those of one or of two registers.
@_transparent func windowTile(
    _ isWide: Bool, _ depth: Int, _ taps: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ pixels: UnsafePointer<Int>, _ weights: UnsafePointer<Float>, _ isRelu: Bool, _ output: UnsafeMutablePointer<Float>, _ stride: Int
) {
    if isWide {
        windowTile4x2(depth, taps, image, pixels, weights, isRelu, output, stride)
    } else {
        windowTile4x1(depth, taps, image, pixels, weights, isRelu, output, stride)
    }
}

func windowTile4x1(
    _ depth: Int, _ taps: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ pixels: UnsafePointer<Int>, _ weights: UnsafePointer<Float>, _ isRelu: Bool, _ output: UnsafeMutablePointer<Float>, _ stride: Int
) {
    let bias0 = load(weights, 0)
    let p0 = image + pixels[0]; var c0_0 = bias0
    let p1 = image + pixels[1]; var c1_0 = bias0
    let p2 = image + pixels[2]; var c2_0 = bias0
    let p3 = image + pixels[3]; var c3_0 = bias0
    var k = 0, weights = weights + tileColumns
    while k < depth {
        let tap = taps[k]
        let w0 = load(weights, 0)
        let a0 = splat(p0[tap]); c0_0 = madd(a0, w0, c0_0)
        let a1 = splat(p1[tap]); c1_0 = madd(a1, w0, c1_0)
        let a2 = splat(p2[tap]); c2_0 = madd(a2, w0, c2_0)
        let a3 = splat(p3[tap]); c3_0 = madd(a3, w0, c3_0)
        weights += tileColumns; k &+= 1
    }
    if isRelu {
        c0_0 = relu(c0_0)
        c1_0 = relu(c1_0)
        c2_0 = relu(c2_0)
        c3_0 = relu(c3_0)
    }
    store(c0_0, output, 0 &* stride)
    store(c1_0, output, 1 &* stride)
    store(c2_0, output, 2 &* stride)
    store(c3_0, output, 3 &* stride)
}

func windowTile4x2(
    _ depth: Int, _ taps: UnsafePointer<Int>, _ image: UnsafePointer<Float>, _ pixels: UnsafePointer<Int>, _ weights: UnsafePointer<Float>, _ isRelu: Bool, _ output: UnsafeMutablePointer<Float>, _ stride: Int
) {
    let bias0 = load(weights, 0)
    let bias1 = load(weights, 0 &+ laneCount)
    let p0 = image + pixels[0]; var c0_0 = bias0, c0_1 = bias1
    let p1 = image + pixels[1]; var c1_0 = bias0, c1_1 = bias1
    let p2 = image + pixels[2]; var c2_0 = bias0, c2_1 = bias1
    let p3 = image + pixels[3]; var c3_0 = bias0, c3_1 = bias1
    var k = 0, weights = weights + tileColumns
    while k < depth {
        let tap = taps[k]
        let w0 = load(weights, 0), w1 = load(weights, 0 &+ laneCount)
        let a0 = splat(p0[tap]); c0_0 = madd(a0, w0, c0_0); c0_1 = madd(a0, w1, c0_1)
        let a1 = splat(p1[tap]); c1_0 = madd(a1, w0, c1_0); c1_1 = madd(a1, w1, c1_1)
        let a2 = splat(p2[tap]); c2_0 = madd(a2, w0, c2_0); c2_1 = madd(a2, w1, c2_1)
        let a3 = splat(p3[tap]); c3_0 = madd(a3, w0, c3_0); c3_1 = madd(a3, w1, c3_1)
        weights += tileColumns; k &+= 1
    }
    if isRelu {
        c0_0 = relu(c0_0); c0_1 = relu(c0_1)
        c1_0 = relu(c1_0); c1_1 = relu(c1_1)
        c2_0 = relu(c2_0); c2_1 = relu(c2_1)
        c3_0 = relu(c3_0); c3_1 = relu(c3_1)
    }
    store(c0_0, output, 0 &* stride); store(c0_1, output, 0 &* stride &+ laneCount)
    store(c1_0, output, 1 &* stride); store(c1_1, output, 1 &* stride &+ laneCount)
    store(c2_0, output, 2 &* stride); store(c2_1, output, 2 &* stride &+ laneCount)
    store(c3_0, output, 3 &* stride); store(c3_1, output, 3 &* stride &+ laneCount)
}

#endif
