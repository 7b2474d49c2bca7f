// Written by scripts/generate-kernel-tiles.swift: change that, not this file.
// swift-format-ignore-file

// c[i, j] = (accumulates ? c[i, j] : 0) + Σ a[p, i] · b[p, j], for each height of a tile.

import CDunlinKernels


#if DUNLIN_V4

/// Rows of the largest tile.
@_transparent var tileRows: Int { 14 }

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
    case 4: tile4x2(depth, a, b, c, ldc, accumulates, ahead, step)
    case 5: tile5x2(depth, a, b, c, ldc, accumulates, ahead, step)
    case 6: tile6x2(depth, a, b, c, ldc, accumulates, ahead, step)
    case 7: tile7x2(depth, a, b, c, ldc, accumulates, ahead, step)
    case 8: tile8x2(depth, a, b, c, ldc, accumulates, ahead, step)
    case 9: tile9x2(depth, a, b, c, ldc, accumulates, ahead, step)
    case 10: tile10x2(depth, a, b, c, ldc, accumulates, ahead, step)
    case 11: tile11x2(depth, a, b, c, ldc, accumulates, ahead, step)
    case 12: tile12x2(depth, a, b, c, ldc, accumulates, ahead, step)
    case 13: tile13x2(depth, a, b, c, ldc, accumulates, ahead, step)
    default: tile14x2(depth, a, b, c, ldc, accumulates, ahead, step)
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

