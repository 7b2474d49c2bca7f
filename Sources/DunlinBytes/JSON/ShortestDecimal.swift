/// Floating-point numbers as the shortest decimal text that reads back as the same value.
///
/// Everything has a fraction or an exponent (`3.0`, `1e-07`), so that readers keep it a floating-point number.
/// What JSON has no number for is written as the tokens that Python and Triton read: `NaN`, `Infinity`, `-Infinity`.
enum ShortestDecimal {
    /// Bytes that either function writes at most.
    static let maxByteCount = 32

    /// Writes `value` and returns the bytes written.
    ///
    /// Between 1e-4 and 2^24 the digits are found in `Double`: nine digits of the value, and how far the decimals that
    /// read back as it reach on both sides. The shortest such decimal is the nearest multiple of the largest power of
    /// ten that has one within reach. Nine digits and the reach are off by less than `doubt`; where that could matter,
    /// and outside the range, slower ways decide.
    @inline(__always)
    static func write(_ value: Float, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let magnitude = Double(value.magnitude)
        guard magnitude >= 1e-4, magnitude < 16_777_216 else { return writeOther(value, to: out) }
        let whole = UInt32(magnitude)
        if Double(whole) == magnitude { return write(whole, isNegative: value < 0, to: out) }
        // Below a power of two the previous float is twice as near.
        if value.bitPattern & 0x7F_FFFF == 0 { return writeStepwise(value, to: out) }
        let integerDigits = integerDigits(magnitude)
        let scale = DecimalTables.power(9 &- integerDigits)
        let scaled = magnitude * scale
        // Half the distance to the next float.
        let reach = Double(bitPattern: (magnitude.bitPattern & 0x7FF0_0000_0000_0000) &- (24 << 52)) * scale
        let (low, high) = (scaled - reach, scaled + reach)
        let (below, most) = (UInt32(low), UInt32(high))
        let (lowRest, highRest) = (low - Double(below), high - Double(most))
        guard min(lowRest, highRest) > doubt, max(lowRest, highRest) < 1 - doubt else {
            return writeStepwise(value, to: out)
        }
        // Nine digits, those that are left out being zeros.
        let nine = UInt32(scaled)
        let six = (nine &+ 500) / 1000 &* 1000
        let seven = (nine &+ 50) / 100 &* 100
        let eight = (nine &+ 5) / 10 &* 10
        let isSeven = seven > below && seven <= most
        let isEight = eight > below && eight <= most
        var digits = isSeven ? seven : isEight ? eight : UInt32(scaled + 0.5)
        var count = isSeven ? 7 : isEight ? 8 : 9
        if six > below, six <= most {
            // A float keeps any six digits, so that no decimal of fewer reads back but these without their zeros.
            digits = six
            count = 6
            var rest = six / 1000
            while rest % 10 == 0 {
                rest /= 10
                count &-= 1
            }
        }
        guard digits < 1_000_000_000 else { return writeStepwise(value, to: out) }
        var at = out
        if value < 0 {
            at.pointee = UInt8(ascii: "-")
            at += 1
        }
        let first = UInt8(truncatingIfNeeded: digits / 100_000_000) &+ UInt8(ascii: "0")
        let others = DecimalInteger.eightDigits(digits % 100_000_000)
        let raw = UnsafeMutableRawPointer(at)
        if integerDigits > 0 {
            // All digits, then the point and the fraction over those behind the integer part.
            at[0] = first
            raw.storeBytes(of: others, toByteOffset: 1, as: UInt64.self)
            at[integerDigits] = UInt8(ascii: ".")
            raw.storeBytes(
                of: others &>> UInt64(8 &* (integerDigits &- 1)), toByteOffset: integerDigits &+ 1, as: UInt64.self)
            return at - out + count + 1
        }
        raw.storeBytes(of: 0x3030_3030_2E30, as: UInt64.self)
        let start = 2 &- integerDigits
        at[start] = first
        raw.storeBytes(of: others, toByteOffset: start &+ 1, as: UInt64.self)
        return at - out + start + count
    }

    /// What nine digits found in `Double` can be off by, and more: 10^9 in units of its last place is 1.2e-7.
    private static let doubt = 1e-5

    /// A whole number below 2^24: all its digits are needed.
    @inline(__always)
    private static func write(_ whole: UInt32, isNegative: Bool, to out: UnsafeMutablePointer<UInt8>) -> Int {
        var at = out
        if isNegative {
            at.pointee = UInt8(ascii: "-")
            at += 1
        }
        at += DecimalInteger.write(UInt64(whole), to: UnsafeMutableRawPointer(at))
        at[0] = UInt8(ascii: ".")
        at[1] = UInt8(ascii: "0")
        return at - out + 2
    }

