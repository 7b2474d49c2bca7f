package import DunlinBytes

/// The answer of `GET /v2/models/{model}/config`: Triton's `ModelConfig` as JSON.
///
/// Names are those of the protocol buffer, scalars and lists stand there even when they are not set, 64-bit integers
/// are JSON numbers, and values of enumerations are names.
package enum V2ModelConfigurationCodec {
    /// - Parameter configuration: In the words of `config.pbtxt`; what `ModelConfig` does not have is left out.
    package static func encode(_ configuration: ProtobufTextMessage) -> Bytes {
        var writer = JSONWriter(capacity: 2048)
        write(configuration, as: .model, to: &writer)
        return writer.finish()
    }

    private static func write(
        _ message: ProtobufTextMessage, as type: ModelConfigurationMessage, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        for field in type.fields {
            let values = message.fields.filter { $0.name == field.name }.map(\.value)
            switch field.presence {
            case .repeated:
                writer.key(field.name)
                writer.beginArray()
                for value in values { write(value, as: field.kind, to: &writer) }
                writer.endArray()
            case .map:
                writer.key(field.name)
                writer.beginObject()
                for case .message(let entry) in values {
                    let (key, value) = (entry.value("key"), entry.value("value"))
                    writer.key(key.map(text) ?? "")
                    write(value ?? defaultValue(of: field.kind), as: field.kind, to: &writer)
                }
                writer.endObject()
            case .usual, .whenGiven:
                var value = values.first
                if value == nil, field.presence == .usual, !field.kind.isMessage {
                    value = defaultValue(of: field.kind)
                }
                guard let value else { continue }
                writer.key(field.name)
                write(value, as: field.kind, to: &writer)
            }
        }
        writer.endObject()
    }

    private static func write(
        _ value: ProtobufTextMessage.Value, as kind: ModelConfigurationMessage.Kind, to writer: inout JSONWriter
    ) {
        switch (kind, value) {
        case (.message(let type), .message(let message)): write(message, as: type, to: &writer)
        case (.message(let type), _): write(ProtobufTextMessage(), as: type, to: &writer)
        case (.string, _): writer.value(text(value))
        case (.bool, .integer(let number)): writer.value(number != 0)
        case (.bool, _): writer.value(text(value).lowercased().hasPrefix("t"))
        case (.enumeration(let names), .integer(let number)):
            writer.value(names.indices.contains(Int(number)) ? names[Int(number)] : String(number))
        case (.enumeration, _): writer.value(text(value).uppercased())
        case (.integer, .integer(let number)): writer.value(number)
        case (.integer, .unsigned(let number)): writer.value(Int64(clamping: number))
        case (.integer, _): writer.value(Int64(text(value)) ?? 0)
        case (.number, .float(let number)): writer.value(number)
        case (.number, _): writer.value(Double(text(value)) ?? 0)
        }
    }

    private static func defaultValue(of kind: ModelConfigurationMessage.Kind) -> ProtobufTextMessage.Value {
        switch kind {
        case .string: .string("")
        case .bool: .word("false")
        case .integer, .enumeration: .integer(0)
        case .number: .float(0)
        case .message: .message(ProtobufTextMessage())
        }
    }

    private static func text(_ value: ProtobufTextMessage.Value) -> String {
        switch value {
        case .string(let text), .word(let text): text
        case .integer(let number): String(number)
        case .unsigned(let number): String(number)
        case .float(let number): String(number)
        case .message: ""
        }
    }
}

extension ProtobufTextMessage {
    fileprivate func value(_ name: String) -> Value? { fields.first { $0.name == name }?.value }
}

extension ModelConfigurationMessage.Kind {
    fileprivate var isMessage: Bool { if case .message = self { true } else { false } }
}
