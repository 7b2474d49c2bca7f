/// The requests a scheduler has accepted or promised to accept, and whether it takes more.
///
/// A closed scheduler is drained when none is left; whoever's call left none tells so. Pure: what an event returns is
/// called by the owner, once, outside its lock.
struct OpenRequests: Sendable {
    typealias OnDrained = @Sendable () -> Void

    /// Accepted requests whose end was not told.
    private(set) var leaseCount = 0
    /// Promises to take more requests, closed or not.
    private var promiseCount = 0
    private(set) var isClosed = false
    private var onDrained: OnDrained?

    /// Whether a request may come in: one with a lease may even when it is closed.
    func takes(_ request: ScheduledRequest) -> Bool { !isClosed || request.lease != nil }

    mutating func accept() { leaseCount += 1 }

    /// Notes ends without asking whether they were the last.
    mutating func note(endCount: Int) { leaseCount -= endCount }

    mutating func end(_ count: Int = 1) -> OnDrained? {
        leaseCount -= count
        return drained()
    }

    mutating func promise() -> Bool {
        if isClosed { return false }
        promiseCount += 1
        return true
    }

    mutating func endPromise() -> OnDrained? {
        promiseCount -= 1
        return drained()
    }

    /// - Parameter onDrained: Returned, by this event or a later one, when nothing is left. The second call does nothing.
    mutating func close(_ onDrained: @escaping OnDrained) -> OnDrained? {
        guard !isClosed else { return nil }
        isClosed = true
        self.onDrained = onDrained
        return drained()
    }

    /// Whom to tell that nothing is left, when it is so.
    mutating func drained() -> OnDrained? {
        guard isClosed, leaseCount == 0, promiseCount == 0 else { return nil }
        return onDrained.take()
    }
}
