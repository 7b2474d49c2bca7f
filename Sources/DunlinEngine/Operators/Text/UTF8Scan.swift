/// Reading UTF-8 from memory, strictly: overlong forms, surrogates and cut characters are errors.
enum UTF8Scan {
    /// Decodes all of `text`.
    ///
    /// - Parameters:
    ///   - put: Gets each code point and the offset at which it begins.
    /// - Returns: False at the first byte that is no UTF-8.
    @inline(__always)
    static func decode(_ text: UnsafeRawBufferPointer, _ put: (UInt32, Int) -> Void) -> Bool {
        var index = 0
        while index < text.count {
            let start = index
            guard let character = next(text, &index) else { return false }
            put(character, start)
        }
        return true
    }

    /// The code point at `index`, which moves behind it; `nil` where there is no UTF-8.
    ///
    /// - Precondition: `index` is below the text's end.
    @inline(__always)
    static func next(_ text: UnsafeRawBufferPointer, _ index: inout Int) -> UInt32? {
        let lead = text[index]
        if lead < 0x80 {
            index &+= 1
            return UInt32(lead)
        }
        let length: Int
        var value: UInt32
        let least: UInt32
        switch lead {
        case 0xC2...0xDF: (length, value, least) = (2, UInt32(lead & 0x1F), 0x80)
        case 0xE0...0xEF: (length, value, least) = (3, UInt32(lead & 0x0F), 0x800)
        case 0xF0...0xF4: (length, value, least) = (4, UInt32(lead & 0x07), 0x10000)
        default: return nil
        }
        guard index + length <= text.count else { return nil }
        for offset in 1..<length {
            let byte = text[index + offset]
            guard byte & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        guard value >= least, value <= 0x10FFFF, !(0xD800...0xDFFF).contains(value) else { return nil }
        index += length
        return value
    }

    /// How many code points `text` has, or `nil` when it is not valid UTF-8.
    static func count(_ text: UnsafeRawBufferPointer) -> Int? {
        var count = 0
        let isValid = decode(text) { _, _ in count &+= 1 }
        return isValid ? count : nil
    }
}
