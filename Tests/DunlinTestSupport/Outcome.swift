import Dispatch
import Synchronization

/// The values a completion was called with, for tests that wait on it.
package final class Outcome<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    private let arrivals = DispatchSemaphore(value: 0)

    package init() {}

    /// The completion to hand over.
    package func receive(_ value: Value) {
        values.withLock { $0.append(value) }
        arrivals.signal()
    }

    /// How often the completion was called so far.
    package var count: Int { values.withLock { $0.count } }

    /// The next value; `nil` when none comes in time.
    package func wait() -> Value? {
        guard arrivals.wait(timeout: .now() + Gate.patience) == .success else { return nil }
        return values.withLock { $0.last }
    }

    /// The values so far.
    package var all: [Value] { values.withLock { $0 } }

    /// The first value, or `nil` when there is none yet.
    package var value: Value? { values.withLock { $0.first } }
}
