import Glibc
import Synchronization

/// What one version of a model has done since it was loaded, in the terms of Triton's statistics extension.
///
/// One lock around plain counters: with a dozen of them for each request that is cheaper than an atomic operation each,
/// and a snapshot is of one moment.
package final class ModelStatistics: Sendable {
    fileprivate struct State {
        var counters = Snapshot()
        /// By rows, up to `directSizeCount`; beyond that in `largeBatches`.
        var smallBatches: [Snapshot.Batch?] = []
        var largeBatches: [Int: Snapshot.Batch] = [:]
    }

    private let state = Mutex(State())

    /// Batch sizes that are found without hashing.
    fileprivate static let directSizeCount = 64
    /// Different sizes above those that are kept apart; further ones count as the next power of two.
    static let maxLargeSizeCount = 256

    package init() {}

    /// How often something happened and how long it took in all.
    package struct Timing: Sendable, Hashable {
        package var count: UInt64 = 0
        package var nanoseconds: UInt64 = 0

        package init() {}

        mutating func add(_ nanoseconds: UInt64, count: UInt64 = 1) {
            self.count &+= count
            self.nanoseconds &+= nanoseconds
        }
    }

    /// Why a request was answered without its model's result.
    package enum Rejection: Int, Sendable, CaseIterable {
        /// Not what the model takes.
        case invalid
        /// As many requests wait, or as many bytes are held, as may be.
        case full
        /// It could not have been answered in time, as far as was known.
        case unattainable
        /// Its time ran out while it waited.
        case expired
        /// Its client went away while it waited.
        case cancelled
        /// The server stopped while it waited.
        case stopped
        /// The model ran and failed.
        case failed

        /// For labels: `invalid`, `full`, ….
        package var name: String { String(describing: self) }
    }

    /// The counters at one moment.
    package struct Snapshot: Sendable, Hashable {
        package var model = ""
        package var version = ""
        /// Milliseconds since 1970 of the last answer; 0: never.
        package var lastInferenceMilliseconds: UInt64 = 0
        /// Rows inferred: batch elements where the model has a batch dimension, requests elsewhere.
        package var inferenceCount: UInt64 = 0
        /// Times the model ran.
        package var executionCount: UInt64 = 0
        /// Requests answered, from arrival to answer.
        package var success = Timing()
        /// Requests refused or failed after the model was found.
        package var failure = Timing()
        /// Waiting for an instance; this and the next three are of answered requests that ran.
        package var queue = Timing()
        /// Gathering the inputs of a batch.
        package var computeInput = Timing()
        /// Running the model.
        package var computeInfer = Timing()
        /// Handing out the outputs of a batch.
        package var computeOutput = Timing()
        /// Answers from the response cache: the look-up.
        package var cacheHit = Timing()
        /// Requests that were not in the response cache: look-up and insertion.
        package var cacheMiss = Timing()
        /// Executions by rows, ascending.
        package var batches: [Batch] = []
        /// How many requests `failure` counts for each reason; by `Rejection.rawValue`.
        package var rejections = [UInt64](repeating: 0, count: Rejection.allCases.count)
        /// Requests that wait for an instance now.
        package var pendingCount = 0
        /// Requests that an instance runs now.
        package var runningCount = 0
        /// Instances, free and running.
        package var instanceCount = 0
        /// Bytes of weights and tables.
        package var memoryByteCount = 0

        /// How the times of answered requests are spread, from arrival to answer.
        package var requestBuckets = DurationBuckets()
        /// From arrival to the begin of the run, of answered requests that ran.
        package var queueBuckets = DurationBuckets()
        /// Of single runs of the model.
        package var computeBuckets = DurationBuckets()

        package init() {}

        package func rejectionCount(_ reason: Rejection) -> UInt64 { rejections[reason.rawValue] }

        /// Executions of one size.
        package struct Batch: Sendable, Hashable {
            package var rows: Int
            package var computeInput = Timing()
            package var computeInfer = Timing()
            package var computeOutput = Timing()

            package init(rows: Int) { self.rows = rows }
        }

        // The totals under the names of the counters they are exported as.
        package var successCount: UInt64 { success.count }
        package var failureCount: UInt64 { failure.count }
    }

    /// When an execution began and how long its parts took: nanoseconds of one monotonic clock.
    package struct Execution: Sendable, Equatable {
        /// Rows of all requests in it.
        package var rows = 1
        package var began: UInt64 = 0
        package var inputNanoseconds: UInt64 = 0
        package var inferNanoseconds: UInt64 = 0
        package var outputNanoseconds: UInt64 = 0

        package init(
            rows: Int = 1, began: UInt64 = 0, inputNanoseconds: UInt64 = 0, inferNanoseconds: UInt64 = 0,
            outputNanoseconds: UInt64 = 0
        ) {
            (self.rows, self.began, self.inputNanoseconds) = (rows, began, inputNanoseconds)
            (self.inferNanoseconds, self.outputNanoseconds) = (inferNanoseconds, outputNanoseconds)
        }

        package var ended: UInt64 { began &+ inputNanoseconds &+ inferNanoseconds &+ outputNanoseconds }
    }

    /// Counts one run of the model, whatever came of it.
    func countExecution(_ execution: Execution) {
        state.withLock { $0.countExecution(execution) }
    }

    /// Counts an answered request.
    ///
    /// - Parameters:
    ///   - rows: The request's own.
    ///   - countsExecution: Whether the execution is counted with it; one request of a batch brings it.
    package func countSuccess(arrived: UInt64, rows: Int, _ execution: Execution, countsExecution: Bool) {
        let now = Self.wallMilliseconds()
        state.withLock { state in
            if countsExecution { state.countExecution(execution) }
            state.counters.success.add(execution.ended &- arrived)
            state.counters.requestBuckets.add(execution.ended &- arrived)
            state.counters.queueBuckets.add(execution.began &- arrived)
            state.counters.inferenceCount &+= UInt64(rows)
            state.counters.queue.add(execution.began &- arrived)
            state.counters.computeInput.add(execution.inputNanoseconds)
            state.counters.computeInfer.add(execution.inferNanoseconds)
            state.counters.computeOutput.add(execution.outputNanoseconds)
            state.counters.lastInferenceMilliseconds = now
        }
    }

    /// Counts a request that was refused or failed.
    func countFailure(_ reason: Rejection, nanoseconds: UInt64) {
        state.withLock { state in
            state.counters.failure.add(nanoseconds)
            state.counters.rejections[reason.rawValue] &+= 1
        }
    }

    /// Counts an answer that the response cache had.
    ///
    /// - Parameters:
    ///   - nanoseconds: From the request's arrival.
    ///   - lookup: The part of it that was the look-up.
    func countCacheHit(nanoseconds: UInt64, lookup: UInt64) {
        let now = Self.wallMilliseconds()
        state.withLock { state in
            state.counters.success.add(nanoseconds)
            state.counters.requestBuckets.add(nanoseconds)
            state.counters.cacheHit.add(lookup)
            state.counters.lastInferenceMilliseconds = now
        }
    }

    /// Counts a request that the response cache could not answer.
    func countCacheMiss(nanoseconds: UInt64) { state.withLock { $0.counters.cacheMiss.add(nanoseconds) } }

    func snapshot(model: String, version: String) -> Snapshot {
        var (snapshot, small, large) = state.withLock { ($0.counters, $0.smallBatches, $0.largeBatches) }
        snapshot.model = model
        snapshot.version = version
        snapshot.batches = small.compactMap { $0 } + large.values.sorted { $0.rows < $1.rows }
        return snapshot
    }

    private static func wallMilliseconds() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        return UInt64(now.tv_sec) &* 1000 &+ UInt64(now.tv_nsec) / 1_000_000
    }
}

extension ModelStatistics.State {
    fileprivate mutating func countExecution(_ execution: ModelStatistics.Execution) {
        counters.executionCount &+= 1
        counters.computeBuckets.add(execution.inferNanoseconds)
        var rows = max(execution.rows, 1)
        guard rows > ModelStatistics.directSizeCount else {
            if smallBatches.count <= rows {
                smallBatches += [ModelStatistics.Snapshot.Batch?](repeating: nil, count: rows + 1 - smallBatches.count)
            }
            if smallBatches[rows] == nil { smallBatches[rows] = .init(rows: rows) }
            smallBatches[rows]?.add(execution)
            return
        }
        if largeBatches[rows] == nil, largeBatches.count >= ModelStatistics.maxLargeSizeCount {
            rows = 1 << (Int.bitWidth - (rows - 1).leadingZeroBitCount)
        }
        largeBatches[rows, default: .init(rows: rows)].add(execution)
    }
}

extension ModelStatistics.Snapshot.Batch {
    fileprivate mutating func add(_ execution: ModelStatistics.Execution) {
        computeInput.add(execution.inputNanoseconds)
        computeInfer.add(execution.inferNanoseconds)
        computeOutput.add(execution.outputNanoseconds)
    }
}
