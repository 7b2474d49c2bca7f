import Dispatch
import DunlinInference
import DunlinTensor
import Synchronization

/// What instances do: take requests, run them, tell their ends.
extension ModelScheduler {
    /// Requests that are run together; mostly one.
    struct Batch {
        var first: ScheduledRequest
        var others: [ScheduledRequest] = []
        /// How long it will take at least, as far as run times tell, in nanoseconds; 0: no matter.
        var predicted = 0.0
        /// What batches cost, where they are dear enough to be ended for some of their requests.
        var costs: CostCurve?
    }

    /// What there is to note after a run.
    struct Report {
        /// Requests whose end was told.
        var ended = 0
        /// 0: nothing was measured.
        var rows = 0
        var nanoseconds: UInt64 = 0
        var byteCount = 0
        /// Whether a batch failed of which each request ran alone, `nil` when no batch ran.
        var batchFailed: Bool?
        /// Of requests that were refused for what their runs would take.
        var refusedClasses: [Int] = []
        /// Why there must be no more batches.
        var flaw: String?
    }

    /// Batches that fail in a row, while their requests do not, before the model's requests are kept apart.
    static let maxFailedBatchCount = 3

    func begin(_ start: Start) {
        guard let worker = start.worker else { return }
        worker.queue.async { self.work(worker) }
    }

    /// On the worker's queue: runs what waits until nothing does.
    private func work(_ worker: InstanceWorker) {
        var report: Report?
        while let batch = next(worker, after: report) { report = run(batch, worker) }
    }

    /// On the caller's thread: runs one request.
    func runHere(_ request: ScheduledRequest, _ worker: InstanceWorker) {
        let report = run(Batch(first: request), worker)
        var start = Start()
        let onDrained = state.withLock { state in
            note(report, &state)
            // Others that came meanwhile are not for this thread.
            if state.surplus > 0 { state.surplus -= 1 } else { state.free.append(worker) }
            if !state.queue.isEmpty { start.worker = workerForQueue(&state) }
            return state.requests.drained()
        }
        begin(start)
        onDrained?()
        tell(report)
    }

    /// What a started instance runs next; `nil` when it is free, or given up, or its turn is over.
    private func next(_ worker: InstanceWorker, after report: Report?) -> Batch? {
        // A turn is for one execution; the next one has to be waited for like everybody's.
        let isTurnOver = report != nil && worker.claim != nil
        var expired: [ScheduledRequest] = []
        var start = Start()
        let (batch, onDrained) = state.withLock { state -> (Batch?, (@Sendable () -> Void)?) in
            if let report { note(report, &state) } else { state.startingCount -= 1 }
            var batch: Batch?
            if state.surplus > 0 {
                state.surplus -= 1
            } else {
                if !isTurnOver { batch = takeBatch(&state, &expired) }
                if batch == nil { state.free.append(worker) }
            }
            if batch == nil { state.startedCount -= 1 }
            if !state.queue.isEmpty {
                arm(at: state.queue.nextEvent, &state)
                start.worker = workerForQueue(&state)
            }
            return (batch, state.requests.drained())
        }
        if batch == nil {
            worker.claim?.release()
            budget.stop()
        }
        begin(start)
        answerExpired(expired)
        onDrained?()
        if let report { tell(report) }
        return batch
    }

    private func takeBatch(_ state: inout State, _ expired: inout [ScheduledRequest]) -> Batch? {
        guard !state.queue.isEmpty else { return nil }
        let now = state.queue.nextEvent == .max && state.plan.startsAtOnce ? 0 : clock()
        expired = expire(&state, now: now)
        switch step(&state, now: now) {
        case .idle: return nil
        case .wait(let until):
            arm(at: until, &state)
            return nil
        case .run(1):
            guard let first = state.queue.popFirst() else { return nil }
            budget.dequeue()
            return Batch(first: first, predicted: prediction(of: [first], state))
        case .run(let count):
            var taken = state.queue.take(count, maxRows: state.plan.maxRows)
            budget.dequeue(taken.count)
            guard !taken.isEmpty else { return nil }
            let predicted = prediction(of: taken, state)
            let costs = divisibleCosts(of: taken, state)
            return Batch(first: taken.removeFirst(), others: taken, predicted: predicted, costs: costs)
        }
    }

