import DunlinBytes

extension ModelConfigurationFile {
    /// Reads the JSON form of a model configuration, as a load request's parameter `config` carries it: names as in the
    /// protocol buffer or in protobuf's own JSON (`maxBatchSize`), 64-bit integers as numbers or text.
    ///
    /// - Throws: `TextFormatError` with what is wrong; the line is always 1.
    init(parsingJSON text: String) throws(TextFormatError) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: Bytes(text))
        } catch {
            throw TextFormatError(line: 1, "\(error)")
        }
        guard case .object(let members) = value else {
            throw TextFormatError(line: 1, "expected an object, found \(value.kindName)")
        }
        try self.init(ConfigurationSchema.model.readingNumbers(Self.message(members)))
    }

    /// Fields whose objects are maps: their keys are data.
    private static let maps: Set<String> = [
        "parameters", "metric_tags", "cc_model_filenames", "inputs", "input_map", "output_map",
        numberedMap,
    ]

    /// The map whose keys are numbers; JSON and TOML can only spell them as text.
    static let numberedMap = "priority_queue_policy"

    static func number(ofKey key: String, line: Int) throws(TextFormatError) -> ProtobufTextMessage.Value {
        guard let number = Int64(key) else {
            throw TextFormatError(line: line, "\(numberedMap): '\(key)' is no number of a priority")
        }
        return .integer(number)
    }

    private static func message(_ members: [JSONValue.Member]) throws(TextFormatError) -> ProtobufTextMessage {
        var message = ProtobufTextMessage()
        for member in members {
            let name = ConfigurationSchema.protobufName(member.key)
            guard maps.contains(name), case .object(let entries) = member.value else {
                try message.append(name, member.value)
                continue
            }
            for entry in entries {
                var pair = ProtobufTextMessage()
                if name == numberedMap {
                    pair.fields.append(.init(name: "key", line: 1, value: try number(ofKey: entry.key, line: 1)))
                } else {
                    try pair.append("key", .string(entry.key))
                }
                var value = entry.value
                if name == "parameters", case .string = value {
                    value = .object([.init(key: "string_value", value: value)])
                }
                try pair.append("value", value)
                message.fields.append(.init(name: name, line: 1, value: .message(pair)))
            }
        }
        return message
    }

    fileprivate static func value(_ value: JSONValue, of name: String) throws(TextFormatError)
        -> ProtobufTextMessage.Value
    {
        switch value {
        case .bool(let flag): return .word(String(flag))
        case .int(let number): return .integer(number)
        case .double(let number): return .float(number)
        case .string(let text): return .string(text)
        case .object(let members): return .message(try message(members))
        case .null, .array:
            throw TextFormatError(line: 1, "field '\(name)' holds \(value.kindName)")
        }
    }
}

extension ProtobufTextMessage {
    fileprivate mutating func append(_ name: String, _ value: JSONValue) throws(TextFormatError) {
        let values = if case .array(let elements) = value { elements } else { [value] }
        for value in values where value != .null {
            fields.append(.init(name: name, line: 1, value: try ModelConfigurationFile.value(value, of: name)))
        }
    }
}
