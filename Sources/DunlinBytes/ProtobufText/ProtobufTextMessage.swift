/// One message of a protobuf text file: its fields in the order they stand, repeated ones as often as they occur.
///
/// The tree knows no schema: whoever reads it decides which names and kinds are right.
package struct ProtobufTextMessage: Sendable, Equatable {
    package var fields: [Field] = []

    /// One `name: value`. A list `name: [a, b]` stands here as two fields.
    package struct Field: Sendable, Equatable {
        package var name: String
        /// The line the name stands on, counted from 1.
        package var line: Int
        package var value: Value

        package init(name: String, line: Int, value: Value) {
            self.name = name
            self.line = line
            self.value = value
        }
    }

    package enum Value: Sendable, Equatable {
        /// Quoted text, its parts joined and its escapes resolved.
        case string(String)
        case integer(Int64)
        /// An integer above `Int64.max`.
        case unsigned(UInt64)
        case float(Double)
        /// A bare word: `true`, `TYPE_FP32`.
        case word(String)
        case message(ProtobufTextMessage)

        /// What it is, for error messages.
        package var kind: String {
            switch self {
            case .string: "a string"
            case .integer, .unsigned: "an integer"
            case .float: "a floating-point number"
            case .word(let word): "the word '\(word)'"
            case .message: "a message"
            }
        }
    }

    package init() {}

    /// How much a file may hold.
    package struct Limits: Sendable {
        /// Default: 1 MiB.
        package var maxByteCount = 1 << 20
        /// Messages inside messages. Default: 32.
        package var maxDepth = 32
        /// Fields in the whole file. Default: 65,536.
        package var maxFieldCount = 1 << 16

        package init() {}
    }

    /// Reads protobuf's text format; any bytes are safe to give.
    ///
    /// - Throws: `TextFormatError` with the line and what was expected there.
    package init(parsing bytes: Bytes, limits: Limits = .init()) throws(TextFormatError) {
        guard bytes.count <= limits.maxByteCount else {
            throw TextFormatError(line: 1, "\(bytes.count) bytes is more than the limit of \(limits.maxByteCount)")
        }
        var parser = ProtobufTextParser(bytes.array, limits: limits)
        self = try parser.parse()
    }
}
