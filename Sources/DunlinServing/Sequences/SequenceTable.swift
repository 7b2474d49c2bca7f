/// The sequences of one model: which has a slot, which wait for one, and whose turn it is.
///
///     first request ──▶ waits for a slot ──▶ has a slot ⇄ runs one request at a time ──▶ gone
///                                                 └── idle too long ───────────────────────▲
///
/// Requests of one sequence run in the order they came. Requests are known by tickets. Pure: time is a parameter, and
/// the owner runs what comes out.
struct SequenceTable: Sendable {
    struct Limits: Sendable, Equatable {
        /// Sequences that are served at once.
        var slotCount = 1
        /// Sequences that may wait for a slot.
        var maxWaitingSequenceCount = 1024
        /// Requests of all sequences that may wait.
        var maxWaitingRequestCount = 1024
        /// Nanoseconds without a request after which a sequence ends.
        var idle: UInt64 = 1_000_000_000
    }

    /// A request as the table sees it.
    struct Request: Sendable, Equatable {
        var ticket: UInt64
        var starts = false
        var ends = false
    }

    enum Admission: Sendable, Equatable {
        /// It is its turn now.
        case run
        case wait
        /// Its sequence is not under way, and it does not start one.
        case notStarted
        /// As many sequences or requests wait as may.
        case full
    }

    /// A request whose turn it is.
    struct Turn: Sendable, Equatable {
        var id: SequenceID
        var request: Request
    }

    /// What an event leaves to do.
    struct Outcome: Sendable, Equatable {
        var turns: [Turn] = []
        /// Requests that cannot run, because their sequence did not start.
        var orphans: [UInt64] = []
        /// Sequences that are gone.
        var ended: [SequenceID] = []
    }

    struct Sequence: Sendable {
        var hasSlot: Bool
        var running: Request?
        /// In the order they came.
        var waiting: [Request] = []
        var lastUsed: UInt64
        /// Whether a request that starts nothing belongs to it: its last one did not end it.
        var isOpen: Bool
    }

    let limits: Limits
    private(set) var sequences: [SequenceID: Sequence] = [:]
    /// Those without a slot, the oldest first.
    private(set) var backlog: [SequenceID] = []
    private var slotsTaken = 0
    private(set) var waitingRequestCount = 0

    init(_ limits: Limits) { self.limits = limits }

    // MARK: Events

    mutating func receive(_ request: Request, of id: SequenceID, now: UInt64) -> Admission {
        guard var sequence = sequences[id] else {
            guard request.starts else { return .notStarted }
            let hasSlot = slotsTaken < limits.slotCount && backlog.isEmpty
            if !hasSlot, backlog.count >= limits.maxWaitingSequenceCount { return .full }
            return admit(request, id, Sequence(hasSlot: hasSlot, lastUsed: now, isOpen: true), isNew: true)
        }
        guard request.starts || sequence.isOpen else { return .notStarted }
        sequence.lastUsed = now
        return admit(request, id, sequence, isNew: false)
    }

    private mutating func admit(
        _ request: Request, _ id: SequenceID, _ sequence: Sequence, isNew: Bool
    ) -> Admission {
        var sequence = sequence
        let runs = sequence.hasSlot && sequence.running == nil && sequence.waiting.isEmpty
        if runs {
            sequence.running = request
        } else {
            guard waitingRequestCount < limits.maxWaitingRequestCount else { return .full }
            sequence.waiting.append(request)
            waitingRequestCount += 1
        }
        if isNew {
            if sequence.hasSlot { slotsTaken += 1 } else { backlog.append(id) }
        }
        sequence.isOpen = !request.ends
        sequences[id] = sequence
        return runs ? .run : .wait
    }

    /// Notes that the request of `id` that ran has ended.
    ///
    /// - Parameter succeeded: A sequence whose first request failed has not begun.
    mutating func finish(_ id: SequenceID, succeeded: Bool, now: UInt64) -> Outcome {
        var outcome = Outcome()
        guard var sequence = sequences[id], let request = sequence.running else { return outcome }
        sequence.running = nil
        sequence.lastUsed = now
        if request.starts, !succeeded {
            drop(&sequence, from: 0, &outcome)
            if sequence.waiting.isEmpty { sequence.isOpen = false }
        }
        // The next one of the same name lets others go first.
        let yields = request.ends && !sequence.waiting.isEmpty && !backlog.isEmpty
        if yields {
            sequence.hasSlot = false
            slotsTaken -= 1
            backlog.append(id)
        }
        sequences[id] = sequence
        settle(id, &outcome)
        return outcome
    }

