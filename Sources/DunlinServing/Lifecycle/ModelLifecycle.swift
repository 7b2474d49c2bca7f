/// What may happen to one version of one model, and in which order.
///
///                        ┌──────────────── load ────────────────┐
///                        ▼                                      │
///     unavailable ─ load ─▶ loading ─ loaded ─▶ ready ─ unload ─▶ unloading
///          ▲                  │ failed          │ ▲               │ drained
///          │                  │            load ▼ │ loaded, failed│
///          │                  │            reloading              │
///          └──────────────────┴───────────────────────────────────┘
///
/// A version that is reloading still serves: its successor replaces it when it is loaded, and a failure leaves it in
/// place. Requests in flight are counted where they run, by `ModelScheduler`; `drained` tells that the last request on a
/// withdrawn model has ended.
///
/// Pure: no locks, no I/O, no clock. The caller performs the returned `Action`.
struct ModelLifecycle: Sendable {
    enum State: Equatable { case unavailable(reason: String), loading, ready, reloading, unloading }
    enum Event: Equatable { case load, loaded, failed(reason: String), unload, drained }
    enum Action: Equatable {
        case none
        /// Build the model.
        case startLoading
        /// Let requests reach the model; when another one served until now, drain it.
        case publish
        /// Let no new request reach the model, and drain it.
        case withdraw
        /// The event makes no sense here; nothing changed.
        case reject
    }

    private(set) var state = State.unavailable(reason: "never loaded")
    /// Why the last reload failed while the version went on serving; `nil` after one that succeeded.
    private(set) var reloadFailure: String?
    /// Withdrawn models that still have requests in flight.
    private(set) var drainingCount = 0

    /// Whether requests are answered.
    var serves: Bool { state == .ready || state == .reloading }

    mutating func handle(_ event: Event) -> Action {
        switch (state, event) {
        case (.unavailable, .load), (.unloading, .load):
            state = .loading
            return .startLoading
        case (.ready, .load):
            state = .reloading
            return .startLoading
        case (.loading, .loaded), (.reloading, .loaded):
            state = .ready
            reloadFailure = nil
            return .publish
        case (.loading, .failed(let reason)):
            state = .unavailable(reason: reason)
            return .none
        case (.reloading, .failed(let reason)):
            state = .ready
            reloadFailure = reason
            return .none
        case (.ready, .unload):
            state = .unloading
            reloadFailure = nil
            drainingCount += 1
            return .withdraw
        case (_, .drained) where drainingCount > 0:
            drainingCount -= 1
            if state == .unloading, drainingCount == 0 { state = .unavailable(reason: "unloaded") }
            return .none
        default: return .reject
        }
    }
}
