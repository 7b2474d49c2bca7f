package import DunlinBytes
import Synchronization

/// The body of a request that is handed over while it arrives, in the pieces it comes in.
///
/// The client may send as many bytes as its window has: what is received and not `consumed` yet is bounded by it. What is
/// consumed and kept all the same, as the beginning of something larger, counts as a body that arrives: against the memory
/// for those and against their time. A client that goes away, or resets its stream, is told by the reply (`HTTPReply.onDisconnect`), not here.
package final class HTTPBodyStream: Sendable {
    package enum Event: Sendable, Equatable {
        case bytes(Bytes)
        /// The body is complete.
        case end
    }

    private struct State {
        var early: [Event] = []
        /// Let go of with the last event: it may hold what holds this stream.
        var action: (@Sendable (Event) -> Void)?
        var hasEnded = false
    }

    private let state = Mutex(State())
    private let giveBack: @Sendable (Int, Int) -> Void

    /// - Parameter consumed: Told how many bytes are used up, and how many more are kept; called from any thread.
    package init(consumed: @escaping @Sendable (_ byteCount: Int, _ kept: Int) -> Void = { _, _ in }) {
        giveBack = consumed
    }

    /// Calls `action` for each piece, and for the end, on the thread of the connection's loop; for what came before this
    /// call, on the calling thread before this returns. Called once.
    package func receive(_ action: @escaping @Sendable (Event) -> Void) {
        while true {
            // What comes meanwhile waits behind, so that the order holds.
            let early = state.withLock { state in
                if state.early.isEmpty && !state.hasEnded { state.action = action }
                defer { state.early = [] }
                return state.early
            }
            if early.isEmpty { return }
            for event in early { action(event) }
        }
    }

    /// `byteCount` bytes that were received are used up, and the client may send as many more. From any thread.
    ///
    /// - Parameter kept: How many bytes more than before are kept of something that is not whole yet; less than 0 for less.
    package func consumed(_ byteCount: Int, kept: Int = 0) { giveBack(byteCount, kept) }

    /// Hands a piece over. Called by who receives, one call after another.
    package func deliver(_ event: Event) {
        let action = state.withLock { state -> (@Sendable (Event) -> Void)? in
            guard !state.hasEnded else { return nil }
            if state.action == nil { state.early.append(event) }
            guard event == .end else { return state.action }
            state.hasEnded = true
            return state.action.take()
        }
        action?(event)
    }

    /// Nothing more comes, and nobody is told: lets the action go.
    func abandon() {
        let dropped = state.withLock { state in
            defer { state = State(hasEnded: true) }
            return state.action
        }
        withExtendedLifetime(dropped) {}
    }
}
