/// The words, numbers and strings of protobuf's text format.
struct ProtobufTextLexer {
    private let bytes: [UInt8]
    private var offset = 0
    /// The line of the next byte, counted from 1.
    private(set) var line = 1

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next byte; `nil` at the end.
    var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    mutating func advance() {
        if bytes[offset] == UInt8(ascii: "\n") { line += 1 }
        offset += 1
    }

    /// Takes `byte` if it is next.
    mutating func skip(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        advance()
        return true
    }

    /// White space and comments.
    mutating func skipSpace() {
        while let byte = current {
            if byte == UInt8(ascii: "#") {
                while let next = current, next != UInt8(ascii: "\n") { advance() }
            } else if byte == 0x20 || (0x09...0x0D).contains(byte) {
                advance()
            } else {
                return
            }
        }
    }

    /// An identifier, or `nil` when none is next.
    mutating func word() -> String? {
        let start = offset
        guard let first = current, Self.isLetter(first) else { return nil }
        while let byte = current, Self.isLetter(byte) || Self.isDigit(byte) { offset += 1 }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    /// A string, number or bare word.
    mutating func scalar(of name: String) throws(TextFormatError) -> ProtobufTextMessage.Value {
        guard let byte = current else { throw unexpected("expected a value for '\(name)'") }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { return .string(try string()) }
        if Self.isLetter(byte), let word = word() {
            if word.lowercased() == "inf" || word.lowercased() == "infinity" { return .float(.infinity) }
            if word.lowercased() == "nan" { return .float(.nan) }
            return .word(word)
        }
        let isNegative = skip(UInt8(ascii: "-"))
        if isNegative { skipSpace() }
        if isNegative, let word = word() {
            if word.lowercased() == "inf" || word.lowercased() == "infinity" { return .float(-.infinity) }
            if word.lowercased() == "nan" { return .float(.nan) }
            throw error("'-\(word)' is not a number")
        }
        guard let digit = current, Self.isDigit(digit) || digit == UInt8(ascii: ".") else {
            throw unexpected("expected a value for '\(name)'")
        }
        return try number(isNegative: isNegative)
    }

    private mutating func number(isNegative: Bool) throws(TextFormatError) -> ProtobufTextMessage.Value {
        let start = offset
        while let byte = current {
            let isExponentSign =
                (byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")) && offset > start
                && (bytes[offset - 1] | 0x20) == UInt8(ascii: "e")
            guard Self.isLetter(byte) || Self.isDigit(byte) || byte == UInt8(ascii: ".") || isExponentSign else {
                break
            }
            offset += 1
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        let lower = text.lowercased()
        let magnitude: UInt64?
        if lower.hasPrefix("0x") {
            magnitude = UInt64(lower.dropFirst(2), radix: 16)
        } else if lower.hasPrefix("0"), lower.utf8.allSatisfy(Self.isDigit) {
            magnitude = UInt64(lower, radix: 8)
        } else {
            magnitude = UInt64(lower)
        }
        if let magnitude {
            if isNegative, magnitude <= UInt64(Int64.max) + 1 {
                return .integer(Int64(truncatingIfNeeded: 0 &- magnitude))
            }
            if !isNegative { return Int64(exactly: magnitude).map { .integer($0) } ?? .unsigned(magnitude) }
        }
        let mantissa = lower.hasSuffix("f") ? String(lower.dropLast()) : lower
        let isDecimal = mantissa.utf8.allSatisfy { Self.isDigit($0) || "e+-.".utf8.contains($0) }
        let isWhole = mantissa.utf8.allSatisfy(Self.isDigit) && !lower.hasSuffix("f")
        guard isDecimal, !isWhole, let value = Double(mantissa) else {
            throw error("'\(isNegative ? "-" : "")\(text)' is not a number, or not one that fits 64 bits")
        }
        return .float(isNegative ? -value : value)
    }

    /// Adjacent literals, joined.
    private mutating func string() throws(TextFormatError) -> String {
        var content: [UInt8] = []
        let first = line
        while let quote = current, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            advance()
            try literal(endingWith: quote, into: &content)
            skipSpace()
        }
        guard let string = String(validating: content, as: UTF8.self) else {
            throw TextFormatError(line: first, "a string is not valid UTF-8")
        }
        return string
    }

    private mutating func literal(endingWith quote: UInt8, into content: inout [UInt8]) throws(TextFormatError) {
        while let byte = current {
            if byte == UInt8(ascii: "\n") { throw error("a string does not end on its line") }
            advance()
            if byte == quote { return }
            if byte == UInt8(ascii: "\\") {
                try escape(into: &content)
            } else {
                content.append(byte)
            }
        }
        throw error("the file ends inside a string")
    }

    private mutating func escape(into content: inout [UInt8]) throws(TextFormatError) {
        guard let byte = current else { throw error("the file ends inside a string") }
        if (0x30...0x37).contains(byte) {
            let value = digits(atMost: 3, radix: 8)
            guard let value, value <= 0xFF else { throw error("an octal escape is above \\377") }
            return content.append(UInt8(value))
        }
        advance()
        switch byte {
        case UInt8(ascii: "a"): content.append(0x07)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "v"): content.append(0x0B)
        case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "?"): content.append(byte)
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            guard let value = digits(atMost: 2, radix: 16) else { throw error("'\\x' needs one or two hex digits") }
            content.append(UInt8(value))
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = byte == UInt8(ascii: "u") ? 4 : 8
            let start = offset
            guard let value = digits(atMost: count, radix: 16), offset - start == count,
                let scalar = Unicode.Scalar(value)
            else { throw error("a \\u escape needs \(count) hex digits of a Unicode scalar") }
            content.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw error("'\\\(Character(Unicode.Scalar(byte)))' is not an escape")
        }
    }

    private mutating func digits(atMost most: Int, radix: Int) -> UInt32? {
        let start = offset
        while let byte = current, offset - start < most, Character(Unicode.Scalar(byte)).isHexDigit,
            radix == 16 || (0x30...0x37).contains(byte)
        {
            offset += 1
        }
        return UInt32(String(decoding: bytes[start..<offset], as: UTF8.self), radix: radix)
    }

    func error(_ message: String) -> TextFormatError { TextFormatError(line: line, message) }

    /// `expected …` with what stands there instead.
    func unexpected(_ expected: String) -> TextFormatError {
        guard let byte = current else { return error("\(expected), but the file ends") }
        let isVisible = (0x21...0x7E).contains(byte)
        let found = isVisible ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
        return error("\(expected), found \(found)")
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
