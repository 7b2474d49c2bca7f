/// Recursive descent over protobuf's text format.
///
/// What it reads: `name: value`, `name { … }`, `name: < … >`, `name: [a, b]`, `#` comments, `;` and `,` between
/// fields. What it refuses: extension and `Any` names in brackets, which model configurations do not use.
///
/// - SeeAlso: [Text format specification](https://protobuf.dev/reference/protobuf/textformat-spec/)
struct ProtobufTextParser {
    private var lexer: ProtobufTextLexer
    private let limits: ProtobufTextMessage.Limits
    private var fieldCount = 0

    init(_ bytes: [UInt8], limits: ProtobufTextMessage.Limits) {
        lexer = ProtobufTextLexer(bytes)
        self.limits = limits
    }

    mutating func parse() throws(TextFormatError) -> ProtobufTextMessage {
        try message(until: nil, depth: 0)
    }

    /// Fields up to the closing `end`, or up to the end of the file.
    private mutating func message(until end: UInt8?, depth: Int) throws(TextFormatError) -> ProtobufTextMessage {
        guard depth <= limits.maxDepth else {
            throw lexer.error("messages nest deeper than the limit of \(limits.maxDepth)")
        }
        let opened = lexer.line
        var message = ProtobufTextMessage()
        while true {
            lexer.skipSpace()
            guard let byte = lexer.current else {
                guard let end else { return message }
                throw lexer.error(
                    "the file ends inside the message opened on line \(opened): "
                        + "expected '\(Character(Unicode.Scalar(end)))'")
            }
            if byte == end {
                lexer.advance()
                return message
            }
            try field(into: &message, depth: depth)
        }
    }

    private mutating func field(into message: inout ProtobufTextMessage, depth: Int) throws(TextFormatError) {
        let line = lexer.line
        if lexer.current == UInt8(ascii: "[") {
            throw lexer.error("extension and Any names in brackets are not supported")
        }
        guard let name = lexer.word() else { throw lexer.unexpected("expected a field name") }
        lexer.skipSpace()
        let hasColon = lexer.skip(UInt8(ascii: ":"))
        lexer.skipSpace()
        if lexer.skip(UInt8(ascii: "[")) {
            try list(of: name, line: line, hasColon: hasColon, into: &message, depth: depth)
        } else {
            let value = try value(of: name, hasColon: hasColon, depth: depth)
            try append(.init(name: name, line: line, value: value), to: &message)
        }
        lexer.skipSpace()
        if !lexer.skip(UInt8(ascii: ",")) { _ = lexer.skip(UInt8(ascii: ";")) }
    }

    private mutating func list(
        of name: String, line: Int, hasColon: Bool, into message: inout ProtobufTextMessage, depth: Int
    ) throws(TextFormatError) {
        lexer.skipSpace()
        if lexer.skip(UInt8(ascii: "]")) { return }
        while true {
            lexer.skipSpace()
            let value = try value(of: name, hasColon: hasColon, depth: depth)
            try append(.init(name: name, line: line, value: value), to: &message)
            lexer.skipSpace()
            if lexer.skip(UInt8(ascii: "]")) { return }
            // Commas between messages may be left out.
            guard lexer.skip(UInt8(ascii: ",")) || value.kind == "a message" else {
                throw lexer.unexpected("expected ',' or ']' in the list '\(name)'")
            }
        }
    }

    private mutating func value(
        of name: String, hasColon: Bool, depth: Int
    ) throws(TextFormatError) -> ProtobufTextMessage.Value {
        if lexer.skip(UInt8(ascii: "{")) { return .message(try message(until: UInt8(ascii: "}"), depth: depth + 1)) }
        if lexer.skip(UInt8(ascii: "<")) { return .message(try message(until: UInt8(ascii: ">"), depth: depth + 1)) }
        guard hasColon else { throw lexer.unexpected("expected ':' or '{' after '\(name)'") }
        return try lexer.scalar(of: name)
    }

    private mutating func append(
        _ field: ProtobufTextMessage.Field, to message: inout ProtobufTextMessage
    ) throws(TextFormatError) {
        fieldCount += 1
        guard fieldCount <= limits.maxFieldCount else {
            throw lexer.error("the file has more fields than the limit of \(limits.maxFieldCount)")
        }
        message.fields.append(field)
    }
}
