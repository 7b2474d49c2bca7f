// Elements of 8 bits: quantising, dequantising and arithmetic on them. Plain loops that the compiler turns into vectors.
//
// A pointer to UInt8 also stands for INT8 elements; a sign of 0x80 says that it does: x ^ 0x80 is then x + 128.

/// Rounds half to even; for magnitudes below 2^22, where the sum's low bits are the integer.
@_transparent func nearestInteger(_ x: Float) -> Int32 {
    Int32(bitPattern: (x + 12_582_912).bitPattern) &- 0x4B40_0000
}

/// Within `low` and `high`; NaN becomes `low`.
@_transparent func limited(_ x: Float, _ low: Float, _ high: Float) -> Float {
    let above = x > low ? x : low
    return above < high ? above : high
}

/// The element as it counts: 0...255, or with `sign` 0x80 also 0...255 from -128 on.
@_transparent func unsignedElement(_ x: UInt8, _ sign: UInt8) -> Int32 { Int32(truncatingIfNeeded: x ^ sign) }

/// output = round(min(max(input / scale, low), high)) + zero
package func quantizeF32(
    _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<UInt8>, _ count: Int, _ scale: Float,
    _ zero: Int32, _ low: Float, _ high: Float
) {
    var i = 0
    while i < count {
        output[i] = UInt8(truncatingIfNeeded: nearestInteger(limited(input[i] / scale, low, high)) &+ zero)
        i &+= 1
    }
}

/// output = (input - zero) * scale, where `zero` is counted like the elements.
package func dequantizeF32(
    _ input: UnsafePointer<UInt8>, _ output: UnsafeMutablePointer<Float>, _ count: Int, _ sign: UInt8, _ zero: Int32,
    _ scale: Float
) {
    var i = 0
    while i < count {
        output[i] = Float(unsignedElement(input[i], sign) &- zero) * scale
        i &+= 1
    }
}

/// The least and the largest of the elements and 0, into range[0] and range[1]; NaN is passed over.
package func rangeF32(_ input: UnsafePointer<Float>, _ count: Int, _ range: UnsafeMutablePointer<Float>) {
    var least0 = splat(0), least1 = least0, most0 = least0, most1 = least0
    var i = 0
    while i &+ 2 &* laneCount <= count {
        let x = load(input, i), y = load(input, i &+ laneCount)
        least0 = select(x .< least0, x, least0)
        most0 = select(x .> most0, x, most0)
        least1 = select(y .< least1, y, least1)
        most1 = select(y .> most1, y, most1)
        i &+= 2 &* laneCount
    }
    var least = minimumOfLanes(select(least1 .< least0, least1, least0))
    var most = maximumOfLanes(select(most1 .> most0, most1, most0))
    while i < count {
        least = input[i] < least ? input[i] : least
        most = input[i] > most ? input[i] : most
        i &+= 1
    }
    range[0] = least
    range[1] = most
}

/// output = round(limited((a - zeroA) * factorA + (b - zeroB) * factorB)) + zero. The parameters are
/// [factorA, factorB, low, high] and [signA, zeroA, signB, zeroB, zero].
package func addU8(
    _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ output: UnsafeMutablePointer<UInt8>, _ count: Int,
    _ factors: UnsafePointer<Float>, _ zeros: UnsafePointer<Int32>
) {
    let factorA = factors[0], factorB = factors[1], low = factors[2], high = factors[3]
    let signA = UInt8(truncatingIfNeeded: zeros[0]), signB = UInt8(truncatingIfNeeded: zeros[2])
    let zeroA = zeros[1], zeroB = zeros[3], zero = zeros[4]
    var i = 0
    while i < count {
        let x = Float(unsignedElement(a[i], signA) &- zeroA) * factorA
        let y = Float(unsignedElement(b[i], signB) &- zeroB) * factorB
        output[i] = UInt8(truncatingIfNeeded: nearestInteger(limited(x + y, low, high)) &+ zero)
        i &+= 1
    }
}

/// output = round(limited((a - zeroA) * (b - zeroB) * factor)) + zero, with the parameters of `addU8`; the factor is the
/// first.
package func multiplyU8(
    _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ output: UnsafeMutablePointer<UInt8>, _ count: Int,
    _ factors: UnsafePointer<Float>, _ zeros: UnsafePointer<Int32>
) {
    let factor = factors[0], low = factors[2], high = factors[3]
    let signA = UInt8(truncatingIfNeeded: zeros[0]), signB = UInt8(truncatingIfNeeded: zeros[2])
    let zeroA = zeros[1], zeroB = zeros[3], zero = zeros[4]
    var i = 0
    while i < count {
        let x = Float((unsignedElement(a[i], signA) &- zeroA) &* (unsignedElement(b[i], signB) &- zeroB)) * factor
        output[i] = UInt8(truncatingIfNeeded: nearestInteger(limited(x, low, high)) &+ zero)
        i &+= 1
    }
}

/// output[i] = table[input[i]]
package func lookUpU8(
    _ input: UnsafePointer<UInt8>, _ output: UnsafeMutablePointer<UInt8>, _ count: Int, _ table: UnsafePointer<UInt8>
) {
    var i = 0
    while i < count {
        output[i] = table[Int(truncatingIfNeeded: input[i])]
        i &+= 1
    }
}

/// output[r, c] = input[r, c] ^ sign, rows `inputStride` and `outputStride` apart.
package func copyRowsU8(
    _ rows: Int, _ columns: Int, _ input: UnsafePointer<UInt8>, _ inputStride: Int, _ sign: UInt8,
    _ output: UnsafeMutablePointer<UInt8>, _ outputStride: Int
) {
    var r = 0
    while r < rows {
        let source = input + r &* inputStride
        let target = output + r &* outputStride
        var c = 0
        while c < columns {
            target[c] = source[c] ^ sign
            c &+= 1
        }
        r &+= 1
    }
}

/// sums[r] = the sum of row r; the sign is taken off first.
package func rowSumsU8(
    _ rows: Int, _ columns: Int, _ input: UnsafePointer<UInt8>, _ stride: Int, _ sign: UInt8,
    _ sums: UnsafeMutablePointer<Int32>
) {
    var r = 0
    while r < rows {
        let source = input + r &* stride
        var sum: Int32 = 0
        var c = 0
        while c < columns {
            sum = sum &+ unsignedElement(source[c], sign)
            c &+= 1
        }
        sums[r] = sum
        r &+= 1
    }
}

/// What depends on the left side's zero point and scale: moved = offset - zero * factor, scaled = scale * leftScale.
package func settleSums(
    _ count: Int, _ offset: UnsafePointer<Int32>, _ factor: UnsafePointer<Int32>, _ zero: Int32,
    _ moved: UnsafeMutablePointer<Int32>, _ scale: UnsafePointer<Float>, _ leftScale: Float,
    _ scaled: UnsafeMutablePointer<Float>
) {
    var i = 0
    while i < count {
        moved[i] = offset[i] &- zero &* factor[i]
        i &+= 1
    }
    i = 0
    while i < count {
        scaled[i] = scale[i] * leftScale
        i &+= 1
    }
}
