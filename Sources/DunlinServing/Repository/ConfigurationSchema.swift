import DunlinBytes

/// The fields a message of `config.pbtxt` may have; anything else in the file is an error that names line and field.
struct ConfigurationSchema: Sendable {
    /// What a field's value may be.
    indirect enum Kind: Sendable {
        case string, boolean, number
        case integer(ClosedRange<Int64>)
        /// Names in the order of their numbers.
        case enumeration([String])
        case message(ConfigurationSchema)
    }

    struct Field: Sendable {
        let name: String
        let kind: Kind
        let isRepeated: Bool

        init(_ name: String, _ kind: Kind, repeated: Bool = false) {
            self.name = name
            self.kind = kind
            isRepeated = repeated
        }

        static func string(_ name: String) -> Field { Field(name, .string) }
        static func strings(_ name: String) -> Field { Field(name, .string, repeated: true) }
        static func bool(_ name: String) -> Field { Field(name, .boolean) }
        static func int32(_ name: String) -> Field { Field(name, int32) }
        static func int64s(_ name: String) -> Field { Field(name, int64, repeated: true) }
        static func unsigned(_ name: String) -> Field { Field(name, .integer(0...Int64.max)) }
        static func message(_ name: String, _ fields: [Field]) -> Field { Field(name, .message(.init(fields))) }
        static func messages(_ name: String, _ fields: [Field]) -> Field {
            Field(name, .message(.init(fields)), repeated: true)
        }
        /// A map from text: repeated messages with `key` and `value`.
        static func map(_ name: String, _ value: Kind) -> Field {
            messages(name, [.string("key"), Field("value", value)])
        }

        static let int32 = Kind.integer(Int64(Int32.min)...Int64(Int32.max))
        static let int64 = Kind.integer(Int64.min...Int64.max)
    }

    let fields: [String: Field]

    init(_ fields: [Field]) {
        self.fields = Dictionary(fields.map { ($0.name, $0) }) { first, _ in first }
    }

    /// - Parameter acceptsQuotedNames: Whether names of enumerations may be strings, as in TOML and JSON.
    /// - Throws: `TextFormatError` for the first field that is unknown, of the wrong kind or given twice.
    func check(
        _ message: ProtobufTextMessage, of path: String = "", acceptsQuotedNames: Bool
    ) throws(TextFormatError) {
        var seen: Set<String> = []
        for found in message.fields {
            let place = path.isEmpty ? found.name : "\(path).\(found.name)"
            guard let field = fields[found.name] else {
                throw TextFormatError(line: found.line, "unknown field '\(place)'")
            }
            guard seen.insert(found.name).inserted || field.isRepeated else {
                throw TextFormatError(line: found.line, "field '\(place)' is given more than once")
            }
            try Self.check(found, against: field.kind, place: place, acceptsQuotedNames)
        }
    }

    private static func check(
        _ field: ProtobufTextMessage.Field, against kind: Kind, place: String, _ acceptsQuotedNames: Bool
    ) throws(TextFormatError) {
        switch (kind, field.value) {
        case (.string, .string), (.number, .integer), (.number, .unsigned), (.number, .float): return
        case (.message(let schema), .message(let message)):
            return try schema.check(message, of: place, acceptsQuotedNames: acceptsQuotedNames)
        case (.integer(let range), .integer(let value)) where range.contains(value): return
        case (.integer(let range), .integer(let value)):
            throw TextFormatError(
                line: field.line,
                "field '\(place)' is \(value); it must be in \(range.lowerBound)...\(range.upperBound)")
        case (.boolean, .word(let word)) where ["true", "false", "True", "False", "t", "f"].contains(word): return
        case (.boolean, .integer(0)), (.boolean, .integer(1)): return
        case (.enumeration(let names), .word(let word)) where names.contains(word): return
        case (.enumeration(let names), .string(let name))
        where acceptsQuotedNames && names.contains(name.uppercased()): return
        case (.enumeration(let names), .integer(let number)) where names.indices.contains(Int(number)): return
        case (.enumeration(let names), _):
            throw TextFormatError(
                line: field.line,
                "field '\(place)': expected one of \(names.joined(separator: ", ")), found \(field.value.kind)")
        default:
            throw TextFormatError(
                line: field.line, "field '\(place)': expected \(expected(kind)), found \(field.value.kind)")
        }
    }

    private static func expected(_ kind: Kind) -> String {
        switch kind {
        case .string: "a string"
        case .boolean: "true or false"
        case .number: "a number"
        case .integer: "an integer"
        case .enumeration: "a name"
        case .message: "a message"
        }
    }
}
