import Dispatch
import DunlinInference
import DunlinTensor
import Synchronization

/// One model instance and the serial queue it runs on when it does not run on a caller's thread.
///
/// `@unchecked Sendable` because `instance` and `tensors` are touched only by whoever took this worker from its
/// `ModelScheduler`, which gives it to one taker at a time, under its lock. They are private, each use is inside
/// `execute`, and `isTaken` checks that no two threads are ever in there.
final class InstanceWorker: @unchecked Sendable {
    let queue: DispatchQueue
    private let instance: any ModelInstance
    private var tensors = BatchTensors()
    private let isTaken = Atomic(false)

    init(label: String, instance: sending any ModelInstance) {
        queue = DispatchQueue(label: label, qos: .userInitiated)
        self.instance = instance
    }

    func execute(_ inputs: [NamedTensor]) -> Result<[NamedTensor], InferError> {
        take()
        defer { isTaken.store(false, ordering: .releasing) }
        return Result { () throws(InferError) in try instance.execute(inputs) }
    }

    /// Runs several requests as one batch.
    ///
    /// - Parameter clock: Read between the steps.
    /// - Returns: Each request's outputs; `nil` when they are not as many rows as the inputs.
    func execute(
        batch: [ScheduledRequest], clock: MonotonicClock, _ execution: inout ModelStatistics.Execution
    ) -> Result<[[NamedTensor]]?, InferError> {
        take()
        defer { isTaken.store(false, ordering: .releasing) }
        let inputs = tensors.gather(batch)
        let gathered = clock()
        execution.inputNanoseconds = gathered &- execution.began
        let result = Result { () throws(InferError) in try instance.execute(inputs) }
        let ran = clock()
        execution.inferNanoseconds = ran &- gathered
        let pieces = result.map { BatchTensors.split($0, rows: batch.map(\.rows)) }
        execution.outputNanoseconds = clock() &- ran
        return pieces
    }

    private func take() {
        precondition(!isTaken.exchange(true, ordering: .acquiring), "two threads run one model instance")
    }
}