func tile5x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount); c1_0 = load(c, 1 &* ldc); c1_1 = load(c, 1 &* ldc &+ laneCount); c2_0 = load(c, 2 &* ldc); c2_1 = load(c, 2 &* ldc &+ laneCount); c3_0 = load(c, 3 &* ldc); c3_1 = load(c, 3 &* ldc &+ laneCount); c4_0 = load(c, 4 &* ldc); c4_1 = load(c, 4 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead, b = b
    while p < depth {
        dk_prefetch(ahead)
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        let a1 = splat(a[1]); c1_0 = madd(a1, b0, c1_0); c1_1 = madd(a1, b1, c1_1)
        let a2 = splat(a[2]); c2_0 = madd(a2, b0, c2_0); c2_1 = madd(a2, b1, c2_1)
        let a3 = splat(a[3]); c3_0 = madd(a3, b0, c3_0); c3_1 = madd(a3, b1, c3_1)
        let a4 = splat(a[4]); c4_0 = madd(a4, b0, c4_0); c4_1 = madd(a4, b1, c4_1)
        a += 5; b += tileColumns; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
    store(c1_0, c, 1 &* ldc); store(c1_1, c, 1 &* ldc &+ laneCount)
    store(c2_0, c, 2 &* ldc); store(c2_1, c, 2 &* ldc &+ laneCount)
    store(c3_0, c, 3 &* ldc); store(c3_1, c, 3 &* ldc &+ laneCount)
    store(c4_0, c, 4 &* ldc); store(c4_1, c, 4 &* ldc &+ laneCount)
}

func tile6x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount); c1_0 = load(c, 1 &* ldc); c1_1 = load(c, 1 &* ldc &+ laneCount); c2_0 = load(c, 2 &* ldc); c2_1 = load(c, 2 &* ldc &+ laneCount); c3_0 = load(c, 3 &* ldc); c3_1 = load(c, 3 &* ldc &+ laneCount); c4_0 = load(c, 4 &* ldc); c4_1 = load(c, 4 &* ldc &+ laneCount); c5_0 = load(c, 5 &* ldc); c5_1 = load(c, 5 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead, b = b
    while p < depth {
        dk_prefetch(ahead)
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        let a1 = splat(a[1]); c1_0 = madd(a1, b0, c1_0); c1_1 = madd(a1, b1, c1_1)
        let a2 = splat(a[2]); c2_0 = madd(a2, b0, c2_0); c2_1 = madd(a2, b1, c2_1)
        let a3 = splat(a[3]); c3_0 = madd(a3, b0, c3_0); c3_1 = madd(a3, b1, c3_1)
        let a4 = splat(a[4]); c4_0 = madd(a4, b0, c4_0); c4_1 = madd(a4, b1, c4_1)
        let a5 = splat(a[5]); c5_0 = madd(a5, b0, c5_0); c5_1 = madd(a5, b1, c5_1)
        a += 6; b += tileColumns; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
    store(c1_0, c, 1 &* ldc); store(c1_1, c, 1 &* ldc &+ laneCount)
    store(c2_0, c, 2 &* ldc); store(c2_1, c, 2 &* ldc &+ laneCount)
    store(c3_0, c, 3 &* ldc); store(c3_1, c, 3 &* ldc &+ laneCount)
    store(c4_0, c, 4 &* ldc); store(c4_1, c, 4 &* ldc &+ laneCount)
    store(c5_0, c, 5 &* ldc); store(c5_1, c, 5 &* ldc &+ laneCount)
}

func tile7x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0), c6_0 = splat(0), c6_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount); c1_0 = load(c, 1 &* ldc); c1_1 = load(c, 1 &* ldc &+ laneCount); c2_0 = load(c, 2 &* ldc); c2_1 = load(c, 2 &* ldc &+ laneCount); c3_0 = load(c, 3 &* ldc); c3_1 = load(c, 3 &* ldc &+ laneCount); c4_0 = load(c, 4 &* ldc); c4_1 = load(c, 4 &* ldc &+ laneCount); c5_0 = load(c, 5 &* ldc); c5_1 = load(c, 5 &* ldc &+ laneCount); c6_0 = load(c, 6 &* ldc); c6_1 = load(c, 6 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead, b = b
    while p < depth {
        dk_prefetch(ahead)
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        let a1 = splat(a[1]); c1_0 = madd(a1, b0, c1_0); c1_1 = madd(a1, b1, c1_1)
        let a2 = splat(a[2]); c2_0 = madd(a2, b0, c2_0); c2_1 = madd(a2, b1, c2_1)
        let a3 = splat(a[3]); c3_0 = madd(a3, b0, c3_0); c3_1 = madd(a3, b1, c3_1)
        let a4 = splat(a[4]); c4_0 = madd(a4, b0, c4_0); c4_1 = madd(a4, b1, c4_1)
        let a5 = splat(a[5]); c5_0 = madd(a5, b0, c5_0); c5_1 = madd(a5, b1, c5_1)
        let a6 = splat(a[6]); c6_0 = madd(a6, b0, c6_0); c6_1 = madd(a6, b1, c6_1)
        a += 7; b += tileColumns; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
    store(c1_0, c, 1 &* ldc); store(c1_1, c, 1 &* ldc &+ laneCount)
    store(c2_0, c, 2 &* ldc); store(c2_1, c, 2 &* ldc &+ laneCount)
    store(c3_0, c, 3 &* ldc); store(c3_1, c, 3 &* ldc &+ laneCount)
    store(c4_0, c, 4 &* ldc); store(c4_1, c, 4 &* ldc &+ laneCount)
    store(c5_0, c, 5 &* ldc); store(c5_1, c, 5 &* ldc &+ laneCount)
    store(c6_0, c, 6 &* ldc); store(c6_1, c, 6 &* ldc &+ laneCount)
}

func tile8x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0), c6_0 = splat(0), c6_1 = splat(0), c7_0 = splat(0), c7_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount); c1_0 = load(c, 1 &* ldc); c1_1 = load(c, 1 &* ldc &+ laneCount); c2_0 = load(c, 2 &* ldc); c2_1 = load(c, 2 &* ldc &+ laneCount); c3_0 = load(c, 3 &* ldc); c3_1 = load(c, 3 &* ldc &+ laneCount); c4_0 = load(c, 4 &* ldc); c4_1 = load(c, 4 &* ldc &+ laneCount); c5_0 = load(c, 5 &* ldc); c5_1 = load(c, 5 &* ldc &+ laneCount); c6_0 = load(c, 6 &* ldc); c6_1 = load(c, 6 &* ldc &+ laneCount); c7_0 = load(c, 7 &* ldc); c7_1 = load(c, 7 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead, b = b
    while p < depth {
        dk_prefetch(ahead)
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        let a1 = splat(a[1]); c1_0 = madd(a1, b0, c1_0); c1_1 = madd(a1, b1, c1_1)
        let a2 = splat(a[2]); c2_0 = madd(a2, b0, c2_0); c2_1 = madd(a2, b1, c2_1)
        let a3 = splat(a[3]); c3_0 = madd(a3, b0, c3_0); c3_1 = madd(a3, b1, c3_1)
        let a4 = splat(a[4]); c4_0 = madd(a4, b0, c4_0); c4_1 = madd(a4, b1, c4_1)
        let a5 = splat(a[5]); c5_0 = madd(a5, b0, c5_0); c5_1 = madd(a5, b1, c5_1)
        let a6 = splat(a[6]); c6_0 = madd(a6, b0, c6_0); c6_1 = madd(a6, b1, c6_1)
        let a7 = splat(a[7]); c7_0 = madd(a7, b0, c7_0); c7_1 = madd(a7, b1, c7_1)
        a += 8; b += tileColumns; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
    store(c1_0, c, 1 &* ldc); store(c1_1, c, 1 &* ldc &+ laneCount)
    store(c2_0, c, 2 &* ldc); store(c2_1, c, 2 &* ldc &+ laneCount)
    store(c3_0, c, 3 &* ldc); store(c3_1, c, 3 &* ldc &+ laneCount)
    store(c4_0, c, 4 &* ldc); store(c4_1, c, 4 &* ldc &+ laneCount)
    store(c5_0, c, 5 &* ldc); store(c5_1, c, 5 &* ldc &+ laneCount)
    store(c6_0, c, 6 &* ldc); store(c6_1, c, 6 &* ldc &+ laneCount)
    store(c7_0, c, 7 &* ldc); store(c7_1, c, 7 &* ldc &+ laneCount)
}

func tile9x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0), c6_0 = splat(0), c6_1 = splat(0), c7_0 = splat(0), c7_1 = splat(0), c8_0 = splat(0), c8_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount); c1_0 = load(c, 1 &* ldc); c1_1 = load(c, 1 &* ldc &+ laneCount); c2_0 = load(c, 2 &* ldc); c2_1 = load(c, 2 &* ldc &+ laneCount); c3_0 = load(c, 3 &* ldc); c3_1 = load(c, 3 &* ldc &+ laneCount); c4_0 = load(c, 4 &* ldc); c4_1 = load(c, 4 &* ldc &+ laneCount); c5_0 = load(c, 5 &* ldc); c5_1 = load(c, 5 &* ldc &+ laneCount); c6_0 = load(c, 6 &* ldc); c6_1 = load(c, 6 &* ldc &+ laneCount); c7_0 = load(c, 7 &* ldc); c7_1 = load(c, 7 &* ldc &+ laneCount); c8_0 = load(c, 8 &* ldc); c8_1 = load(c, 8 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead, b = b
    while p < depth {
        dk_prefetch(ahead)
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        let a1 = splat(a[1]); c1_0 = madd(a1, b0, c1_0); c1_1 = madd(a1, b1, c1_1)
        let a2 = splat(a[2]); c2_0 = madd(a2, b0, c2_0); c2_1 = madd(a2, b1, c2_1)
        let a3 = splat(a[3]); c3_0 = madd(a3, b0, c3_0); c3_1 = madd(a3, b1, c3_1)
        let a4 = splat(a[4]); c4_0 = madd(a4, b0, c4_0); c4_1 = madd(a4, b1, c4_1)
        let a5 = splat(a[5]); c5_0 = madd(a5, b0, c5_0); c5_1 = madd(a5, b1, c5_1)
        let a6 = splat(a[6]); c6_0 = madd(a6, b0, c6_0); c6_1 = madd(a6, b1, c6_1)
        let a7 = splat(a[7]); c7_0 = madd(a7, b0, c7_0); c7_1 = madd(a7, b1, c7_1)
        let a8 = splat(a[8]); c8_0 = madd(a8, b0, c8_0); c8_1 = madd(a8, b1, c8_1)
        a += 9; b += tileColumns; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
    store(c1_0, c, 1 &* ldc); store(c1_1, c, 1 &* ldc &+ laneCount)
    store(c2_0, c, 2 &* ldc); store(c2_1, c, 2 &* ldc &+ laneCount)
    store(c3_0, c, 3 &* ldc); store(c3_1, c, 3 &* ldc &+ laneCount)
    store(c4_0, c, 4 &* ldc); store(c4_1, c, 4 &* ldc &+ laneCount)
    store(c5_0, c, 5 &* ldc); store(c5_1, c, 5 &* ldc &+ laneCount)
    store(c6_0, c, 6 &* ldc); store(c6_1, c, 6 &* ldc &+ laneCount)
    store(c7_0, c, 7 &* ldc); store(c7_1, c, 7 &* ldc &+ laneCount)
    store(c8_0, c, 8 &* ldc); store(c8_1, c, 8 &* ldc &+ laneCount)
}

func tile10x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0), c6_0 = splat(0), c6_1 = splat(0), c7_0 = splat(0), c7_1 = splat(0), c8_0 = splat(0), c8_1 = splat(0), c9_0 = splat(0), c9_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount); c1_0 = load(c, 1 &* ldc); c1_1 = load(c, 1 &* ldc &+ laneCount); c2_0 = load(c, 2 &* ldc); c2_1 = load(c, 2 &* ldc &+ laneCount); c3_0 = load(c, 3 &* ldc); c3_1 = load(c, 3 &* ldc &+ laneCount); c4_0 = load(c, 4 &* ldc); c4_1 = load(c, 4 &* ldc &+ laneCount); c5_0 = load(c, 5 &* ldc); c5_1 = load(c, 5 &* ldc &+ laneCount); c6_0 = load(c, 6 &* ldc); c6_1 = load(c, 6 &* ldc &+ laneCount); c7_0 = load(c, 7 &* ldc); c7_1 = load(c, 7 &* ldc &+ laneCount); c8_0 = load(c, 8 &* ldc); c8_1 = load(c, 8 &* ldc &+ laneCount); c9_0 = load(c, 9 &* ldc); c9_1 = load(c, 9 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead, b = b
    while p < depth {
        dk_prefetch(ahead)
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        let a1 = splat(a[1]); c1_0 = madd(a1, b0, c1_0); c1_1 = madd(a1, b1, c1_1)
        let a2 = splat(a[2]); c2_0 = madd(a2, b0, c2_0); c2_1 = madd(a2, b1, c2_1)
        let a3 = splat(a[3]); c3_0 = madd(a3, b0, c3_0); c3_1 = madd(a3, b1, c3_1)
        let a4 = splat(a[4]); c4_0 = madd(a4, b0, c4_0); c4_1 = madd(a4, b1, c4_1)
        let a5 = splat(a[5]); c5_0 = madd(a5, b0, c5_0); c5_1 = madd(a5, b1, c5_1)
        let a6 = splat(a[6]); c6_0 = madd(a6, b0, c6_0); c6_1 = madd(a6, b1, c6_1)
        let a7 = splat(a[7]); c7_0 = madd(a7, b0, c7_0); c7_1 = madd(a7, b1, c7_1)
        let a8 = splat(a[8]); c8_0 = madd(a8, b0, c8_0); c8_1 = madd(a8, b1, c8_1)
        let a9 = splat(a[9]); c9_0 = madd(a9, b0, c9_0); c9_1 = madd(a9, b1, c9_1)
        a += 10; b += tileColumns; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
    store(c1_0, c, 1 &* ldc); store(c1_1, c, 1 &* ldc &+ laneCount)
    store(c2_0, c, 2 &* ldc); store(c2_1, c, 2 &* ldc &+ laneCount)
    store(c3_0, c, 3 &* ldc); store(c3_1, c, 3 &* ldc &+ laneCount)
    store(c4_0, c, 4 &* ldc); store(c4_1, c, 4 &* ldc &+ laneCount)
    store(c5_0, c, 5 &* ldc); store(c5_1, c, 5 &* ldc &+ laneCount)
    store(c6_0, c, 6 &* ldc); store(c6_1, c, 6 &* ldc &+ laneCount)
    store(c7_0, c, 7 &* ldc); store(c7_1, c, 7 &* ldc &+ laneCount)
    store(c8_0, c, 8 &* ldc); store(c8_1, c, 8 &* ldc &+ laneCount)
    store(c9_0, c, 9 &* ldc); store(c9_1, c, 9 &* ldc &+ laneCount)
}

func tile11x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0), c6_0 = splat(0), c6_1 = splat(0), c7_0 = splat(0), c7_1 = splat(0), c8_0 = splat(0), c8_1 = splat(0), c9_0 = splat(0), c9_1 = splat(0), c10_0 = splat(0), c10_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount); c1_0 = load(c, 1 &* ldc); c1_1 = load(c, 1 &* ldc &+ laneCount); c2_0 = load(c, 2 &* ldc); c2_1 = load(c, 2 &* ldc &+ laneCount); c3_0 = load(c, 3 &* ldc); c3_1 = load(c, 3 &* ldc &+ laneCount); c4_0 = load(c, 4 &* ldc); c4_1 = load(c, 4 &* ldc &+ laneCount); c5_0 = load(c, 5 &* ldc); c5_1 = load(c, 5 &* ldc &+ laneCount); c6_0 = load(c, 6 &* ldc); c6_1 = load(c, 6 &* ldc &+ laneCount); c7_0 = load(c, 7 &* ldc); c7_1 = load(c, 7 &* ldc &+ laneCount); c8_0 = load(c, 8 &* ldc); c8_1 = load(c, 8 &* ldc &+ laneCount); c9_0 = load(c, 9 &* ldc); c9_1 = load(c, 9 &* ldc &+ laneCount); c10_0 = load(c, 10 &* ldc); c10_1 = load(c, 10 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead, b = b
    while p < depth {
        dk_prefetch(ahead)
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        let a1 = splat(a[1]); c1_0 = madd(a1, b0, c1_0); c1_1 = madd(a1, b1, c1_1)
        let a2 = splat(a[2]); c2_0 = madd(a2, b0, c2_0); c2_1 = madd(a2, b1, c2_1)
        let a3 = splat(a[3]); c3_0 = madd(a3, b0, c3_0); c3_1 = madd(a3, b1, c3_1)
        let a4 = splat(a[4]); c4_0 = madd(a4, b0, c4_0); c4_1 = madd(a4, b1, c4_1)
        let a5 = splat(a[5]); c5_0 = madd(a5, b0, c5_0); c5_1 = madd(a5, b1, c5_1)
        let a6 = splat(a[6]); c6_0 = madd(a6, b0, c6_0); c6_1 = madd(a6, b1, c6_1)
        let a7 = splat(a[7]); c7_0 = madd(a7, b0, c7_0); c7_1 = madd(a7, b1, c7_1)
        let a8 = splat(a[8]); c8_0 = madd(a8, b0, c8_0); c8_1 = madd(a8, b1, c8_1)
        let a9 = splat(a[9]); c9_0 = madd(a9, b0, c9_0); c9_1 = madd(a9, b1, c9_1)
        let a10 = splat(a[10]); c10_0 = madd(a10, b0, c10_0); c10_1 = madd(a10, b1, c10_1)
        a += 11; b += tileColumns; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
    store(c1_0, c, 1 &* ldc); store(c1_1, c, 1 &* ldc &+ laneCount)
    store(c2_0, c, 2 &* ldc); store(c2_1, c, 2 &* ldc &+ laneCount)
    store(c3_0, c, 3 &* ldc); store(c3_1, c, 3 &* ldc &+ laneCount)
    store(c4_0, c, 4 &* ldc); store(c4_1, c, 4 &* ldc &+ laneCount)
    store(c5_0, c, 5 &* ldc); store(c5_1, c, 5 &* ldc &+ laneCount)
    store(c6_0, c, 6 &* ldc); store(c6_1, c, 6 &* ldc &+ laneCount)
    store(c7_0, c, 7 &* ldc); store(c7_1, c, 7 &* ldc &+ laneCount)
    store(c8_0, c, 8 &* ldc); store(c8_1, c, 8 &* ldc &+ laneCount)
    store(c9_0, c, 9 &* ldc); store(c9_1, c, 9 &* ldc &+ laneCount)
    store(c10_0, c, 10 &* ldc); store(c10_1, c, 10 &* ldc &+ laneCount)
}

func tile12x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0), c6_0 = splat(0), c6_1 = splat(0), c7_0 = splat(0), c7_1 = splat(0), c8_0 = splat(0), c8_1 = splat(0), c9_0 = splat(0), c9_1 = splat(0), c10_0 = splat(0), c10_1 = splat(0), c11_0 = splat(0), c11_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount); c1_0 = load(c, 1 &* ldc); c1_1 = load(c, 1 &* ldc &+ laneCount); c2_0 = load(c, 2 &* ldc); c2_1 = load(c, 2 &* ldc &+ laneCount); c3_0 = load(c, 3 &* ldc); c3_1 = load(c, 3 &* ldc &+ laneCount); c4_0 = load(c, 4 &* ldc); c4_1 = load(c, 4 &* ldc &+ laneCount); c5_0 = load(c, 5 &* ldc); c5_1 = load(c, 5 &* ldc &+ laneCount); c6_0 = load(c, 6 &* ldc); c6_1 = load(c, 6 &* ldc &+ laneCount); c7_0 = load(c, 7 &* ldc); c7_1 = load(c, 7 &* ldc &+ laneCount); c8_0 = load(c, 8 &* ldc); c8_1 = load(c, 8 &* ldc &+ laneCount); c9_0 = load(c, 9 &* ldc); c9_1 = load(c, 9 &* ldc &+ laneCount); c10_0 = load(c, 10 &* ldc); c10_1 = load(c, 10 &* ldc &+ laneCount); c11_0 = load(c, 11 &* ldc); c11_1 = load(c, 11 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead, b = b
    while p < depth {
        dk_prefetch(ahead)
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        let a1 = splat(a[1]); c1_0 = madd(a1, b0, c1_0); c1_1 = madd(a1, b1, c1_1)
        let a2 = splat(a[2]); c2_0 = madd(a2, b0, c2_0); c2_1 = madd(a2, b1, c2_1)
        let a3 = splat(a[3]); c3_0 = madd(a3, b0, c3_0); c3_1 = madd(a3, b1, c3_1)
        let a4 = splat(a[4]); c4_0 = madd(a4, b0, c4_0); c4_1 = madd(a4, b1, c4_1)
        let a5 = splat(a[5]); c5_0 = madd(a5, b0, c5_0); c5_1 = madd(a5, b1, c5_1)
        let a6 = splat(a[6]); c6_0 = madd(a6, b0, c6_0); c6_1 = madd(a6, b1, c6_1)
        let a7 = splat(a[7]); c7_0 = madd(a7, b0, c7_0); c7_1 = madd(a7, b1, c7_1)
        let a8 = splat(a[8]); c8_0 = madd(a8, b0, c8_0); c8_1 = madd(a8, b1, c8_1)
        let a9 = splat(a[9]); c9_0 = madd(a9, b0, c9_0); c9_1 = madd(a9, b1, c9_1)
        let a10 = splat(a[10]); c10_0 = madd(a10, b0, c10_0); c10_1 = madd(a10, b1, c10_1)
        let a11 = splat(a[11]); c11_0 = madd(a11, b0, c11_0); c11_1 = madd(a11, b1, c11_1)
        a += 12; b += tileColumns; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
    store(c1_0, c, 1 &* ldc); store(c1_1, c, 1 &* ldc &+ laneCount)
    store(c2_0, c, 2 &* ldc); store(c2_1, c, 2 &* ldc &+ laneCount)
    store(c3_0, c, 3 &* ldc); store(c3_1, c, 3 &* ldc &+ laneCount)
    store(c4_0, c, 4 &* ldc); store(c4_1, c, 4 &* ldc &+ laneCount)
    store(c5_0, c, 5 &* ldc); store(c5_1, c, 5 &* ldc &+ laneCount)
    store(c6_0, c, 6 &* ldc); store(c6_1, c, 6 &* ldc &+ laneCount)
    store(c7_0, c, 7 &* ldc); store(c7_1, c, 7 &* ldc &+ laneCount)
    store(c8_0, c, 8 &* ldc); store(c8_1, c, 8 &* ldc &+ laneCount)
    store(c9_0, c, 9 &* ldc); store(c9_1, c, 9 &* ldc &+ laneCount)
    store(c10_0, c, 10 &* ldc); store(c10_1, c, 10 &* ldc &+ laneCount)
    store(c11_0, c, 11 &* ldc); store(c11_1, c, 11 &* ldc &+ laneCount)
}

func tile13x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0), c6_0 = splat(0), c6_1 = splat(0), c7_0 = splat(0), c7_1 = splat(0), c8_0 = splat(0), c8_1 = splat(0), c9_0 = splat(0), c9_1 = splat(0), c10_0 = splat(0), c10_1 = splat(0), c11_0 = splat(0), c11_1 = splat(0), c12_0 = splat(0), c12_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount); c1_0 = load(c, 1 &* ldc); c1_1 = load(c, 1 &* ldc &+ laneCount); c2_0 = load(c, 2 &* ldc); c2_1 = load(c, 2 &* ldc &+ laneCount); c3_0 = load(c, 3 &* ldc); c3_1 = load(c, 3 &* ldc &+ laneCount); c4_0 = load(c, 4 &* ldc); c4_1 = load(c, 4 &* ldc &+ laneCount); c5_0 = load(c, 5 &* ldc); c5_1 = load(c, 5 &* ldc &+ laneCount); c6_0 = load(c, 6 &* ldc); c6_1 = load(c, 6 &* ldc &+ laneCount); c7_0 = load(c, 7 &* ldc); c7_1 = load(c, 7 &* ldc &+ laneCount); c8_0 = load(c, 8 &* ldc); c8_1 = load(c, 8 &* ldc &+ laneCount); c9_0 = load(c, 9 &* ldc); c9_1 = load(c, 9 &* ldc &+ laneCount); c10_0 = load(c, 10 &* ldc); c10_1 = load(c, 10 &* ldc &+ laneCount); c11_0 = load(c, 11 &* ldc); c11_1 = load(c, 11 &* ldc &+ laneCount); c12_0 = load(c, 12 &* ldc); c12_1 = load(c, 12 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead, b = b
    while p < depth {
        dk_prefetch(ahead)
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        let a1 = splat(a[1]); c1_0 = madd(a1, b0, c1_0); c1_1 = madd(a1, b1, c1_1)
        let a2 = splat(a[2]); c2_0 = madd(a2, b0, c2_0); c2_1 = madd(a2, b1, c2_1)
        let a3 = splat(a[3]); c3_0 = madd(a3, b0, c3_0); c3_1 = madd(a3, b1, c3_1)
        let a4 = splat(a[4]); c4_0 = madd(a4, b0, c4_0); c4_1 = madd(a4, b1, c4_1)
        let a5 = splat(a[5]); c5_0 = madd(a5, b0, c5_0); c5_1 = madd(a5, b1, c5_1)
        let a6 = splat(a[6]); c6_0 = madd(a6, b0, c6_0); c6_1 = madd(a6, b1, c6_1)
        let a7 = splat(a[7]); c7_0 = madd(a7, b0, c7_0); c7_1 = madd(a7, b1, c7_1)
        let a8 = splat(a[8]); c8_0 = madd(a8, b0, c8_0); c8_1 = madd(a8, b1, c8_1)
        let a9 = splat(a[9]); c9_0 = madd(a9, b0, c9_0); c9_1 = madd(a9, b1, c9_1)
        let a10 = splat(a[10]); c10_0 = madd(a10, b0, c10_0); c10_1 = madd(a10, b1, c10_1)
        let a11 = splat(a[11]); c11_0 = madd(a11, b0, c11_0); c11_1 = madd(a11, b1, c11_1)
        let a12 = splat(a[12]); c12_0 = madd(a12, b0, c12_0); c12_1 = madd(a12, b1, c12_1)
        a += 13; b += tileColumns; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
    store(c1_0, c, 1 &* ldc); store(c1_1, c, 1 &* ldc &+ laneCount)
    store(c2_0, c, 2 &* ldc); store(c2_1, c, 2 &* ldc &+ laneCount)
    store(c3_0, c, 3 &* ldc); store(c3_1, c, 3 &* ldc &+ laneCount)
    store(c4_0, c, 4 &* ldc); store(c4_1, c, 4 &* ldc &+ laneCount)
    store(c5_0, c, 5 &* ldc); store(c5_1, c, 5 &* ldc &+ laneCount)
    store(c6_0, c, 6 &* ldc); store(c6_1, c, 6 &* ldc &+ laneCount)
    store(c7_0, c, 7 &* ldc); store(c7_1, c, 7 &* ldc &+ laneCount)
    store(c8_0, c, 8 &* ldc); store(c8_1, c, 8 &* ldc &+ laneCount)
    store(c9_0, c, 9 &* ldc); store(c9_1, c, 9 &* ldc &+ laneCount)
    store(c10_0, c, 10 &* ldc); store(c10_1, c, 10 &* ldc &+ laneCount)
    store(c11_0, c, 11 &* ldc); store(c11_1, c, 11 &* ldc &+ laneCount)
    store(c12_0, c, 12 &* ldc); store(c12_1, c, 12 &* ldc &+ laneCount)
}

func tile14x2(
    _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulates: Bool, _ ahead: UnsafePointer<Float>, _ step: Int
) {
    var c0_0 = splat(0), c0_1 = splat(0), c1_0 = splat(0), c1_1 = splat(0), c2_0 = splat(0), c2_1 = splat(0), c3_0 = splat(0), c3_1 = splat(0), c4_0 = splat(0), c4_1 = splat(0), c5_0 = splat(0), c5_1 = splat(0), c6_0 = splat(0), c6_1 = splat(0), c7_0 = splat(0), c7_1 = splat(0), c8_0 = splat(0), c8_1 = splat(0), c9_0 = splat(0), c9_1 = splat(0), c10_0 = splat(0), c10_1 = splat(0), c11_0 = splat(0), c11_1 = splat(0), c12_0 = splat(0), c12_1 = splat(0), c13_0 = splat(0), c13_1 = splat(0)
    if accumulates {
        c0_0 = load(c, 0 &* ldc); c0_1 = load(c, 0 &* ldc &+ laneCount); c1_0 = load(c, 1 &* ldc); c1_1 = load(c, 1 &* ldc &+ laneCount); c2_0 = load(c, 2 &* ldc); c2_1 = load(c, 2 &* ldc &+ laneCount); c3_0 = load(c, 3 &* ldc); c3_1 = load(c, 3 &* ldc &+ laneCount); c4_0 = load(c, 4 &* ldc); c4_1 = load(c, 4 &* ldc &+ laneCount); c5_0 = load(c, 5 &* ldc); c5_1 = load(c, 5 &* ldc &+ laneCount); c6_0 = load(c, 6 &* ldc); c6_1 = load(c, 6 &* ldc &+ laneCount); c7_0 = load(c, 7 &* ldc); c7_1 = load(c, 7 &* ldc &+ laneCount); c8_0 = load(c, 8 &* ldc); c8_1 = load(c, 8 &* ldc &+ laneCount); c9_0 = load(c, 9 &* ldc); c9_1 = load(c, 9 &* ldc &+ laneCount); c10_0 = load(c, 10 &* ldc); c10_1 = load(c, 10 &* ldc &+ laneCount); c11_0 = load(c, 11 &* ldc); c11_1 = load(c, 11 &* ldc &+ laneCount); c12_0 = load(c, 12 &* ldc); c12_1 = load(c, 12 &* ldc &+ laneCount); c13_0 = load(c, 13 &* ldc); c13_1 = load(c, 13 &* ldc &+ laneCount)
    }
    var p = 0, a = a, ahead = ahead, b = b
    while p < depth {
        dk_prefetch(ahead)
        let b0 = load(b, 0), b1 = load(b, 0 &+ laneCount)
        let a0 = splat(a[0]); c0_0 = madd(a0, b0, c0_0); c0_1 = madd(a0, b1, c0_1)
        let a1 = splat(a[1]); c1_0 = madd(a1, b0, c1_0); c1_1 = madd(a1, b1, c1_1)
        let a2 = splat(a[2]); c2_0 = madd(a2, b0, c2_0); c2_1 = madd(a2, b1, c2_1)
        let a3 = splat(a[3]); c3_0 = madd(a3, b0, c3_0); c3_1 = madd(a3, b1, c3_1)
        let a4 = splat(a[4]); c4_0 = madd(a4, b0, c4_0); c4_1 = madd(a4, b1, c4_1)
        let a5 = splat(a[5]); c5_0 = madd(a5, b0, c5_0); c5_1 = madd(a5, b1, c5_1)
        let a6 = splat(a[6]); c6_0 = madd(a6, b0, c6_0); c6_1 = madd(a6, b1, c6_1)
        let a7 = splat(a[7]); c7_0 = madd(a7, b0, c7_0); c7_1 = madd(a7, b1, c7_1)
        let a8 = splat(a[8]); c8_0 = madd(a8, b0, c8_0); c8_1 = madd(a8, b1, c8_1)
        let a9 = splat(a[9]); c9_0 = madd(a9, b0, c9_0); c9_1 = madd(a9, b1, c9_1)
        let a10 = splat(a[10]); c10_0 = madd(a10, b0, c10_0); c10_1 = madd(a10, b1, c10_1)
        let a11 = splat(a[11]); c11_0 = madd(a11, b0, c11_0); c11_1 = madd(a11, b1, c11_1)
        let a12 = splat(a[12]); c12_0 = madd(a12, b0, c12_0); c12_1 = madd(a12, b1, c12_1)
        let a13 = splat(a[13]); c13_0 = madd(a13, b0, c13_0); c13_1 = madd(a13, b1, c13_1)
        a += 14; b += tileColumns; ahead += step; p &+= 1
    }
    store(c0_0, c, 0 &* ldc); store(c0_1, c, 0 &* ldc &+ laneCount)
    store(c1_0, c, 1 &* ldc); store(c1_1, c, 1 &* ldc &+ laneCount)
    store(c2_0, c, 2 &* ldc); store(c2_1, c, 2 &* ldc &+ laneCount)
    store(c3_0, c, 3 &* ldc); store(c3_1, c, 3 &* ldc &+ laneCount)
    store(c4_0, c, 4 &* ldc); store(c4_1, c, 4 &* ldc &+ laneCount)
    store(c5_0, c, 5 &* ldc); store(c5_1, c, 5 &* ldc &+ laneCount)
    store(c6_0, c, 6 &* ldc); store(c6_1, c, 6 &* ldc &+ laneCount)
    store(c7_0, c, 7 &* ldc); store(c7_1, c, 7 &* ldc &+ laneCount)
    store(c8_0, c, 8 &* ldc); store(c8_1, c, 8 &* ldc &+ laneCount)
    store(c9_0, c, 9 &* ldc); store(c9_1, c, 9 &* ldc &+ laneCount)
    store(c10_0, c, 10 &* ldc); store(c10_1, c, 10 &* ldc &+ laneCount)
    store(c11_0, c, 11 &* ldc); store(c11_1, c, 11 &* ldc &+ laneCount)
    store(c12_0, c, 12 &* ldc); store(c12_1, c, 12 &* ldc &+ laneCount)
    store(c13_0, c, 13 &* ldc); store(c13_1, c, 13 &* ldc &+ laneCount)
}

#endif
