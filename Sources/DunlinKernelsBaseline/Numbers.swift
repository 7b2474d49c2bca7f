// What the element functions are made of: single FP32 numbers, without calls and without branches, so that the compiler
// turns a loop over them into one over registers. Written on registers they would not stay whole: most operations of
// the SIMD types work lane by lane, and the compiler puts only some of the lanes back together.

/// a · b + c: fused where the instruction set can, two roundings where it cannot.
@_transparent func madd(_ a: Float, _ b: Float, _ c: Float) -> Float {
    #if DUNLIN_FMA || arch(arm64)
        return c.addingProduct(a, b)
    #else
        return a * b + c
    #endif
}

@_transparent func bits(_ x: Float) -> Int32 { Int32(bitPattern: x.bitPattern) }
@_transparent func number(_ b: Int32) -> Float { Float(bitPattern: UInt32(bitPattern: b)) }

@_transparent func select(_ condition: Bool, _ yes: Float, _ no: Float) -> Float { condition ? yes : no }

/// The smaller of `x` and `limit`; `x` where it is NaN.
@_transparent func atMost(_ x: Float, _ limit: Float) -> Float { x > limit ? limit : x }
/// The larger of `x` and `limit`; `x` where it is NaN.
@_transparent func atLeast(_ x: Float, _ limit: Float) -> Float { x < limit ? limit : x }

@_transparent func magnitude(_ x: Float) -> Float { number(bits(x) & 0x7FFF_FFFF) }

/// |x| with the sign of `sign`; `x` must not be negative.
@_transparent func withSign(_ x: Float, of sign: Float) -> Float { number(bits(x) | (bits(sign) & .min)) }

/// To the nearest integer, ties to even; keeps the sign of zero, infinity and NaN.
@_transparent func nearest(_ x: Float) -> Float {
    // From 2^23 on every FP32 is an integer; below, adding and subtracting 2^23 rounds off the fraction.
    let size = magnitude(x)
    return withSign(select(size < 8_388_608, (size + 8_388_608) - 8_388_608, size), of: x)
}

@_transparent func floor(_ x: Float) -> Float {
    let r = nearest(x)
    return withSign(magnitude(select(r > x, r - 1, r)), of: x)
}

@_transparent func ceil(_ x: Float) -> Float {
    let r = nearest(x)
    return withSign(magnitude(select(r < x, r + 1, r)), of: x)
}
