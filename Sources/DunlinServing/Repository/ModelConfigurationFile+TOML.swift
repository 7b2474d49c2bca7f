import DunlinBytes

extension ModelConfigurationFile {
    /// A TOML table as the message that `config.pbtxt` would spell: arrays become repeated fields, tables messages.
    ///
    /// - Parameter isMap: The table's keys are a map's, not fields.
    static func message(_ table: TOMLTable, isMap: Bool) throws(TextFormatError) -> ProtobufTextMessage {
        var message = ProtobufTextMessage()
        for entry in table.entries {
            if isMap {
                let value = Self.message([("string_value", .string(try scalarText(entry)))], line: entry.line)
                let pair = Self.message([("key", .string(entry.key)), ("value", .message(value))], line: entry.line)
                message.fields.append(.init(name: "parameters", line: entry.line, value: .message(pair)))
            } else if entry.key == "parameters", case .table(let parameters) = entry.value {
                message.fields += try self.message(parameters, isMap: true).fields
            } else if entry.key == numberedMap, case .table(let policies) = entry.value,
                policies.entries.allSatisfy({ if case .table = $0.value { true } else { false } })
            {
                for policy in policies.entries {
                    guard case .table(let table) = policy.value else { continue }
                    let value = ProtobufTextMessage.Value.message(try self.message(table, isMap: false))
                    let key = try number(ofKey: policy.key, line: policy.line)
                    let pair = Self.message([("key", key), ("value", value)], line: policy.line)
                    message.fields.append(.init(name: entry.key, line: policy.line, value: .message(pair)))
                }
            } else if textMaps.contains(entry.key), case .table(let map) = entry.value {
                for pair in map.entries {
                    let fields = [
                        ("key", ProtobufTextMessage.Value.string(pair.key)),
                        ("value", .string(try scalarText(pair, of: entry.key))),
                    ]
                    message.fields.append(
                        .init(name: entry.key, line: pair.line, value: .message(Self.message(fields, line: pair.line))))
                }
            } else {
                try message.append(entry.key, entry.value, line: entry.line)
            }
        }
        return message
    }

    /// Fields whose tables map text to text.
    private static let textMaps: Set<String> = ["input_map", "output_map"]

    private static func message(_ fields: [(String, ProtobufTextMessage.Value)], line: Int) -> ProtobufTextMessage {
        var message = ProtobufTextMessage()
        message.fields = fields.map { .init(name: $0.0, line: line, value: $0.1) }
        return message
    }

    private static func scalarText(_ entry: TOMLTable.Entry, of what: String = "parameter") throws(TextFormatError)
        -> String
    {
        switch entry.value {
        case .string(let text): return text
        case .integer(let number): return String(number)
        case .float(let number): return String(number)
        case .boolean(let flag): return String(flag)
        case .array, .table:
            throw TextFormatError(
                line: entry.line,
                "\(what) '\(entry.key)': expected text, a number or a boolean, found \(entry.value.kind)")
        }
    }
}

extension ProtobufTextMessage {
    fileprivate mutating func append(_ name: String, _ value: TOMLValue, line: Int) throws(TextFormatError) {
        switch value {
        case .string(let text): fields.append(.init(name: name, line: line, value: .string(text)))
        case .integer(let number): fields.append(.init(name: name, line: line, value: .integer(number)))
        case .float(let number): fields.append(.init(name: name, line: line, value: .float(number)))
        case .boolean(let flag): fields.append(.init(name: name, line: line, value: .word(String(flag))))
        case .array(let elements):
            for element in elements {
                if case .array = element { throw TextFormatError(line: line, "'\(name)' is an array of arrays") }
                try append(name, element, line: line)
            }
        case .table(let table):
            let message = try ModelConfigurationFile.message(table, isMap: false)
            fields.append(.init(name: name, line: table.entries.first?.line ?? line, value: .message(message)))
        }
    }
}
