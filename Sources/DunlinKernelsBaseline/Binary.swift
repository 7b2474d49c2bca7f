// The functions of two numbers, one for each `BinaryFunction`; the loops over them are generated (BinaryLoops.swift).

/// x = f(x, y) for one register each.
@inline(never) func binaryRegister(_ code: Int32, _ x: UnsafeMutableRawPointer, _ y: UnsafeMutableRawPointer) {
    let values = x.assumingMemoryBound(to: Float.self)
    binaryF32(code, values, y.assumingMemoryBound(to: Float.self), values, laneCount)
}

/// x = f(x, number), or f(number, x), for one register.
@inline(never) func binaryScalarRegister(
    _ code: Int32, _ x: UnsafeMutableRawPointer, _ number: Float, _ isReversed: Bool
) {
    let values = x.assumingMemoryBound(to: Float.self)
    binaryScalarF32(code, values, number, values, laneCount, isReversed)
}

@_transparent func addLanes(_ x: Lanes, _ y: Lanes) -> Lanes { x + y }
@_transparent func subtractLanes(_ x: Lanes, _ y: Lanes) -> Lanes { x - y }
@_transparent func multiplyLanes(_ x: Lanes, _ y: Lanes) -> Lanes { x * y }
@_transparent func divideLanes(_ x: Lanes, _ y: Lanes) -> Lanes { x / y }
@_transparent func minimumLanes(_ x: Lanes, _ y: Lanes) -> Lanes { minimum(x, y) }
@_transparent func maximumLanes(_ x: Lanes, _ y: Lanes) -> Lanes { maximum(x, y) }
@_transparent func preluLanes(_ x: Lanes, _ y: Lanes) -> Lanes { select(x .< splat(0), x * y, x) }
@_transparent func squaredDifferenceLanes(_ x: Lanes, _ y: Lanes) -> Lanes { (x - y) * (x - y) }
