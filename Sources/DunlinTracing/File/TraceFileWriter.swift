import DunlinBytes
import DunlinTelemetry

/// Writes traces to files, on a thread of its own.
final class TraceFileWriter: TraceSink {
    private let path: String
    private let queue: TraceQueue<Trace>
    private let logger: Logger
    private let counters: TraceCounters

    init(_ configuration: TraceConfiguration, logger: Logger, counters: TraceCounters) {
        path = configuration.file
        queue = TraceQueue(limit: configuration.maxQueueCount)
        self.logger = logger
        self.counters = counters
    }

    func take(_ trace: Trace) -> Bool { queue.push(trace) }

    func close() { queue.close() }

    /// Traces that are written in one turn.
    private static let maxTurnCount = 256

    func run() {
        var plan = TraceFilePlan()
        var file = TraceFileState(path: path)
        while case .elements(let traces) = queue.take(most: Self.maxTurnCount) {
            for trace in traces {
                let writes = plan.add(TraceText.elements(trace), trace.sampling)
                perform(writes, &file)
            }
        }
        perform(plan.finish(), &file)
    }

    private func perform(_ writes: [TraceFilePlan.Write], _ file: inout TraceFileState) {
        for write in writes {
            do throws(TraceFile.Failure) {
                try file.perform(write)
                counters.written.add()
            } catch {
                counters.failed.add()
                // Once: a full disk must not fill the log as well.
                if !file.hasFailed { logger.error("traces cannot be written", ["reason": error.reason]) }
                file.hasFailed = true
            }
        }
    }
}

/// The trace file, once something was written to it.
private struct TraceFileState: ~Copyable {
    let path: String
    var file: TraceFile?
    var hasFailed = false

    init(path: String) { self.path = path }

    mutating func perform(_ write: TraceFilePlan.Write) throws(TraceFile.Failure) {
        switch write {
        case .numbered(let number, let elements):
            var numbered = try TraceFile("\(path).\(number)")
            try numbered.append(elements)
        case .append(let elements):
            if file == nil { file = try TraceFile(path) }
            try file!.append(elements)
        }
    }
}
