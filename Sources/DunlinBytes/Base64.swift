/// RFC 4648's base64. Blanks and ends of lines are passed over: C's libb64, which Triton's C++ client has, puts them in.
package enum Base64 {
    /// Whether a byte is passed over.
    package static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// The bytes that `count` digits stand for, at most.
    package static func decodedByteCount(_ count: Int) -> Int { count / 4 * 3 + (count % 4 * 3) / 4 }

    /// What `text` encodes; `nil` when it is no base64.
    package static func decode(_ text: UnsafeRawBufferPointer) -> Bytes? {
        var builder = BytesBuilder(capacity: decodedByteCount(text.count))
        return decode(text, into: &builder) ? builder.finish() : nil
    }

    /// Appends what `text` encodes: the standard alphabet or the one for URLs, with or without `=` at the end.
    ///
    /// - Returns: False when `text` is no base64; what was appended by then is not to be used.
    package static func decode(_ text: UnsafeRawBufferPointer, into builder: inout BytesBuilder) -> Bool {
        if decodeDigits(text, into: &builder) { return true }
        guard text.contains(where: isBlank) else { return false }
        let digits = text.filter { !isBlank($0) }
        return digits.withUnsafeBytes { decodeDigits($0, into: &builder) }
    }

    /// Appends nothing when there is anything but digits and what fills them up.
    private static func decodeDigits(_ text: UnsafeRawBufferPointer, into builder: inout BytesBuilder) -> Bool {
        var count = text.count
        while count > 0, text.count - count < 2, text[count - 1] == UInt8(ascii: "=") { count -= 1 }
        // Where it is filled up, it is filled up to a multiple of four.
        guard count % 4 != 1, count == text.count || text.count % 4 == 0 else { return false }
        var isGood = true
        builder.withSpace(count / 4 * 3 + 3) { space in
            let out = space.assumingMemoryBound(to: UInt8.self)
            var written = 0
            var bits: UInt32 = 0
            for index in 0..<count {
                let digit = digits[Int(text[index])]
                guard digit < 64 else {
                    isGood = false
                    return 0
                }
                bits = bits << 6 | UInt32(digit)
                guard index % 4 == 3 else { continue }
                out[written] = UInt8(truncatingIfNeeded: bits >> 16)
                out[written + 1] = UInt8(truncatingIfNeeded: bits >> 8)
                out[written + 2] = UInt8(truncatingIfNeeded: bits)
                written += 3
                bits = 0
            }
            switch count % 4 {
            case 2:
                out[written] = UInt8(truncatingIfNeeded: bits >> 4)
                written += 1
            case 3:
                out[written] = UInt8(truncatingIfNeeded: bits >> 10)
                out[written + 1] = UInt8(truncatingIfNeeded: bits >> 2)
                written += 2
            default: break
            }
            return written
        }
        return isGood
    }

    /// Appends `bytes` in the standard alphabet, filled up with `=`.
    package static func encode(_ bytes: UnsafeRawBufferPointer, into builder: inout BytesBuilder) {
        let alphabet = Self.alphabet
        builder.withSpace((bytes.count + 2) / 3 * 4) { space in
            let out = space.assumingMemoryBound(to: UInt8.self)
            var written = 0
            var index = 0
            while index < bytes.count {
                let count = min(3, bytes.count - index)
                var bits = UInt32(bytes[index]) << 16
                if count > 1 { bits |= UInt32(bytes[index + 1]) << 8 }
                if count > 2 { bits |= UInt32(bytes[index + 2]) }
                for place in 0..<4 {
                    let digit = Int(bits >> UInt32(18 - 6 * place) & 63)
                    out[written + place] = place <= count ? alphabet[digit] : UInt8(ascii: "=")
                }
                written += 4
                index += 3
            }
            return written
        }
    }

    private static let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The value of each byte; 255 for those that are no digits.
    private static let digits: [UInt8] = {
        var digits = [UInt8](repeating: 255, count: 256)
        for (value, byte) in alphabet.enumerated() { digits[Int(byte)] = UInt8(value) }
        digits[Int(UInt8(ascii: "-"))] = 62
        digits[Int(UInt8(ascii: "_"))] = 63
        return digits
    }()
}
