package import DunlinTelemetry
import Synchronization

/// The traces of one server: which requests are chosen, and where what was noted of them goes.
package final class Tracing: Sendable {
    package let configuration: TraceConfiguration
    package let counters = TraceCounters()
    private let sampler: Mutex<TraceSampler>
    private let lastID = Atomic<UInt64>(0)
    private let sink: any TraceSink
    private let thread = Mutex<TraceThread?>(nil)
    private let logger: Logger

    package init(_ configuration: TraceConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        let followsCallers = configuration.mode == .opentelemetry
        sampler = Mutex(TraceSampler(configuration.setting, followsCallers: followsCallers))
        switch configuration.mode {
        case .triton: sink = TraceFileWriter(configuration, logger: logger, counters: counters)
        case .opentelemetry: sink = OTLPExporter(configuration, logger: logger, counters: counters)
        }
    }

    // MARK: Settings

    /// Whether any request could be traced now.
    package var isActive: Bool { canKeep && sampler.withLock { $0.isActive } }

    /// Whether there is a place for traces: a file, or a collector.
    package var canKeep: Bool { configuration.mode == .opentelemetry || !configuration.file.isEmpty }

    package func setting(of model: String?) -> TraceSetting { sampler.withLock { $0.setting(of: model) } }

    /// - Returns: False when too many models have settings of their own already.
    package func change(_ change: TraceChange, model: String?) -> Bool {
        sampler.withLock { $0.change(change, model: model) }
    }

    // MARK: Requests

    /// Counts a request; what was decided when it is to be traced.
    package func sample(_ model: String, _ context: TraceContext?) -> TraceSampling? {
        let sampling = sampler.withLock { $0.sample(model, callerTraces: context?.isSampled ?? false) }
        if sampling != nil { counters.sampled.add() }
        return sampling
    }

    /// The next record's.
    package func makeID() -> UInt64 { lastID.add(1, ordering: .relaxed).newValue }

    /// Takes what was noted of a request. Never waits; what finds no room is counted and dropped.
    package func finish(_ trace: Trace) {
        if !sink.take(trace) { counters.dropped.add() }
    }

    // MARK: The thread

    package func start() {
        guard canKeep else { return }
        thread.withLock { thread in
            guard thread == nil else { return }
            let sink = sink
            thread = TraceThread { sink.run() }
            if thread == nil { logger.error("traces are dropped: there is no thread to write them") }
        }
    }

    /// Writes what waits, for as long as a server that stops may take for it.
    package func stop() {
        sink.close()
        thread.withLock { $0.take() }?.join(milliseconds: Self.stopMilliseconds)
    }

    private static let stopMilliseconds = 5000
}
