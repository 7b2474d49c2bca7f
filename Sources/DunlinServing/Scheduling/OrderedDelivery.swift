import Synchronization

/// Lets the ends of requests out in the order in which the requests came.
final class OrderedDelivery: Sendable {
    private struct State {
        var next: UInt64 = 0
        var early: [UInt64: (request: ScheduledRequest, end: ScheduledRequest.End)] = [:]
        /// Whether a thread lets ends out now; who comes meanwhile leaves its end to it.
        var isDelivering = false
    }

    private let state = Mutex(State())

    /// Calls `body` for this end and those that waited for it, when it is their turn; without a lock.
    func deliver(
        _ request: ScheduledRequest, _ end: ScheduledRequest.End,
        _ body: (ScheduledRequest, ScheduledRequest.End) -> Void
    ) {
        let delivers = state.withLock { state in
            state.early[request.sequence] = (request, end)
            guard !state.isDelivering else { return false }
            state.isDelivering = true
            return true
        }
        guard delivers else { return }
        while let ready = nextReady() { body(ready.request, ready.end) }
    }

    private func nextReady() -> (request: ScheduledRequest, end: ScheduledRequest.End)? {
        state.withLock { state in
            guard let ready = state.early.removeValue(forKey: state.next) else {
                state.isDelivering = false
                return nil
            }
            state.next += 1
            return ready
        }
    }
}
