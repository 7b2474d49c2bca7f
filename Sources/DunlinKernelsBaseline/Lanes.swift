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
@inline(__always) var laneCount: Int { MemoryLayout<Lanes>.size / 4 }

/// a · b + c: fused where the instruction set can, two roundings where it cannot.
@inline(__always) func madd(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
    #if DUNLIN_FMA || arch(arm64)
        return c.addingProduct(a, b)
    #else
        return a * b + c
    #endif
}

@inline(__always) func load(_ p: UnsafePointer<Float>, _ i: Int) -> Lanes {
    UnsafeRawPointer(p + i).loadUnaligned(as: Lanes.self)
}

@inline(__always) func store(_ v: Lanes, _ p: UnsafeMutablePointer<Float>, _ i: Int) {
    UnsafeMutableRawPointer(p + i).storeBytes(of: v, as: Lanes.self)
}

/// The first `count` (fewer than all) lanes from `p[i...]`; `filler` in the others.
@inline(__always) func load(_ p: UnsafePointer<Float>, _ i: Int, count: Int, filler: Float) -> Lanes {
    var v = Lanes(repeating: filler)
    withUnsafeMutableBytes(of: &v) { $0.baseAddress!.copyMemory(from: p + i, byteCount: count &* 4) }
    return v
}

/// The first `count` (fewer than all) lanes to `p[i...]`.
@inline(__always) func store(_ v: Lanes, _ p: UnsafeMutablePointer<Float>, _ i: Int, count: Int) {
    withUnsafeBytes(of: v) { UnsafeMutableRawPointer(p + i).copyMemory(from: $0.baseAddress!, byteCount: count &* 4) }
}

@inline(__always) func splat(_ x: Float) -> Lanes { Lanes(repeating: x) }

@inline(__always) func select(_ condition: SIMDMask<LaneBits>, _ yes: Lanes, _ no: Lanes) -> Lanes {
    no.replacing(with: yes, where: condition)
}

@inline(__always) func bits(_ v: Lanes) -> LaneBits { unsafeBitCast(v, to: LaneBits.self) }
@inline(__always) func lanes(_ b: LaneBits) -> Lanes { unsafeBitCast(b, to: Lanes.self) }
