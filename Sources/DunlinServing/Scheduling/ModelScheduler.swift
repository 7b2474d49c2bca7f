import Dispatch
import DunlinInference
import DunlinTensor
import Synchronization

/// The instances of one model and the requests that wait for one.
///
/// A cheap request runs on its caller's thread when an instance is free. Others stand in line, and an instance that is
/// free takes the first of them, or several as one batch, as `BatchPlan` says. Each accepted request is a lease: the
/// scheduler is drained when it is closed and the end of the last one was told. One lock, held for a few dozen
/// instructions; nothing foreign is called and nothing freed under it.
final class ModelScheduler: RequestScheduler {
    enum Submission: Sendable {
        /// The request will be finished, or is already.
        case accepted
        /// It is not taken, and not finished.
        case refused(InferError, ModelStatistics.Rejection)
        /// No request is taken any more.
        case closed
    }

    struct State {
        var free: [InstanceWorker]
        var queue: RequestQueue
        var costs = CostTable()
        var inline: InlinePolicy
        var plan: BatchPlan
        /// Instances in all: free and running.
        var instanceCount: Int
        /// Instances to give up when they finish.
        var surplus = 0
        /// Instances that run on their queues.
        var startedCount = 0
        /// Those of them that have not taken a request yet.
        var startingCount = 0
        /// Accepted, waiting or running.
        var requests = OpenRequests()
        /// What the budget was told of an instance it held back; -1: it waits for nothing there.
        var heldBackCount = -1
        var nextSequence: UInt64 = 0
        /// When the alarm is set to ring.
        var armed = UInt64.max
        /// Batches planned so far.
        var decisionCount: UInt64 = 0
        /// Requests that were not expected to meet their deadline.
        /// Batches in a row that failed although each of their requests ran alone.
        var failedBatchCount = 0
    }

    let options: SchedulingOptions
    let budget: ServingBudget
    let clock: MonotonicClock
    let log: ServingLog
    let state: Mutex<State>
    /// Where answers leave in the order of their requests.
    let ends: OrderedDelivery?
    /// Whether instances need turns from the rate limiter.
    let isRateLimited: Bool
    private let alarm = Mutex<(any Alarm)?>(nil)
    private let makeAlarm: AlarmMaker

    typealias AlarmMaker = @Sendable (_ body: @escaping @Sendable () -> Void) -> any Alarm

    /// - Parameter makeAlarm: Called with the first request that needs it; `nil`: a timer.
    init(
        _ workers: [InstanceWorker], _ options: SchedulingOptions, budget: ServingBudget = ServingBudget(),
        log: ServingLog = .silent, clock: @escaping MonotonicClock = monotonicNanoseconds,
        makeAlarm: AlarmMaker? = nil
    ) {
        self.options = options
        self.budget = budget
        self.clock = clock
        self.log = log
        let label = "dunlin.batch.\(options.model)"
        self.makeAlarm = makeAlarm ?? { QueueAlarm(label: label, $0) }
        ends = options.preservesOrdering ? OrderedDelivery() : nil
        isRateLimited = workers.contains { $0.claim != nil }
        // A turn has to be waited for; the caller's thread must not.
        let inlineThreshold = isRateLimited ? 0 : options.inlineThreshold
        state = Mutex(
            State(
                free: workers.reversed(),
                queue: RequestQueue(
                    levelCount: options.levels.count, looseness: workers.first?.layout?.looseness ?? []),
                inline: InlinePolicy(threshold: inlineThreshold), plan: options.plan,
                instanceCount: workers.count))
        for worker in workers { worker.claim?.belong(to: self) }
    }

    // MARK: Requests

