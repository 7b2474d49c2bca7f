extension TOMLParser {
    /// The string after an opening quote: a line's, or after two more quotes one of several lines.
    mutating func string(_ quote: UInt8) throws(TextFormatError) -> String {
        guard offset + 1 < bytes.count, bytes[offset] == quote, bytes[offset + 1] == quote else {
            return try quoted(quote)
        }
        offset += 2
        return try multiLine(quote)
    }

    /// The rest of a one-line string after its opening quote.
    mutating func quoted(_ quote: UInt8) throws(TextFormatError) -> String {
        var content: [UInt8] = []
        while let byte = current {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                throw error("a string does not end on its line")
            }
            try checkControl(byte)
            advance()
            if byte == quote { return String(decoding: content, as: UTF8.self) }
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                try escape(into: &content)
            } else {
                content.append(byte)
            }
        }
        throw error("the file ends inside a string")
    }

    private mutating func multiLine(_ quote: UInt8) throws(TextFormatError) -> String {
        let opened = line
        var content: [UInt8] = []
        _ = skip(UInt8(ascii: "\r"))
        _ = skip(UInt8(ascii: "\n"))
        while let byte = current {
            if byte == quote, let rest = closing(quote) {
                content.append(contentsOf: repeatElement(quote, count: rest))
                return String(decoding: content, as: UTF8.self)
            }
            if byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") { try checkControl(byte) }
            advance()
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                if !skipContinuation() { try escape(into: &content) }
            } else {
                content.append(byte)
            }
        }
        throw error("the file ends inside the string opened on line \(opened)")
    }

    /// Takes three to five quotes and says how many before the closing three belong to the string.
    private mutating func closing(_ quote: UInt8) -> Int? {
        var count = 0
        while offset + count < bytes.count, count < 5, bytes[offset + count] == quote { count += 1 }
        guard count >= 3 else { return nil }
        offset += count
        return count - 3
    }

    /// After a backslash at the end of a line: takes the space up to the next character.
    private mutating func skipContinuation() -> Bool {
        var end = offset
        while end < bytes.count, bytes[end] == 0x20 || bytes[end] == 0x09 || bytes[end] == UInt8(ascii: "\r") {
            end += 1
        }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "\n") else { return false }
        while let byte = current, byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A { advance() }
        return true
    }

    private mutating func escape(into content: inout [UInt8]) throws(TextFormatError) {
        guard let byte = current else { throw error("the file ends inside a string") }
        switch byte {
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): content.append(byte)
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = byte == UInt8(ascii: "u") ? 4 : 8
            let digits = bytes[(offset + 1)...].prefix(count)
            guard digits.count == count, digits.allSatisfy({ $0 < 0x80 && Character(Unicode.Scalar($0)).isHexDigit }),
                let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(value)
            else { throw error("a \\u escape needs \(count) hex digits of a Unicode scalar") }
            content.append(contentsOf: Array(String(Character(scalar)).utf8))
            offset += count
        default: throw unexpected("a string has an unknown escape")
        }
        advance()
    }

    private func checkControl(_ byte: UInt8) throws(TextFormatError) {
        if byte < 0x20 && byte != 0x09 || byte == 0x7F { throw error("a string holds the control character \(byte)") }
    }
}
