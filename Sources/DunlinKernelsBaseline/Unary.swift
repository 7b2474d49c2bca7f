// The element functions, one for each `UnaryFunction.Code`; the loops over them are generated (UnaryLoops.swift).

/// x, or the least finite number for -∞: for functions that multiply x by something that is 0 there.
@_transparent func finite(_ x: Float) -> Float { atLeast(x, -0x1.fffffep127) }

@_transparent func reluOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    select(x < 0, 0, x)
}

@_transparent func leakyReluOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    select(x < 0, x * alpha, x)
}

@_transparent func clipOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    atMost(atLeast(x, alpha), beta)
}

@_transparent func negateOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    number(bits(x) ^ .min)
}

@_transparent func absoluteOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    magnitude(x)
}

@_transparent func squareRootOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    x.squareRoot()
}

@_transparent func reciprocalOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    1 / x
}

@_transparent func exponentialOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    exponential(x)
}

@_transparent func logarithmOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    logarithm(x)
}

@_transparent func sigmoidOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    sigmoid(x)
}

@_transparent func tanhOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    hyperbolicTangent(x)
}

@_transparent func erfOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    errorFunction(x)
}

@_transparent func geluOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    let half = finite(x) * 0.5
    return madd(half, errorFunction(x * 0.707_106_78), half)
}

@_transparent func geluTanhOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    // x/2·(1 + tanh u) = x·sigmoid(2u)
    let u = madd(x * x * x, 0.044_715, x)
    return finite(x) * sigmoid(1.595_769_12 * u)
}

@_transparent func softplusOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    atLeast(x, 0) + logarithmOfOnePlus(exponential(number(bits(x) | .min)))
}

@_transparent func hardSigmoidOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    atMost(atLeast(madd(x, alpha, beta), 0), 1)
}

@_transparent func hardSwishOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    finite(x) * atMost(atLeast(madd(x, (1.0 / 6.0), 0.5), 0), 1)
}

@_transparent func eluOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    select(x < 0, alpha * exponentialMinusOne(atMost(x, 0)), x)
}

@_transparent func seluOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    let negative = alpha * exponentialMinusOne(atMost(x, 0))
    return beta * select(x < 0, negative, x)
}

@_transparent func celuOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    select(x < 0, alpha * exponentialMinusOne(atMost(x / alpha, 0)), x)
}

@_transparent func siluOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    finite(x) * sigmoid(alpha * x)
}

@_transparent func softsignOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    let size = magnitude(x)
    return withSign(select(size == .infinity, 1, size / (1 + size)), of: x)
}

@_transparent func mishOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    // tanh(ln(1 + e)) = (e² + 2e) / (e² + 2e + 2), which rounds to 1 from x = 20 on.
    let e = exponential(atMost(x, 20)), sum = madd(e, e, e + e)
    return finite(x) * (sum / (sum + 2))
}

@_transparent func thresholdedReluOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    select(x <= alpha, 0, x)
}

@_transparent func floorOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    floor(x)
}

@_transparent func ceilOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    ceil(x)
}

@_transparent func roundOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    nearest(x)
}

@_transparent func signOf(_ x: Float, _ alpha: Float, _ beta: Float) -> Float {
    select(x > 0, 1, select(x < 0, -1, x))
}
