// Written by scripts/generate-kernel-tiles.swift: change that, not this file.
// swift-format-ignore-file

// c[i, j] = (accumulates ? c[i, j] : 0) + Σ a[p, i] · b[p, j], for each height of a tile.

import CDunlinKernels


#if !DUNLIN_V3 && !DUNLIN_V4

/// Rows of the largest tile.
@_transparent var tileRows: Int { 4 }

/// Columns of a tile, and of a panel of a packed matrix.
@_transparent var tileColumns: Int { 2 &* laneCount }

/// One tile of `rows` rows: `a` is packed [depth, rows], `b` [depth, tileColumns]. With each step of the depth a line
/// of the cache is asked for, from `ahead` on, `step` numbers further each time.
@_transparent func gemmTile(
    _ rows: Int, _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    switch rows {
    case 1: tile1x2(depth, a, b, c, ldc, accumulates, ahead, step)
    case 2: tile2x2(depth, a, b, c, ldc, accumulates, ahead, step)
    case 3: tile3x2(depth, a, b, c, ldc, accumulates, ahead, step)
    default: tile4x2(depth, a, b, c, ldc, accumulates, ahead, step)
    }
}

func tile1x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead, b = b
    while p < depth {
        dk_prefetch(ahead)
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        a += 1; b += tileColumns; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
}

func tile2x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount); c1_0 = load(c, 1 &* ldc); c1_1 = load(c, 1 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead, b = b
    while p < depth {
        dk_prefetch(ahead)
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        let a1 = splat(a[1]); c1_0 = madd(a1, b0, c1_0); c1_1 = madd(a1, b1, c1_1)
        a += 2; b += tileColumns; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
    store(c1_0, c, 1 &* ldc); store(c1_1, c, 1 &* ldc &+ laneCount)
}

func tile3x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount); c1_0 = load(c, 1 &* ldc); c1_1 = load(c, 1 &* ldc &+ laneCount); c2_0 = load(c, 2 &* ldc); c2_1 = load(c, 2 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead, b = b
    while p < depth {
        dk_prefetch(ahead)
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        let a1 = splat(a[1]); c1_0 = madd(a1, b0, c1_0); c1_1 = madd(a1, b1, c1_1)
        let a2 = splat(a[2]); c2_0 = madd(a2, b0, c2_0); c2_1 = madd(a2, b1, c2_1)
        a += 3; b += tileColumns; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
    store(c1_0, c, 1 &* ldc); store(c1_1, c, 1 &* ldc &+ laneCount)
    store(c2_0, c, 2 &* ldc); store(c2_1, c, 2 &* ldc &+ laneCount)
}

func tile4x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount); c1_0 = load(c, 1 &* ldc); c1_1 = load(c, 1 &* ldc &+ laneCount); c2_0 = load(c, 2 &* ldc); c2_1 = load(c, 2 &* ldc &+ laneCount); c3_0 = load(c, 3 &* ldc); c3_1 = load(c, 3 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead, b = b
    while p < depth {
        dk_prefetch(ahead)
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        let a1 = splat(a[1]); c1_0 = madd(a1, b0, c1_0); c1_1 = madd(a1, b1, c1_1)
        let a2 = splat(a[2]); c2_0 = madd(a2, b0, c2_0); c2_1 = madd(a2, b1, c2_1)
        let a3 = splat(a[3]); c3_0 = madd(a3, b0, c3_0); c3_1 = madd(a3, b1, c3_1)
        a += 4; b += tileColumns; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
    store(c1_0, c, 1 &* ldc); store(c1_1, c, 1 &* ldc &+ laneCount)
    store(c2_0, c, 2 &* ldc); store(c2_1, c, 2 &* ldc &+ laneCount)
    store(c3_0, c, 3 &* ldc); store(c3_1, c, 3 &* ldc &+ laneCount)
}

#endif
