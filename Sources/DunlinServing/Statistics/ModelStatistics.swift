import Glibc
import Synchronization

/// What one version of a model has done since it was loaded.
///
/// Counters are independent atomics: a snapshot taken while requests run may be one request apart between two of
/// them.
package final class ModelStatistics: Sendable {
    private let successCount = Atomic<UInt64>(0)
    private let failureCount = Atomic<UInt64>(0)
    private let inferenceCount = Atomic<UInt64>(0)
    private let executionCount = Atomic<UInt64>(0)
    private let successNanoseconds = Atomic<UInt64>(0)
    private let failureNanoseconds = Atomic<UInt64>(0)
    private let queueNanoseconds = Atomic<UInt64>(0)
    private let executeNanoseconds = Atomic<UInt64>(0)
    private let lastInferenceMilliseconds = Atomic<UInt64>(0)

    init() {}

    /// The counters at one moment.
    package struct Snapshot: Sendable, Hashable {
        package var model = ""
        package var version = ""
        /// Requests answered.
        package var successCount: UInt64 = 0
        /// Requests refused or failed after the model was found.
        package var failureCount: UInt64 = 0
        /// Rows inferred: batch elements where the model has a batch dimension, requests elsewhere.
        package var inferenceCount: UInt64 = 0
        /// Times the model ran.
        package var executionCount: UInt64 = 0
        /// From the request's arrival to its answer, summed over answered requests.
        package var successNanoseconds: UInt64 = 0
        package var failureNanoseconds: UInt64 = 0
        /// Waiting for an instance, summed over answered requests.
        package var queueNanoseconds: UInt64 = 0
        /// Running the model, summed over answered requests.
        package var executeNanoseconds: UInt64 = 0
        /// Milliseconds since 1970; 0: never.
        package var lastInferenceMilliseconds: UInt64 = 0

        package init() {}
    }

    /// Counts a request that ran. Times are nanoseconds of one monotonic clock.
    func countExecution(arrived: UInt64, began: UInt64, ended: UInt64, rows: Int, succeeded: Bool) {
        executionCount.add(1, ordering: .relaxed)
        guard succeeded else { return countFailure(nanoseconds: ended &- arrived) }
        successCount.add(1, ordering: .relaxed)
        inferenceCount.add(UInt64(rows), ordering: .relaxed)
        successNanoseconds.add(ended &- arrived, ordering: .relaxed)
        queueNanoseconds.add(began &- arrived, ordering: .relaxed)
        executeNanoseconds.add(ended &- began, ordering: .relaxed)
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        lastInferenceMilliseconds.store(
            UInt64(now.tv_sec) &* 1000 &+ UInt64(now.tv_nsec) / 1_000_000, ordering: .relaxed)
    }

    /// Counts a request that was refused or failed.
    func countFailure(nanoseconds: UInt64) {
        failureCount.add(1, ordering: .relaxed)
        failureNanoseconds.add(nanoseconds, ordering: .relaxed)
    }

    func snapshot(model: String, version: String) -> Snapshot {
        var snapshot = Snapshot()
        snapshot.model = model
        snapshot.version = version
        snapshot.successCount = successCount.load(ordering: .relaxed)
        snapshot.failureCount = failureCount.load(ordering: .relaxed)
        snapshot.inferenceCount = inferenceCount.load(ordering: .relaxed)
        snapshot.executionCount = executionCount.load(ordering: .relaxed)
        snapshot.successNanoseconds = successNanoseconds.load(ordering: .relaxed)
        snapshot.failureNanoseconds = failureNanoseconds.load(ordering: .relaxed)
        snapshot.queueNanoseconds = queueNanoseconds.load(ordering: .relaxed)
        snapshot.executeNanoseconds = executeNanoseconds.load(ordering: .relaxed)
        snapshot.lastInferenceMilliseconds = lastInferenceMilliseconds.load(ordering: .relaxed)
        return snapshot
    }
}
