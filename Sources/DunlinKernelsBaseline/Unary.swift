// The element functions, one for each `UnaryFunction.Code`; the loops over them are generated (UnaryLoops.swift).

/// x, or the least finite number for -∞: for functions that multiply x by something that is 0 there.
@_transparent func finite(_ x: Lanes) -> Lanes { atLeast(x, -0x1.fffffep127) }

/// Applies a function to the one register at `x`.
@inline(never) func unaryRegister(_ code: Int32, _ x: UnsafeMutableRawPointer, _ alpha: Float, _ beta: Float) {
    let values = x.assumingMemoryBound(to: Float.self)
    unaryF32(code, values, values, laneCount, alpha, beta)
}

@_transparent func identityLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    x
}

@_transparent func reluLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    select(x .< splat(0), splat(0), x)
}

@_transparent func leakyReluLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    select(x .< splat(0), x * splat(alpha), x)
}

@_transparent func clipLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    atMost(atLeast(x, alpha), beta)
}

@_transparent func negateLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    lanes(bits(x) ^ LaneBits(repeating: .min))
}

@_transparent func absoluteLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    magnitude(x)
}

@_transparent func squareRootLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    x.squareRoot()
}

@_transparent func reciprocalLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    splat(1) / x
}

@_transparent func exponentialLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    exponential(x)
}

@_transparent func logarithmLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    logarithm(x)
}

@_transparent func sigmoidLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    sigmoid(x)
}

@_transparent func tanhLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    hyperbolicTangent(x)
}

@_transparent func erfLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    errorFunction(x)
}

@_transparent func geluLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    let half = finite(x) * splat(0.5)
    return madd(half, errorFunction(x * splat(0.707_106_78)), half)
}

@_transparent func geluTanhLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    // x/2·(1 + tanh u) = x·sigmoid(2u)
    let u = madd(x * x * x, splat(0.044_715), x)
    return finite(x) * sigmoid(splat(1.595_769_12) * u)
}

@_transparent func softplusLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    atLeast(x, 0) + logarithmOfOnePlus(exponential(lanes(bits(x) | LaneBits(repeating: .min))))
}

@_transparent func hardSigmoidLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    atMost(atLeast(madd(x, splat(alpha), splat(beta)), 0), 1)
}

@_transparent func hardSwishLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    finite(x) * atMost(atLeast(madd(x, splat(1.0 / 6.0), splat(0.5)), 0), 1)
}

@_transparent func eluLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    select(x .< splat(0), splat(alpha) * exponentialMinusOne(atMost(x, 0)), x)
}

@_transparent func seluLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    let negative = splat(alpha) * exponentialMinusOne(atMost(x, 0))
    return splat(beta) * select(x .< splat(0), negative, x)
}

@_transparent func celuLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    select(x .< splat(0), splat(alpha) * exponentialMinusOne(atMost(x / splat(alpha), 0)), x)
}

@_transparent func siluLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    finite(x) * sigmoid(x)
}

@_transparent func softsignLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    let size = magnitude(x)
    return withSign(select(size .== splat(.infinity), splat(1), size / (splat(1) + size)), of: x)
}

@_transparent func mishLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    // tanh(ln(1 + e)) = (e² + 2e) / (e² + 2e + 2), which rounds to 1 from x = 20 on.
    let e = exponential(atMost(x, 20)), sum = madd(e, e, e + e)
    return finite(x) * (sum / (sum + splat(2)))
}

@_transparent func thresholdedReluLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    select(x .<= splat(alpha), splat(0), x)
}

@_transparent func floorLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    floor(x)
}

@_transparent func ceilLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    ceil(x)
}

@_transparent func roundLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    nearest(x)
}

@_transparent func signLanes(_ x: Lanes, _ alpha: Float, _ beta: Float) -> Lanes {
    select(x .> splat(0), splat(1), select(x .< splat(0), splat(-1), x))
}
