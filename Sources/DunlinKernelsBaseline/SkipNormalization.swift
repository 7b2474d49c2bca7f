// Root-mean-square normalization, and normalization of a sum that is made on the way.

/// output[r, c] = input[r, c] / √(mean of the row's squares + epsilon) · scale[c]. May run in place.
package func rmsNormalizationF32(
    _ input: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ scale: UnsafePointer<Float>, _ epsilon: Float,
    _ output: UnsafeMutablePointer<Float>
) {
    var r = 0
    while r < rows {
        let row = input + r &* columns, target = output + r &* columns
        var s0 = splat(0), s1 = s0
        var i = 0
        while i &+ 2 &* laneCount <= columns {
            let x0 = load(row, i), x1 = load(row, i &+ laneCount)
            s0 = madd(x0, x0, s0)
            s1 = madd(x1, x1, s1)
            i &+= 2 &* laneCount
        }
        while i < columns {
            let left = columns &- i
            let x = left >= laneCount ? load(row, i) : load(row, i, count: left, filler: 0)
            s0 = madd(x, x, s0)
            i &+= laneCount
        }
        let factor = splat(1 / (sumOfLanes(s0 + s1) / Float(columns) + epsilon).squareRoot())
        i = 0
        while i < columns {
            let left = columns &- i
            if left >= laneCount {
                store(load(row, i) * factor * load(scale, i), target, i)
            } else {
                let x = load(row, i, count: left, filler: 0) * factor
                store(x * load(scale, i, count: left, filler: 0), target, i, count: left)
            }
            i &+= laneCount
        }
        r &+= 1
    }
}

/// sum = input + skip (+ bias), then its rows normalized: by mean and variance, or with `isSimplified` by the root of
/// the mean of squares.
///
/// Row r of the input is added to row r modulo `skipRows` of `skip`. `bias`, `shift` and `sum` may be nil.
package func skipNormalizationF32(
    _ input: UnsafePointer<Float>, _ skip: UnsafePointer<Float>, _ skipRows: Int, _ bias: UnsafePointer<Float>?,
    _ rows: Int, _ columns: Int, _ scale: UnsafePointer<Float>, _ shift: UnsafePointer<Float>?, _ epsilon: Float,
    _ isSimplified: Bool, _ output: UnsafeMutablePointer<Float>, _ sum: UnsafeMutablePointer<Float>?
) {
    var r = 0, s = 0
    while r < rows {
        let target = output + r &* columns
        let total = sum == nil ? target : sum! + r &* columns
        binaryF32(0, input + r &* columns, skip + s &* columns, total, columns)
        if let bias { binaryF32(0, total, bias, total, columns) }
        if isSimplified {
            rmsNormalizationF32(total, 1, columns, scale, epsilon, target)
        } else {
            layerNormalizationF32(total, 1, columns, scale, shift, epsilon, target, nil, nil)
        }
        r &+= 1
        s &+= 1
        if s == skipRows { s = 0 }
    }
}
