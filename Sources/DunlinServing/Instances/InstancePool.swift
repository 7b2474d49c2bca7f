import Dispatch
import DunlinInference
import DunlinTensor
import Synchronization

/// The instances of one model and the requests that wait for one.
///
/// A request goes to the first free instance, or waits in line; an instance that finishes takes the next in line. Each
/// accepted request is a lease: the pool is drained when it is closed and the completion of the last one has returned.
/// One lock, held for a few dozen instructions; nothing is called and nothing freed under it.
final class InstancePool: Sendable {
    /// One request on its way to an instance.
    struct Job: Sendable {
        let inputs: [NamedTensor]
        /// `InlinePolicy.sizeClass` of the inputs.
        let sizeClass: Int
        /// Called once, with the time the run began and ended.
        let finish: @Sendable (Result<[NamedTensor], InferError>, _ began: UInt64, _ ended: UInt64) -> Void
    }

    enum Submission: Equatable {
        /// The job will be finished, or is already.
        case accepted
        /// As many jobs wait as may wait.
        case full
        /// No job is taken any more.
        case closed
    }

    private struct State {
        var free: [InstanceWorker]
        var waiting = WaitingQueue<Job>()
        /// Instances in all: free and running.
        var instanceCount: Int
        /// Instances to give up when they finish.
        var surplus = 0
        /// Accepted jobs whose completion has not returned.
        var leaseCount = 0
        var inline: InlinePolicy
        var isClosed = false
        var onDrained: (@Sendable () -> Void)?
    }

    private enum Admission { case runHere(InstanceWorker), runOnQueue(InstanceWorker), settled(Submission) }

    private let maxQueueSize: Int
    private let clock: MonotonicClock
    private let state: Mutex<State>

    /// - Parameter inlineThreshold: In nanoseconds.
    init(
        _ workers: [InstanceWorker], maxQueueSize: Int, inlineThreshold: UInt64,
        clock: @escaping MonotonicClock = monotonicNanoseconds
    ) {
        self.maxQueueSize = maxQueueSize
        self.clock = clock
        state = Mutex(
            State(
                free: workers.reversed(), instanceCount: workers.count,
                inline: InlinePolicy(threshold: inlineThreshold)))
    }

    /// Runs the job on this thread when it is cheap and an instance is free, else on an instance's queue.
    func submit(_ job: Job) -> Submission {
        let admission = state.withLock { state -> Admission in
            if state.isClosed { return .settled(.closed) }
            if let worker = state.free.popLast() {
                state.leaseCount += 1
                return state.inline.runsInline(sizeClass: job.sizeClass) ? .runHere(worker) : .runOnQueue(worker)
            }
            guard state.waiting.count < maxQueueSize else { return .settled(.full) }
            state.leaseCount += 1
            state.waiting.append(job)
            return .settled(.accepted)
        }
        switch admission {
        case .settled(let submission): return submission
        case .runOnQueue(let worker): runOnQueue(job, worker)
        case .runHere(let worker):
            if let next = run(job, worker) { runOnQueue(next, worker) }
        }
        return .accepted
    }

    /// Requests running and waiting.
    var leaseCount: Int { state.withLock { $0.leaseCount } }

    /// Requests waiting for an instance.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    var instanceCount: Int { state.withLock { $0.instanceCount } }

    /// Adds an instance; it takes the first request in line.
    func add(_ worker: InstanceWorker) {
        let next = state.withLock { state -> Job? in
            state.instanceCount += 1
            let next = state.waiting.popFirst()
            if next == nil { state.free.append(worker) }
            return next
        }
        if let next { runOnQueue(next, worker) }
    }

    /// Gives up one instance: a free one now, or the first that finishes. The last one stays.
    func removeInstance() {
        let removed = state.withLock { state -> InstanceWorker? in
            guard state.instanceCount > 1 else { return nil }
            state.instanceCount -= 1
            if state.free.isEmpty { state.surplus += 1 }
            return state.free.popLast()
        }
        withExtendedLifetime(removed) {}
    }

    /// Takes no more jobs. `onDrained` is called once, when no lease is left: on this thread or the last job's.
    func close(onDrained: @escaping @Sendable () -> Void) {
        let isDrained = state.withLock { state in
            guard !state.isClosed else { return false }
            state.isClosed = true
            if state.leaseCount > 0 { state.onDrained = onDrained }
            return state.leaseCount == 0
        }
        if isDrained { onDrained() }
    }

    /// Fails the jobs that wait; those that run end by themselves.
    func abandonWaiting(_ error: InferError) {
        let jobs = state.withLock { $0.waiting.removeAll() }
        let now = clock()
        for job in jobs { job.finish(.failure(error), now, now) }
        let onDrained = state.withLock { state in
            state.leaseCount -= jobs.count
            return Self.drained(&state)
        }
        onDrained?()
    }

    private func runOnQueue(_ job: Job, _ worker: InstanceWorker) {
        worker.queue.async {
            var next: Job? = job
            while let job = next { next = self.run(job, worker) }
        }
    }

    /// Runs and finishes one job; answers the next in line, which the worker stays taken for.
    private func run(_ job: Job, _ worker: InstanceWorker) -> Job? {
        let began = clock()
        let result = worker.execute(job.inputs)
        let ended = clock()
        job.finish(result, began, ended)
        let (next, onDrained) = state.withLock { state -> (Job?, (@Sendable () -> Void)?) in
            state.inline.record(nanoseconds: ended &- began, sizeClass: job.sizeClass)
            state.leaseCount -= 1
            if state.surplus > 0 {
                state.surplus -= 1
            } else if let next = state.waiting.popFirst() {
                return (next, nil)
            } else {
                state.free.append(worker)
            }
            return (nil, Self.drained(&state))
        }
        onDrained?()
        return next
    }

    private static func drained(_ state: inout State) -> (@Sendable () -> Void)? {
        guard state.isClosed, state.leaseCount == 0 else { return nil }
        return state.onDrained.take()
    }
}
