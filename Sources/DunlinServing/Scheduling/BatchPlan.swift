import DunlinInference

/// Decides which of the waiting requests of one model run next, and when.
///
/// Two ways. With `dynamic_batching` in the model's configuration: as Triton does, preferred sizes at once, else when
/// the oldest request has waited for `max_queue_delay_microseconds` or the batch cannot grow. Without: what waits runs
/// at once, as many rows as pay by the measured run times; nothing ever waits while an instance is free.
///
/// Pure: the queue's content, the time and the run times are parameters.
struct BatchPlan: Sendable, Equatable {
    enum Step: Equatable {
        /// Run the first so many of the requests that may go together.
        case run(Int)
        /// Look again then, or when a request comes.
        case wait(until: UInt64)
        case idle
    }

    /// What waits, as far as it may go with the first in line.
    struct Waiting: Equatable {
        /// Rows of each request, in order; together at most `maxRows`, or the first alone.
        var rows: [Int] = []
        /// Whether others wait that cannot join: no room, or another shape.
        var isBlocked = false
        /// When the first of them came.
        var oldest = UInt64.max
    }

    /// What running a batch costs beside its run, in nanoseconds: taking it, waking a thread, handing out the results.
    static let overhead = 5000.0
    /// A larger batch has to be cheaper for each row by this part before requests are kept together for it.
    static let leastGain = 0.05

    /// Rows in the largest batch; 1: requests are never merged.
    var maxRows = 1
    /// `nil`: as run times advise.
    var preferredSizes: [Int] = []
    /// Rows from which on all that waits runs before the delay is over; 0: as `preferredSizes` say, which are empty
    /// otherwise.
    var leastRows = 0
    /// In nanoseconds.
    var queueDelay: UInt64 = 0
    var tunesItself = true

    init(maxRows: Int = 1) { self.maxRows = maxRows }

    init(_ batching: ModelConfiguration.DynamicBatching?, maxRows: Int) {
        self.maxRows = max(maxRows, 1)
        guard let batching, maxRows > 1 else { return }
        tunesItself = false
        preferredSizes = batching.preferredBatchSizes
        queueDelay = UInt64(batching.maxQueueDelayMicroseconds) * 1000
    }

    /// Whether a free instance takes a lone request without a look at the queue.
    var startsAtOnce: Bool { queueDelay == 0 }

    /// - Parameters:
    ///   - cost: Of rows like the first request's.
    ///   - startingCount: Other instances that are about to take from the same queue; without configuration they get
    ///     their share of it.
    ///   - isTrial: Runs the largest batch even where it did not pay before: times change.
    func next(
        _ waiting: Waiting, now: UInt64, cost: CostCurve = CostCurve(), startingCount: Int = 0, isTrial: Bool = false
    ) -> Step {
        guard waiting.rows.count > 0 else { return .idle }
        guard maxRows > 1 else { return .run(1) }
        guard tunesItself else { return configuredStep(waiting, now: now) }
        let share = (waiting.rows.count + startingCount) / (startingCount + 1)
        return .run(isTrial ? share : payingCount(Array(waiting.rows.prefix(share)), cost))
    }

    private func configuredStep(_ waiting: Waiting, now: UInt64) -> Step {
        let delayIsOver = queueDelay > 0 && now >= waiting.oldest && now - waiting.oldest >= queueDelay
        let largestPreferred = preferredSizes.last ?? maxRows
        var total = 0
        var best = 0
        for (index, rows) in waiting.rows.enumerated() {
            if total > 0, best == 0, total + rows > largestPreferred { best = index }
            total += rows
            if preferredSizes.contains(total) { best = index + 1 }
        }
        if best > 0, !delayIsOver { return .run(best) }
        let enough = leastRows > 0 ? leastRows : largestPreferred
        if waiting.isBlocked || total >= enough || delayIsOver || queueDelay == 0 {
            return .run(waiting.rows.count)
        }
        return .wait(until: waiting.oldest + queueDelay)
    }

    /// How many of the requests to run together: the fewest whose rows cost as little as in any larger batch, within
    /// `leastGain`. A size that was never measured is tried when the one below it was.
    private func payingCount(_ rows: [Int], _ cost: CostCurve) -> Int {
        guard rows.count > 1 else { return rows.count }
        var bestCount = 1
        var bestCost = Double.infinity
        var total = 0
        for (index, extent) in rows.enumerated() {
            total += extent
            // Only the last request of each power of two, and the last of all.
            let nextTotal = index + 1 < rows.count ? total + rows[index + 1] : 0
            guard nextTotal == 0 || CostCurve.sizeClass(rows: nextTotal) != CostCurve.sizeClass(rows: total) else {
                continue
            }
            guard cost.isMeasured(rows: total), let nanoseconds = cost.estimate(rows: total) else { return index + 1 }
            let rowCost = (nanoseconds + Self.overhead) / Double(total)
            if rowCost < bestCost * (1 - Self.leastGain) { (bestCount, bestCost) = (index + 1, rowCost) }
        }
        return bestCount
    }
}