    private func note(_ report: Report, _ state: inout State) {
        state.requests.note(endCount: report.ended)
        if report.rows > 0 {
            state.inline.record(
                nanoseconds: report.nanoseconds, sizeClass: InlinePolicy.sizeClass(byteCount: report.byteCount))
            state.costs.record(
                rowClass: CostTable.rowClass(byteCount: report.byteCount, rows: report.rows), rows: report.rows,
                nanoseconds: report.nanoseconds)
        }
        for rowClass in report.refusedClasses { state.costs.countRefusal(rowClass: rowClass) }
        if let failed = report.batchFailed { state.failedBatchCount = failed ? state.failedBatchCount + 1 : 0 }
        if report.flaw != nil || state.failedBatchCount >= Self.maxFailedBatchCount { state.plan = BatchPlan() }
    }

    private func tell(_ report: Report) {
        guard let flaw = report.flaw else { return }
        log.write(.warning, "model '\(options.model)' runs its requests one by one from now on: \(flaw)")
    }

    // MARK: Runs

    private func run(_ batch: Batch, _ worker: InstanceWorker) -> Report {
        var report = Report()
        guard !batch.others.isEmpty else {
            runAlone(batch.first, worker, &report, predicted: batch.predicted)
            return report
        }
        var execution = ModelStatistics.Execution()
        execution.began = clock()
        var live: [ScheduledRequest] = []
        live.reserveCapacity(batch.others.count + 1)
        for index in 0...batch.others.count {
            let request = index == 0 ? batch.first : batch.others[index - 1]
            if isInTime(request, now: execution.began, predicted: batch.predicted, &report) { live.append(request) }
        }
        guard live.count > 1 else {
            if let only = live.first { runAlone(only, worker, &report) }
            return report
        }
        runTogether(live, worker, execution, batch.costs, &report)
        return report
    }

    /// - Parameter costs: Where the run may be ended although some of its requests are wanted.
    private func runTogether(
        _ requests: [ScheduledRequest], _ worker: InstanceWorker, _ execution: ModelStatistics.Execution,
        _ costs: CostCurve?, _ report: inout Report
    ) {
        var execution = execution
        execution.rows = requests.reduce(0) { $0 + $1.rows }
        let (began, rows) = (execution.began, execution.rows)
        var isEnded = false
        let result = worker.execute(batch: requests, clock: clock, &execution) {
            isEnded =
                !(costs.map { pays(requests, rows: rows, began: began, $0) } ?? requests.contains(where: isWanted))
            return !isEnded
        }
        if isEnded, case .failure = result { return runRest(of: requests, worker, costs, &report) }
        switch result {
        case .success(let pieces?):
            report.rows = execution.rows
            report.nanoseconds = execution.ended &- execution.began
            report.byteCount = requests.reduce(0) { $0 + $1.byteCount }
            report.batchFailed = false
            for (index, request) in requests.enumerated() {
                report.ended += deliver(
                    request, .init(result: .success(pieces[index]), execution: execution, countsExecution: index == 0))
            }
        case .success(nil):
            report.flaw =
                worker.layout == nil
                ? "an output has not as many rows as the inputs"
                : "an output has not the extents that the configuration says"
            for request in requests { runAlone(request, worker, &report) }
            report.rows = 0
        case .failure(let error):
            // One bad request must not harm the others.
            var failureCount = 0
            for request in requests where !runAlone(request, worker, &report) { failureCount += 1 }
            report.rows = 0
            report.batchFailed = failureCount == 0
            if failureCount == 0, state.withLock({ $0.failedBatchCount }) + 1 >= Self.maxFailedBatchCount {
                report.flaw = "batches fail although their requests do not: \(error.message)"
            }
        }
    }

