import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Synchronization

@testable import DunlinServing

/// A scheduled request that calls a closure at its end.
final class TestRequest: ScheduledRequest, @unchecked Sendable {
    private let onEnd: @Sendable (End) -> Void

    init(
        inputs: [NamedTensor] = [], rows: Int = 1, arrived: UInt64 = 0, deadline: UInt64 = .max,
        queueTimeout: UInt64 = .max, level: Int = 0, cancellation: Cancellation? = nil, joinsBatches: Bool = true,
        onEnd: @escaping @Sendable (End) -> Void = { _ in }
    ) {
        self.onEnd = onEnd
        super.init(
            inputs: inputs, rows: rows, arrived: arrived, deadline: deadline, queueTimeout: queueTimeout, level: level,
            cancellation: cancellation, joinsBatches: joinsBatches)
    }

    /// FP32 `x` `[rows, 2]`, each row holding `value` twice.
    convenience init(
        value: Float, rows: Int = 1, arrived: UInt64 = 0, deadline: UInt64 = .max, queueTimeout: UInt64 = .max,
        level: Int = 0, cancellation: Cancellation? = nil, onEnd: @escaping @Sendable (End) -> Void = { _ in }
    ) {
        let elements = [Float](repeating: value, count: rows * 2)
        self.init(
            inputs: [NamedTensor("x", Tensor(elements, shape: [rows, 2]))], rows: rows, arrived: arrived,
            deadline: deadline, queueTimeout: queueTimeout, level: level, cancellation: cancellation, onEnd: onEnd)
    }

    override func finish(_ end: End) { onEnd(end) }
}

/// A submission without what its refusal says.
enum Accepted: Equatable { case accepted, full, closed, refused }

extension ModelScheduler.Submission {
    var word: Accepted {
        switch self {
        case .accepted: .accepted
        case .closed: .closed
        case .refused(_, .full): .full
        case .refused: .refused
        }
    }

    var error: InferError? {
        if case .refused(let error, _) = self { error } else { nil }
    }

    var rejection: ModelStatistics.Rejection? {
        if case .refused(_, let rejection) = self { rejection } else { nil }
    }
}

/// An instance that runs a closure.
final class ClosureInstance: ModelInstance {
    typealias Run = @Sendable ([NamedTensor]) throws(InferError) -> [NamedTensor]
    private let run: Run

    init(_ run: @escaping Run) { self.run = run }

    func execute(_ inputs: [NamedTensor]) throws(InferError) -> [NamedTensor] { try run(inputs) }

    static func worker(_ run: @escaping Run) -> InstanceWorker {
        InstanceWorker(label: "dunlin.instance.test", instance: ClosureInstance(run))
    }
}

/// Remembers for when it was set; tests call `ModelScheduler.wake` themselves.
final class NotedAlarm: Alarm {
    private let noted = Mutex<[UInt64]>([])

    func set(at moment: UInt64, now: UInt64) { noted.withLock { $0.append(moment) } }

    var moments: [UInt64] { noted.withLock { $0 } }
}
