extension TOMLParser {
    /// A value. `depth` counts the arrays and inline tables around it.
    mutating func value(depth: Int) throws(TextFormatError) -> TOMLValue {
        guard depth <= limits.maxDepth else { throw error("values nest deeper than the limit of \(limits.maxDepth)") }
        guard let byte = current else { throw unexpected("expected a value") }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            advance()
            return .string(try string(byte))
        case UInt8(ascii: "["):
            advance()
            return try array(depth: depth)
        case UInt8(ascii: "{"):
            advance()
            return try inlineTable(depth: depth)
        default: return try bareValue()
        }
    }

    private mutating func array(depth: Int) throws(TextFormatError) -> TOMLValue {
        var elements: [TOMLValue] = []
        while true {
            skipSpace(newlines: true)
            if skip(UInt8(ascii: "]")) { return .array(elements) }
            elements.append(try value(depth: depth + 1))
            try countValue()
            skipSpace(newlines: true)
            if skip(UInt8(ascii: ",")) { continue }
            guard skip(UInt8(ascii: "]")) else { throw unexpected("expected ',' or ']' in an array") }
            return .array(elements)
        }
    }

    private mutating func inlineTable(depth: Int) throws(TextFormatError) -> TOMLValue {
        let table = TOMLTableBuilder(.header)
        skipSpace(newlines: false)
        if skip(UInt8(ascii: "}")) { return .table(table.table) }
        while true {
            try entry(into: table, depth: depth + 1)
            skipSpace(newlines: false)
            if skip(UInt8(ascii: "}")) { return .table(table.table) }
            guard skip(UInt8(ascii: ",")) else { throw unexpected("expected ',' or '}' in an inline table") }
            skipSpace(newlines: false)
        }
    }

    /// A boolean or a number.
    private mutating func bareValue() throws(TextFormatError) -> TOMLValue {
        let start = offset
        while let byte = current, Self.isBareValue(byte) { offset += 1 }
        guard offset > start else { throw unexpected("expected a value") }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if text == "true" { return .boolean(true) }
        if text == "false" { return .boolean(false) }
        if let integer = Self.integer(text) { return .integer(integer) }
        if let float = Self.float(text) { return .float(float) }
        if Self.looksLikeDate(text) { throw error("'\(text)': dates and times are not supported; use a string") }
        throw error("'\(text)' is not a value: expected a string, number, boolean, array or inline table")
    }

    static func integer(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        if bytes.count > 2, bytes[0] == UInt8(ascii: "0"), let radix = [0x78: 16, 0x6F: 8, 0x62: 2][Int(bytes[1])] {
            guard let digits = withoutUnderscores(bytes[2...], radix: radix) else { return nil }
            return Int64(digits, radix: radix)
        }
        let hasSign = bytes.first == UInt8(ascii: "+") || bytes.first == UInt8(ascii: "-")
        guard let digits = withoutUnderscores(bytes[(hasSign ? 1 : 0)...], radix: 10) else { return nil }
        if digits.utf8.count > 1, digits.hasPrefix("0") { return nil }
        return Int64((bytes.first == UInt8(ascii: "-") ? "-" : "") + digits)
    }

    static func float(_ text: String) -> Double? {
        var rest = Array(text.utf8)[...]
        var sign = ""
        if let first = rest.first, first == UInt8(ascii: "+") || first == UInt8(ascii: "-") {
            if first == UInt8(ascii: "-") { sign = "-" }
            rest.removeFirst()
        }
        if rest.elementsEqual("inf".utf8) { return sign.isEmpty ? .infinity : -.infinity }
        if rest.elementsEqual("nan".utf8) { return .nan }
        let exponentAt = rest.firstIndex { $0 | 0x20 == UInt8(ascii: "e") }
        let mantissa = rest[..<(exponentAt ?? rest.endIndex)]
        let parts = mantissa.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2 || (parts.count == 1 && exponentAt != nil) else { return nil }
        guard let whole = withoutUnderscores(parts[0], radix: 10), whole.utf8.count == 1 || !whole.hasPrefix("0") else {
            return nil
        }
        var number = sign + whole
        if parts.count == 2 {
            guard let fraction = withoutUnderscores(parts[1], radix: 10) else { return nil }
            number += "." + fraction
        }
        if let exponentAt {
            var digits = rest[(exponentAt + 1)...]
            number += "e"
            if let first = digits.first, first == UInt8(ascii: "+") || first == UInt8(ascii: "-") {
                number.unicodeScalars.append(Unicode.Scalar(first))
                digits.removeFirst()
            }
            guard let exponent = withoutUnderscores(digits, radix: 10) else { return nil }
            number += exponent
        }
        return Double(number)
    }

    /// Digits without the underscores between them, or `nil` when there is no digit, another character, or an
    /// underscore that has not a digit on each side.
    private static func withoutUnderscores(_ bytes: ArraySlice<UInt8>, radix: Int) -> String? {
        guard let first = bytes.first, let last = bytes.last, first != UInt8(ascii: "_"), last != UInt8(ascii: "_")
        else {
            return nil
        }
        var digits: [UInt8] = []
        var previous: UInt8 = 0
        for byte in bytes {
            if byte == UInt8(ascii: "_") {
                if previous == byte { return nil }
            } else {
                guard let value = Character(Unicode.Scalar(byte)).hexDigitValue, value < radix, byte < 0x80 else {
                    return nil
                }
                digits.append(byte)
            }
            previous = byte
        }
        return String(decoding: digits, as: UTF8.self)
    }

    private static func looksLikeDate(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let digits = bytes.prefix { (0x30...0x39).contains($0) }.count
        guard digits < bytes.count else { return false }
        return digits == 4 && bytes[4] == UInt8(ascii: "-") || digits == 2 && bytes[2] == UInt8(ascii: ":")
    }

    private static func isBareValue(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || "_+-.:".utf8.contains(byte)
    }
}
