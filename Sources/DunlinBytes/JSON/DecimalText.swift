/// One JSON number, taken apart while it is read: `significand` × 10^`exponent`.
struct DecimalText {
    /// The first byte and the byte behind the last.
    let start: UnsafePointer<UInt8>
    let stop: UnsafePointer<UInt8>
    let isNegative: Bool
    /// The digits as one integer; wrong (wrapped around) when there are more than 19 that matter.
    let significand: UInt64
    let exponent: Int
    /// Digits before and behind the point, zeros included.
    let digitCount: Int
    /// Neither a point nor an exponent.
    let isInteger: Bool

    /// Beyond it no more digits of an exponent are kept: there is no text with so many digits that they could make up for it.
    private static let exponentLimit = 1 << 40

    /// Reads the number at `place` and moves `place` behind it; `nil`, with `place` where it was, when no JSON number
    /// stands there.
    ///
    /// - Precondition: `place <= end`, and the byte at `end - 1` or `end` belongs to no number.
    @inline(__always)
    init?(_ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        start = place
        var at = place
        let isNegative = at.pointee == UInt8(ascii: "-")
        if isNegative { at += 1 }
        var significand: UInt64 = 0
        let integer = at
        Self.digits(&at, &significand)
        var digitCount = at - integer
        if digitCount == 0 || (digitCount > 1 && integer.pointee == UInt8(ascii: "0")) { return nil }
        var exponent = 0
        var isInteger = true
        if at.pointee == UInt8(ascii: ".") {
            isInteger = false
            at += 1
            let fraction = at
            Self.digits(&at, end, &significand)
            exponent = fraction - at
            if exponent == 0 { return nil }
            digitCount -= exponent
        }
        if at.pointee | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            guard let (written, behind) = Self.exponent(at) else { return nil }
            exponent += written
            at = behind
        }
        place = at
        stop = at
        self.isNegative = isNegative
        self.significand = significand
        self.exponent = exponent
        self.digitCount = digitCount
        self.isInteger = isInteger
    }

    /// Appends the digits at `at` to `significand`, one by one: integer parts are short.
    @inline(__always)
    static func digits(_ at: inout UnsafePointer<UInt8>, _ significand: inout UInt64) {
        while true {
            let digit = at.pointee &- UInt8(ascii: "0")
            if digit > 9 { return }
            significand = significand &* 10 &+ UInt64(digit)
            at += 1
        }
    }

    /// Appends the digits at `at` to `significand`, up to eight at a step: their values are packed together by three
    /// multiplications, the bytes behind the digits having been shifted out.
    ///
    /// The fraction of a float printed as a double has 15 to 18 digits: the second and third step are taken together
    /// without asking how many there are, because that is a question no processor guesses right.
    @inline(__always)
    static func digits(
        _ at: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ significand: inout UInt64
    ) {
        while end - at >= 24 {
            let (first, count) = step(at)
            if count < 8 {
                append(first, count, to: &significand)
                at += count
                return
            }
            significand = significand &* 100_000_000 &+ eight(first)
            let (second, secondCount) = step(at + 8)
            let (third, most) = step(at + 16)
            let thirdCount = secondCount == 8 ? most : 0
            append(second, secondCount, to: &significand)
            append(third, thirdCount, to: &significand)
            at += 8 &+ secondCount &+ thirdCount
            if thirdCount < 8 { return }
        }
        while end - at >= 8 {
            let (values, count) = step(at)
            append(values, count, to: &significand)
            at += count
            if count < 8 { return }
        }
        digits(&at, &significand)
    }

    /// The values of eight bytes as digits, and how many of them are digits before the first that is none.
    @inline(__always)
    private static func step(_ at: UnsafePointer<UInt8>) -> (values: UInt64, count: Int) {
        let word = UInt64(littleEndian: UnsafeRawPointer(at).loadUnaligned(as: UInt64.self))
        let values = word ^ 0x3030_3030_3030_3030
        let others = (((values & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080
        return (values, others.trailingZeroBitCount >> 3)
    }

    /// Appends the first `count` of eight digit values.
    @inline(__always)
    private static func append(_ values: UInt64, _ count: Int, to significand: inout UInt64) {
        // A shift by 64 gives 0.
        significand =
            significand &* DecimalTables.integerPower(count)
            &+ eight(values << UInt64(truncatingIfNeeded: 64 &- 8 &* count))
    }

    /// The number written by eight digit values, the first in the lowest byte.
    @inline(__always)
    private static func eight(_ values: UInt64) -> UInt64 {
        let pairs = values &* 10 &+ (values >> 8)
        let even = (pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
        let odd = ((pairs >> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
        return (even &+ odd) >> 32
    }

    /// Reads `e`, an optional sign and digits; `nil` when there are none. The place is passed by value: a variable whose
    /// address is given away lies in memory, and each number would wait for it.
    private static func exponent(_ place: UnsafePointer<UInt8>) -> (value: Int, behind: UnsafePointer<UInt8>)? {
        var at = place + 1
        let isNegative = at.pointee == UInt8(ascii: "-")
        if isNegative || at.pointee == UInt8(ascii: "+") { at += 1 }
        let first = at
        var value = 0
        while true {
            let digit = at.pointee &- UInt8(ascii: "0")
            if digit > 9 { break }
            if value < exponentLimit { value = value * 10 + Int(digit) }
            at += 1
        }
        if at == first { return nil }
        return (isNegative ? -value : value, at)
    }
}

extension DecimalText {
    /// The exact magnitude of a number with an integral value, however it is written (`1.0`, `1e3`, `120e-1`); `nil`
    /// when the value has a fraction or needs more than 64 bits.
    @inline(never)
    var magnitude: UInt64? {
        var value: UInt64 = 0
        // Zeros read and not yet appended: those at the end may cancel against a negative exponent.
        var zeros = 0
        var at = isNegative ? start + 1 : start
        while at < stop {
            let byte = at.pointee
            at += 1
            if byte == UInt8(ascii: ".") { continue }
            let digit = byte &- UInt8(ascii: "0")
            if digit > 9 { break }
            if digit == 0 {
                if value != 0 { zeros += 1 }
                continue
            }
            while zeros > 0 {
                zeros -= 1
                if Self.append(0, to: &value) { return nil }
            }
            if Self.append(digit, to: &value) { return nil }
        }
        if value == 0 { return 0 }
        var scale = exponent + zeros
        if scale < 0 { return nil }
        while scale > 0 {
            scale -= 1
            if Self.append(0, to: &value) { return nil }
        }
        return value
    }

    /// Appends a digit; true when that overflows.
    private static func append(_ digit: UInt8, to value: inout UInt64) -> Bool {
        let (tenfold, isOver) = value.multipliedReportingOverflow(by: 10)
        let (sum, isCarried) = tenfold.addingReportingOverflow(UInt64(digit))
        value = sum
        return isOver || isCarried
    }
}
