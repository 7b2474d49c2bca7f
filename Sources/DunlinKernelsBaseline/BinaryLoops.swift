// Written by scripts/generate-kernel-loops.swift: change that, not this file.
// swift-format-ignore-file

/// output[i] = f(lhs[i], rhs[i]); `code` is the raw value of `BinaryFunction`. May run in place on either side.
package func binaryF32(
    _ code: Int32, _ lhs: UnsafePointer<Float>, _ rhs: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int
) {
    if count < laneCount {
        if count <= 0 { return }
        var x = load(lhs, 0, count: count, filler: 1)
        var y = load(rhs, 0, count: count, filler: 1)
        binaryRegister(code, &x, &y)
        store(x, output, 0, count: count)
        return
    }
    switch code {
    case 1: subtractLoop(lhs, rhs, output, count)
    case 2: multiplyLoop(lhs, rhs, output, count)
    case 3: divideLoop(lhs, rhs, output, count)
    case 4: minimumLoop(lhs, rhs, output, count)
    case 5: maximumLoop(lhs, rhs, output, count)
    case 6: preluLoop(lhs, rhs, output, count)
    case 7: squaredDifferenceLoop(lhs, rhs, output, count)
    default: addLoop(lhs, rhs, output, count)
    }
}

/// output[i] = f(values[i], number), or f(number, values[i]) when `isReversed`. May run in place.
package func binaryScalarF32(
    _ code: Int32, _ values: UnsafePointer<Float>, _ number: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int, _ isReversed: Bool
) {
    if count < laneCount {
        if count <= 0 { return }
        var x = load(values, 0, count: count, filler: 1)
        binaryScalarRegister(code, &x, number, isReversed)
        store(x, output, 0, count: count)
        return
    }
    switch code {
    case 1 where isReversed: subtractReversedLoop(values, number, output, count)
    case 1: subtractScalarLoop(values, number, output, count)
    case 2: multiplyScalarLoop(values, number, output, count)
    case 3 where isReversed: divideReversedLoop(values, number, output, count)
    case 3: divideScalarLoop(values, number, output, count)
    case 4: minimumScalarLoop(values, number, output, count)
    case 5: maximumScalarLoop(values, number, output, count)
    case 6 where isReversed: preluReversedLoop(values, number, output, count)
    case 6: preluScalarLoop(values, number, output, count)
    case 7: squaredDifferenceScalarLoop(values, number, output, count)
    default: addScalarLoop(values, number, output, count)
    }
}

@inline(never) func addLoop(_ lhs: UnsafePointer<Float>, _ rhs: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = addLanes(load(lhs, end), load(rhs, end))
    var i = 0
    while i < end {
        store(addLanes(load(lhs, i), load(rhs, i)), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func addScalarLoop(_ values: UnsafePointer<Float>, _ number: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let y = splat(number)
    let end = count &- laneCount
    let last = addLanes(load(values, end), y)
    var i = 0
    while i < end {
        store(addLanes(load(values, i), y), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func subtractLoop(_ lhs: UnsafePointer<Float>, _ rhs: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = subtractLanes(load(lhs, end), load(rhs, end))
    var i = 0
    while i < end {
        store(subtractLanes(load(lhs, i), load(rhs, i)), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func subtractScalarLoop(_ values: UnsafePointer<Float>, _ number: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let y = splat(number)
    let end = count &- laneCount
    let last = subtractLanes(load(values, end), y)
    var i = 0
    while i < end {
        store(subtractLanes(load(values, i), y), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func subtractReversedLoop(_ values: UnsafePointer<Float>, _ number: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let y = splat(number)
    let end = count &- laneCount
    let last = subtractLanes(y, load(values, end))
    var i = 0
    while i < end {
        store(subtractLanes(y, load(values, i)), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func multiplyLoop(_ lhs: UnsafePointer<Float>, _ rhs: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = multiplyLanes(load(lhs, end), load(rhs, end))
    var i = 0
    while i < end {
        store(multiplyLanes(load(lhs, i), load(rhs, i)), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func multiplyScalarLoop(_ values: UnsafePointer<Float>, _ number: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let y = splat(number)
    let end = count &- laneCount
    let last = multiplyLanes(load(values, end), y)
    var i = 0
    while i < end {
        store(multiplyLanes(load(values, i), y), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func divideLoop(_ lhs: UnsafePointer<Float>, _ rhs: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = divideLanes(load(lhs, end), load(rhs, end))
    var i = 0
    while i < end {
        store(divideLanes(load(lhs, i), load(rhs, i)), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func divideScalarLoop(_ values: UnsafePointer<Float>, _ number: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let y = splat(number)
    let end = count &- laneCount
    let last = divideLanes(load(values, end), y)
    var i = 0
    while i < end {
        store(divideLanes(load(values, i), y), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func divideReversedLoop(_ values: UnsafePointer<Float>, _ number: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let y = splat(number)
    let end = count &- laneCount
    let last = divideLanes(y, load(values, end))
    var i = 0
    while i < end {
        store(divideLanes(y, load(values, i)), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func minimumLoop(_ lhs: UnsafePointer<Float>, _ rhs: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = minimumLanes(load(lhs, end), load(rhs, end))
    var i = 0
    while i < end {
        store(minimumLanes(load(lhs, i), load(rhs, i)), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func minimumScalarLoop(_ values: UnsafePointer<Float>, _ number: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let y = splat(number)
    let end = count &- laneCount
    let last = minimumLanes(load(values, end), y)
    var i = 0
    while i < end {
        store(minimumLanes(load(values, i), y), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func maximumLoop(_ lhs: UnsafePointer<Float>, _ rhs: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = maximumLanes(load(lhs, end), load(rhs, end))
    var i = 0
    while i < end {
        store(maximumLanes(load(lhs, i), load(rhs, i)), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func maximumScalarLoop(_ values: UnsafePointer<Float>, _ number: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let y = splat(number)
    let end = count &- laneCount
    let last = maximumLanes(load(values, end), y)
    var i = 0
    while i < end {
        store(maximumLanes(load(values, i), y), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func preluLoop(_ lhs: UnsafePointer<Float>, _ rhs: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = preluLanes(load(lhs, end), load(rhs, end))
    var i = 0
    while i < end {
        store(preluLanes(load(lhs, i), load(rhs, i)), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func preluScalarLoop(_ values: UnsafePointer<Float>, _ number: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let y = splat(number)
    let end = count &- laneCount
    let last = preluLanes(load(values, end), y)
    var i = 0
    while i < end {
        store(preluLanes(load(values, i), y), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func preluReversedLoop(_ values: UnsafePointer<Float>, _ number: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let y = splat(number)
    let end = count &- laneCount
    let last = preluLanes(y, load(values, end))
    var i = 0
    while i < end {
        store(preluLanes(y, load(values, i)), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func squaredDifferenceLoop(_ lhs: UnsafePointer<Float>, _ rhs: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let end = count &- laneCount
    let last = squaredDifferenceLanes(load(lhs, end), load(rhs, end))
    var i = 0
    while i < end {
        store(squaredDifferenceLanes(load(lhs, i), load(rhs, i)), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}

@inline(never) func squaredDifferenceScalarLoop(_ values: UnsafePointer<Float>, _ number: Float, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
    let y = splat(number)
    let end = count &- laneCount
    let last = squaredDifferenceLanes(load(values, end), y)
    var i = 0
    while i < end {
        store(squaredDifferenceLanes(load(values, i), y), output, i)
        i &+= laneCount
    }
    store(last, output, end)
}
