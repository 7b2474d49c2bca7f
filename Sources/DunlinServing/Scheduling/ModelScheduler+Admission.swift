import DunlinInference
import Synchronization

/// Which requests are not taken, and what their clients are told.
extension ModelScheduler {
    /// Refuses a request whose deadline is over or cannot be met, as far as run times and queue tell.
    func hopelessness(of request: ScheduledRequest, _ state: inout State) -> Submission? {
        let now = request.arrived
        guard request.deadline > now else { return .refused(timeIsOver(request, now: now), .expired) }
        let curve = state.costs[request.rowClass]
        guard curve.isMeasured(rows: request.rows) else { return nil }
        if !state.free.isEmpty, state.costs.takesTrial(rowClass: request.rowClass) {
            request.isTrial = true
            return nil
        }
        let predicted = forecast(of: request, curve, state)
        let left = Double(request.deadline - now)
        guard predicted > left else { return nil }
        state.costs.countRefusal(rowClass: request.rowClass)
        return .refused(tooLate(predicted: predicted, left: left, waiting: state.queue.count), .unattainable)
    }

    /// Nanoseconds until a request that comes now is answered: batches that go before it, then the one that it is part of.
    private func forecast(of request: ScheduledRequest, _ curve: CostCurve, _ state: State) -> Double {
        let ahead = state.queue.ahead(ofLevel: request.level)
        let (wait, rest) = wait(behind: ahead, joining: request.joinsBatches ? request.rows : nil, curve, state)
        return wait + (curve.estimate(rows: request.rows + rest) ?? 0)
    }

    /// How long what is run next will take at least, in nanoseconds, for `tooLate`; 0 when nothing is known, and when none
    /// of the requests has a deadline.
    func prediction(of requests: [ScheduledRequest], _ state: State) -> Double {
        guard requests.contains(where: { $0.deadline != .max }), let first = requests.first else { return 0 }
        // A request must not be refused because of those that it would run with.
        let rows = requests.reduce(first.rows) { min($0, $1.rows) }
        let curve = state.costs[first.rowClass]
        guard curve.isMeasured(rows: rows) else { return 0 }
        return curve.estimate(rows: rows) ?? 0
    }

    /// Batches that take at least so long are ended for those of their requests that are still wanted, in nanoseconds.
    static let divisibleNanoseconds = 2e6

    /// What batches of these requests cost, when the one that they make is worth looking after.
    func divisibleCosts(of requests: [ScheduledRequest], _ state: State) -> CostCurve? {
        guard requests.count > 1, let first = requests.first else { return nil }
        let curve = state.costs[first.rowClass]
        let rows = requests.reduce(0) { $0 + $1.rows }
        guard let nanoseconds = curve.estimate(rows: rows), nanoseconds >= Self.divisibleNanoseconds else { return nil }
        return curve
    }

    /// - Parameters: Nanoseconds; how many requests wait before it.
    func tooLate(predicted: Double, left: Double, waiting: Int = 0) -> InferError {
        InferError(
            .deadlineExceeded,
            "model '\(options.model)': the answer would take about \(Self.milliseconds(predicted)) ms "
                + "(\(waiting) requests wait), the deadline is in \(Self.milliseconds(left)) ms")
    }

    /// Nanoseconds until a request runs that has others before it, as far as run times tell, and the rows of those that
    /// run with it. What runs now is not counted: a request is only refused when it is late without it.
    ///
    /// - Parameters:
    ///   - ahead: The requests and rows that go before it.
    ///   - rows: Its own; `nil` when it runs alone.
    private func wait(
        behind ahead: (count: Int, rowCount: Int), joining rows: Int?, _ curve: CostCurve, _ state: State
    ) -> (nanoseconds: Double, rest: Int) {
        guard ahead.count > 0 else { return (0, 0) }
        let instances = max(1, state.instanceCount)
        let largest = state.plan.maxRows
        guard largest > 1 else {
            let cost = curve.estimate(rows: max(1, ahead.rowCount / ahead.count)) ?? 0
            return (cost * Double(ahead.count / instances), 0)
        }
        let cost = curve.estimate(rows: largest) ?? 0
        guard let rows, rows < largest else {
            return (cost * Double((ahead.rowCount + largest - 1) / largest / instances), 0)
        }
        // Whole batches before the one that has room for it.
        let whole = (ahead.rowCount + rows - 1) / largest
        return (cost * Double(whole / instances), max(0, ahead.rowCount - whole * largest))
    }

