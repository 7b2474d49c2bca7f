import DunlinHTTP

/// One setting of the load.
package enum LoadStep: Sendable, Equatable {
    /// So many clients, each of which sends its next request when it has the answer to the last.
    case closed(concurrency: Int)
    /// Requests that start when the schedule says so, at this many per second on average.
    case open(rate: Double, kind: ArrivalSchedule.Kind)
}

/// What came of one step.
package struct LoadResult: Sendable {
    /// Answers of one kind that were no success.
    package struct Failure: Sendable, Equatable {
        /// A status (`503`, `UNAVAILABLE`), or what happened instead of an answer (`timeout`, `connect`, `tls`, `closed`,
        /// `refused`, `reset`, `malformed`).
        package var kind: String
        package var count = 0
        /// Of the first: the beginning of its body, or what the system said.
        package var example: String

        /// Whether the server has answered.
        var isAnswer: Bool { Int(kind) != nil || GRPCStatus.allCases.contains { $0.name == kind } }
    }

    package var step: LoadStep
    /// The time in which requests were started, in seconds.
    package var seconds = 0.0
    /// Requests started, successes and failures together when all have ended.
    package var startedCount = 0
    /// Answers of status 2xx, or OK over gRPC.
    package var successCount = 0
    /// Those that came within `seconds`: what throughput is.
    package var timelySuccessCount = 0
    package var failures: [Failure] = []
    /// Of successes, and of requests given up after the time limit with the time they had waited by then: to leave those
    /// out would make a server that answers nothing look fast. Counted from the intended start.
    package var latency = LatencyHistogram()
    /// Of an open loop: how long after they were due requests were begun though a connection was free. What is wrong here is
    /// the load generator or a machine too busy for it, and every latency holds it.
    package var lateness = LatencyHistogram()
    /// Requests that were due while all connections were taken, at the worst moment.
    package var peakBacklog = 0
    /// Connections opened during the step.
    package var connectCount = 0
    /// Processor seconds of the server's process; `nil` when none was named.
    package var serverSeconds: Double?
    /// The load generator's own share of one core: near 1 it, not the server, sets the pace.
    package var clientShare = 0.0

    init(_ step: LoadStep) { self.step = step }

    /// Whether the load generator's own delay is a good part of what was measured.
    package var isLate: Bool {
        let late = lateness.percentile(0.99)
        return late > 1_000_000 && late > latency.percentile(0.99) / 4
    }

    package var failureCount: Int { failures.reduce(0) { $0 + $1.count } }

    /// Successes per second.
    package var throughput: Double { seconds > 0 ? Double(timelySuccessCount) / seconds : 0 }

    /// Processor time of the server per answered request, in microseconds.
    package var serverMicrosecondsPerRequest: Double? {
        let count = successCount + failures.reduce(0) { $0 + ($1.isAnswer ? $1.count : 0) }
        guard let serverSeconds, count > 0 else { return nil }
        return serverSeconds * 1e6 / Double(count)
    }

    /// Kinds of failure that are told apart.
    static let maxFailureKindCount = 64

    mutating func count(_ kind: String, example: @autoclosure () -> String) {
        var kind = kind
        var index = failures.firstIndex { $0.kind == kind }
        if index == nil, failures.count >= Self.maxFailureKindCount {
            kind = "other"
            index = failures.firstIndex { $0.kind == kind }
        }
        if let index {
            failures[index].count += 1
        } else {
            failures.append(Failure(kind: kind, count: 1, example: example()))
        }
    }
}
