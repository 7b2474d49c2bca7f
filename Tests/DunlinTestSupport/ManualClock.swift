import Synchronization

/// A clock whose hands a test turns: nanoseconds that go up by `step` at each reading.
package final class ManualClock: Sendable {
    private struct Hands {
        var now: UInt64 = 1
        var step: UInt64 = 0
    }

    private let hands = Mutex(Hands())

    package init(step: UInt64 = 0) { hands.withLock { $0.step = step } }

    package func read() -> UInt64 {
        hands.withLock {
            $0.now += $0.step
            return $0.now
        }
    }

    /// What each reading adds from now on.
    package func setStep(_ nanoseconds: UInt64) { hands.withLock { $0.step = nanoseconds } }

    package func advance(_ nanoseconds: UInt64) { hands.withLock { $0.now += nanoseconds } }
}
