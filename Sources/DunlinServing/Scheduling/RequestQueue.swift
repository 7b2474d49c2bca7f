/// The requests that wait for an instance of one model, by priority and then in the order they came.
///
/// Delayed requests come after the others of their priority. Pure: time is a parameter, and requests that have to be
/// answered are handed to the caller.
struct RequestQueue {
    /// First in, first out; what is taken from the middle leaves a hole until the front has passed it.
    private struct Lane {
        var requests: [ScheduledRequest?] = []
        var head = 0
        var count = 0

        mutating func append(_ request: ScheduledRequest) {
            requests.append(request)
            count += 1
        }

        mutating func take(at index: Int) -> ScheduledRequest? {
            let request = requests[index].take()
            if request != nil { count -= 1 }
            return request
        }

        /// Drops the holes in front, and the whole array's once they are half of it.
        mutating func settle() {
            while head < requests.count, requests[head] == nil { head += 1 }
            if head == requests.count {
                requests.removeAll(keepingCapacity: true)
                head = 0
            } else if requests.count >= 64, count * 2 <= requests.count {
                requests.removeAll { $0 == nil }
                head = 0
            }
        }
    }

    /// Two lanes for each level: those in time, then those delayed.
    private var lanes: [Lane]
    /// Requests and rows in each level.
    private var levels: [(count: Int, rowCount: Int)]
    private(set) var count = 0
    /// Rows of all requests.
    private(set) var rowCount = 0
    /// A lower bound of the time at which a deadline or a queue time-out is due.
    private(set) var nextEvent = UInt64.max

    /// Requests looked at for company of the first.
    static let maxLookahead = 4096

    /// By input: how far extents may differ within a batch; empty: not at all.
    let looseness: [ScheduledRequest.Looseness]

    init(levelCount: Int = 1, looseness: [ScheduledRequest.Looseness] = []) {
        self.looseness = looseness
        lanes = [Lane](repeating: Lane(), count: levelCount * 2)
        levels = Array(repeating: (0, 0), count: levelCount)
    }

    var isEmpty: Bool { count == 0 }

    func count(ofLevel level: Int) -> Int { levels[level].count }

    /// Requests and rows that go before what comes now.
    ///
    /// - Parameter level: The priority of what comes.
    func ahead(ofLevel level: Int) -> (count: Int, rowCount: Int) {
        if levels.count == 1 { return (count, rowCount) }
        return levels[...level].reduce((0, 0)) { ($0.0 + $1.count, $0.1 + $1.rowCount) }
    }

    mutating func append(_ request: ScheduledRequest) {
        request.isWaiting = true
        lanes[request.level * 2].append(request)
        levels[request.level].count += 1
        levels[request.level].rowCount += request.rows
        count += 1
        rowCount += request.rows
        nextEvent = min(nextEvent, request.nextEvent)
    }

    var first: ScheduledRequest? {
        for lane in lanes where lane.count > 0 {
            for index in lane.head..<lane.requests.count {
                if let request = lane.requests[index] { return request }
            }
        }
        return nil
    }

    mutating func popFirst() -> ScheduledRequest? {
        guard count > 0 else { return nil }
        for lane in lanes.indices where lanes[lane].count > 0 {
            lanes[lane].settle()
            guard let request = lanes[lane].take(at: lanes[lane].head) else { continue }
            lanes[lane].settle()
            forget(request)
            return request
        }
        return nil
    }

    /// The first request and those behind it that may join it, as far as `maxRows` lets them.
    ///
    /// - Complexity: Looks at `maxLookahead` requests at most.
    func candidates(maxRows: Int) -> BatchPlan.Waiting {
        var waiting = BatchPlan.Waiting()
        var total = 0
        visit(maxRows: maxRows) { request, joins in
            guard joins else {
                waiting.isBlocked = true
                return
            }
            total += request.rows
            waiting.rows.append(request.rows)
            waiting.oldest = min(waiting.oldest, request.arrived)
        }
        return waiting
    }

    /// Takes the first `wanted` of what `candidates` answered.
    mutating func take(_ wanted: Int, maxRows: Int) -> [ScheduledRequest] {
        var taken: [ScheduledRequest] = []
        taken.reserveCapacity(wanted)
        visit(maxRows: maxRows) { request, joins in
            if joins, taken.count < wanted { taken.append(request) }
        }
        for request in taken { remove(request) }
        return taken
    }

    /// Calls `body` for each request in order, with whether it joins the first one's batch, until that is full.
    private func visit(maxRows: Int, _ body: (ScheduledRequest, Bool) -> Void) {
        var first: ScheduledRequest?
        var rows = 0
        var visited = 0
        for lane in lanes where lane.count > 0 {
            for index in lane.head..<lane.requests.count {
                guard let request = lane.requests[index] else { continue }
                visited += 1
                if let first {
                    let joins = rows + request.rows <= maxRows && request.isMergeable(with: first, looseness)
                    body(request, joins)
                    if joins { rows += request.rows }
                } else {
                    first = request
                    rows = request.rows
                    body(request, true)
                }
                if rows >= maxRows || visited >= Self.maxLookahead { return }
            }
        }
    }

    /// Takes a request out of the middle; nothing when it does not wait.
    @discardableResult
    mutating func remove(_ request: ScheduledRequest) -> Bool {
        guard request.isWaiting else { return false }
        let lane = request.level * 2 + (request.isDelayed ? 1 : 0)
        guard let index = lanes[lane].requests[lanes[lane].head...].firstIndex(where: { $0 === request }) else {
            return false
        }
        _ = lanes[lane].take(at: index)
        lanes[lane].settle()
        forget(request)
        return true
    }

    mutating func removeAll() -> [ScheduledRequest] {
        var all: [ScheduledRequest] = []
        while let request = popFirst() { all.append(request) }
        nextEvent = .max
        return all
    }

    /// Takes out what has waited too long, and moves behind the others what its policy only delays.
    mutating func expire(at now: UInt64, delays: (ScheduledRequest) -> Bool) -> [ScheduledRequest] {
        guard nextEvent <= now else { return [] }
        var expired: [ScheduledRequest] = []
        var next = UInt64.max
        for lane in lanes.indices where lanes[lane].count > 0 {
            for index in lanes[lane].head..<lanes[lane].requests.count {
                guard let request = lanes[lane].requests[index] else { continue }
                guard request.isDue(at: now) else {
                    next = min(next, request.nextEvent)
                    continue
                }
                _ = lanes[lane].take(at: index)
                if !request.isOver(at: now), delays(request) {
                    request.isDelayed = true
                    lanes[lane + 1].append(request)
                    next = min(next, request.nextEvent)
                } else {
                    forget(request)
                    expired.append(request)
                }
            }
            lanes[lane].settle()
        }
        nextEvent = next
        return expired
    }

    private mutating func forget(_ request: ScheduledRequest) {
        request.isWaiting = false
        levels[request.level].count -= 1
        levels[request.level].rowCount -= request.rows
        count -= 1
        rowCount -= request.rows
        if count == 0 { nextEvent = .max }
    }
}
