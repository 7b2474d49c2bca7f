// Written by scripts/generate-kernel-tiles.swift: change that, not this file.
// swift-format-ignore-file

// c[i, j] = (accumulates ? c[i, j] : 0) + Σ a[p, i] · b[offsets[p] + j], for each height of a tile.

import CDunlinKernels


#if !DUNLIN_V3 && !DUNLIN_V4

/// One tile of `rows` rows: `a` is packed [depth, rows]; `offsets` tells where each row of `b` begins.
@_transparent func sparseTile(
    _ rows: Int, _ depth: Int, _ a: UnsafePointer<Float>, _ offsets: UnsafePointer<Int32>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    switch rows {
    case 1: sparseTile1x2(depth, a, offsets, b, c, ldc, accumulates, ahead, step)
    case 2: sparseTile2x2(depth, a, offsets, b, c, ldc, accumulates, ahead, step)
    case 3: sparseTile3x2(depth, a, offsets, b, c, ldc, accumulates, ahead, step)
    default: sparseTile4x2(depth, a, offsets, b, c, ldc, accumulates, ahead, step)
    }
}

func sparseTile1x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ offsets: UnsafePointer<Int32>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead
    while p < depth {
        dk_prefetch(ahead)
        let b = b + Int(offsets[p])
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        a += 1; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
}

func sparseTile2x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ offsets: UnsafePointer<Int32>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount); c1_0 = load(c, 1 &* ldc); c1_1 = load(c, 1 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead
    while p < depth {
        dk_prefetch(ahead)
        let b = b + Int(offsets[p])
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        let a1 = splat(a[1]); c1_0 = madd(a1, b0, c1_0); c1_1 = madd(a1, b1, c1_1)
        a += 2; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
    store(c1_0, c, 1 &* ldc); store(c1_1, c, 1 &* ldc &+ laneCount)
}

func sparseTile3x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ offsets: UnsafePointer<Int32>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount); c1_0 = load(c, 1 &* ldc); c1_1 = load(c, 1 &* ldc &+ laneCount); c2_0 = load(c, 2 &* ldc); c2_1 = load(c, 2 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead
    while p < depth {
        dk_prefetch(ahead)
        let b = b + Int(offsets[p])
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        let a1 = splat(a[1]); c1_0 = madd(a1, b0, c1_0); c1_1 = madd(a1, b1, c1_1)
        let a2 = splat(a[2]); c2_0 = madd(a2, b0, c2_0); c2_1 = madd(a2, b1, c2_1)
        a += 3; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
    store(c1_0, c, 1 &* ldc); store(c1_1, c, 1 &* ldc &+ laneCount)
    store(c2_0, c, 2 &* ldc); store(c2_1, c, 2 &* ldc &+ laneCount)
}

func sparseTile4x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ offsets: UnsafePointer<Int32>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount); c1_0 = load(c, 1 &* ldc); c1_1 = load(c, 1 &* ldc &+ laneCount); c2_0 = load(c, 2 &* ldc); c2_1 = load(c, 2 &* ldc &+ laneCount); c3_0 = load(c, 3 &* ldc); c3_1 = load(c, 3 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead
    while p < depth {
        dk_prefetch(ahead)
        let b = b + Int(offsets[p])
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        let a1 = splat(a[1]); c1_0 = madd(a1, b0, c1_0); c1_1 = madd(a1, b1, c1_1)
        let a2 = splat(a[2]); c2_0 = madd(a2, b0, c2_0); c2_1 = madd(a2, b1, c2_1)
        let a3 = splat(a[3]); c3_0 = madd(a3, b0, c3_0); c3_1 = madd(a3, b1, c3_1)
        a += 4; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
    store(c1_0, c, 1 &* ldc); store(c1_1, c, 1 &* ldc &+ laneCount)
    store(c2_0, c, 2 &* ldc); store(c2_1, c, 2 &* ldc &+ laneCount)
    store(c3_0, c, 3 &* ldc); store(c3_1, c, 3 &* ldc &+ laneCount)
}

#endif
