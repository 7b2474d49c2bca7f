import CDunlinSystem
import Dispatch
import Synchronization

/// Gives the system back what malloc keeps to itself after a model came or went.
///
/// glibc unmaps a large block when it is freed, but from the first such block on it takes blocks of up to that size (32 MiB
/// at most) from its heaps, which shrink at their ends alone: 250 MB stayed resident after ResNet-50 was unloaded. Fixed
/// thresholds would cost every large request its page faults; a pass over the heaps when a model changes costs
/// milliseconds, on a thread of its own. Static, because a process has one malloc.
enum FreedMemory {
    /// Models that come and go before it is made share one pass.
    private final class Pass: Sendable {
        private let delay: DispatchTimeInterval
        private let isAwaited = Atomic(false)

        init(after delay: DispatchTimeInterval) { self.delay = delay }

        func await(on queue: DispatchQueue) {
            guard !isAwaited.exchange(true, ordering: .relaxed) else { return }
            queue.asyncAfter(deadline: .now() + delay) {
                // Before the pass: who frees during it asks for another.
                self.isAwaited.store(false, ordering: .sequentiallyConsistent)
                dunlin_trim_memory()
            }
        }
    }

    private static let queue = DispatchQueue(label: "dunlin.memory", qos: .utility)
    /// The second is for what was still held at the first, by a request's end or by a thread that stood still.
    private static let passes = [Pass(after: .milliseconds(100)), Pass(after: .seconds(3))]

    static func giveBackSoon() {
        for pass in passes { pass.await(on: queue) }
    }
}
