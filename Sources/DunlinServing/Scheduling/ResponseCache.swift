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
    /// `call` is called once with the outputs, or with `nil` when the request that was waited for has none to give.
    struct Waiter: Sendable {
        /// By which it can `leave`.
        var id: ObjectIdentifier
        var call: @Sendable ([NamedTensor]?) -> Void
    }

    enum Finding {
        case hit([NamedTensor])
        /// The same is computed already; the waiter will be called, unless it leaves before.
        case joined
        /// The caller computes it. When it is the first, it calls `settle` with what comes of it.
        case miss(isFirst: Bool)

        var isJoined: Bool { if case .joined = self { true } else { false } }
    }

    private let maxByteCount: Int
    private let state = Mutex(CachedResponses())

    init(maxByteCount: Int) { self.maxByteCount = maxByteCount }

    /// Bytes of questions and answers that are kept.
    var byteCount: Int { state.withLock { $0.byteCount } }
    var count: Int { state.withLock { $0.count } }

    /// - Parameter waiter: `nil` for a request that must not wait for another one's answer.
    func find(_ key: ResponseKey, _ waiter: Waiter?) -> Finding {
        state.withLock { state in
            if let outputs = state.use(key) { return .hit(outputs) }
            return state.join(key, waiter)
        }
    }

    /// Takes out a waiter whose client is gone; false when it was called, or is about to be.
    func leave(_ key: ResponseKey, _ id: ObjectIdentifier) -> Bool {
        let waiter = state.withLock { $0.removeWaiter(key, id) }
        return waiter != nil
    }

    /// Keeps the outputs where there is room, and hands them to those who wait. `nil`: there are none.
    func settle(_ key: ResponseKey, _ outputs: [NamedTensor]?) {
        // Copies: what comes from a batch, or in a body, would keep all of it.
        let kept = outputs.flatMap { outputs in
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
        for waiter in waiters { waiter.call(outputs) }
    }

    /// Forgets the answers of a model that is not served any more.
    func forget(model: UInt64) {
        let dropped = state.withLock { $0.forget(model: model) }
        withExtendedLifetime(dropped) {}
    }
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
        tensors.map { named in
            let tensor = named.tensor
            return NamedTensor(
                named.name,
                Tensor(
                    dataType: tensor.dataType, shape: tensor.shape,
                    bytes: tensor.bytes.withUnsafeBytes { Bytes(copying: $0) }))
        }
    }
}
