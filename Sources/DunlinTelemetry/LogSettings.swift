import Synchronization

/// What a logger and its copies write; any thread may change it while others log.
///
/// In Triton's terms: errors, warnings and information are switched one by one, and a verbose level above 0 lets
/// through what is below information.
package final class LogSettings: Sendable {
    package struct Values: Sendable, Equatable {
        package var info = true
        package var warning = true
        package var error = true
        /// 0: no debug records. Levels above 1 say no more than 1 does.
        package var verboseLevel = 0
        package var format = FormatName.default

        package init() {}

        /// Everything at least as serious as `level`.
        package init(level: Logger.Level) {
            (info, warning, error) = (level <= .info, level <= .warning, true)
            verboseLevel = level == .debug ? 1 : 0
        }

        package func isEnabled(_ level: Logger.Level) -> Bool {
            switch level {
            case .debug: verboseLevel > 0
            case .info: info
            case .warning: warning
            case .error: error
            }
        }
    }

    /// Triton's words.
    package enum FormatName: String, Sendable, CaseIterable {
        /// As the server was started.
        case `default`
        /// Lines of text, whose times are as in ISO 8601.
        case iso8601 = "ISO8601"
    }

    private let values: Mutex<Values>
    private let startFormat: Logger.Format
    /// One bit for each level that is written: a record that is not costs one load.
    private let mask: Atomic<UInt8>

    init(_ values: Values, startFormat: Logger.Format) {
        self.values = Mutex(values)
        self.startFormat = startFormat
        mask = Atomic(Self.mask(values))
    }

    package var current: Values { values.withLock { $0 } }

    package func set(_ new: Values) {
        values.withLock { values in
            values = new
            mask.store(Self.mask(new), ordering: .relaxed)
        }
    }

    func isEnabled(_ level: Logger.Level) -> Bool { mask.load(ordering: .relaxed) & (1 << UInt8(level.rawValue)) != 0 }

    var format: Logger.Format { current.format == .default ? startFormat : .text }

    private static func mask(_ values: Values) -> UInt8 {
        Logger.Level.allCases.reduce(0) { $0 | (values.isEnabled($1) ? 1 << UInt8($1.rawValue) : 0) }
    }
}
