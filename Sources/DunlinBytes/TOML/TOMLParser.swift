/// Recursive descent over TOML: headers and `key = value` lines here, values in `TOMLParser+Values.swift`.
///
/// - SeeAlso: [TOML 1.0.0](https://toml.io/en/v1.0.0)
struct TOMLParser {
    let bytes: [UInt8]
    let limits: TOMLTable.Limits
    var offset = 0
    /// The line of the next byte, counted from 1.
    var line = 1
    private var valueCount = 0
    private let root = TOMLTableBuilder(.header)

    init(_ bytes: [UInt8], limits: TOMLTable.Limits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func parse() throws(TextFormatError) -> TOMLTable {
        try checkEncoding()
        var table = root
        while true {
            skipSpace(newlines: true)
            guard let byte = current else { return root.table }
            if byte == UInt8(ascii: "[") {
                table = try header()
            } else {
                try entry(into: table, depth: 0)
            }
            try endOfLine()
        }
    }

    /// `[a.b]` or `[[a.b]]`: the table that the following lines fill.
    private mutating func header() throws(TextFormatError) -> TOMLTableBuilder {
        advance()
        let isArray = skip(UInt8(ascii: "["))
        let start = line
        let path = try key()
        guard skip(UInt8(ascii: "]")), !isArray || skip(UInt8(ascii: "]")) else {
            throw unexpected("expected '\(isArray ? "]]" : "]")' after the table name '\(path.joined(separator: "."))'")
        }
        try countValue()
        var table = root
        for part in path.dropLast() { table = try table.opened(part, line: start) }
        return isArray
            ? try table.appended(path[path.count - 1], line: start)
            : try table.defined(path[path.count - 1], line: start)
    }

    /// `key = value`; `depth` counts the arrays and inline tables around it.
    mutating func entry(into table: TOMLTableBuilder, depth: Int) throws(TextFormatError) {
        let start = line
        let path = try key()
        guard skip(UInt8(ascii: "=")) else {
            throw unexpected("expected '=' after the key '\(path.joined(separator: "."))'")
        }
        skipSpace(newlines: false)
        let value = try value(depth: depth)
        try countValue()
        var table = table
        for part in path.dropLast() { table = try table.dotted(part, line: start) }
        try table.insert(value, for: path[path.count - 1], line: start)
    }

    /// A bare, quoted or dotted key and the space after it.
    private mutating func key() throws(TextFormatError) -> [String] {
        var parts: [String] = []
        while true {
            skipSpace(newlines: false)
            guard let byte = current else { throw unexpected("expected a key") }
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                advance()
                parts.append(try quoted(byte))
            } else {
                let start = offset
                while let byte = current, Self.isBareKey(byte) { offset += 1 }
                guard offset > start else { throw unexpected("expected a key") }
                parts.append(String(decoding: bytes[start..<offset], as: UTF8.self))
            }
            guard parts.count <= limits.maxDepth else {
                throw error("a key has more parts than the limit of \(limits.maxDepth)")
            }
            skipSpace(newlines: false)
            guard skip(UInt8(ascii: ".")) else { return parts }
        }
    }

    private mutating func endOfLine() throws(TextFormatError) {
        skipSpace(newlines: false)
        guard let byte = current else { return }
        guard byte == UInt8(ascii: "\n") else { throw unexpected("expected the end of the line") }
        advance()
    }

    mutating func countValue() throws(TextFormatError) {
        valueCount += 1
        guard valueCount <= limits.maxValueCount else {
            throw error("the file has more values than the limit of \(limits.maxValueCount)")
        }
    }

    private func checkEncoding() throws(TextFormatError) {
        guard String(validating: bytes, as: UTF8.self) == nil else { return }
        var line = 1
        for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if String(validating: part, as: UTF8.self) == nil { break }
            line += 1
        }
        throw TextFormatError(line: line, "the text is not valid UTF-8")
    }

    // MARK: Bytes

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

    /// Spaces, tabs and a comment; with `newlines`, any number of lines of them.
    mutating func skipSpace(newlines: Bool) {
        while let byte = current {
            switch byte {
            case 0x20, 0x09: advance()
            case UInt8(ascii: "\r") where offset + 1 < bytes.count && bytes[offset + 1] == UInt8(ascii: "\n"): advance()
            case UInt8(ascii: "\n") where newlines: advance()
            case UInt8(ascii: "#"): while let next = current, next != UInt8(ascii: "\n") { advance() }
            default: return
            }
        }
    }

    func error(_ message: String) -> TextFormatError { TextFormatError(line: line, message) }

    /// `expected …` with what stands there instead.
    func unexpected(_ expected: String) -> TextFormatError {
        guard let byte = current else { return error("\(expected), but the file ends") }
        if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { return error("\(expected), but the line ends") }
        let isVisible = (0x21...0x7E).contains(byte)
        return error("\(expected), found \(isVisible ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)")")
    }

    private static func isBareKey(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "-")
    }
}
