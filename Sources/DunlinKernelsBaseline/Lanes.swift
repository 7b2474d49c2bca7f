import Glibc

// One vector register of FP32, and what the kernels do with it. Every function here is inlined.
//
// Only operations that compile to plain instructions: a generic of the standard library that is not inlined would
// leave a weak symbol behind, compiled for this module's instruction set and shared with the whole program.

#if DUNLIN_V4
    typealias Lanes = SIMD16<Float>
    typealias LaneBits = SIMD16<Int32>
#elseif DUNLIN_V3
    typealias Lanes = SIMD8<Float>
    typealias LaneBits = SIMD8<Int32>
#else
    typealias Lanes = SIMD4<Float>
    typealias LaneBits = SIMD4<Int32>
#endif

/// FP32 numbers in `Lanes`.
@_transparent var laneCount: Int { MemoryLayout<Lanes>.size / 4 }

/// a · b + c: fused where the instruction set can, two roundings where it cannot.
@_transparent func madd(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
    #if DUNLIN_FMA || arch(arm64)
        return c.addingProduct(a, b)
    #else
        return a * b + c
    #endif
}

@_transparent func load(_ p: UnsafePointer<Float>, _ i: Int) -> Lanes {
    UnsafeRawPointer(p + i).loadUnaligned(as: Lanes.self)
}

@_transparent func store(_ v: Lanes, _ p: UnsafeMutablePointer<Float>, _ i: Int) {
    UnsafeMutableRawPointer(p + i).storeBytes(of: v, as: Lanes.self)
}

/// The first `count` (fewer than all) lanes from `p[i...]`; `filler` in the others.
@_transparent func load(_ p: UnsafePointer<Float>, _ i: Int, count: Int, filler: Float) -> Lanes {
    var v = Lanes(repeating: filler)
    memcpy(&v, p + i, count &* 4)
    return v
}

/// The first `count` (fewer than all) lanes to `p[i...]`.
@_transparent func store(_ v: Lanes, _ p: UnsafeMutablePointer<Float>, _ i: Int, count: Int) {
    var v = v
    memcpy(p + i, &v, count &* 4)
}

/// p[i], p[i + 2], p[i + 4], …: reads two registers' worth. Lane by lane, because `evenHalf` would leave a weak symbol;
/// the compiler makes one shuffle of it.
@_transparent func loadEven(_ p: UnsafePointer<Float>, _ i: Int) -> Lanes {
    let a = load(p, i), b = load(p, i &+ laneCount)
    #if DUNLIN_V4
        return Lanes(
            a[0], a[2], a[4], a[6], a[8], a[10], a[12], a[14],
            b[0], b[2], b[4], b[6], b[8], b[10], b[12], b[14])
    #elseif DUNLIN_V3
        return Lanes(a[0], a[2], a[4], a[6], b[0], b[2], b[4], b[6])
    #else
        return Lanes(a[0], a[2], b[0], b[2])
    #endif
}

/// The sum of the lanes, in halves; `SIMD.sum()` would leave a weak symbol.
@_transparent func sumOfLanes(_ v: Lanes) -> Float {
    #if DUNLIN_V4
        let eight = v.lowHalf + v.highHalf
        let four = eight.lowHalf + eight.highHalf
    #elseif DUNLIN_V3
        let four = v.lowHalf + v.highHalf
    #else
        let four = v
    #endif
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
}

/// The smallest lane; NaN where one is.
@_transparent func minimumOfLanes(_ v: Lanes) -> Float {
    var result = v[0]
    var i = 1
    while i < laneCount {
        let x = v[i]
        result = result < x || result != result ? result : x
        i &+= 1
    }
    return result
}

/// The largest lane; NaN where one is.
@_transparent func maximumOfLanes(_ v: Lanes) -> Float {
    var result = v[0]
    var i = 1
    while i < laneCount {
        let x = v[i]
        result = result > x || result != result ? result : x
        i &+= 1
    }
    return result
}

/// The product of the lanes.
@_transparent func productOfLanes(_ v: Lanes) -> Float {
    var result = v[0]
    var i = 1
    while i < laneCount {
        result *= v[i]
        i &+= 1
    }
    return result
}

@_transparent func splat(_ x: Float) -> Lanes { Lanes(repeating: x) }

@_transparent func select(_ condition: SIMDMask<LaneBits>, _ yes: Lanes, _ no: Lanes) -> Lanes {
    no.replacing(with: yes, where: condition)
}

@_transparent func bits(_ v: Lanes) -> LaneBits { unsafeBitCast(v, to: LaneBits.self) }
@_transparent func lanes(_ b: LaneBits) -> Lanes { unsafeBitCast(b, to: Lanes.self) }

/// The smaller of the two; NaN where either is.
@_transparent func minimum(_ a: Lanes, _ b: Lanes) -> Lanes { select((a .< b) .| (a .!= a), a, b) }
/// The larger of the two; NaN where either is.
@_transparent func maximum(_ a: Lanes, _ b: Lanes) -> Lanes { select((a .> b) .| (a .!= a), a, b) }

@_transparent func magnitude(_ x: Lanes) -> Lanes { lanes(bits(x) & LaneBits(repeating: 0x7FFF_FFFF)) }

/// max(x, 0); NaN stays.
@_transparent func relu(_ x: Lanes) -> Lanes { select(x .< splat(0), splat(0), x) }