    /// Runs the request on this thread when it is cheap and an instance is free, else on an instance's queue.
    func submit(_ request: ScheduledRequest) -> Submission {
        guard budget.hold(byteCount: request.byteCount) else { return .refused(tooManyBytes(request), .full) }
        let sizeClass = InlinePolicy.sizeClass(byteCount: request.byteCount)
        var start = Start()
        let refusal = state.withLock { state -> Submission? in
            guard state.requests.takes(request) else { return .closed }
            if request.deadline != .max, let refusal = hopelessness(of: request, &state) { return refusal }
            if state.queue.isEmpty, state.plan.startsAtOnce, state.inline.runsInline(sizeClass: sizeClass),
                let worker = state.free.popLast()
            {
                state.accept(request)
                start.here = worker
                return nil
            }
            return enqueue(request, &state, &start)
        }
        if let refusal {
            budget.release(byteCount: request.byteCount)
            return refusal
        }
        if let worker = start.here { runHere(request, worker) } else { begin(start) }
        return .accepted
    }

    /// Instances to set to work once the lock is left.
    struct Start {
        /// On the caller's thread.
        var here: InstanceWorker?
        /// On its queue.
        var worker: InstanceWorker?
    }

    /// Puts a request in line; what refuses it otherwise.
    private func enqueue(_ request: ScheduledRequest, _ state: inout State, _ start: inout Start) -> Submission? {
        if state.plan.startsAtOnce { start.worker = takeFree(&state) }
        if start.worker == nil {
            if let refusal = fullness(for: request, state) { return refusal }
            guard budget.enqueue() else { return .refused(serverIsFull(state), .full) }
            if let cancellation = request.cancellation, !cancellation.onCancel({ self.cancel(request) }) {
                budget.dequeue()
                return .refused(Self.cancelled, .cancelled)
            }
        } else {
            budget.enqueueFirst()
        }
        if state.plan.maxRows > 1 { request.hashShapes(state.queue.looseness) }
        state.accept(request)
        state.queue.append(request)
        if start.worker == nil {
            arm(at: request.nextEvent, &state)
            if !state.plan.startsAtOnce { start.worker = workerForQueue(&state) }
        }
        return nil
    }

    /// A free instance for what waits, when it is to run now.
    func workerForQueue(_ state: inout State) -> InstanceWorker? {
        guard !state.free.isEmpty, isQueueDue(&state) else { return nil }
        return takeFree(&state)
    }

    /// Whether requests wait that no starting instance will take, and need not wait longer.
    private func isQueueDue(_ state: inout State) -> Bool {
        guard state.queue.count > state.startingCount else { return false }
        guard !state.plan.startsAtOnce else { return true }
        guard state.startingCount == 0 else { return false }
        if case .wait(let until) = step(&state, now: clock()) {
            arm(at: until, &state)
            return false
        }
        return true
    }

    private func takeFree(_ state: inout State) -> InstanceWorker? {
        guard !state.free.isEmpty else { return nil }
        if isRateLimited {
            // Who may run is the rate limiter's business then, not the fair shares'.
            guard let place = state.free.lastIndex(where: { $0.claim?.request() ?? true }) else { return nil }
            budget.startAnyway()
            return started(state.free.remove(at: place), &state)
        }
        if !budget.start(besides: state.startedCount) {
            guard state.heldBackCount != state.startedCount else { return nil }
            state.heldBackCount = state.startedCount
            budget.holdBack(self, besides: state.startedCount)
            guard budget.start(besides: state.startedCount) else { return nil }
        }
        return started(state.free.removeLast(), &state)
    }

    private func started(_ worker: InstanceWorker, _ state: inout State) -> InstanceWorker {
        state.startedCount += 1
        state.startingCount += 1
        return worker
    }

    /// Starts an instance that was held back, if there still is something for it.
    ///
    /// - Returns: Whether one was started.
    func resume() -> Bool {
        var start = Start()
        state.withLock { state in
            state.heldBackCount = -1
            start.worker = workerForQueue(&state)
        }
        begin(start)
        return start.worker != nil
    }

    /// Starts the instance whose turn has come, if there still is something for it.
    ///
    /// - Returns: Whether it was started.
    func take(granted claim: RateClaim) -> Bool {
        var start = Start()
        state.withLock { state in
            guard let place = state.free.lastIndex(where: { $0.claim === claim }), isQueueDue(&state) else { return }
            budget.startAnyway()
            start.worker = started(state.free.remove(at: place), &state)
        }
        begin(start)
        return start.worker != nil
    }