    /// The same for what is hard to tell, and for powers of two. The halfway points to the neighbouring
    /// floats are exact in `Double`: a decimal of up to six digits that reads back as `value` is `value` rounded to six
    /// digits (a `Float` keeps any six), so six digits are tried first, then seven, eight and nine. When a candidate
    /// lies too near a halfway point for `Double` to tell, the standard library decides.
    ///
    /// - Precondition: `value` is in the range of `write`.
    @inline(never)
    private static func writeStepwise(_ value: Float, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let magnitude = Double(value.magnitude)
        // Half the distance to the next float; below a power of two the previous float is twice as near.
        let half = Double(bitPattern: (magnitude.bitPattern & 0x7FF0_0000_0000_0000) &- (24 << 52))
        let isPowerOfTwo = value.bitPattern & 0x7F_FFFF == 0
        let nearest = isPowerOfTwo ? half * 0.5 : half
        var decimals = 6 &- integerDigits(magnitude)
        var digits: Int64 = 0
        while true {
            if decimals >= 0 {
                let scale = DecimalTables.power(decimals)
                let scaled = magnitude * scale
                digits = Int64(scaled + 0.5)
                let distance = (Double(digits) - scaled).magnitude
                let reach = nearest * scale
                if distance < reach * (1 - 0x1p-20) { break }
                if isPowerOfTwo || distance < reach * (1 + 0x1p-20) { return writeOther(value, to: out) }
            }
            decimals &+= 1
        }
        return write(digits: UInt64(digits), decimals: decimals, isNegative: value.sign == .minus, to: out)
    }

    /// Writes `value` and returns the bytes written.
    static func write(_ value: Double, to out: UnsafeMutableRawPointer) -> Int {
        guard value.isFinite else { return writeToken(isNaN: value.isNaN, isNegative: value < 0, to: out) }
        return write(description: value.description, to: out)
    }

    /// Digits before the decimal point; 0, -1, … when that many zeros follow it. For 1e-4 ..< 2^24.
    @inline(__always)
    private static func integerDigits(_ magnitude: Double) -> Int {
        if magnitude < 1 {
            return magnitude >= 0.1 ? 0 : magnitude >= 0.01 ? -1 : magnitude >= 0.001 ? -2 : -3
        }
        return DecimalInteger.digitCount(UInt64(bitPattern: Int64(magnitude)))
    }

    /// Writes `digits` / 10^`decimals`, dropping zeros at the end of the fraction.
    @inline(__always)
    private static func write(
        digits: UInt64, decimals: Int, isNegative: Bool, to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var digits = digits
        var decimals = decimals
        while decimals > 0, digits % 10 == 0 {
            digits /= 10
            decimals &-= 1
        }
        var at = out
        if isNegative {
            at.pointee = UInt8(ascii: "-")
            at += 1
        }
        let count = DecimalInteger.digitCount(digits)
        if decimals == 0 {
            DecimalInteger.digits(digits, count: count, to: at)
            at += count
            at[0] = UInt8(ascii: ".")
            at[1] = UInt8(ascii: "0")
            at += 2
        } else if count <= decimals {
            at[0] = UInt8(ascii: "0")
            at[1] = UInt8(ascii: ".")
            DecimalInteger.digits(digits, count: decimals, to: at + 2)
            at += 2 + decimals
        } else {
            // All digits one place to the right, then the integer part over them.
            let integer = count &- decimals
            DecimalInteger.digits(digits, count: count, to: at + 1)
            for index in 0..<integer { at[index] = at[index &+ 1] }
            at[integer] = UInt8(ascii: ".")
            at += count + 1
        }
        return at - out
    }

    @inline(never)
    private static func writeOther(_ value: Float, to out: UnsafeMutablePointer<UInt8>) -> Int {
        if value.bitPattern == 0 {
            out[0] = UInt8(ascii: "0")
            out[1] = UInt8(ascii: ".")
            out[2] = UInt8(ascii: "0")
            return 3
        }
        guard value.isFinite else { return writeToken(isNaN: value.isNaN, isNegative: value < 0, to: out) }
        return write(description: value.description, to: out)
    }

    private static func write(description: String, to out: UnsafeMutableRawPointer) -> Int {
        var text = description
        return text.withUTF8 { utf8 in
            let count = min(utf8.count, maxByteCount)
            out.copyMemory(from: utf8.baseAddress!, byteCount: count)
            return count
        }
    }

    private static func writeToken(isNaN: Bool, isNegative: Bool, to out: UnsafeMutableRawPointer) -> Int {
        let token: StaticString = isNaN ? "NaN" : isNegative ? "-Infinity" : "Infinity"
        out.copyMemory(from: token.utf8Start, byteCount: token.utf8CodeUnitCount)
        return token.utf8CodeUnitCount
    }
}
