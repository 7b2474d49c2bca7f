/// Which instances may run, by the resources they need: Triton's `rate_limiter`.
///
///     idle ── request ──▶ waiting ── resources are there ──▶ held ── release ──▶ idle
///                            ▲                                └── requested meanwhile ─┐
///                            └─────────────────────────────────────────────────────────┘
///
/// Each instance has a claim. Waiting claims go by their share: a claim of priority n gets one n-th of the turns that one
/// of priority 1 gets. One that waits is overtaken only by claims that need nothing it needs, so that a large need is met
/// in the end. A claim that was idle begins where the others are, and saves nothing up.
///
/// Pure: the owner runs what is granted.
struct RateLimitTable: Sendable {
    /// What an instance needs while it runs.
    struct Needs: Sendable, Equatable {
        /// Counts above 0 by resource.
        var resources: [String: Int] = [:]
        var priority = 1
    }

    private enum State { case idle, waiting, held }

    private struct Claim: Sendable {
        let needs: Needs
        var state = State.idle
        /// The turn it waits for or has, in shares.
        var turn: UInt64 = 0
        /// Its next turn at the earliest.
        var next: UInt64 = 0
        /// Whether it was requested while it was held.
        var isWantedAgain = false
    }

    /// What the server was told; a resource that is not in it has as much as the largest need.
    let limits: [String: Int]
    private var claims: [UInt64: Claim] = [:]
    /// By turn, then in the order they asked.
    private var waiting: [UInt64] = []
    private var held: [String: Int] = [:]
    private var largestNeeds: [String: Int] = [:]
    /// The turn that was granted last.
    private var current: UInt64 = 0

    init(limits: [String: Int] = [:]) { self.limits = limits }

    /// How much there is of a resource in all.
    func count(of resource: String) -> Int { limits[resource] ?? largestNeeds[resource] ?? 0 }

    /// How much of it is held.
    func heldCount(of resource: String) -> Int { held[resource] ?? 0 }

    // MARK: Events

    /// - Returns: The claims that are granted by it: there may be more of a resource now.
    mutating func add(_ id: UInt64, _ needs: Needs) -> [UInt64] {
        precondition(claims[id] == nil, "two claims with one number")
        claims[id] = Claim(needs: needs)
        for (resource, count) in needs.resources {
            largestNeeds[resource] = max(largestNeeds[resource] ?? 0, count)
        }
        return grants()
    }

    /// - Returns: The claims that are granted by it.
    mutating func remove(_ id: UInt64) -> [UInt64] {
        guard let claim = claims[id] else { return [] }
        letGo(id)
        claims[id] = nil
        for resource in claim.needs.resources.keys {
            largestNeeds[resource] = claims.values.compactMap { $0.needs.resources[resource] }.max()
        }
        return grants()
    }

    /// Asks for a turn; while one is held, for the next.
    ///
    /// - Returns: Whether it is granted now; else it waits, and comes out of a later event.
    mutating func request(_ id: UInt64) -> Bool {
        switch claims[id]?.state {
        case .idle:
            wait(id)
            return grants() == [id]
        case .held: claims[id]?.isWantedAgain = true
        case .waiting, nil: break
        }
        return false
    }

    private mutating func wait(_ id: UInt64) {
        guard let claim = claims[id] else { return }
        let turn = max(current, claim.next)
        claims[id]?.state = .waiting
        claims[id]?.turn = turn
        let place = waiting.firstIndex { (claims[$0]?.turn ?? 0) > turn } ?? waiting.endIndex
        waiting.insert(id, at: place)
    }

    /// Gives back what is held, or stops waiting. One that was requested while it was held waits then, with the others.
    ///
    /// - Returns: The claims that are granted by it.
    mutating func release(_ id: UInt64) -> [UInt64] {
        let isWantedAgain = claims[id]?.isWantedAgain == true
        letGo(id)
        if isWantedAgain { wait(id) }
        return grants()
    }

    // MARK: Steps

    private mutating func letGo(_ id: UInt64) {
        guard let claim = claims[id] else { return }
        switch claim.state {
        case .idle: break
        case .waiting: waiting.removeAll { $0 == id }
        case .held:
            for (resource, count) in claim.needs.resources { held[resource, default: 0] -= count }
        }
        claims[id]?.state = .idle
        claims[id]?.isWantedAgain = false
    }

    /// Grants what can be.
    private mutating func grants() -> [UInt64] {
        var granted: [UInt64] = []
        var spokenFor: Set<String> = []
        for id in waiting {
            guard let claim = claims[id] else { continue }
            let fits = claim.needs.resources.allSatisfy { resource, count in
                !spokenFor.contains(resource) && heldCount(of: resource) + count <= self.count(of: resource)
            }
            guard fits else {
                spokenFor.formUnion(claim.needs.resources.keys)
                continue
            }
            for (resource, count) in claim.needs.resources { held[resource, default: 0] += count }
            claims[id]?.state = .held
            claims[id]?.next = claim.turn &+ UInt64(claim.needs.priority)
            current = max(current, claim.turn)
            granted.append(id)
        }
        waiting.removeAll { granted.contains($0) }
        return granted
    }
}
