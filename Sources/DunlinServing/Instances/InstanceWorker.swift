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
    /// What it needs of the rate limiter to run; `nil`: nothing.
    let claim: RateClaim?
    /// How requests become the model's inputs; `nil`: as they are, or row behind row.
    let layout: BatchLayout?
    private let instance: any ModelInstance
    private var tensors = BatchTensors()
    private let isTaken = Atomic(false)

    init(label: String, instance: sending any ModelInstance, claim: RateClaim? = nil, layout: BatchLayout? = nil) {
        self.layout = layout
        self.claim = claim
        queue = DispatchQueue(label: label, qos: .userInitiated)
        self.instance = instance
    }

    /// Runs one request.
    ///
    /// - Parameter isWanted: Whether anybody still waits for it; asked between the steps of a long run.
    func execute(_ inputs: [NamedTensor], while isWanted: () -> Bool) -> Result<[NamedTensor], InferError> {
        take()
        defer { isTaken.store(false, ordering: .releasing) }
        return Result { () throws(InferError) in
            guard let layout else { return try instance.execute(inputs, while: isWanted) }
            let outputs = try instance.execute(layout.gather([inputs], &tensors), while: isWanted)
            guard let piece = layout.split(outputs, [inputs])?.first else {
                throw InferError(.internal, "an output of the model has not the extents that the configuration says")
            }
            return piece
        }
    }

    /// Runs several requests as one batch.
    ///
    /// - Parameters:
    ///   - clock: Read between gathering, running and splitting.
    ///   - isWanted: Whether anybody still waits for any of them; asked between the steps of a long run.
    /// - Returns: Each request's outputs; `nil` when they are not as many rows as the inputs.
    func execute(
        batch: [ScheduledRequest], clock: MonotonicClock, _ execution: inout ModelStatistics.Execution,
        while isWanted: () -> Bool
    ) -> Result<[[NamedTensor]]?, InferError> {
        take()
        defer { isTaken.store(false, ordering: .releasing) }
        let parts = layout == nil ? [] : batch.map(\.inputs)
        let inputs = layout?.gather(parts, &tensors) ?? tensors.gather(batch)
        let gathered = clock()
        execution.inputNanoseconds = gathered &- execution.began
        let result = Result { () throws(InferError) in try instance.execute(inputs, while: isWanted) }
        let ran = clock()
        execution.inferNanoseconds = ran &- gathered
        let pieces = result.map { outputs in
            layout.map { $0.split(outputs, parts) } ?? BatchTensors.split(outputs, rows: batch.map(\.rows))
        }
        execution.outputNanoseconds = clock() &- ran
        return pieces
    }

    private func take() {
        precondition(!isTaken.exchange(true, ordering: .acquiring), "two threads run one model instance")
    }
}