    /// Takes out a request that waits, because its time is over or its client gone.
    ///
    /// - Returns: `nil` when it does not wait.
    mutating func withdraw(_ ticket: UInt64, of id: SequenceID) -> Outcome? {
        guard var sequence = sequences[id],
            let place = sequence.waiting.firstIndex(where: { $0.ticket == ticket })
        else { return nil }
        var outcome = Outcome()
        let request = sequence.waiting.remove(at: place)
        waitingRequestCount -= 1
        let wasLast = place == sequence.waiting.count
        if request.starts { drop(&sequence, from: place, &outcome) }
        if request.starts, place == sequence.waiting.count { sequence.isOpen = false }
        if wasLast, request.ends { sequence.isOpen = false }
        sequences[id] = sequence
        settle(id, &outcome)
        return outcome
    }

    /// Ends the sequences that have been idle too long.
    mutating func expire(now: UInt64) -> Outcome {
        var outcome = Outcome()
        for (id, sequence) in sequences
        where sequence.isIdle && now >= sequence.lastUsed && now - sequence.lastUsed >= limits.idle {
            remove(id, &outcome)
        }
        promote(&outcome)
        return outcome
    }

    /// When the next sequence will have been idle too long if nothing happens; `UInt64.max`: none is idle.
    var nextExpiry: UInt64 {
        sequences.values.reduce(.max) { $1.isIdle ? min($0, $1.lastUsed &+ limits.idle) : $0 }
    }

    /// Takes out all that wait.
    mutating func removeWaiting() -> [UInt64] {
        var tickets: [UInt64] = []
        for (id, sequence) in sequences {
            tickets += sequence.waiting.map(\.ticket)
            sequences[id]?.waiting = []
            if !sequence.hasSlot { sequences[id] = nil }
        }
        backlog = []
        waitingRequestCount = 0
        return tickets
    }

    // MARK: Steps

    /// Drops what waits from a place on until another request starts anew.
    private mutating func drop(_ sequence: inout Sequence, from place: Int, _ outcome: inout Outcome) {
        let end = sequence.waiting[place...].firstIndex(where: \.starts) ?? sequence.waiting.count
        outcome.orphans += sequence.waiting[place..<end].map(\.ticket)
        sequence.waiting.removeSubrange(place..<end)
        waitingRequestCount -= end - place
    }

    /// Runs what is next of a sequence, or lets go of it.
    private mutating func settle(_ id: SequenceID, _ outcome: inout Outcome) {
        guard var sequence = sequences[id] else { return }
        if sequence.running == nil {
            if sequence.waiting.isEmpty {
                if !sequence.isOpen || !sequence.hasSlot { remove(id, &outcome) }
            } else if sequence.hasSlot {
                let request = sequence.waiting.removeFirst()
                waitingRequestCount -= 1
                sequence.running = request
                sequences[id] = sequence
                outcome.turns.append(Turn(id: id, request: request))
            }
        }
        promote(&outcome)
    }

    private mutating func remove(_ id: SequenceID, _ outcome: inout Outcome) {
        guard let sequence = sequences.removeValue(forKey: id) else { return }
        if sequence.hasSlot { slotsTaken -= 1 } else { backlog.removeAll { $0 == id } }
        outcome.ended.append(id)
    }

    /// Gives free slots to those that wait for one.
    private mutating func promote(_ outcome: inout Outcome) {
        while slotsTaken < limits.slotCount, !backlog.isEmpty {
            let id = backlog.removeFirst()
            guard var sequence = sequences[id], !sequence.waiting.isEmpty else { continue }
            let request = sequence.waiting.removeFirst()
            waitingRequestCount -= 1
            slotsTaken += 1
            sequence.hasSlot = true
            sequence.running = request
            sequences[id] = sequence
            outcome.turns.append(Turn(id: id, request: request))
        }
    }
}

extension SequenceTable.Sequence {
    fileprivate var isIdle: Bool { hasSlot && running == nil && waiting.isEmpty }
}
