import DunlinBytes
import DunlinInference
import DunlinTensor
import Synchronization

/// Lets the requests of each sequence run one after the other, with the sequence's state, on a model's instances.
///
/// Which request's turn it is says `SequenceTable`; a request whose turn it is goes to the `ModelScheduler` behind, which
/// merges requests of several sequences to batches. That one is closed when the last request here has ended.
final class SequenceScheduler: RequestScheduler {
    struct State {
        var table: SequenceTable
        /// Those that wait here, by ticket.
        var waiting: [UInt64: Waiting] = [:]
        /// By sequence; none before its first request has ended.
        var states: [SequenceID: [Tensor]] = [:]
        /// Whose turn it is and who was not begun yet.
        var turns: [Turn] = []
        var isDriven = false
        var nextTicket: UInt64 = 0
        var armed = UInt64.max
        var requests = OpenRequests()
    }

    /// A request whose turn it is, and the state it finds.
    struct Turn {
        var parameters: SequenceParameters
        var request: ScheduledRequest
        var states: [Tensor]
    }

    struct Waiting {
        var request: ScheduledRequest
        var parameters: SequenceParameters
    }

    let name: String
    let layout: SequenceLayout
    let inner: ModelScheduler
    let options: SchedulingOptions
    private let budget: ServingBudget
    private let clock: MonotonicClock
    private let state: Mutex<State>
    private let alarm = Mutex<(any Alarm)?>(nil)
    private let makeAlarm: ModelScheduler.AlarmMaker

    init(
        _ inner: ModelScheduler, _ layout: SequenceLayout, _ limits: SequenceTable.Limits,
        makeAlarm: ModelScheduler.AlarmMaker? = nil
    ) {
        name = inner.options.model
        self.inner = inner
        self.layout = layout
        budget = inner.budget
        clock = inner.clock
        // A request's `timeout` is its deadline here, wherever it waits.
        options = SchedulingOptions(model: inner.options.model, maxRows: inner.options.plan.maxRows, nil)
        let label = "dunlin.sequences.\(inner.options.model)"
        self.makeAlarm = makeAlarm ?? { QueueAlarm(label: label, $0) }
        state = Mutex(State(table: SequenceTable(limits)))
    }

    deinit {
        let states = state.withLock { $0.states.values.reduce(0) { $0 + Self.byteCount($1) } }
        budget.release(byteCount: states)
    }

    /// What a sequence's states take; they count like inputs that wait.
    private static func byteCount(_ states: [Tensor]) -> Int { states.reduce(0) { $0 + $1.bytes.count } }

    // MARK: Requests

    func submit(_ request: ScheduledRequest) -> ModelScheduler.Submission {
        let parameters: SequenceParameters
        do throws(InferError) {
            parameters = try check(request)
        } catch {
            return .refused(error, .invalid)
        }
        guard budget.hold(byteCount: request.byteCount) else { return .refused(inner.tooManyBytes(request), .full) }
        var states: [Tensor]?
        let refusal = state.withLock { state -> ModelScheduler.Submission? in
            guard state.requests.takes(request) else { return .closed }
            let ticket = state.nextTicket
            let turn = SequenceTable.Request(ticket: ticket, starts: parameters.starts, ends: parameters.ends)
            // A place for it in the server's queues comes first, so that nothing has to be taken back.
            guard budget.enqueue() else { return .refused(serverIsFull, .full) }
            let admission = state.table.receive(turn, of: parameters.id, now: clock())
            if admission != .wait { budget.dequeue() }
            switch admission {
            case .notStarted: return .refused(notStarted(parameters.id), .invalid)
            case .full: return .refused(full, .full)
            case .run: states = state.states(for: parameters, layout)
            case .wait:
                if let cancellation = request.cancellation,
                    !cancellation.onCancel({ self.end(ticket, parameters.id, ModelScheduler.cancelled, .cancelled) })
                {
                    budget.dequeue()
                    // A request that waits leaves nothing to do but for others that wait.
                    note(state.table.withdraw(ticket, of: parameters.id) ?? .init(), &state)
                    return .refused(ModelScheduler.cancelled, .cancelled)
                }
                state.waiting[ticket] = Waiting(request: request, parameters: parameters)
                arm(at: request.nextEvent, &state)
            }
            state.nextTicket += 1
            state.requests.accept()
            return nil
        }
        if let refusal {
            budget.release(byteCount: request.byteCount)
            return refusal
        }
        if let states { begin(request, parameters, states) }
        return .accepted
    }

    private func check(_ request: ScheduledRequest) throws(InferError) -> SequenceParameters {
        let parameters = try SequenceParameters(request.parameters, model: name)
        guard request.rows == 1 else {
            throw InferError(
                .invalidArgument,
                "inference request to model '\(name)' must specify batch-size 1 due to requirements of sequence batcher"
            )
        }
        // The states only stand in for those it will have.
        _ = try layout.inputs(request.inputs, parameters, states: layout.initialStates, model: name)
        return parameters
    }

