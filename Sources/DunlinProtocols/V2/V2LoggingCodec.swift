package import DunlinBytes
package import DunlinInference

/// Bodies of the logging extension: `{"log_file":"","log_info":true,…}`, the same both ways.
package enum V2LoggingCodec {
    /// What is logged, in the extension's terms.
    package struct Settings: Sendable, Equatable {
        package var file = ""
        package var info = true
        package var warning = true
        package var error = true
        /// 0: nothing verbose.
        package var verboseLevel = 0
        /// `default` or `ISO8601`.
        package var format = "default"

        package init() {}
    }

    /// The formats that Triton knows.
    package static let formats = ["default", "ISO8601"]
    package static let maxVerboseLevel = Int64(Int32.max)

    package static func encode(_ settings: Settings) -> Bytes {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("log_file")
        writer.value(settings.file)
        writer.key("log_info")
        writer.value(settings.info)
        writer.key("log_warning")
        writer.value(settings.warning)
        writer.key("log_error")
        writer.value(settings.error)
        writer.key("log_verbose_level")
        writer.value(settings.verboseLevel)
        writer.key("log_format")
        writer.value(settings.format)
        writer.endObject()
        return writer.finish()
    }

    /// Reads a change: keys that are absent or `null` stay as they are. The plural of a key, as Triton's documentation
    /// has it in one place, stands for it.
    ///
    /// - Returns: `settings` with the change; nothing is in force yet, so a body with one wrong key changes nothing.
    /// - Throws: `.unsupported` for another `log_file`, `.invalidArgument` for what makes no sense.
    package static func decode(_ body: Bytes, changing settings: Settings) throws(InferError) -> Settings {
        try apply(try V2Object(body, of: "logging settings", isOptional: true), to: settings)
    }

    /// The same for what came in another form.
    static func apply(_ object: V2Object, to settings: Settings) throws(InferError) -> Settings {
        var settings = settings
        for member in object.members where member.value != .null {
            switch member.key {
            case "log_file":
                guard case .string(let file) = member.value else {
                    throw object.unexpected(member.value, at: member.key, expected: "a string")
                }
                guard file == settings.file else {
                    throw InferError(
                        .unsupported,
                        "logging settings: 'log_file' cannot be changed by request; the log goes where the "
                            + "server was started")
                }
            case "log_info", "log_infos": settings.info = try flag(member, object)
            case "log_warning", "log_warnings": settings.warning = try flag(member, object)
            case "log_error", "log_errors": settings.error = try flag(member, object)
            case "log_verbose_level":
                guard case .int(let level) = member.value, (0...maxVerboseLevel).contains(level) else {
                    throw object.unexpected(
                        member.value, at: member.key, expected: "a whole number in 0...\(maxVerboseLevel)")
                }
                settings.verboseLevel = Int(level)
            case "log_format":
                guard case .string(let format) = member.value, formats.contains(format) else {
                    throw object.unexpected(member.value, at: member.key, expected: "\"default\" or \"ISO8601\"")
                }
                settings.format = format
            default:
                throw InferError(
                    .invalidArgument,
                    "logging settings: there is no '\(member.key)'; the settings are log_file, log_info, log_warning, "
                        + "log_error, log_verbose_level, log_format")
            }
        }
        return settings
    }

    private static func flag(_ member: JSONValue.Member, _ object: V2Object) throws(InferError) -> Bool {
        guard case .bool(let flag) = member.value else {
            throw object.unexpected(member.value, at: member.key, expected: "true or false")
        }
        return flag
    }
}