    /// Nanoseconds until the instances have worked off what waits, as far as run times tell.
    private func backlog(_ state: State) -> Double {
        guard let first = state.queue.first else { return 0 }
        let all = (count: state.queue.count, rowCount: state.queue.rowCount)
        let curve = state.costs[first.rowClass]
        let (wait, rest) = wait(behind: all, joining: 1, curve, state)
        return wait + (rest > 0 ? curve.estimate(rows: rest) ?? 0 : 0)
    }

    /// As long as run times say, and at least as long as the first in line has waited: instances may get less of the
    /// processor than they could use. Of priorities, the best one's: which a request has is not known before it is read.
    var expectedWait: Double {
        let now = clock()
        return state.withLock { state in
            let ahead = state.queue.ahead(ofLevel: 0)
            guard ahead.count > 0, let first = state.queue.first else { return 0 }
            let wait = wait(behind: ahead, joining: 1, state.costs[first.rowClass], state).nanoseconds
            return max(wait, Double(now) - Double(first.arrived))
        }
    }

    /// When what waits now should be worked off; `nil` when nothing is known.
    private func timeToRetry(_ state: State) -> Duration? {
        let nanoseconds = backlog(state)
        return nanoseconds > 0 ? .nanoseconds(Int64(min(nanoseconds, 1e15))) : nil
    }

    /// Refuses a request for which there is no place in the model's queue.
    func fullness(for request: ScheduledRequest, _ state: State) -> Submission? {
        let level = options.levels[request.level]
        // Those that started instances are about to take do not wait any more.
        let waiting = state.queue.count - min(state.startingCount, state.queue.count)
        guard waiting >= options.maxQueueSize || state.queue.count(ofLevel: request.level) >= level.maxQueueSize else {
            return nil
        }
        return .refused(
            InferError(
                .resourceExhausted, "model '\(options.model)' is busy: its queue is full; try again later",
                retryAfter: timeToRetry(state)), .full)
    }

    func serverIsFull(_ state: State) -> InferError {
        InferError(
            .resourceExhausted,
            "the server is busy: \(budget.maxQueuedCount) requests wait, which is the limit; try again later",
            retryAfter: timeToRetry(state))
    }

    func tooManyBytes(_ request: ScheduledRequest) -> InferError {
        guard request.byteCount <= budget.maxByteCount else {
            return InferError(
                .invalidArgument,
                "the inputs are \(request.byteCount) bytes; all requests together may hold \(budget.maxByteCount)")
        }
        return InferError(
            .resourceExhausted,
            "the server is busy: inputs that wait for answers, and states of sequences, take "
                + "\(budget.heldByteCount) bytes, the limit is "
                + "\(budget.maxByteCount); try again later",
            retryAfter: state.withLock { timeToRetry($0) })
    }

    func timeIsOver(_ request: ScheduledRequest, now: UInt64) -> InferError {
        let waited = now >= request.arrived ? now - request.arrived : 0
        return InferError(
            .deadlineExceeded,
            "model '\(options.model)': the request's time was over before it ran (it waited "
                + "\(Self.milliseconds(Double(waited))) ms)")
    }

    /// Whole and tenths.
    static func milliseconds(_ nanoseconds: Double) -> String {
        let tenths = Int((min(nanoseconds, 1e15) / 100_000).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

extension ScheduledRequest {
    /// The class of its cost curve.
    var rowClass: Int { CostTable.rowClass(byteCount: byteCount, rows: rows) }
}
