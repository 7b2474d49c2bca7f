import Glibc

/// A string of the text being scanned, unescaped: the scanner's own memory or a part of the text.
///
/// Valid until the next call on the scanner that gave it; copy with `string` to keep it.
package struct JSONText {
    package let start: UnsafeRawPointer
    package let count: Int

    /// A copy.
    package var string: String {
        String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }

    package var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    package static func == (text: JSONText, other: StaticString) -> Bool {
        text.count == other.utf8CodeUnitCount && memcmp(text.start, other.utf8Start, text.count) == 0
    }

    package func hasPrefix(_ prefix: StaticString) -> Bool {
        count >= prefix.utf8CodeUnitCount && memcmp(start, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
    }

    /// Bytes before the first that a JSON string cannot hold as it is: quotation mark, backslash, control byte.
    static func plainPrefix(_ start: UnsafeRawPointer, count: Int) -> Int {
        var at = 0
        while at + 8 <= count {
            let special = specialBytes(start.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            if special != 0 { return at + special.trailingZeroBitCount / 8 }
            at += 8
        }
        while at < count {
            let byte = start.load(fromByteOffset: at, as: UInt8.self)
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            at += 1
        }
        return at
    }

    /// The high bit of each byte that is a quotation mark, a backslash or below 0x20. Bits above the lowest one set
    /// may be wrong, the lowest is right.
    @inline(__always)
    static func specialBytes(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        let little = UInt64(littleEndian: word)
        let quote = little ^ (ones &* 0x22)
        let backslash = little ^ (ones &* 0x5C)
        let control = (little &- (ones &* 0x20)) & ~little
        return (control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)) & high
    }

    /// True when `bytes` is well-formed UTF-8.
    static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return true }
        let start = base.assumingMemoryBound(to: UInt8.self)
        let end = start + bytes.count
        var at = start
        while at < end {
            if end - at >= 8, UnsafeRawPointer(at).loadUnaligned(as: UInt64.self) & 0x8080_8080_8080_8080 == 0 {
                at += 8
            } else if at.pointee < 0x80 {
                at += 1
            } else {
                let length = sequenceLength(at, end)
                if length == 0 { return false }
                at += length
            }
        }
        return true
    }

    /// Bytes of the well-formed UTF-8 sequence of a character above U+007F at `at`; 0 when it is ill-formed or cut.
    static func sequenceLength(_ at: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Int {
        let lead = at[0]
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard lead >= 0xC2, lead <= 0xF4, end - at >= length else { return 0 }
        // Only the second byte has narrower bounds: no overlong forms, no surrogates, nothing above U+10FFFF.
        let lowest: UInt8 = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80
        let highest: UInt8 = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF
        guard at[1] >= lowest, at[1] <= highest else { return 0 }
        for index in 2..<max(length, 2) where at[index] & 0xC0 != 0x80 { return 0 }
        return length
    }
}