    /// Hands over the requests that had to wait for their turn; one thread at a time, so that a long line of cheap ones
    /// needs no deep stack.
    private func drive() {
        let drives = state.withLock { state in
            defer { state.isDriven = true }
            return !state.isDriven
        }
        guard drives else { return }
        while true {
            let turn = state.withLock { state -> Turn? in
                if state.turns.isEmpty {
                    state.isDriven = false
                    return nil
                }
                return state.turns.removeFirst()
            }
            guard let turn else { return }
            begin(turn.request, turn.parameters, turn.states)
        }
    }

    private func begin(_ request: ScheduledRequest, _ parameters: SequenceParameters, _ states: [Tensor]) {
        // The scheduler behind counts it from now on.
        budget.release(byteCount: request.byteCount)
        let part: SequenceRequest
        do throws(InferError) {
            let inputs = try layout.inputs(request.inputs, parameters, states: states, model: name)
            part = SequenceRequest(self, request, parameters, inputs)
        } catch {
            return finish(request, parameters, .init(result: .failure(error), rejection: .invalid))
        }
        switch inner.submit(part) {
        case .accepted: break
        case .refused(let error, let reason):
            finish(request, parameters, .init(result: .failure(error), rejection: reason))
        case .closed: preconditionFailure("the scheduler behind was closed before its time")
        }
    }

    /// Takes the end of a request that had its turn.
    fileprivate func finish(
        _ request: ScheduledRequest, _ parameters: SequenceParameters, _ end: ScheduledRequest.End
    ) {
        var end = end
        var states: [Tensor]?
        if case .success(let outputs) = end.result {
            do throws(InferError) {
                let (visible, kept) = try layout.split(outputs, model: name)
                end.result = .success(visible)
                states = kept
            } catch {
                end.result = .failure(error)
            }
        }
        request.finish(end)
        // What is not needed any more is freed outside the lock.
        var former: [Tensor]?
        let orphans = state.withLock { state -> [Waiting] in
            if let states {
                budget.holdAnyway(byteCount: Self.byteCount(states))
                former = state.states.updateValue(states, forKey: parameters.id)
                if let former { budget.release(byteCount: Self.byteCount(former)) }
            }
            let now = clock()
            let outcome = state.table.finish(parameters.id, succeeded: states != nil, now: now)
            // Others are idle for longer, so that the alarm is mostly set already.
            arm(at: now &+ state.table.limits.idle, &state)
            return note(outcome, &state)
        }
        withExtendedLifetime(former) {}
        tell(orphans)
        settle(1)
        drive()
    }

    /// Ends a request that waits.
    private func end(_ ticket: UInt64, _ id: SequenceID, _ error: InferError, _ reason: ModelStatistics.Rejection) {
        let ended = state.withLock { state -> (Waiting, [Waiting])? in
            guard let waiting = state.waiting.removeValue(forKey: ticket),
                let outcome = state.table.withdraw(ticket, of: id)
            else { return nil }
            budget.dequeue()
            return (waiting, note(outcome, &state))
        }
        guard let (waiting, orphans) = ended else { return }
        answer(waiting.request, error, reason)
        tell(orphans)
        settle(1)
        drive()
    }

    /// Does what the table says but for answers.
    ///
    /// - Returns: Requests to answer: their sequence did not start.
    @discardableResult
    private func note(_ outcome: SequenceTable.Outcome, _ state: inout State) -> [Waiting] {
        for id in outcome.ended {
            if let states = state.states.removeValue(forKey: id) { budget.release(byteCount: Self.byteCount(states)) }
        }
        for turn in outcome.turns {
            guard let waiting = state.waiting.removeValue(forKey: turn.request.ticket) else { continue }
            waiting.request.cancellation?.removeCallback()
            budget.dequeue()
            let states = state.states(for: waiting.parameters, layout)
            state.turns.append(Turn(parameters: waiting.parameters, request: waiting.request, states: states))
        }
        let orphans = outcome.orphans.compactMap { state.waiting.removeValue(forKey: $0) }
        budget.dequeue(orphans.count)
        return orphans
    }

    private func tell(_ orphans: [Waiting]) {
        for orphan in orphans {
            let error = InferError(
                .invalidArgument,
                "inference request for sequence \(orphan.parameters.id) to model '\(name)': the request that starts the "
                    + "sequence failed")
            answer(orphan.request, error, .invalid)
        }
        settle(orphans.count)
    }

    /// Answers a request that did not have its turn.
    private func answer(_ request: ScheduledRequest, _ error: InferError, _ reason: ModelStatistics.Rejection) {
        request.cancellation?.removeCallback()
        budget.release(byteCount: request.byteCount)
        request.finish(.init(result: .failure(error), rejection: reason))
    }

