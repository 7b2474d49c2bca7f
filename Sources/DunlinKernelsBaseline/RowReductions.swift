// Written by scripts/generate-kernel-loops.swift: change that, not this file.
// swift-format-ignore-file

// Four partial results each, because one would wait for the latency of every step.

func sumOfRow(_ row: UnsafePointer<Float>, _ count: Int) -> Float {
    var r0 = splat(0), r1 = r0, r2 = r0, r3 = r0
    var i = 0
    while i &+ 4 &* laneCount <= count {
        let x0 = load(row, i); r0 = r0 + x0
        let x1 = load(row, i &+ laneCount); r1 = r1 + x1
        let x2 = load(row, i &+ 2 &* laneCount); r2 = r2 + x2
        let x3 = load(row, i &+ 3 &* laneCount); r3 = r3 + x3
        i &+= 4 &* laneCount
    }
    while i &+ laneCount <= count {
        let x = load(row, i); r0 = r0 + x
        i &+= laneCount
    }
    if i < count {
        let x = load(row, i, count: count &- i, filler: 0); r1 = r1 + x
    }
    r0 = r0 + r1
    r2 = r2 + r3
    return sumOfLanes(r0 + r2)
}

func sumOfSquaresOfRow(_ row: UnsafePointer<Float>, _ count: Int) -> Float {
    var r0 = splat(0), r1 = r0, r2 = r0, r3 = r0
    var i = 0
    while i &+ 4 &* laneCount <= count {
        let x0 = load(row, i); r0 = madd(x0, x0, r0)
        let x1 = load(row, i &+ laneCount); r1 = madd(x1, x1, r1)
        let x2 = load(row, i &+ 2 &* laneCount); r2 = madd(x2, x2, r2)
        let x3 = load(row, i &+ 3 &* laneCount); r3 = madd(x3, x3, r3)
        i &+= 4 &* laneCount
    }
    while i &+ laneCount <= count {
        let x = load(row, i); r0 = madd(x, x, r0)
        i &+= laneCount
    }
    if i < count {
        let x = load(row, i, count: count &- i, filler: 0); r1 = madd(x, x, r1)
    }
    r0 = r0 + r1
    r2 = r2 + r3
    return sumOfLanes(r0 + r2)
}

func sumOfMagnitudesOfRow(_ row: UnsafePointer<Float>, _ count: Int) -> Float {
    var r0 = splat(0), r1 = r0, r2 = r0, r3 = r0
    var i = 0
    while i &+ 4 &* laneCount <= count {
        let x0 = load(row, i); r0 = r0 + magnitude(x0)
        let x1 = load(row, i &+ laneCount); r1 = r1 + magnitude(x1)
        let x2 = load(row, i &+ 2 &* laneCount); r2 = r2 + magnitude(x2)
        let x3 = load(row, i &+ 3 &* laneCount); r3 = r3 + magnitude(x3)
        i &+= 4 &* laneCount
    }
    while i &+ laneCount <= count {
        let x = load(row, i); r0 = r0 + magnitude(x)
        i &+= laneCount
    }
    if i < count {
        let x = load(row, i, count: count &- i, filler: 0); r1 = r1 + magnitude(x)
    }
    r0 = r0 + r1
    r2 = r2 + r3
    return sumOfLanes(r0 + r2)
}

func minimumOfRow(_ row: UnsafePointer<Float>, _ count: Int) -> Float {
    var r0 = splat(.infinity), r1 = r0, r2 = r0, r3 = r0
    var i = 0
    while i &+ 4 &* laneCount <= count {
        let x0 = load(row, i); r0 = minimum(r0, x0)
        let x1 = load(row, i &+ laneCount); r1 = minimum(r1, x1)
        let x2 = load(row, i &+ 2 &* laneCount); r2 = minimum(r2, x2)
        let x3 = load(row, i &+ 3 &* laneCount); r3 = minimum(r3, x3)
        i &+= 4 &* laneCount
    }
    while i &+ laneCount <= count {
        let x = load(row, i); r0 = minimum(r0, x)
        i &+= laneCount
    }
    if i < count {
        let x = load(row, i, count: count &- i, filler: .infinity); r1 = minimum(r1, x)
    }
    r0 = minimum(r0, r1)
    r2 = minimum(r2, r3)
    return minimumOfLanes(minimum(r0, r2))
}

func maximumOfRow(_ row: UnsafePointer<Float>, _ count: Int) -> Float {
    var r0 = splat(-.infinity), r1 = r0, r2 = r0, r3 = r0
    var i = 0
    while i &+ 4 &* laneCount <= count {
        let x0 = load(row, i); r0 = maximum(r0, x0)
        let x1 = load(row, i &+ laneCount); r1 = maximum(r1, x1)
        let x2 = load(row, i &+ 2 &* laneCount); r2 = maximum(r2, x2)
        let x3 = load(row, i &+ 3 &* laneCount); r3 = maximum(r3, x3)
        i &+= 4 &* laneCount
    }
    while i &+ laneCount <= count {
        let x = load(row, i); r0 = maximum(r0, x)
        i &+= laneCount
    }
    if i < count {
        let x = load(row, i, count: count &- i, filler: -.infinity); r1 = maximum(r1, x)
    }
    r0 = maximum(r0, r1)
    r2 = maximum(r2, r3)
    return maximumOfLanes(maximum(r0, r2))
}

func productOfRow(_ row: UnsafePointer<Float>, _ count: Int) -> Float {
    var r0 = splat(1), r1 = r0, r2 = r0, r3 = r0
    var i = 0
    while i &+ 4 &* laneCount <= count {
        let x0 = load(row, i); r0 = r0 * x0
        let x1 = load(row, i &+ laneCount); r1 = r1 * x1
        let x2 = load(row, i &+ 2 &* laneCount); r2 = r2 * x2
        let x3 = load(row, i &+ 3 &* laneCount); r3 = r3 * x3
        i &+= 4 &* laneCount
    }
    while i &+ laneCount <= count {
        let x = load(row, i); r0 = r0 * x
        i &+= laneCount
    }
    if i < count {
        let x = load(row, i, count: count &- i, filler: 1); r1 = r1 * x
    }
    r0 = r0 * r1
    r2 = r2 * r3
    return productOfLanes(r0 * r2)
}

/// output[r] = reduction of row r; `code` is the raw value of `RowReduction`.
package func reduceRowsF32(
    _ code: Int32, _ input: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ output: UnsafeMutablePointer<Float>
) {
    var r = 0
    while r < rows {
        let row = input + r &* columns
        switch code {
        case 1: output[r] = sumOfRow(row, columns) / Float(columns)
        case 2: output[r] = sumOfSquaresOfRow(row, columns)
        case 3: output[r] = sumOfMagnitudesOfRow(row, columns)
        case 4: output[r] = minimumOfRow(row, columns)
        case 5: output[r] = maximumOfRow(row, columns)
        case 6: output[r] = productOfRow(row, columns)
        default: output[r] = sumOfRow(row, columns)
        }
        r &+= 1
    }
}
