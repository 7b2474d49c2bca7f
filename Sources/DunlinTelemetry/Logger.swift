import Glibc

/// Writes one line per record, to standard error unless told otherwise.
///
/// A line is one `write(2)`, so lines of several threads never mix. Everything that is not plain text is
/// escaped: what a client sent can neither start a line nor pass for another field.
///
///     2026-03-01T12:00:00.123Z info model loaded model=iris version=1
///     {"time":"2026-03-01T12:00:00.123Z","level":"info","message":"model loaded","model":"iris","version":"1"}
package struct Logger: Sendable {
    package enum Level: Int, Sendable, Comparable, CaseIterable {
        case debug, info, warning, error

        package static func < (lhs: Level, rhs: Level) -> Bool { lhs.rawValue < rhs.rawValue }

        /// As in the configuration file and in the records.
        package var name: String {
            switch self {
            case .debug: "debug"
            case .info: "info"
            case .warning: "warning"
            case .error: "error"
            }
        }

        package init?(_ name: String) {
            guard let level = Level.allCases.first(where: { $0.name == name }) else { return nil }
            self = level
        }
    }

    package enum Format: String, Sendable, CaseIterable { case text, json }

    /// What a record says besides its message, in the order given.
    package typealias Fields = KeyValuePairs<String, any CustomStringConvertible & Sendable>

    /// Bytes kept of one message or value; the rest is cut and marked with `...`. A record stays one write.
    package static let maxValueByteCount = 2048

    /// Which records are written, and how; the same for all copies of this logger.
    package let settings: LogSettings
    private let descriptor: Int32

    /// - Parameter descriptor: Where lines go; stays the caller's. Default: standard error.
    package init(level: Level = .info, format: Format = .text, descriptor: Int32 = STDERR_FILENO) {
        self.init(LogSettings.Values(level: level), format: format, descriptor: descriptor)
    }

    package init(_ values: LogSettings.Values, format: Format, descriptor: Int32 = STDERR_FILENO) {
        settings = LogSettings(values, startFormat: format)
        self.descriptor = descriptor
    }

    package func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
        log(.debug, message(), fields())
    }

    package func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
        log(.info, message(), fields())
    }

    package func warning(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
        log(.warning, message(), fields())
    }

    package func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
        log(.error, message(), fields())
    }

    /// Writes a record unless the settings keep back its level; then nothing is evaluated.
    package func log(_ level: Level, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
        guard settings.isEnabled(level) else { return }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let time = Timestamp(seconds: now.tv_sec, milliseconds: now.tv_nsec / 1_000_000).description
        var line = LogLine(format: settings.format)
        line.begin(time: time, level: level.name, message: message())
        for (key, value) in fields() { line.add(key, value.description) }
        write(line.finish())
    }

    private func write(_ line: [UInt8]) {
        line.withUnsafeBytes { bytes in
            var result = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            while result < 0 && errno == EINTR { result = Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
            // A record that cannot be written has nowhere else to go.
            _ = result
        }
    }
}
