import Synchronization

/// What the requests of all models together may take: waiting places, memory, CPUs.
final class ServingBudget: Sendable {
    let maxQueuedCount: Int
    let maxByteCount: Int
    let cpuCount: Int
    private let queued = Atomic(0)
    private let held = Atomic(0)
    /// Executions that run on instances' queues.
    let running = Atomic(0)
    /// Models that were refused an instance by `start`, in the order they asked.
    private let heldBack = Mutex<[HeldBack]>([])
    /// Read without the lock, so that an execution's end costs nothing where nobody waits.
    private let heldBackCount = Atomic(0)

    private struct HeldBack {
        weak var scheduler: ModelScheduler?
        /// Instances of it that ran when it asked.
        var runningCount: Int
    }

    init(
        maxQueuedCount: Int = 1 << 20, maxByteCount: Int = 1 << 40, cpuCount: Int = CPUQuota.availableCount
    ) {
        self.maxQueuedCount = maxQueuedCount
        self.maxByteCount = maxByteCount
        self.cpuCount = cpuCount
    }

    /// Requests that wait, of all models.
    var queuedCount: Int { queued.load(ordering: .relaxed) }
    /// Bytes of the inputs of all requests that are not answered yet, and of the states of sequences.
    var heldByteCount: Int { held.load(ordering: .relaxed) }

    // MARK: Memory and places

    /// Notes the inputs of an accepted request; false when there is no room for them.
    func hold(byteCount: Int) -> Bool {
        let now = held.add(byteCount, ordering: .relaxed).newValue
        if now <= maxByteCount { return true }
        held.subtract(byteCount, ordering: .relaxed)
        return false
    }

    /// Notes what exists already, whether there is room or not; requests find less room for it.
    func holdAnyway(byteCount: Int) { held.add(byteCount, ordering: .relaxed) }

    func release(byteCount: Int) { held.subtract(byteCount, ordering: .relaxed) }

    /// Notes a request that begins to wait; false when as many wait as may.
    func enqueue() -> Bool {
        if queued.add(1, ordering: .relaxed).newValue <= maxQueuedCount { return true }
        queued.subtract(1, ordering: .relaxed)
        return false
    }

    /// Notes a request that a started instance is about to take.
    func enqueueFirst() { queued.add(1, ordering: .relaxed) }

    func dequeue(_ count: Int = 1) {
        if count > 0 { queued.subtract(count, ordering: .relaxed) }
    }

    // MARK: CPUs

    /// Whether a model may start one more instance; noted when it may.
    ///
    /// Every model may have one running whatever the others do: the system's scheduler shares the CPUs evenly between
    /// threads, so each model gets its part of them. A second one, which would double that part, only runs while fewer
    /// executions run than there are CPUs, or no other model's.
    ///
    /// - Parameter runningCount: Instances of the model that run.
    func start(besides runningCount: Int) -> Bool {
        var now = running.load(ordering: .sequentiallyConsistent)
        while runningCount == 0 || mayStart(besides: runningCount, now: now) {
            let (exchanged, original) = running.compareExchange(
                expected: now, desired: now + 1, ordering: .sequentiallyConsistent)
            if exchanged { return true }
            now = original
        }
        return false
    }

    private func mayStart(besides runningCount: Int, now: Int) -> Bool { now < cpuCount || now <= runningCount }

    /// Notes an instance that starts by other rules than these.
    func startAnyway() { running.add(1, ordering: .sequentiallyConsistent) }

    /// Has `scheduler.resume` called when another model's execution has ended and it may start an instance by then.
    ///
    /// Ask `start` once more afterwards: it may have ended meanwhile.
    func holdBack(_ scheduler: ModelScheduler, besides runningCount: Int) {
        heldBack.withLock { heldBack in
            heldBack.removeAll { $0.scheduler == nil || $0.scheduler === scheduler }
            heldBack.append(HeldBack(scheduler: scheduler, runningCount: runningCount))
            heldBackCount.store(heldBack.count, ordering: .sequentiallyConsistent)
        }
    }

    /// Notes the end of an execution and wakes the first model that was held back for it.
    ///
    /// - Precondition: The caller holds no scheduler's lock.
    func stop() {
        running.subtract(1, ordering: .sequentiallyConsistent)
        // One that is held back again goes to the end, so that each is asked once at most.
        var attempts = heldBackCount.load(ordering: .sequentiallyConsistent)
        while attempts > 0, let scheduler = nextHeldBack() {
            if scheduler.resume() { return }
            attempts -= 1
        }
    }

    private func nextHeldBack() -> ModelScheduler? {
        let now = running.load(ordering: .sequentiallyConsistent)
        return heldBack.withLock { heldBack in
            heldBack.removeAll { $0.scheduler == nil }
            let place = heldBack.firstIndex { mayStart(besides: $0.runningCount, now: now) }
            let found = place.map { heldBack.remove(at: $0) }
            heldBackCount.store(heldBack.count, ordering: .sequentiallyConsistent)
            return found?.scheduler
        }
    }
}
