import DunlinBytes
import DunlinTelemetry

/// Sends traces to an OpenTelemetry collector in batches, on a thread of its own.
final class OTLPExporter: TraceSink {
    private let configuration: TraceConfiguration
    private let queue: TraceQueue<Trace>
    private let logger: Logger
    private let counters: TraceCounters

    /// How long one export may take.
    static let timeout: UInt64 = 10_000_000_000
    /// How long a server that stops still tries.
    static let stopTimeout: UInt64 = 3_000_000_000

    init(_ configuration: TraceConfiguration, logger: Logger, counters: TraceCounters) {
        self.configuration = configuration
        queue = TraceQueue(limit: configuration.maxQueueCount)
        self.logger = logger
        self.counters = counters
    }

    func take(_ trace: Trace) -> Bool { queue.push(trace) }

    func close() { queue.close() }

    func run() {
        var generator = SystemRandomNumberGenerator()
        var isFailing = false
        let delay = UInt64(configuration.exportDelayMilliseconds) * 1_000_000
        var stopDeadline: UInt64?
        while true {
            let most = configuration.maxExportCount
            let taken = queue.take(most, most: most, until: TraceClock.now() &+ delay)
            guard case .elements(let traces) = taken else {
                if case .end = taken { return }
                continue
            }
            let body = OTLPText.exportRequest(traces, resource: configuration.resource, generator: &generator)
            let reason = export(body, &stopDeadline)
            (reason == nil ? counters.written : counters.failed).add()
            if let reason, !isFailing {
                logger.warning(
                    "traces cannot be exported",
                    ["endpoint": configuration.endpoint.description, "reason": reason, "lost": traces.count])
            } else if reason == nil, isFailing {
                logger.info("traces are exported again", ["endpoint": configuration.endpoint.description])
            }
            isFailing = reason != nil
        }
    }

    /// Posts a batch, again and again while that makes sense.
    ///
    /// - Parameter stopDeadline: Set once the server stops: nothing is begun after it.
    /// - Returns: Why it was given up, or `nil`.
    private func export(_ body: Bytes, _ stopDeadline: inout UInt64?) -> String? {
        var retry = ExportRetry()
        while true {
            if queue.sleep(until: 0), stopDeadline == nil { stopDeadline = TraceClock.now() &+ Self.stopTimeout }
            let deadline = min(stopDeadline ?? .max, TraceClock.now() &+ Self.timeout)
            var reason: String
            var outcome: ExportRetry.Outcome
            do throws(OTLPConnection.Failure) {
                let answer = try OTLPConnection(endpoint: configuration.endpoint, deadline: deadline).post(body)
                reason = "status \(answer.status)"
                outcome = ExportRetry.outcome(status: answer.status, retryAfter: answer.retryAfter)
            } catch {
                reason = error.reason
                outcome = .later(seconds: nil)
            }
            switch retry.next(outcome) {
            case .done: return nil
            case .giveUp: return reason
            case .wait(let nanoseconds):
                // A server that stops does not wait for a collector.
                if queue.sleep(until: TraceClock.now() &+ nanoseconds) { return reason }
            }
        }
    }
}
