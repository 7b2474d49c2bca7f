extension ShortestDecimal {
    /// Writes `value` and returns the bytes written.
    ///
    /// Zero, and what lies between 1e-4 and 2^24, is written with a point and without an exponent. Nothing on that way
    /// depends on the number's digits: neither their count nor where the point stands is a thing that a processor
    /// guesses right, so that all digits are stored and the point and the fraction over them.
    ///
    /// - Precondition: `out` has room for `maxByteCount` bytes; all may be overwritten.
    @inline(__always)
    static func write(_ value: Float, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let bits = value.magnitude.bitPattern
        guard (bits &- lowestPlain <= highestPlain &- lowestPlain) != (bits == 0) else {
            return writeOther(value, to: out)
        }
        // Whole numbers come in whole arrays (counts, pixels), and cost half when all their digits are known to be needed.
        let whole = UInt32(Float(bitPattern: bits))
        if Float(whole).bitPattern == bits, bits != 0 { return write(whole, signOf: value, to: out) }
        let isSome = isLess(0, bits)
        let (shortest, exponent) = shortest(
            significand: bits & 0x7F_FFFF | 0x80_0000, biased: bits >> 23 | (1 &- isSome),
            isUneven: 1 &- isLess(0, bits & 0x7F_FFFF))
        // A normal float has seven to nine digits before zeros at the end are dropped. Zero has zeros only.
        let isEight = isLess(9_999_999, shortest)
        let isNine = isLess(99_999_999, shortest)
        let digits = (shortest &* (100 &- 90 &* isEight &- 9 &* isNine)) & (0 &- isSome)
        let integerDigits = 1 &+ (exponent &+ 6 &+ Int(isEight &+ isNine)) & (0 &- Int(isSome))
        let first = UInt8(truncatingIfNeeded: digits / 100_000_000) &+ UInt8(ascii: "0")
        let values = DecimalInteger.eightValues(digits % 100_000_000)
        let others = values | 0x3030_3030_3030_3030
        let count = 9 &- values.leadingZeroBitCount >> 3

        out[0] = UInt8(ascii: "-")
        let at = out + Int(value.bitPattern >> 31)
        // Above one: all digits, the point over them and the fraction again behind it. Below: `0.`, zeros, all digits.
        let isBelow = (integerDigits &- 1) >> 63
        let zeros = (1 &- integerDigits) & isBelow
        let firstAt = zeros &- isBelow
        let pointAt = integerDigits &+ zeros
        store(0x3030_3030_3030_3030, at)
        at[firstAt] = first
        store(others, at + (firstAt &+ 1))
        at[pointAt] = UInt8(ascii: ".")
        let left = (integerDigits &- 1) & ~isBelow
        store(others &>> UInt64(truncatingIfNeeded: 8 &* left), at + (pointAt &+ 1 &+ zeros))
        return at - out &+ 1 &+ max(count, integerDigits &+ 1) &+ zeros
    }

    /// 1 if `lhs` is less than `rhs`, else 0: as arithmetic, which no compiler makes a branch of.
    ///
    /// - Precondition: Both are below 2^31.
    @inline(__always)
    private static func isLess(_ lhs: UInt32, _ rhs: UInt32) -> UInt32 { (lhs &- rhs) >> 31 }

    /// A whole number up to 2^24.
    @inline(__always)
    private static func write(_ whole: UInt32, signOf value: Float, to out: UnsafeMutablePointer<UInt8>) -> Int {
        out[0] = UInt8(ascii: "-")
        var at = out + Int(value.bitPattern >> 31)
        at += DecimalInteger.write(UInt64(whole), to: UnsafeMutableRawPointer(at))
        at[0] = UInt8(ascii: ".")
        at[1] = UInt8(ascii: "0")
        return at - out &+ 2
    }

    /// 1e-4 and 2^24, the least and the greatest that are written without an exponent.
    private static let lowestPlain: UInt32 = 0x38D1_B717
    private static let highestPlain: UInt32 = 0x4B80_0000

    /// The shortest decimal that reads back as a float, and of several the nearest: `digits` × 10^`exponent`, which may
    /// have zeros at its end.
    ///
    /// Schubfach (Raffaello Giulietti, "The Schubfach way to render doubles", 2020) with the sizes of a float: the value
    /// and the halfway points to its neighbours are brought to a power of ten where one to ten decimals lie between
    /// those points, by one multiplication each, in quarters and with the last bit standing for all below it.
    ///
    /// - Parameters:
    ///   - significand: With its hidden bit, not zero.
    ///   - biased: The exponent as a float keeps it; 1 for subnormal ones.
    ///   - isUneven: 1 for a power of two that is not the least normal one: the previous float is twice as near. Else 0.
    @inline(__always)
    private static func shortest(
        significand: UInt32, biased: UInt32, isUneven: UInt32
    ) -> (digits: UInt32, exponent: Int) {
        let binary = Int(biased) &- 150
        // floor(log10(2^binary)), or of three quarters of it.
        let exponent = (binary &* 1_262_611 &- 524_031 &* Int(isUneven)) >> 22
        let shift = UInt32(truncatingIfNeeded: binary &+ DecimalTables.binaryExponent(0 &- exponent) &+ 1)
        let power = DecimalTables.roundedPower(0 &- exponent)
        let quarters = significand &<< 2
        let value = product(power, quarters &<< shift)
        // The halfway points themselves read back as the float whose significand is even.
        let margin = significand & 1
        let low = product(power, (quarters &- 2 &+ isUneven) &<< shift) &+ margin
        let high = product(power, (quarters &+ 2) &<< shift) &- margin

        // One digit less, if one of the two neighbours with a zero at the end lies within. Both never do.
        let ones = value >> 2
        let tens = ones / 10 &* 10
        let isTensOut = isLess(tens &* 4, low)
        let isNextTensOut = isLess(high, tens &* 4 &+ 40)
        // Else the neighbour that lies within; of two the nearer, and the even one when the value is in the middle.
        let isOnesOut = isLess(ones &* 4, low)
        let isNextOnesOut = isLess(high, ones &* 4 &+ 4)
        let isOneOut = isOnesOut ^ isNextOnesOut
        let isNearerNext = isLess(2, value & 3 &+ ones & 1)
        let full = ones &+ (isOneOut & isOnesOut | (1 &- isOneOut) & isNearerNext)
        let short = tens &+ 10 &* isTensOut
        return (full ^ (full ^ short) & (0 &- (isTensOut ^ isNextTensOut)), exponent)
    }

    /// The product from its 64th bit on; the lowest bit is set as well when anything but rounding stands below.
    @inline(__always)
    private static func product(_ power: UInt64, _ factor: UInt32) -> UInt32 {
        let (high, low) = power.multipliedFullWidth(by: UInt64(factor))
        return UInt32(truncatingIfNeeded: high) | isLess(0, UInt32(truncatingIfNeeded: low >> 33))
    }

    /// The floats that need an exponent (`1e-07`, `1.5e+30`), and the tokens.
    @inline(never)
    private static func writeOther(_ value: Float, to out: UnsafeMutablePointer<UInt8>) -> Int {
        guard value.isFinite else { return writeToken(isNaN: value.isNaN, isNegative: value < 0, to: out) }
        let (fraction, biased) = (value.bitPattern & 0x7F_FFFF, value.magnitude.bitPattern >> 23)
        let (shortest, exponent) = shortest(
            significand: biased > 0 ? fraction | 0x80_0000 : fraction, biased: max(biased, 1),
            isUneven: fraction == 0 && biased > 1 ? 1 : 0)
        let digitCount = DecimalInteger.digitCount(UInt64(shortest))
        let nine = shortest &* UInt32(truncatingIfNeeded: DecimalTables.integerPower(9 &- digitCount))
        let values = DecimalInteger.eightValues(nine % 100_000_000)
        let count = 9 &- values.leadingZeroBitCount >> 3
        out[0] = UInt8(ascii: "-")
        var at = out + Int(value.bitPattern >> 31)
        at[0] = UInt8(truncatingIfNeeded: nine / 100_000_000) &+ UInt8(ascii: "0")
        at[1] = UInt8(ascii: ".")
        store(values | 0x3030_3030_3030_3030, at + 2)
        // A single digit stands without a point.
        at += count == 1 ? 1 : count + 1
        let scientific = exponent &+ digitCount &- 1
        at[0] = UInt8(ascii: "e")
        at[1] = scientific < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+")
        let pair = DecimalTables.pair(Int(scientific.magnitude))
        UnsafeMutableRawPointer(at + 2).storeBytes(of: pair, as: UInt16.self)
        return at - out + 4
    }

    @inline(__always)
    private static func store(_ text: UInt64, _ at: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(at).storeBytes(of: text.littleEndian, as: UInt64.self)
    }
}
