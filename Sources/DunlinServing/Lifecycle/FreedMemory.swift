import CDunlinSystem
import Dispatch
import Synchronization

/// Gives the system back what malloc keeps to itself after a model came or went.
///
/// glibc unmaps a large block when it is freed, but from the first such block on it takes blocks of up to that size (32 MiB
/// at most) from its heaps, which shrink at their ends alone: 250 MB stayed resident after ResNet-50 was unloaded. Fixed
/// thresholds would cost every large request its page faults; one pass over the heaps when a model changes costs
/// milliseconds, on a thread of its own. Static, because a process has one malloc.
enum FreedMemory {
    /// Models that come and go within it share a pass; the last references to one are gone by then.
    private static let delay = DispatchTimeInterval.milliseconds(100)
    private static let queue = DispatchQueue(label: "dunlin.memory", qos: .utility)
    private static let isAwaited = Atomic(false)

    static func giveBackSoon() {
        guard !isAwaited.exchange(true, ordering: .relaxed) else { return }
        queue.asyncAfter(deadline: .now() + delay) {
            // Before the pass: who frees during it asks for another.
            isAwaited.store(false, ordering: .sequentiallyConsistent)
            dunlin_trim_memory()
        }
    }
}
