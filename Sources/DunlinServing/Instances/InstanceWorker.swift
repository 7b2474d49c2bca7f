import Dispatch
import DunlinInference
import DunlinTensor
import Synchronization

/// One model instance and the serial queue it runs on when it does not run on a caller's thread.
///
/// `@unchecked Sendable` because `instance` is touched only by whoever took this worker from its `InstancePool`, which
/// gives it to one taker at a time, under its lock. It is private, each use is inside `execute`, and `isTaken` checks
/// that no two threads are ever in there.
final class InstanceWorker: @unchecked Sendable {
    let queue: DispatchQueue
    private let instance: any ModelInstance
    private let isTaken = Atomic(false)

    init(label: String, instance: sending any ModelInstance) {
        queue = DispatchQueue(label: label, qos: .userInitiated)
        self.instance = instance
    }

    func execute(_ inputs: [NamedTensor]) -> Result<[NamedTensor], InferError> {
        precondition(!isTaken.exchange(true, ordering: .acquiring), "two threads run one model instance")
        defer { isTaken.store(false, ordering: .releasing) }
        return Result { () throws(InferError) in try instance.execute(inputs) }
    }
}
