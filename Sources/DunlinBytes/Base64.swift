/// Bytes as text of 64 letters (RFC 4648, section 4).
package enum Base64 {
    /// The bytes that `count` letters stand for, at most.
    package static func decodedByteCount(_ count: Int) -> Int { count / 4 * 3 + (count % 4 * 3) / 4 }

    /// Reads the usual alphabet; `=` at the end may be left out. Blanks, line ends and stray bits are refused.
    ///
    /// - Returns: `nil` when `text` is not Base64.
    package static func decode(_ text: UnsafeRawBufferPointer) -> Bytes? {
        var count = text.count
        if count % 4 == 0 {
            for _ in 0..<2 where count > 0 && text[count - 1] == UInt8(ascii: "=") { count -= 1 }
        }
        guard count % 4 != 1 else { return nil }
        var isValid = true
        let byteCount = decodedByteCount(count)
        let bytes = Bytes(capacity: byteCount) { space in
            var (at, out) = (0, 0)
            while at < count {
                var group: UInt32 = 0
                let letters = Swift.min(4, count - at)
                for index in 0..<4 {
                    let value = index < letters ? values[Int(text[at + index])] : 0
                    if value > 63 { isValid = false }
                    group = group << 6 | UInt32(value & 63)
                }
                let width = letters - 1
                for index in 0..<width { space[out + index] = UInt8(truncatingIfNeeded: group >> (16 - 8 * index)) }
                // Bits behind the last byte would be lost.
                if width < 3, group & ((1 << (24 - 8 * width)) - 1) != 0 { isValid = false }
                at += letters
                out += width
            }
            return out
        }
        return isValid ? bytes : nil
    }

    /// What each byte stands for; 255: nothing.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (index, letter) in alphabet.utf8.enumerated() { values[Int(letter)] = UInt8(index) }
        return values
    }()
}
