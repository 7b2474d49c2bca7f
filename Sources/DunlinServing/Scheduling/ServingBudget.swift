import Synchronization

/// What the requests of all models together may take: waiting places, memory, CPUs.
final class ServingBudget: Sendable {
    let maxQueuedCount: Int
    let maxByteCount: Int
    let cpuCount: Int
    private let queued = Atomic(0)
    private let held = Atomic(0)
    private let running = Atomic(0)

    init(
        maxQueuedCount: Int = 1 << 20, maxByteCount: Int = 1 << 40, cpuCount: Int = CPUQuota.availableCount
    ) {
        self.maxQueuedCount = maxQueuedCount
        self.maxByteCount = maxByteCount
        self.cpuCount = cpuCount
    }

    /// Requests that wait, of all models.
    var queuedCount: Int { queued.load(ordering: .relaxed) }
    /// Bytes of the inputs of all requests that are not answered yet.
    var heldByteCount: Int { held.load(ordering: .relaxed) }
    /// Executions that run on instances' queues.
    var runningCount: Int { running.load(ordering: .relaxed) }

    /// Notes the inputs of an accepted request; false when there is no room for them.
    func hold(byteCount: Int) -> Bool {
        let now = held.add(byteCount, ordering: .relaxed).newValue
        if now <= maxByteCount { return true }
        held.subtract(byteCount, ordering: .relaxed)
        return false
    }

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

    /// Whether a model may start one more instance; noted when it may.
    ///
    /// Every model may have one running whatever the others do: the system's scheduler shares the CPUs evenly between
    /// threads, so each model gets its part of them. A second one, which would double that part, only runs while fewer
    /// executions run than there are CPUs, or no other model's.
    ///
    /// - Parameter runningCount: Instances of the model that run.
    func start(besides runningCount: Int) -> Bool {
        let now = running.add(1, ordering: .relaxed).newValue
        if runningCount == 0 || now <= cpuCount || now - 1 <= runningCount { return true }
        running.subtract(1, ordering: .relaxed)
        return false
    }

    func stop() { running.subtract(1, ordering: .relaxed) }
}
