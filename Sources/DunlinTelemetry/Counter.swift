import Synchronization

/// A number that only grows. Any thread may add to it.
package final class Counter: Sendable {
    private let stored = Atomic<Int>(0)

    package init() {}

    package var value: Int { stored.load(ordering: .relaxed) }

    /// - Precondition: `amount` is not negative.
    package func add(_ amount: Int = 1) {
        precondition(amount >= 0, "a counter cannot go down")
        stored.wrappingAdd(amount, ordering: .relaxed)
    }
}
