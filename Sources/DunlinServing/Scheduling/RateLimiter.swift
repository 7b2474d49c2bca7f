import DunlinInference
import Synchronization

/// The resources that the instances of all models share (`instance_group.rate_limiter`), and who may run by them.
///
/// An instance waits for its turn without a thread: its model's scheduler is told when it comes. There is one device, the
/// CPU, so that a resource of each device and a global one differ in nothing but their declaration.
final class RateLimiter: Sendable {
    fileprivate struct State {
        var table: RateLimitTable
        var claims: [UInt64: WeakClaim] = [:]
        var lastID: UInt64 = 0
        /// By resource: whether it is global, and the claims that say so.
        var scopes: [String: (isGlobal: Bool, count: Int)] = [:]
    }

    fileprivate struct WeakClaim { weak var claim: RateClaim? }

    private let limits: [String: Int]
    private let state: Mutex<State>

    /// - Parameter limits: Counts by resource; others have as much as the largest need.
    init(limits: [String: Int] = [:]) {
        self.limits = limits
        state = Mutex(State(table: RateLimitTable(limits: limits)))
    }

    /// The claim of one instance; `nil` when it needs nothing.
    ///
    /// - Throws: `.invalidArgument` when its needs can never be met, or contradict those of another model.
    func claim(
        _ configured: ModelConfiguration.RateLimiter, of model: String
    ) throws(InferError) -> RateClaim? {
        var needs = RateLimitTable.Needs(priority: max(1, configured.priority))
        for resource in configured.resources where resource.count > 0 {
            if let limit = limits[resource.name], resource.count > limit {
                throw InferError(
                    .invalidArgument,
                    "model '\(model)': rate_limiter asks for \(resource.count) of resource '\(resource.name)'; "
                        + "--rate-limit-resource limits it to \(limit)")
            }
            needs.resources[resource.name] = resource.count
        }
        guard !needs.resources.isEmpty else { return nil }
        let wanted = configured.resources.filter { $0.count > 0 }
        var granted: [(UInt64, WeakClaim)] = []
        let (claim, conflict) = state.withLock { state -> (RateClaim?, String?) in
            if let other = wanted.first(where: { resource in
                state.scopes[resource.name].map { $0.isGlobal != resource.isGlobal } ?? false
            }) {
                return (nil, other.name)
            }
            for resource in wanted {
                state.scopes[resource.name, default: (resource.isGlobal, 0)].count += 1
            }
            state.lastID += 1
            let claim = RateClaim(self, state.lastID, Array(needs.resources.keys))
            state.claims[state.lastID] = WeakClaim(claim: claim)
            granted = state.granted(state.table.add(state.lastID, needs))
            return (claim, nil)
        }
        tell(granted)
        if let conflict {
            throw InferError(
                .invalidArgument,
                "model '\(model)': rate_limiter: resource '\(conflict)' is global for one model and not for another")
        }
        return claim
    }

    fileprivate func request(_ id: UInt64) -> Bool { state.withLock { $0.table.request(id) } }

    fileprivate func release(_ id: UInt64) { tell(state.withLock { $0.granted($0.table.release(id)) }) }

    fileprivate func remove(_ id: UInt64, _ resources: [String]) {
        tell(
            state.withLock { state in
                state.claims[id] = nil
                for resource in resources {
                    state.scopes[resource]?.count -= 1
                    if state.scopes[resource]?.count == 0 { state.scopes[resource] = nil }
                }
                return state.granted(state.table.remove(id))
            })
    }

    /// Hands out turns; those that nobody wants any more go to the next.
    private func tell(_ granted: [(UInt64, WeakClaim)]) {
        var open = granted
        while let (id, weak) = open.popLast() {
            if weak.claim?.take() == true { continue }
            open += state.withLock { $0.granted($0.table.release(id)) }
        }
    }
}

extension RateLimiter.State {
    fileprivate func granted(_ ids: [UInt64]) -> [(UInt64, RateLimiter.WeakClaim)] {
        ids.map { ($0, claims[$0] ?? .init()) }
    }
}

/// One instance's claim to the resources it needs. Its turn is for one execution.
final class RateClaim: Sendable {
    private let limiter: RateLimiter
    private let id: UInt64
    private let resources: [String]
    private let scheduler = Mutex(WeakScheduler())

    private struct WeakScheduler { weak var scheduler: ModelScheduler? }

    fileprivate init(_ limiter: RateLimiter, _ id: UInt64, _ resources: [String]) {
        self.limiter = limiter
        self.id = id
        self.resources = resources
    }

    deinit { limiter.remove(id, resources) }

    /// - Parameter scheduler: It is told of turns that `request` did not grant at once.
    func belong(to scheduler: ModelScheduler) { self.scheduler.withLock { $0.scheduler = scheduler } }

    /// Whether it is the instance's turn now; else its scheduler is told when it comes, unless it waits already.
    func request() -> Bool { limiter.request(id) }

    /// Ends its turn.
    ///
    /// - Precondition: The caller holds no scheduler's lock.
    func release() { limiter.release(id) }

    /// Whether the turn that has come is of use.
    fileprivate func take() -> Bool {
        let scheduler = scheduler.withLock { $0.scheduler }
        return scheduler?.take(granted: self) ?? false
    }
}
