// Exponential, logarithm and their relatives in FP32, accurate to a few ulp over the whole range.
//
// The polynomials are minimax fits of the quotient that each comment names, weighted for the relative error of the
// whole function; `UnaryAccuracyTests` holds the result against libm in FP64.

/// e^x; 0 below -103.98, +∞ above 88.73, subnormal results included.
@_transparent func exponential(_ x: Float) -> Float {
    let clamped = atMost(atLeast(x, -104), 89)
    // x = n·ln2 + r with |r| ≤ ln2/2. Adding 1.5·2^23 leaves n in the low bits of the sum.
    let shifted = madd(clamped, 1.442_695_04, 12_582_912)
    let n = shifted - 12_582_912
    // ln2 in two parts; n times the first is exact.
    let r = madd(n, 2.121_944_4e-4, madd(n, -0.693_359_375, clamped))
    let e = expPolynomial(r) + 1
    // 2^n in two factors, because 2^n alone may not be a normal number where e^x still is one.
    let exponent = bits(shifted) &- 0x4B40_0000
    let half = exponent &>> 1
    let first = number((half &+ 127) &<< 23), second = number((exponent &- half &+ 127) &<< 23)
    return e * first * second
}

/// e^x for x from -87 to 88, where neither the result nor the power of 2 in it leaves the normal numbers.
@_transparent func moderateExponential(_ x: Float) -> Float {
    let shifted = madd(x, 1.442_695_04, 12_582_912)
    let n = shifted - 12_582_912
    let r = madd(n, 2.121_944_4e-4, madd(n, -0.693_359_375, x))
    // What is above n in the bits is shifted out.
    return (expPolynomial(r) + 1) * number((bits(shifted) &+ 127) &<< 23)
}

/// e^r - 1 for |r| ≤ 0.35: r + r²·P(r), P a fit of (e^r - 1 - r) / r².
@_transparent func expPolynomial(_ r: Float) -> Float {
    var p = madd(r, 0.001_381_314_5, 0.008_369_419)
    p = madd(p, r, 0.041_668_456)
    p = madd(p, r, 0.166_665_15)
    p = madd(p, r, 0.499_999_94)
    return madd(p * r, r, r)
}

/// e^x - 1 for x ≤ 0.
@_transparent func exponentialMinusOne(_ x: Float) -> Float {
    select(x > -0.34, expPolynomial(x), exponential(x) - 1)
}

/// ln(x): -∞ for 0, NaN below.
@_transparent func logarithm(_ x: Float) -> Float {
    let isSubnormal = x < 0x1p-126
    let scaled = select(isSubnormal, x * 8_388_608, x)
    // x = 2^e·(1 + f) with 1 + f from √½ to √2, whose bits are taken off first.
    let root: Int32 = 0x3F35_04F3
    let offset = bits(scaled) &- root
    let exponent = (offset &>> 23) &+ 0x4B40_0000
    let e = number(exponent) - select(isSubnormal, (12_582_912 + 23), 12_582_912)
    let f = number((offset & 0x007F_FFFF) &+ root) - 1
    // ln(1 + f) = f - f²/2 + f³·P(f), P a fit of (ln(1 + f) - f + f²/2) / f³.
    var p = madd(f, -0.076_344_93, 0.127_615_75)
    p = madd(p, f, -0.131_601_83)
    p = madd(p, f, 0.142_017_59)
    p = madd(p, f, -0.166_233_57)
    p = madd(p, f, 0.200_012_27)
    p = madd(p, f, -0.250_008_2)
    p = madd(p, f, 0.333_333_31)
    let square = f * f
    var tail = madd(e, -2.121_944_4e-4, p * (square * f))
    tail = madd(-0.5, square, tail)
    let result = madd(e, 0.693_359_375, f + tail)
    let isOrdinary = (x > 0) && (x < .infinity)
    let special = select(x == 0, -.infinity, select(x > 0, x, .nan))
    return select(isOrdinary, result, special)
}

/// ln(1 + x) for x from 0 to 1.
@_transparent func logarithmOfOnePlus(_ x: Float) -> Float {
    // What rounding 1 + x lost comes back to first order.
    let sum = 1 + x
    return logarithm(sum) + (x - (sum - 1)) / sum
}

@_transparent func sigmoid(_ x: Float) -> Float {
    // From e^-|x|, which cannot overflow.
    let e = exponential(number(bits(x) | .min))
    let inverse = 1 / (1 + e)
    return select(x < 0, e * inverse, inverse)
}

@_transparent func hyperbolicTangent(_ x: Float) -> Float {
    let size = magnitude(x), square = x * x
    // Small: x + x³·P(x²), P a fit of (tanh x - x) / x³.
    var p = madd(square, -0.005_704_978_5, 0.020_639_079)
    p = madd(p, square, -0.053_739_71)
    p = madd(p, square, 0.133_314_42)
    p = madd(p, square, -0.333_332_8)
    let small = madd(p * square, x, x)
    let large = 1 - 2 / (exponential(size + size) + 1)
    return select(size < 0.625, small, withSign(large, of: x))
}

@_transparent func errorFunction(_ x: Float) -> Float {
    let size = magnitude(x), square = x * x
    // Small: x + x·P(x²), P a fit of erf(x)/x - 1.
    var p = madd(square, 8.267_462e-5, -0.000_811_807_5)
    p = madd(p, square, 0.005_198_83)
    p = madd(p, square, -0.026_858_497)
    p = madd(p, square, 0.112_836_793)
    p = madd(p, square, -0.376_126_32)
    p = madd(p, square, 0.128_379_17)
    let small = madd(p, x, x)
    // Large: 1 - e^-(t + t·Q(t)), Q a fit of -ln(erfc t)/t - 1. From 3.95 on the result rounds to 1.
    let t = atMost(size, 3.95)
    var q = madd(t, 1.189_045_2e-5, -0.000_329_421_63)
    q = madd(q, t, 0.003_669_456_6)
    q = madd(q, t, -0.023_819_368)
    q = madd(q, t, 0.106_303_66)
    q = madd(q, t, 0.635_110_8)
    q = madd(q, t, 0.128_658_52)
    let large = 1 - moderateExponential(0 - madd(q, t, t))
    return select(size < 0.9375, small, withSign(large, of: x))
}
