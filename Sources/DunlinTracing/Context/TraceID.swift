/// The 16 bytes that all spans of one trace share; never all zero.
package struct TraceID: Sendable, Hashable {
    let high: UInt64
    let low: UInt64

    /// Any but the one that means none.
    package static func random(_ generator: inout some RandomNumberGenerator) -> TraceID {
        TraceID(high: .random(in: .min ... .max, using: &generator), low: .random(in: 1 ... .max, using: &generator))
    }

    private init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// - Returns: `nil` unless there are 32 lower-case digits that are not all 0.
    init?(hexadecimal digits: ArraySlice<UInt8>) {
        guard digits.count == 32, let high = LowercaseHexadecimal.number(digits.prefix(16)),
            let low = LowercaseHexadecimal.number(digits.suffix(16)), high | low != 0
        else { return nil }
        self.init(high: high, low: low)
    }

    package var hexadecimal: String { LowercaseHexadecimal.text(high) + LowercaseHexadecimal.text(low) }
}

/// The 8 bytes that name one span; never all zero.
package struct SpanID: Sendable, Hashable {
    let number: UInt64

    package static func random(_ generator: inout some RandomNumberGenerator) -> SpanID {
        SpanID(number: .random(in: 1 ... .max, using: &generator))
    }

    private init(number: UInt64) { self.number = number }

    /// - Returns: `nil` unless there are 16 lower-case digits that are not all 0.
    init?(hexadecimal digits: ArraySlice<UInt8>) {
        guard digits.count == 16, let number = LowercaseHexadecimal.number(digits), number != 0 else { return nil }
        self.init(number: number)
    }

    package var hexadecimal: String { LowercaseHexadecimal.text(number) }
}

/// Numbers as both formats here want them: lower-case digits, leading zeros kept.
enum LowercaseHexadecimal {
    static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    /// - Precondition: At most 16 digits.
    static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        precondition(digits.count <= 16, "\(digits.count) digits do not fit into 64 bits")
        var number: UInt64 = 0
        for digit in digits {
            guard let value = value(digit) else { return nil }
            number = number << 4 | UInt64(value)
        }
        return number
    }

    /// 16 digits.
    static func text(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