    /// Whether a batch that runs is to go on: not when nobody wants it any more, and not when those who do would be
    /// answered sooner by a run of their own.
    private func pays(_ requests: [ScheduledRequest], rows: Int, began: UInt64, _ costs: CostCurve) -> Bool {
        let wanted = requests.reduce(0) { isWanted($1) ? $0 + $1.rows : $0 }
        guard wanted > 0, wanted < rows else { return wanted > 0 }
        guard let whole = costs.estimate(rows: rows), let anew = costs.estimate(rows: wanted) else { return true }
        return anew >= whole - Double(clock() &- began)
    }

    /// Runs those of an ended batch that are still wanted.
    private func runRest(
        of requests: [ScheduledRequest], _ worker: InstanceWorker, _ costs: CostCurve?, _ report: inout Report
    ) {
        var execution = ModelStatistics.Execution()
        execution.began = clock()
        var rest: [ScheduledRequest] = []
        for request in requests where isInTime(request, now: execution.began, &report) { rest.append(request) }
        if rest.count > 1 {
            runTogether(rest, worker, execution, costs, &report)
        } else if let only = rest.first {
            runAlone(only, worker, &report)
        }
    }

    /// - Returns: Whether the model answered.
    @discardableResult
    private func runAlone(
        _ request: ScheduledRequest, _ worker: InstanceWorker, _ report: inout Report, predicted: Double = 0
    ) -> Bool {
        let began = clock()
        guard isInTime(request, now: began, predicted: predicted, &report) else { return false }
        let result = worker.execute(request.inputs) { isWanted(request) }
        let ended = clock()
        // A run that was ended, or failed, for nobody: its client is told what it would have been told before.
        if case .failure = result, !isInTime(request, now: ended, &report) { return false }
        let nanoseconds = ended &- began
        // What fails early says nothing of what an answer takes.
        if case .success = result {
            report.rows = request.rows
            report.nanoseconds = nanoseconds
            report.byteCount = request.byteCount
        }
        let execution = ModelStatistics.Execution(
            rows: request.rows, began: began, inferNanoseconds: nanoseconds)
        report.ended += deliver(request, .init(result: result, execution: execution))
        if case .failure = result { return false }
        return true
    }

    /// Ends a request that nobody waits for any more instead of running it.
    private func isInTime(
        _ request: ScheduledRequest, now: UInt64, predicted: Double = 0, _ report: inout Report
    ) -> Bool {
        if request.deadline <= now {
            report.ended += deliver(
                request, .init(result: .failure(timeIsOver(request, now: now)), rejection: .expired))
            return false
        }
        if request.deadline != .max, !request.isTrial, predicted > Double(request.deadline - now) {
            let error = tooLate(predicted: predicted, left: Double(request.deadline - now))
            report.refusedClasses.append(request.rowClass)
            report.ended += deliver(request, .init(result: .failure(error), rejection: .unattainable))
            return false
        }
        if request.cancellation?.isCancelled == true {
            report.ended += deliver(request, .init(result: .failure(Self.cancelled), rejection: .cancelled))
            return false
        }
        return true
    }

    /// Whether anybody waits for the answer: asked between the steps of a long run.
    private func isWanted(_ request: ScheduledRequest) -> Bool {
        if request.cancellation?.isCancelled == true { return false }
        return request.deadline == .max || request.deadline > clock()
    }

    // MARK: Ends

    /// Tells a request's end, now or in its turn.
    ///
    /// - Returns: How many ends were told, for `settle`.
    func deliver(_ request: ScheduledRequest, _ end: ScheduledRequest.End) -> Int {
        request.cancellation?.removeCallback()
        guard let ends else {
            finish(request, end)
            return 1
        }
        var count = 0
        ends.deliver(request, end) {
            finish($0, $1)
            count += 1
        }
        return count
    }

    private func finish(_ request: ScheduledRequest, _ end: ScheduledRequest.End) {
        budget.release(byteCount: request.byteCount)
        request.finish(end)
    }

    /// Notes the ends of requests that did not run.
    func settle(_ count: Int) {
        guard count > 0 else { return }
        state.withLock { $0.requests.end(count) }?()
    }
}
