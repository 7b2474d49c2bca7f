/// When an export that failed is tried again. Pure.
///
/// Twice as long after each failure, as OTLP asks, or as long as the collector says.
struct ExportRetry {
    /// Tries of one batch, the first included.
    static let maxTryCount = 5
    static let firstDelay: UInt64 = 1_000_000_000
    static let maxDelay: UInt64 = 30_000_000_000

    private(set) var tryCount = 0

    /// What the collector, or the way to it, answered.
    enum Outcome: Equatable {
        case taken
        /// It may take them later; in so many seconds, when it says so.
        case later(seconds: Int?)
        /// It will never take them.
        case refused
    }

    enum Step: Equatable { case done, wait(nanoseconds: UInt64), giveUp }

    static func outcome(status: Int, retryAfter: Int?) -> Outcome {
        switch status {
        case 200..<300: .taken
        case 429, 502, 503, 504: .later(seconds: retryAfter)
        default: .refused
        }
    }

    mutating func next(_ outcome: Outcome) -> Step {
        tryCount += 1
        switch outcome {
        case .taken: return .done
        case .refused: return .giveUp
        case .later(let seconds):
            guard tryCount < Self.maxTryCount else { return .giveUp }
            let doubled = Self.firstDelay << UInt64(tryCount - 1)
            let asked = seconds.map { UInt64(clamping: $0).multipliedReportingOverflow(by: 1_000_000_000) }
            return .wait(nanoseconds: min(Self.maxDelay, asked.map { $0.overflow ? .max : $0.partialValue } ?? doubled))
        }
    }
}
