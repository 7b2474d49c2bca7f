extension DecimalText {
    /// The nearest `Float`, ties to even; infinite when the number is too large.
    ///
    /// A significand of up to 19 digits and a power of ten that `Double` holds exactly give the value in `Double` with
    /// an error of at most two units in the last place. That decides the `Float` unless the value lies within four
    /// such units of the halfway point between two floats; those few go the long way.
    @inline(__always)
    var float: Float {
        if digitCount <= 19, exponent >= -22, exponent <= 22 {
            let magnitude = scaled
            let belowHalfway = magnitude.bitPattern & 0x1FFF_FFFF
            // The smallest is 1e-22, far above the subnormal floats.
            if belowHalfway &- (0x1000_0000 - 4) > 8, magnitude < Double(Float.greatestFiniteMagnitude) {
                return Float(signed(magnitude))
            }
        }
        return slowFloat
    }

    /// The nearest `Double`, ties to even; infinite when the number is too large.
    @inline(__always)
    var double: Double {
        // Both operands exact: one operation, rounded once.
        if digitCount <= 19, significand <= 1 << 53, exponent >= -22, exponent <= 22 {
            let magnitude = scaled
            return signed(magnitude)
        }
        if digitCount <= 19, significand != 0, exponent >= -27, exponent <= 27 {
            let magnitude = exponent < 0 ? quotient : product
            return signed(magnitude)
        }
        return slowDouble
    }

    /// `significand` × 10^`exponent` for exponents of 0 or more: the product with the power of five is exact in 128
    /// bits, and the powers of two go to the result's exponent.
    private var product: Double {
        let (high, low) = significand.multipliedFullWidth(by: DecimalTables.powerOfFive(exponent))
        if high == 0 { return Self.round(low, isInexact: false, scale: exponent) }
        let shift = high.leadingZeroBitCount
        // Shifts by 64 give 0.
        let top = high << shift | low >> (64 - shift)
        return Self.round(top, isInexact: low << shift != 0, scale: exponent + 64 - shift)
    }

    /// `significand` × 10^`exponent` for exponents below 0: a quotient of at least 63 bits by the power of five, whose
    /// remainder tells whether it is exact.
    private var quotient: Double {
        let power = DecimalTables.powerOfFive(0 &- exponent)
        let shift = significand.leadingZeroBitCount
        let powerShift = power.leadingZeroBitCount
        let dividend = significand << shift
        let (quotient, remainder) = (power << powerShift).dividingFullWidth((dividend >> 1, dividend << 63))
        return Self.round(quotient, isInexact: remainder != 0, scale: exponent - 63 + powerShift - shift)
    }

    /// (`integer` and, if `isInexact`, a fraction) × 2^`scale`, rounded once: an inexact integer has 63 bits or more,
    /// so that its lowest bit may stand for everything below it.
    ///
    /// - Precondition: The result is neither subnormal nor too large.
    @inline(__always)
    private static func round(_ integer: UInt64, isInexact: Bool, scale: Int) -> Double {
        Double(isInexact ? integer | 1 : integer) * Double(bitPattern: UInt64(1023 &+ scale) << 52)
    }

    @inline(__always)
    private var scaled: Double {
        // Two steps for what few numbers need: only signed integers are converted by one instruction.
        let integer = significand <= UInt64(Int64.max) ? Double(Int64(bitPattern: significand)) : Double(significand)
        return exponent < 0
            ? integer / DecimalTables.power(0 &- exponent) : integer * DecimalTables.power(exponent)
    }

    /// Numbers have any sign: it is put in as a bit because a branch would be guessed wrong half of the time.
    @inline(__always)
    private func signed(_ magnitude: Double) -> Double {
        Double(bitPattern: magnitude.bitPattern | (isNegative ? 1 << 63 : 0))
    }

    /// The nearest `Float` by one multiplication with a power of ten of 64 bits; `nil` when the product is so near the
    /// halfway point between two floats that its error could matter, and for subnormal floats and what is too large.
    ///
    /// The error: the power is too large by up to one, which makes up to one in the product's upper half, and what is
    /// cut off below is less than one. (Daniel Lemire, "Number Parsing at a Gigabyte per Second", 2021.)
    private var wideFloat: Float? {
        guard digitCount <= 19, significand != 0, exponent >= -65, exponent <= 38 else { return nil }
        let shift = significand.leadingZeroBitCount
        let (high, _) = (significand << shift).multipliedFullWidth(by: DecimalTables.roundedPower(exponent))
        let highShift = high.leadingZeroBitCount
        let product = high << highShift
        let binaryExponent = DecimalTables.binaryExponent(exponent) + 64 - shift - highShift
        let belowHalfway = product & 0xFF_FFFF_FFFF
        guard belowHalfway &- (0x80_0000_0000 - 4) > 8, binaryExponent >= -126, binaryExponent <= 127 else {
            return nil
        }
        // The significand's hidden bit counts as one more in the exponent, and so does a carry out of it.
        let significand = UInt32(product >> 40) + (belowHalfway > 0x80_0000_0000 ? 1 : 0)
        let magnitude = Float(bitPattern: UInt32(binaryExponent + 126) << 23 + significand)
        return isNegative ? -magnitude : magnitude
    }

    @inline(never)
    private var slowFloat: Float {
        if let value = wideFloat { return value }
        if let significant = withoutLeadingZeros { return significant.float }
        // The text is a number, and the standard library reads all of those, in every locale.
        return Float(text) ?? .nan
    }

    @inline(never)
    private var slowDouble: Double {
        if let significant = withoutLeadingZeros { return significant.double }
        return Double(text) ?? .nan
    }

    private var text: String {
        String(decoding: UnsafeBufferPointer(start: start, count: stop - start), as: UTF8.self)
    }

    /// The same number with leading zeros not counted, when that brings it to 19 digits or fewer.
    private var withoutLeadingZeros: DecimalText? {
        guard digitCount > 19 else { return nil }
        var at = isNegative ? start + 1 : start
        var count = digitCount
        while at < stop, at.pointee == UInt8(ascii: "0") || at.pointee == UInt8(ascii: ".") {
            if at.pointee == UInt8(ascii: "0") { count -= 1 }
            at += 1
        }
        return count <= 19 ? DecimalText(self, digitCount: max(count, 1)) : nil
    }

    private init(_ other: DecimalText, digitCount: Int) {
        start = other.start
        stop = other.stop
        isNegative = other.isNegative
        significand = other.significand
        exponent = other.exponent
        self.digitCount = digitCount
        isInteger = other.isInteger
    }
}
