import DunlinBytes
import DunlinInference
import DunlinTensor
import Synchronization

/// Answers of models that have `response_cache`, by what they were asked; and who waits for an answer that another
/// request has already begun to compute.
///
/// One for the whole server, so that one number bounds its memory. What was used longest ago goes first. Equal means
/// equal bytes: hashes only find candidates.
final class ResponseCache: Sendable {
    /// Of the two closures one is called, once, unless it leaves before.
    struct Waiter: Sendable {
        /// By which it can `leave`.
        var id: ObjectIdentifier
        /// What it asked, with its own inputs.
        var key: ResponseKey
        /// Takes what came of the request that it waited for.
        var receive: @Sendable (ScheduledRequest.End) -> Void
        /// Computes the answer for those who wait as well, as the one it waited for was not run; false when it is not
        /// run either.
        var lead: @Sendable () -> Bool
    }

    enum Finding {
        case hit([NamedTensor])
        /// The same is computed already; the waiter will be called, unless it leaves before.
        case joined
        /// The caller computes it. When it is the first, it calls `settle` with what comes of it, or `pass`.
        case miss(isFirst: Bool)

        var isJoined: Bool { if case .joined = self { true } else { false } }
    }

    private let maxByteCount: Int
    /// What waits here takes places and memory as what waits in queues does.
    private let budget: ServingBudget
    private let state = Mutex(CachedResponses())

    init(maxByteCount: Int, budget: ServingBudget = ServingBudget()) {
        self.maxByteCount = maxByteCount
        self.budget = budget
    }

    /// Bytes of questions and answers that are kept.
    var byteCount: Int { state.withLock { $0.byteCount } }
    var count: Int { state.withLock { $0.count } }

    /// - Parameter waiter: `nil` for a request that must not wait for another one's answer.
    func find(_ key: ResponseKey, _ waiter: Waiter?) -> Finding {
        state.withLock { state in
            if let outputs = state.use(key) { return .hit(outputs) }
            if state.begin(key) { return .miss(isFirst: true) }
            // Without room for it the queue's limits are told, where it stands instead.
            guard let waiter, state.mayJoin(key), admit(waiter) else { return .miss(isFirst: false) }
            state.join(waiter)
            return .joined
        }
    }

    private func admit(_ waiter: Waiter) -> Bool {
        guard budget.hold(byteCount: waiter.byteCount) else { return false }
        if budget.enqueue() { return true }
        budget.release(byteCount: waiter.byteCount)
        return false
    }

    private func release(_ waiter: Waiter) {
        budget.dequeue()
        budget.release(byteCount: waiter.byteCount)
    }

    /// Takes out a waiter whose client is gone; false when it was called, or is about to be.
    func leave(_ key: ResponseKey, _ id: ObjectIdentifier) -> Bool {
        guard let waiter = state.withLock({ $0.removeWaiter(key, id) }) else { return false }
        release(waiter)
        return true
    }

    /// Keeps the outputs where there are any and there is room, and hands the end to those who wait.
    func settle(_ key: ResponseKey, _ end: ScheduledRequest.End) {
        // Copies: what comes from a batch, or in a body, would keep all of it.
        let kept = (try? end.result.get()).flatMap { outputs in
            key.byteCount + ResponseKey.byteCount(of: outputs) <= maxByteCount
                ? (key: key.copied(), outputs: ResponseKey.copied(outputs)) : nil
        }
        let (waiters, dropped) = state.withLock { state in
            (
                state.takeWaiters(key),
                kept.map { state.keep($0.outputs, for: $0.key, maxByteCount: maxByteCount) } ?? []
            )
        }
        withExtendedLifetime(dropped) {}
        for waiter in waiters {
            release(waiter)
            waiter.receive(end)
        }
    }

    /// Lets one of those who wait compute the answer, as the first was not run: its client had gone, or its time.
    func pass(_ key: ResponseKey) {
        while let waiter = state.withLock({ $0.takeNextWaiter(key) }) {
            // The scheduler counts it from now on.
            release(waiter)
            if waiter.lead() { return }
        }
    }

    /// Forgets the answers of a model that is not served any more.
    func forget(model: UInt64) {
        let dropped = state.withLock { $0.forget(model: model) }
        withExtendedLifetime(dropped) {}
    }
}

extension ResponseCache.Waiter {
    fileprivate var byteCount: Int { ResponseKey.byteCount(of: key.inputs) }
}

/// What a model was asked: its inputs, bit by bit.
struct ResponseKey: Hashable, Sendable {
    /// `ServedModel.identity`.
    let model: UInt64
    let inputs: [NamedTensor]

    static func == (one: ResponseKey, other: ResponseKey) -> Bool {
        one.model == other.model && one.inputs.count == other.inputs.count
            && zip(one.inputs, other.inputs).allSatisfy {
                $0.name == $1.name && $0.tensor.dataType == $1.tensor.dataType && $0.tensor.shape == $1.tensor.shape
                    && $0.tensor.bytes == $1.tensor.bytes
            }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(model)
        for input in inputs {
            hasher.combine(input.tensor.shape)
            hasher.combine(input.tensor.bytes)
        }
    }

    /// What an entry costs beside its tensors' bytes: names, shapes, places in tables.
    static let overhead = 512

    var byteCount: Int { Self.overhead + Self.byteCount(of: inputs) }

    static func byteCount(of tensors: [NamedTensor]) -> Int { tensors.reduce(0) { $0 + $1.tensor.bytes.count } }

    func copied() -> ResponseKey { ResponseKey(model: model, inputs: Self.copied(inputs)) }

    static func copied(_ tensors: [NamedTensor]) -> [NamedTensor] {
        tensors.map { NamedTensor($0.name, $0.tensor.copied()) }
    }
}

extension Tensor {
    /// With memory of its own.
    func copied() -> Tensor {
        Tensor(dataType: dataType, shape: shape, bytes: bytes.withUnsafeBytes { Bytes(copying: $0) })
    }
}
