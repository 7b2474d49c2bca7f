/// Integers as decimal text.
enum DecimalInteger {
    /// Bytes of the longest 64-bit integer, sign included.
    static let maxByteCount = 20

    /// Writes `value` and returns the bytes written.
    @inline(__always)
    static func write(_ value: Int64, to out: UnsafeMutableRawPointer) -> Int {
        guard value < 0 else { return write(UInt64(bitPattern: value), to: out) }
        out.storeBytes(of: UInt8(ascii: "-"), as: UInt8.self)
        return 1 + write(value.magnitude, to: out + 1)
    }

    /// Writes `value` and returns the bytes written.
    @inline(__always)
    static func write(_ value: UInt64, to out: UnsafeMutableRawPointer) -> Int {
        let count = digitCount(value)
        digits(value, count: count, to: out.assumingMemoryBound(to: UInt8.self))
        return count
    }

    /// Writes the last `count` decimal digits of `value`, with leading zeros.
    @inline(__always)
    static func digits(_ value: UInt64, count: Int, to out: UnsafeMutablePointer<UInt8>) {
        var rest = value
        var at = count
        while at >= 2 {
            let pair = rest % 100
            rest /= 100
            at &-= 2
            UnsafeMutableRawPointer(out + at).storeBytes(of: DecimalTables.pair(Int(pair)), as: UInt16.self)
        }
        if at == 1 { out[0] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10) }
    }

    /// The values of the eight decimal digits of `value`, below 10^8: the first in the lowest byte. Four digits, then
    /// pairs, then digits are split in all places at once.
    @inline(__always)
    static func eightValues(_ value: UInt32) -> UInt64 {
        let fours = UInt64(value / 10_000) | UInt64(value % 10_000) &<< 32
        let hundreds = ((fours &* 5243) &>> 19) & 0x0000_007F_0000_007F
        let pairs = hundreds | (fours &- hundreds &* 100) &<< 16
        let tens = ((pairs &* 103) &>> 10) & 0x000F_000F_000F_000F
        return tens | (pairs &- tens &* 10) &<< 8
    }

    @inline(__always)
    static func digitCount(_ value: UInt64) -> Int {
        if value < 10 { return 1 }
        // log10(2) is about 1233/4096; the estimate is right or one too small.
        let estimate = ((64 &- value.leadingZeroBitCount) &* 1233) >> 12
        return value < DecimalTables.integerPower(estimate) ? estimate : estimate &+ 1
    }
}