    /// What `BatchPlan` says of the queue.
    func step(_ state: inout State, now: UInt64) -> BatchPlan.Step {
        guard let first = state.queue.first else { return .idle }
        if state.plan.maxRows == 1 || (state.queue.count == 1 && state.plan.startsAtOnce) { return .run(1) }
        state.decisionCount &+= 1
        return state.plan.next(
            state.queue.candidates(maxRows: state.plan.maxRows), now: now, cost: state.costs[first.rowClass],
            startingCount: state.startingCount, isTrial: state.decisionCount % Self.trialInterval == 0)
    }

    /// One in so many decisions runs the largest batch, to learn whether it pays by now.
    static let trialInterval: UInt64 = 128

    /// Ends the wait of a request whose client is gone; one that runs is not stopped.
    func cancel(_ request: ScheduledRequest) {
        guard state.withLock({ $0.queue.remove(request) }) else { return }
        budget.dequeue()
        settle(deliver(request, .init(result: .failure(Self.cancelled), rejection: .cancelled)))
    }

    static let cancelled = InferError(.cancelled, "the client closed the connection before the request ran")

    // MARK: Time

    /// Sees to it that `wake` is called then, or earlier.
    func arm(at moment: UInt64, _ state: inout State) {
        guard moment < state.armed else { return }
        state.armed = moment
        alarm.withLock { alarm in
            if alarm == nil { alarm = makeAlarm { [weak self] in self?.wake() } }
            alarm?.set(at: moment, now: clock())
        }
    }

    /// Answers what has waited too long, and starts what has waited long enough.
    func wake() {
        var start = Start()
        let expired = state.withLock { state in
            state.armed = .max
            let expired = expire(&state, now: clock())
            start.worker = workerForQueue(&state)
            arm(at: state.queue.nextEvent, &state)
            return expired
        }
        begin(start)
        answerExpired(expired)
    }

    func expire(_ state: inout State, now: UInt64) -> [ScheduledRequest] {
        state.queue.expire(at: now) { options.levels[$0.level].delays }
    }

    func answerExpired(_ expired: [ScheduledRequest]) {
        guard !expired.isEmpty else { return }
        budget.dequeue(expired.count)
        let now = clock()
        settle(
            expired.reduce(0) { count, request in
                count + deliver(request, .init(result: .failure(timeIsOver(request, now: now)), rejection: .expired))
            })
    }

    // MARK: Instances

    /// Adds an instance; it takes the first request in line.
    func add(_ worker: InstanceWorker) {
        var start = Start()
        state.withLock { state in
            state.instanceCount += 1
            state.free.append(worker)
            start.worker = workerForQueue(&state)
        }
        begin(start)
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

    /// Takes no more requests. `onDrained` is called once, when no lease is left: on this thread or the last one's.
    func close(onDrained: @escaping @Sendable () -> Void) {
        state.withLock { $0.requests.close(onDrained) }?()
    }

    func promise() -> Bool { state.withLock { $0.requests.promise() } }

    func endPromise() { state.withLock { $0.requests.endPromise() }?() }

    func leaseMembers() throws(InferError) -> [ModelLease] { [] }

    /// Fails the requests that wait; those that run end by themselves.
    func abandonWaiting(_ error: InferError) {
        let requests = state.withLock { $0.queue.removeAll() }
        budget.dequeue(requests.count)
        settle(
            requests.reduce(0) { count, request in
                count + deliver(request, .init(result: .failure(error), rejection: .stopped))
            })
    }

    /// Requests waiting, requests running, instances.
    var counts: (waiting: Int, running: Int, instances: Int) {
        state.withLock { ($0.queue.count, $0.requests.leaseCount - $0.queue.count, $0.instanceCount) }
    }

    /// Requests running and waiting.
    var leaseCount: Int { state.withLock { $0.requests.leaseCount } }
    var waitingCount: Int { state.withLock { $0.queue.count } }
    var instanceCount: Int { state.withLock { $0.instanceCount } }
}

extension ModelScheduler.State {
    mutating func accept(_ request: ScheduledRequest) {
        requests.accept()
        request.sequence = nextSequence
        nextSequence += 1
    }
}
