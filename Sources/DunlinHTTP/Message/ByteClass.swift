/// The character classes of RFC 9110 and RFC 3986.
enum ByteClass {
    /// Bit n stands for character n: letters, digits and ``!#$%&'*+-.^_`|~``.
    private static var tokenLow: UInt64 { 0x03FF_6CFA_0000_0000 }
    /// Bit n stands for character 64 + n.
    private static var tokenHigh: UInt64 { 0x57FF_FFFF_C7FF_FFFE }

    static func isToken(_ byte: UInt8) -> Bool {
        (byte < 64 ? tokenLow &>> UInt64(byte) : byte < 128 ? tokenHigh &>> UInt64(byte & 63) : 0) & 1 != 0
    }

    /// Bytes at or above 0x80 are allowed in field values (obs-text) and nowhere else.
    static func isFieldContent(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }

    /// What RFC 3986 allows in a path, a query or an authority, and the characters `"<>[\]^`{|}` that some
    /// clients send unescaped; never a blank, a control byte or a fragment.
    static func isTarget(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#") }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// The value of a hexadecimal digit, `nil` for anything else.
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    static func isEqualIgnoringCase(_ lhs: UnsafeRawPointer, _ rhs: UnsafeRawPointer, _ count: Int) -> Bool {
        for index in 0..<count {
            let left = lhs.load(fromByteOffset: index, as: UInt8.self)
            let right = rhs.load(fromByteOffset: index, as: UInt8.self)
            if left == right { continue }
            let lower = left | 0x20
            if lower != right | 0x20 || !(0x61...0x7A).contains(lower) { return false }
        }
        return true
    }
}
