import Glibc

/// The largest element of a row, at least `-∞`; NaN is passed over.
@inline(never) func largest(_ row: UnsafePointer<Float>, _ count: Int) -> Float {
    var m0 = splat(-.infinity), m1 = m0
    var i = 0
    while i &+ 2 &* laneCount <= count {
        let x0 = load(row, i), x1 = load(row, i &+ laneCount)
        m0 = select(x0 .> m0, x0, m0)
        m1 = select(x1 .> m1, x1, m1)
        i &+= 2 &* laneCount
    }
    while i < count {
        let left = count &- i
        let x = left >= laneCount ? load(row, i) : load(row, i, count: left, filler: -.infinity)
        m0 = select(x .> m0, x, m0)
        i &+= laneCount
    }
    m0 = select(m1 .> m0, m1, m0)
    return maximumOfLanes(m0)
}

/// output[r, c] = e^(input[r, c] - max) / Σ e^(…). May run in place.
package func softmaxRowsF32(
    _ input: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ output: UnsafeMutablePointer<Float>
) {
    var r = 0
    while r < rows {
        let row = input + r &* columns, target = output + r &* columns
        binaryScalarF32(1, row, largest(row, columns), target, columns, false)
        exponentialLoop(target, columns, 0, 0)
        let sum = sumOfRow(target, columns)
        binaryScalarF32(2, target, 1 / sum, target, columns, false)
        r &+= 1
    }
}

/// Σ e^x of at most 64 numbers; `piece` has room for them.
@inline(never) func sumOfExponentials(_ x: UnsafePointer<Float>, _ count: Int, _ piece: UnsafeMutableRawPointer)
    -> Float
{
    let values = piece.assumingMemoryBound(to: Float.self)
    memcpy(piece, x, count &* 4)
    exponentialLoop(values, count, 0, 0)
    return sumOfRow(values, count)
}

/// output[r, c] = input[r, c] - max - ln Σ e^(input[r, j] - max). May run in place.
package func logSoftmaxRowsF32(
    _ input: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ output: UnsafeMutablePointer<Float>
) {
    var r = 0
    while r < rows {
        let row = input + r &* columns, target = output + r &* columns
        binaryScalarF32(1, row, largest(row, columns), target, columns, false)
        var sum: Float = 0
        var i = 0
        while i < columns {
            let count = lesser(columns &- i, 64)
            var piece = SIMD64<Float>()
            sum += sumOfExponentials(target + i, count, &piece)
            i &+= count
        }
        binaryScalarF32(1, target, logf(sum), target, columns, false)
        r &+= 1
    }
}

/// Layer normalization of rows; `bias`, `means` and `inverseDeviations` may be nil. May run in place.
package func layerNormalizationF32(
    _ input: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ scale: UnsafePointer<Float>,
    _ bias: UnsafePointer<Float>?, _ epsilon: Float, _ output: UnsafeMutablePointer<Float>,
    _ means: UnsafeMutablePointer<Float>?, _ inverseDeviations: UnsafeMutablePointer<Float>?
) {
    var r = 0
    while r < rows {
        let row = input + r &* columns, target = output + r &* columns
        let mean = sumOfRow(row, columns) / Float(columns), shift = splat(mean)
        // The variance from the differences, not from the squares: those cancel.
        var s0 = splat(0), s1 = s0
        var i = 0
        while i &+ 2 &* laneCount <= columns {
            let d0 = load(row, i) - shift, d1 = load(row, i &+ laneCount) - shift
            s0 = madd(d0, d0, s0)
            s1 = madd(d1, d1, s1)
            i &+= 2 &* laneCount
        }
        while i < columns {
            let left = columns &- i
            let d = (left >= laneCount ? load(row, i) : load(row, i, count: left, filler: mean)) - shift
            s0 = madd(d, d, s0)
            i &+= laneCount
        }
        let inverse = 1 / (sumOfLanes(s0 + s1) / Float(columns) + epsilon).squareRoot()
        let factor = splat(inverse)
        i = 0
        while i < columns {
            let left = columns &- i
            if left >= laneCount {
                let x = (load(row, i) - shift) * factor, s = load(scale, i)
                store(bias == nil ? x * s : madd(x, s, load(bias!, i)), target, i)
            } else {
                let x = (load(row, i, count: left, filler: 0) - shift) * factor
                let s = load(scale, i, count: left, filler: 0)
                let y = bias == nil ? x * s : madd(x, s, load(bias!, i, count: left, filler: 0))
                store(y, target, i, count: left)
            }
            i &+= laneCount
        }
        if let means { means[r] = mean }
        if let inverseDeviations { inverseDeviations[r] = inverse }
        r &+= 1
    }
}

/// output[i] = f(input[i] · scale + shift); `code` is the raw value of `UnaryFunction.Code`. May run in place.
package func scaleF32(
    _ input: UnsafePointer<Float>, _ scale: Float, _ shift: Float, _ code: Int32, _ alpha: Float, _ beta: Float,
    _ output: UnsafeMutablePointer<Float>, _ count: Int
) {
    let s = splat(scale), b = splat(shift)
    var i = 0
    while i &+ laneCount <= count {
        let y = madd(load(input, i), s, b)
        store(code == 1 ? relu(y) : y, output, i)
        i &+= laneCount
    }
    if i < count {
        let y = madd(load(input, i, count: count &- i, filler: 0), s, b)
        store(code == 1 ? relu(y) : y, output, i, count: count &- i)
    }
    if code > 1 { unaryF32(code, output, output, count, alpha, beta) }
}

/// output[r] = the first column of row r that holds its maximum, NaN counting as larger than anything.
package func argMaxRowsF32(
    _ input: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ output: UnsafeMutablePointer<Int64>
) {
    var r = 0
    while r < rows {
        let row = input + r &* columns
        let most = maximumOfRow(row, columns), goal = splat(most)
        let wantsNaN = most != most
        var i = 0
        while i &+ laneCount <= columns {
            let x = load(row, i)
            if wantsNaN ? any(x .!= x) : any(x .== goal) { break }
            i &+= laneCount
        }
        while i < columns, wantsNaN ? row[i] == row[i] : row[i] != most { i &+= 1 }
        output[r] = Int64(truncatingIfNeeded: i)
        r &+= 1
    }
}
