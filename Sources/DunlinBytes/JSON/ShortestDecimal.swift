/// Floating-point numbers as the shortest decimal text that reads back as the same value.
///
/// Everything has a fraction or an exponent (`3.0`, `1e-07`), so that readers keep it a floating-point number.
/// What JSON has no number for is written as the tokens that Python and Triton read: `NaN`, `Infinity`, `-Infinity`.
enum ShortestDecimal {
    /// Bytes that either function writes at most.
    static let maxByteCount = 32

    /// Writes `value` and returns the bytes written.
    ///
    /// Between 1e-4 and 2^24 the digits are found in `Double`, where the halfway points to the neighbouring floats
    /// are exact: a decimal of up to six digits that reads back as `value` is `value` rounded to six digits
    /// (a `Float` keeps any six), so six digits are tried first, then seven, eight and nine. When a candidate lies
    /// too near a halfway point for `Double` to tell, and outside the range, the standard library decides.
    @inline(__always)
    static func write(_ value: Float, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let magnitude = Double(value.magnitude)
        guard magnitude >= 1e-4, magnitude < 16_777_216 else { return writeOther(value, to: out) }
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
