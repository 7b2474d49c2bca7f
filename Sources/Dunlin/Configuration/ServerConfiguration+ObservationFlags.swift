import DunlinTracing

/// Flags about logs and traces. Triton's are taken as Triton spells them.
extension ServerConfiguration {
    static let logFormatFlag = Flag(
        "log-format", "FORMAT", default: "text", "text or json; Triton's default and ISO8601 are text"
    ) { configuration, text in
        guard let format = ["default": .text, "ISO8601": .text][text] ?? LogFormat(rawValue: text) else {
            return "must be one of text, json, default, ISO8601"
        }
        configuration.logFormat = format
        return nil
    }

    static let logVerboseFlag = Flag(
        "log-verbose", "N", default: "none", "As Triton's: above 0, debug records are written too; none: as log-level"
    ) { configuration, text in
        guard let level = Int(text), (0...Int(Int32.max)).contains(level) else {
            return "must be a whole number from 0"
        }
        configuration.logVerboseLevel = level
        return nil
    }

    static let logInfoFlag = logSwitch("log-info", "informational records", \.logInfo)
    static let logWarningFlag = logSwitch("log-warning", "warnings", \.logWarning)
    static let logErrorFlag = logSwitch("log-error", "errors", \.logError)

    private static func logSwitch(_ name: String, _ what: String, _ property: Flag.Property<Bool?>) -> Flag {
        Flag(name, "BOOL", default: "none", "As Triton's: whether \(what) are written; none: as log-level") {
            configuration, text in
            switch text.lowercased() {
            case "true", "1", "yes", "on": configuration[keyPath: property] = true
            case "false", "0", "no", "off": configuration[keyPath: property] = false
            default: return "must be true or false"
            }
            return nil
        }
    }

    static let traceConfigFlag = Flag(
        "trace-config", "SETTING", default: "level=OFF",
        "As Triton's: [triton,]file=PATH, log-frequency=N; [opentelemetry,]url=URL, resource=KEY=VALUE, bsp_…; mode, "
            + "level, rate, count; may be repeated",
        repeats: .init { _ in }
    ) { configuration, text in configuration.trace.apply(text) }
}
