/// What is traced, and how it is written: Triton's trace settings.
package struct TraceSetting: Sendable, Equatable {
    /// How much is noted.
    package enum Level: String, Sendable, CaseIterable { case off = "OFF", timestamps = "TIMESTAMPS" }

    /// Default: `OFF`.
    package var level = Level.off
    /// One of so many requests is traced. Default: 1000. 0: only those whose caller traces (OpenTelemetry).
    package var rate = 1000
    /// Requests that will be traced yet. Default: -1, no end.
    package var count = -1
    /// Traces in one file (`trace_file.0`, `trace_file.1`, …). Default: 0, all in `trace_file`.
    package var logFrequency = 0

    package init() {}

    /// The largest rate and frequency.
    package static let maxNumber = Int(UInt32.max)
    /// The largest count.
    package static let maxCount = Int(Int32.max)
}

/// A change of settings: what is not mentioned stays, `clear` goes back to what applies without it.
package struct TraceChange: Sendable, Equatable {
    package enum Field<Value: Sendable & Equatable>: Sendable, Equatable { case keep, clear, set(Value) }

    package var level = Field<TraceSetting.Level>.keep
    package var rate = Field<Int>.keep
    package var count = Field<Int>.keep
    package var logFrequency = Field<Int>.keep

    package init() {}
}

/// The settings that one scope, a model or all of them, has of its own.
struct TraceOverrides: Sendable, Equatable {
    var level: TraceSetting.Level?
    var rate: Int?
    var count: Int?
    var logFrequency: Int?

    var isEmpty: Bool { self == TraceOverrides() }

    mutating func apply(_ change: TraceChange) {
        Self.apply(change.level, to: &level)
        Self.apply(change.rate, to: &rate)
        Self.apply(change.count, to: &count)
        Self.apply(change.logFrequency, to: &logFrequency)
    }

    func over(_ setting: TraceSetting) -> TraceSetting {
        var setting = setting
        if let level { setting.level = level }
        if let rate { setting.rate = rate }
        if let count { setting.count = count }
        if let logFrequency { setting.logFrequency = logFrequency }
        return setting
    }

    private static func apply<Value>(_ field: TraceChange.Field<Value>, to value: inout Value?) {
        switch field {
        case .keep: break
        case .clear: value = nil
        case .set(let new): value = new
        }
    }
}