    private func settle(_ count: Int) {
        guard count > 0 else { return }
        closeInner(state.withLock { $0.requests.end(count) })
    }

    private func notStarted(_ id: SequenceID) -> InferError {
        InferError(
            .invalidArgument,
            "inference request for sequence \(id) to model '\(name)' must specify the START flag on the first request of "
                + "the sequence (parameter 'sequence_start')")
    }

    private var full: InferError {
        InferError(.resourceExhausted, "model '\(name)' is busy: as many sequences wait as may; try again later")
    }

    private var serverIsFull: InferError {
        InferError(
            .resourceExhausted,
            "the server is busy: \(budget.maxQueuedCount) requests wait, which is the limit; try again later")
    }

    // MARK: Time

    private func arm(at moment: UInt64, _ state: inout State) {
        guard moment < state.armed else { return }
        state.armed = moment
        alarm.withLock { alarm in
            if alarm == nil { alarm = makeAlarm { [weak self] in self?.wake() } }
            alarm?.set(at: moment, now: clock())
        }
    }

    /// Ends sequences that are idle, and requests whose time is over while they wait.
    func wake() {
        var late: [(ticket: UInt64, Waiting)] = []
        state.withLock { state in
            let now = clock()
            state.armed = .max
            note(state.table.expire(now: now), &state)
            arm(at: state.table.nextExpiry, &state)
            for (ticket, waiting) in state.waiting where waiting.request.isDue(at: now) {
                late.append((ticket, waiting))
            }
            arm(at: state.waiting.values.reduce(.max) { min($0, $1.request.nextEvent) }, &state)
        }
        for (ticket, waiting) in late {
            end(ticket, waiting.parameters.id, inner.timeIsOver(waiting.request, now: clock()), .expired)
        }
        drive()
    }

    // MARK: Closing

    func promise() -> Bool { state.withLock { $0.requests.promise() } }

    func endPromise() { closeInner(state.withLock { $0.requests.endPromise() }) }

    func leaseMembers() throws(InferError) -> [ModelLease] { [] }

    func close(onDrained: @escaping @Sendable () -> Void) {
        closeInner(state.withLock { $0.requests.close(onDrained) })
    }

    /// The scheduler behind has nothing of its own: it is drained when this one is.
    private func closeInner(_ onDrained: OpenRequests.OnDrained?) {
        if let onDrained { inner.close(onDrained: onDrained) }
    }

    func abandonWaiting(_ error: InferError) {
        let waiting = state.withLock { state in
            let tickets = state.table.removeWaiting()
            let waiting = tickets.compactMap { state.waiting.removeValue(forKey: $0) }
            budget.dequeue(waiting.count)
            return waiting
        }
        for waiting in waiting { answer(waiting.request, error, .stopped) }
        settle(waiting.count)
        inner.abandonWaiting(error)
    }

    var counts: (waiting: Int, running: Int, instances: Int) {
        let here = state.withLock { $0.waiting.count }
        let behind = inner.counts
        return (here + behind.waiting, behind.running, behind.instances)
    }
    var leaseCount: Int { state.withLock { $0.requests.leaseCount } }
    var instanceCount: Int { inner.instanceCount }
    var expectedWait: Double { inner.expectedWait }
    /// Sequences with a slot or waiting for one.
    var sequenceCount: Int { state.withLock { $0.table.sequenceCount } }
}

extension SequenceScheduler.State {
    /// What a request whose turn it is finds.
    fileprivate func states(for parameters: SequenceParameters, _ layout: SequenceLayout) -> [Tensor] {
        parameters.starts ? layout.initialStates : states[parameters.id] ?? layout.initialStates
    }
}

/// A request of a sequence on its way through the scheduler behind, with all inputs of the model.
///
/// `@unchecked Sendable` as `ScheduledRequest` is; what it adds is constant.
private final class SequenceRequest: ScheduledRequest, @unchecked Sendable {
    let scheduler: SequenceScheduler
    let request: ScheduledRequest
    let position: SequenceParameters

    init(
        _ scheduler: SequenceScheduler, _ request: ScheduledRequest, _ sequence: SequenceParameters,
        _ inputs: [NamedTensor]
    ) {
        self.scheduler = scheduler
        self.request = request
        self.position = sequence
        super.init(
            inputs: inputs, rows: request.rows, arrived: request.arrived, deadline: request.deadline,
            queueTimeout: request.queueTimeout, level: request.level, cancellation: request.cancellation,
            // The states are counted for as long as the sequence lives.
            joinsBatches: request.joinsBatches, byteCount: request.byteCount)
        latestStart = request.latestStart
    }

    override func finish(_ end: End) { scheduler.finish(request, position, end) }
}
