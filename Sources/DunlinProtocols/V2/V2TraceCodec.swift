package import DunlinBytes
package import DunlinInference

/// Bodies of the trace extension, whose values are texts: `{"trace_level":["TIMESTAMPS"],"trace_rate":"1000",…}`.
package enum V2TraceCodec {
    /// What a request says of one setting.
    package enum Field: Sendable, Equatable {
        /// Nothing: it stays.
        case keep
        /// `null`: what applies without it.
        case clear
        case set(String)
    }

    /// A change, its values not looked at.
    package struct Change: Sendable, Equatable {
        package var file = Field.keep
        package var level = Field.keep
        package var rate = Field.keep
        package var count = Field.keep
        package var logFrequency = Field.keep

        package init() {}
    }

    /// What an answer says. `file` and `logFrequency` are left out where spans are exported.
    package struct Settings: Sendable {
        package var level = "OFF"
        package var rate = 0
        package var count = 0
        package var logFrequency: Int?
        package var file: String?
        package var mode = "triton"
        /// Further facts, as texts.
        package var details: [(key: String, value: String)] = []

        package init() {}

        /// All of it in the order in which it is answered. Only the level is a list, of one word.
        var texts: [(key: String, value: String)] {
            var texts = [("trace_level", level), ("trace_rate", String(rate)), ("trace_count", String(count))]
            if let logFrequency { texts.append(("log_frequency", String(logFrequency))) }
            if let file { texts.append(("trace_file", file)) }
            texts.append(("trace_mode", mode))
            return texts + details
        }
    }

    package static func encode(_ settings: Settings) -> Bytes {
        var writer = JSONWriter()
        writer.beginObject()
        for (key, value) in settings.texts {
            writer.key(key)
            if key == "trace_level" {
                writer.beginArray()
                writer.value(value)
                writer.endArray()
            } else {
                writer.value(value)
            }
        }
        writer.endObject()
        return writer.finish()
    }

    /// - Throws: `.invalidArgument` for what is no such body, or has keys that are no settings.
    package static func decode(_ body: Bytes) throws(InferError) -> Change {
        try change(try V2Object(body, of: "trace settings", isOptional: true))
    }

    /// The same for what came in another form.
    static func change(_ object: V2Object) throws(InferError) -> Change {
        var change = Change()
        for member in object.members {
            switch member.key {
            case "trace_file": change.file = try text(member, object)
            case "trace_level": change.level = try level(member, object)
            case "trace_rate": change.rate = try text(member, object)
            case "trace_count": change.count = try text(member, object)
            case "log_frequency": change.logFrequency = try text(member, object)
            default:
                throw InferError(
                    .invalidArgument,
                    "trace settings: there is no '\(member.key)' that can be changed; those are trace_level, trace_rate, "
                        + "trace_count, log_frequency")
            }
        }
        return change
    }

    private static func text(_ member: JSONValue.Member, _ object: V2Object) throws(InferError) -> Field {
        switch member.value {
        case .null: return .clear
        case .string(let text): return .set(text)
        default: throw object.unexpected(member.value, at: member.key, expected: "a string or null")
        }
    }

    /// `["OFF"]` or `["TIMESTAMPS"]`.
    private static func level(_ member: JSONValue.Member, _ object: V2Object) throws(InferError) -> Field {
        if member.value == .null { return .clear }
        guard case .array(let elements) = member.value else {
            throw object.unexpected(member.value, at: "trace_level", expected: "an array of strings or null")
        }
        var words: [String] = []
        for element in elements {
            guard case .string(let word) = element else {
                throw object.unexpected(element, at: "trace_level", expected: "strings")
            }
            if !words.contains(word) { words.append(word) }
        }
        guard !words.isEmpty else {
            throw InferError(.invalidArgument, "trace settings: 'trace_level': expected OFF or TIMESTAMPS, found none")
        }
        guard words.count == 1 || !words.contains("OFF") else {
            throw InferError(.invalidArgument, "trace settings: 'trace_level': OFF cannot stand beside others")
        }
        // One that is not known or not supported is what the sentence must be about.
        return .set(words.first { $0 != "TIMESTAMPS" } ?? "TIMESTAMPS")
    }
}
