extension JSONScanner {
    /// Reads a string; without escapes it is a part of the text, otherwise it is unescaped into the scanner's memory.
    package mutating func readText() throws(JSONError) -> JSONText {
        skipBlanks()
        guard at < end, at.pointee == UInt8(ascii: "\"") else { throw unexpected("a string") }
        let first = at + 1
        let hasEscapes = try passString()
        let count = at - 1 - first
        guard hasEscapes else { return JSONText(start: UnsafeRawPointer(first), count: count) }
        // Unescaping never makes a string longer.
        if scratchCapacity < count {
            scratch?.deallocate()
            scratch = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
            scratchCapacity = count
        }
        let out = scratch.unsafelyUnwrapped
        return JSONText(start: UnsafeRawPointer(out), count: Self.unescape(first, count: count, into: out))
    }

    /// Reads a string and copies it.
    package mutating func readString() throws(JSONError) -> String { try readText().string }

    /// Passes a checked string, from its opening quotation mark to behind the closing one.
    ///
    /// - Returns: Whether it has escapes.
    mutating func passString() throws(JSONError) -> Bool {
        let opening = at
        var hasEscapes = false
        at += 1
        while true {
            // Plain ASCII, eight bytes at a time.
            while end - at >= 8 {
                let word = UnsafeRawPointer(at).loadUnaligned(as: UInt64.self)
                let special = JSONText.specialBytes(word) | (UInt64(littleEndian: word) & 0x8080_8080_8080_8080)
                if special != 0 {
                    at += special.trailingZeroBitCount >> 3
                    break
                }
                at += 8
            }
            guard at < end else {
                at = opening
                throw JSONError(offset: offset, message: "expected the end of the string, found the end of the text")
            }
            switch at.pointee {
            case UInt8(ascii: "\""):
                at += 1
                didReadValue()
                return hasEscapes
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try passEscape()
            case 0..<0x20:
                throw JSONError(
                    offset: offset,
                    message: "expected an escape, found control byte 0x\(String(at.pointee, radix: 16)) in a string")
            case 0x80...0xFF:
                let length = JSONText.sequenceLength(at, end)
                guard length > 0 else {
                    throw JSONError(offset: offset, message: "expected UTF-8, found an ill-formed byte sequence")
                }
                at += length
            default:
                at += 1
            }
        }
    }

    private mutating func passEscape() throws(JSONError) {
        guard end - at >= 2 else { throw JSONError(offset: offset, message: "expected an escape, found the end") }
        switch at[1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 2
        case UInt8(ascii: "u"):
            guard let unit = Self.hexUnit(at + 2, end) else {
                throw JSONError(offset: offset, message: "expected four hexadecimal digits after \\u")
            }
            if unit & 0xF800 != 0xD800 {
                at += 6
                return
            }
            guard unit < 0xDC00, end - at >= 8, at[6] == UInt8(ascii: "\\"), at[7] == UInt8(ascii: "u"),
                let low = Self.hexUnit(at + 8, end), low & 0xFC00 == 0xDC00
            else {
                throw JSONError(offset: offset, message: "expected a pair of surrogates, found a lone one")
            }
            at += 12
        default:
            throw JSONError(offset: offset, message: "expected one of \"\\/bfnrtu after a backslash")
        }
    }

    /// The 16-bit number of four hexadecimal digits at `place`.
    private static func hexUnit(_ place: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UInt32? {
        guard end - place >= 4 else { return nil }
        var unit: UInt32 = 0
        for index in 0..<4 {
            let digit: UInt8
            switch place[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = place[index] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = place[index] - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = place[index] - UInt8(ascii: "A") + 10
            default: return nil
            }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// Unescapes `count` bytes that `passString` has checked and returns how many that gave.
    static func unescape(
        _ source: UnsafePointer<UInt8>, count: Int, into out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        let stop = source + count
        var from = source
        var to = out
        while from < stop {
            guard from.pointee == UInt8(ascii: "\\") else {
                to.pointee = from.pointee
                from += 1
                to += 1
                continue
            }
            let escape = from[1]
            from += 2
            if escape != UInt8(ascii: "u") {
                to.pointee = unescaped(escape)
                to += 1
                continue
            }
            var scalar = hexUnit(from, stop).unsafelyUnwrapped
            from += 4
            if scalar & 0xFC00 == 0xD800 {
                let low = hexUnit(from + 2, stop).unsafelyUnwrapped
                scalar = 0x10000 + ((scalar & 0x3FF) << 10 | (low & 0x3FF))
                from += 6
            }
            for byte in UTF8.encode(Unicode.Scalar(scalar).unsafelyUnwrapped).unsafelyUnwrapped {
                to.pointee = byte
                to += 1
            }
        }
        return to - out
    }

    private static func unescaped(_ escape: UInt8) -> UInt8 {
        switch escape {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: escape
        }
    }
}
