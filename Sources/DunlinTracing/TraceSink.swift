package import DunlinTelemetry

/// Where finished traces go. `run` is the sink's own thread; it returns when the sink was closed and is empty.
protocol TraceSink: AnyObject, Sendable {
    /// - Returns: False when there is no room for it.
    func take(_ trace: Trace) -> Bool
    func close()
    func run()
}

/// What became of traces.
package final class TraceCounters: Sendable {
    /// Requests that were chosen.
    package let sampled = Counter()
    /// Traces without room in the queue.
    package let dropped = Counter()
    /// Writes to trace files, and exports that the collector took.
    package let written = Counter()
    /// Writes and exports that were given up.
    package let failed = Counter()

    init() {}
}
