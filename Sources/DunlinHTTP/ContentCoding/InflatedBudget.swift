import Synchronization

/// Memory of request bodies that were inflated and are still in use, over all connections of a server: a client pays
/// a thousandth of what it makes the server hold.
///
/// A single body is always admitted; its own limit bounds it.
final class InflatedBudget: Sendable {
    private let limit: Int
    private let used = Atomic<Int>(0)

    /// - Parameter limit: In bytes.
    init(limit: Int) { self.limit = limit }

    /// What is in use, in bytes.
    var byteCount: Int { used.load(ordering: .relaxed) }

    /// Whether a body that has `own` bytes may have `extra` more, which then count.
    func reserve(_ extra: Int, own: Int) -> Bool {
        let total = used.wrappingAdd(extra, ordering: .relaxed).newValue
        if total <= limit || total == own + extra { return true }
        used.wrappingSubtract(extra, ordering: .relaxed)
        return false
    }

    func release(_ count: Int) { used.wrappingSubtract(count, ordering: .relaxed) }
}
