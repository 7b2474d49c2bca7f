import Synchronization

/// Tells whoever works on a request that nobody waits for its answer any more.
///
/// Made with the request by its front end, which calls `cancel` when the client hangs up. Work that waits registers one
/// callback; work that runs may look at `isCancelled`.
public final class Cancellation: Sendable {
    private enum Slot {
        case empty
        case callback(@Sendable () -> Void)
        case cancelled
    }

    private let isSet = Atomic(false)
    private let slot = Mutex(Slot.empty)

    public init() {}

    public var isCancelled: Bool { isSet.load(ordering: .relaxed) }

    /// Calls the registered callback on this thread; the second call does nothing.
    public func cancel() {
        guard !isSet.exchange(true, ordering: .relaxed) else { return }
        let former = slot.withLock { slot in
            defer { slot = .cancelled }
            return slot
        }
        if case .callback(let body) = former { body() }
    }

    /// Registers what `cancel` calls, in place of what was registered before.
    ///
    /// - Returns: False when it is cancelled already; `callback` is not called then.
    package func onCancel(_ callback: @escaping @Sendable () -> Void) -> Bool {
        let former = slot.withLock { slot in
            defer { if case .cancelled = slot {} else { slot = .callback(callback) } }
            return slot
        }
        if case .cancelled = former { return false }
        return true
    }

    /// Lets go of the callback. It may be running on another thread.
    package func removeCallback() {
        let former = slot.withLock { slot in
            defer { if case .callback = slot { slot = .empty } }
            return slot
        }
        withExtendedLifetime(former) {}
    }
}
