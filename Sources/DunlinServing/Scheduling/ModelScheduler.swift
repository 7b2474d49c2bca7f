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
        /// Accepted requests whose end was not told.
        var leaseCount = 0
        /// Promises to take more requests, closed or not.
        var promiseCount = 0
        var nextSequence: UInt64 = 0
        /// When the alarm is set to ring.
        var armed = UInt64.max
        /// Batches planned so far.
        var decisionCount: UInt64 = 0
        /// Requests that were not expected to meet their deadline.
        var hopelessCount: UInt64 = 0
        /// Batches in a row that failed although each of their requests ran alone.
        var failedBatchCount = 0
        var isClosed = false
        var onDrained: (@Sendable () -> Void)?
    }

    let options: SchedulingOptions
    let budget: ServingBudget
    let clock: MonotonicClock
    let log: ServingLog
    let state: Mutex<State>
    /// Where answers leave in the order of their requests.
    let ends: OrderedDelivery?
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
        state = Mutex(
            State(
                free: workers.reversed(), queue: RequestQueue(levelCount: options.levels.count),
                inline: InlinePolicy(threshold: options.inlineThreshold), plan: options.plan,
                instanceCount: workers.count))
    }

    // MARK: Requests

    /// Runs the request on this thread when it is cheap and an instance is free, else on an instance's queue.
    func submit(_ request: ScheduledRequest) -> Submission {
        guard budget.hold(byteCount: request.byteCount) else { return .refused(tooManyBytes(request), .full) }
        let sizeClass = InlinePolicy.sizeClass(byteCount: request.byteCount)
        var start = Start()
        let refusal = state.withLock { state -> Submission? in
            if state.isClosed, request.lease == nil { return .closed }
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
        if state.plan.maxRows > 1 { request.hashShapes() }
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
        guard state.queue.count > state.startingCount, !state.free.isEmpty else { return nil }
        if !state.plan.startsAtOnce {
            guard state.startingCount == 0 else { return nil }
            if case .wait(let until) = step(&state, now: clock()) {
                arm(at: until, &state)
                return nil
            }
        }
        return takeFree(&state)
    }

    private func takeFree(_ state: inout State) -> InstanceWorker? {
        guard !state.free.isEmpty, budget.start(besides: state.startedCount) else { return nil }
        state.startedCount += 1
        state.startingCount += 1
        return state.free.popLast()
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
        let isDrained = state.withLock { state in
            guard !state.isClosed else { return false }
            state.isClosed = true
            if !state.isIdle { state.onDrained = onDrained }
            return state.isIdle
        }
        if isDrained { onDrained() }
    }

    func promise() -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.promiseCount += 1
            return true
        }
    }

    func endPromise() {
        let onDrained = state.withLock { state in
            state.promiseCount -= 1
            return state.drained()
        }
        onDrained?()
    }

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
        state.withLock { ($0.queue.count, $0.leaseCount - $0.queue.count, $0.instanceCount) }
    }

    /// Requests running and waiting.
    var leaseCount: Int { state.withLock { $0.leaseCount } }
    var waitingCount: Int { state.withLock { $0.queue.count } }
    var instanceCount: Int { state.withLock { $0.instanceCount } }
}

extension ModelScheduler.State {
    mutating func accept(_ request: ScheduledRequest) {
        leaseCount += 1
        request.sequence = nextSequence
        nextSequence += 1
    }

    var isIdle: Bool { leaseCount == 0 && promiseCount == 0 }

    /// Whom to tell that the last lease has ended, when it has.
    mutating func drained() -> (@Sendable () -> Void)? {
        guard isClosed, isIdle else { return nil }
        return onDrained.take()
    }
}
