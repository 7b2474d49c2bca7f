import DunlinBytes
import DunlinInference
import DunlinTensor

/// One request on its way through a `ModelScheduler`: what it brings, and what becomes of it.
///
/// The one object made for a request; a subclass says what its end means.
///
/// `@unchecked Sendable` because the variables belong to the scheduler that took the request and change under its lock
/// only, and what a subclass adds is constant.
class ScheduledRequest: @unchecked Sendable {
    /// In the signature's order.
    let inputs: [NamedTensor]
    /// Extent of the first axis where the model has a batch dimension; 1 elsewhere.
    let rows: Int
    /// Of all inputs that the client brought.
    let byteCount: Int
    let arrived: UInt64
    /// When the answer is of no use any more; `UInt64.max`: never.
    let deadline: UInt64
    /// When it has waited as long as its queue policy lets it; `UInt64.max`: never.
    let queueTimeout: UInt64
    /// Index of its priority's queue; 0 goes first.
    let level: Int
    let cancellation: Cancellation?
    /// Whether it may be part of a batch at all.
    let joinsBatches: Bool

    /// When it must have begun to run, whatever its queue policy says; `UInt64.max`: no matter.
    var latestStart = UInt64.max
    /// The request's own, for schedulers that read more of them than limits. Set before it is submitted, as are these:
    var parameters = Parameters()
    /// Indices of the outputs that are asked for; `nil`: all. Others may be left empty.
    var wantedOutputs: [Int]?
    /// Keeps the model from closing before the request has come; `nil` for most, which are refused then.
    var lease: ModelLease?
    /// Where the steps are noted, when the request is traced.
    var times: RequestTimes?

    /// Whether it is in the scheduler's queue.
    var isWaiting = false
    /// Whether it runs even if it seems to be late, to measure the model anew.
    var isTrial = false
    /// Whether its time in the queue is over and its policy lets others go first.
    var isDelayed = false
    /// Its place among the accepted requests, where answers keep that order.
    var sequence: UInt64 = 0
    /// Of the shapes without their rows; set when it is queued for batches.
    var shapeHash = 0

    init(
        inputs: [NamedTensor], rows: Int = 1, arrived: UInt64, deadline: UInt64 = .max, queueTimeout: UInt64 = .max,
        level: Int = 0, cancellation: Cancellation? = nil, joinsBatches: Bool = true, byteCount: Int? = nil
    ) {
        self.inputs = inputs
        self.rows = rows
        self.byteCount = byteCount ?? inputs.reduce(0) { $0 + $1.tensor.bytes.count }
        self.arrived = arrived
        self.deadline = deadline
        self.queueTimeout = queueTimeout
        self.level = level
        self.cancellation = cancellation
        self.joinsBatches = joinsBatches
    }

    /// What became of a request.
    struct End: Sendable {
        var result: Result<[NamedTensor], InferError>
        /// Why it did not run; `nil` when it did.
        var rejection: ModelStatistics.Rejection?
        /// The execution it was part of.
        var execution = ModelStatistics.Execution()
        /// Whether that execution is to be counted with this request: one of a batch's requests brings it.
        var countsExecution = true
    }

    /// Called exactly once, on any thread, without a lock.
    func finish(_ end: End) { preconditionFailure("a request that nobody waits for") }

    /// Whether it must not run any more at `now`.
    func isOver(at now: UInt64) -> Bool { deadline <= now || latestStart <= now }

    /// Whether its time or the queue policy ends its wait at `now`.
    func isDue(at now: UInt64) -> Bool { isOver(at: now) || (queueTimeout <= now && !isDelayed) }

    /// The next time something happens to it if it goes on waiting.
    var nextEvent: UInt64 { min(deadline, latestStart, isDelayed ? .max : queueTimeout) }
}

// MARK: Batches

extension ScheduledRequest {
    /// How far an input's extents may differ between the requests of a batch.
    enum Looseness: Sendable, Equatable {
        case none, any
        /// None is more than so many times another: all of them in one box leave little of it empty. Inputs of which one
        /// has no elements would make a box of what neither has, unless both have none for the same reason.
        case within(Int)

        func allows(_ one: Tensor, _ other: Tensor) -> Bool {
            switch self {
            case .none: return false
            case .any: return true
            case .within(let ratio):
                return zip(one.shape.dimensions, other.shape.dimensions).dropFirst().allSatisfy {
                    $0 == $1 || (min($0, $1) > 0 && max($0, $1) / ratio <= min($0, $1))
                }
            }
        }
    }

    /// Whether both can be rows of one batch: the same datatypes, and the same extents but for the first.
    ///
    /// - Parameter looseness: By input; empty where none may differ.
    func isMergeable(with other: ScheduledRequest, _ looseness: [Looseness] = []) -> Bool {
        guard joinsBatches, other.joinsBatches, shapeHash == other.shapeHash, inputs.count == other.inputs.count
        else { return false }
        for index in inputs.indices {
            let mine = inputs[index].tensor
            let theirs = other.inputs[index].tensor
            guard mine.dataType == theirs.dataType else { return false }
            if mine.shape.dimensions.dropFirst() == theirs.shape.dimensions.dropFirst() { continue }
            guard index < looseness.count, looseness[index].allows(mine, theirs) else { return false }
        }
        return true
    }

    /// Mixes all that `isMergeable` compares.
    func hashShapes(_ looseness: [Looseness] = []) {
        var hash = inputs.count
        for (index, input) in inputs.enumerated() {
            hash = (hash &* 31) ^ Int(input.tensor.dataType.rawValue)
            if index < looseness.count, looseness[index] != .none { continue }
            for extent in input.tensor.shape.dimensions.dropFirst() { hash = (hash &* 1_000_003) ^ extent }
        }
        shapeHash = hash
    }
}
