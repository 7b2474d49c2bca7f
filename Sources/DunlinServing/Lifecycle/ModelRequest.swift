import DunlinInference
import DunlinTensor

/// A request to a served model, and who waits for it.
///
/// `@unchecked Sendable` as its superclass is, whose variables are confined to the scheduler's lock; its own are constants.
final class ModelRequest: ScheduledRequest, @unchecked Sendable {
    let model: ServedModel
    let selection: OutputSelection
    /// Outputs that are answered as classes; `nil` for most requests.
    let classes: OutputClasses?
    let id: String?
    let completion: @Sendable (Result<InferResponse, InferError>) -> Void

    /// - Throws: `.invalidArgument` for parameters that make no sense.
    init(
        _ model: ServedModel, _ request: InferRequest, _ inputs: [NamedTensor], rows: Int,
        arrived: UInt64, selection: OutputSelection, classes: OutputClasses? = nil,
        completion: @escaping @Sendable (Result<InferResponse, InferError>) -> Void
    ) throws(InferError) {
        self.model = model
        self.selection = selection
        self.classes = classes
        id = request.id
        self.completion = completion
        let limits = try RequestLimits(request, model.scheduler.options, arrived: arrived)
        super.init(
            inputs: inputs, rows: rows, arrived: arrived, deadline: limits.deadline,
            queueTimeout: limits.queueTimeout, level: limits.level, cancellation: request.cancellation,
            joinsBatches: rows > 0 && model.scheduler.options.plan.maxRows > 1
                && inputs.allSatisfy { $0.tensor.shape.dimensions.first == rows })
        latestStart = limits.latestStart
        parameters = request.parameters
        times = request.times
        if case .indices(let places) = selection { wantedOutputs = places }
    }

    override func finish(_ end: End) { model.finish(self, end) }
}

/// The first of equal requests to a model with a response cache: it computes what all of them get.
///
/// The request inside is the one that is counted and answered.
///
/// `@unchecked Sendable` as its superclass is, whose variables are confined to the scheduler's lock; its own are constants.
final class FirstRequest: ScheduledRequest, @unchecked Sendable {
    private let request: ModelRequest
    private let cache: ResponseCache
    private let key: ResponseKey
    /// What the look-up took.
    private let nanoseconds: UInt64

    init(_ request: ModelRequest, _ cache: ResponseCache, _ key: ResponseKey, nanoseconds: UInt64) {
        self.request = request
        self.cache = cache
        self.key = key
        self.nanoseconds = nanoseconds
        super.init(
            inputs: request.inputs, rows: request.rows, arrived: request.arrived, deadline: request.deadline,
            queueTimeout: request.queueTimeout, level: request.level, cancellation: request.cancellation,
            joinsBatches: request.joinsBatches)
        latestStart = request.latestStart
        parameters = request.parameters
        lease = request.lease
        times = request.times
    }

    override func finish(_ end: End) {
        request.finish(end)
        let began = request.model.clock()
        cache.settle(key, try? end.result.get())
        request.model.statistics.countCacheMiss(
            nanoseconds: nanoseconds &+ (request.model.clock() &- began))
    }
}

extension ServedModel {
    /// Answers a request from the cache, or lets it wait for an equal one, or runs it.
    ///
    /// - Returns: False when the model takes no more requests.
    func find(_ request: ModelRequest, in cache: ResponseCache) -> Bool {
        let key = ResponseKey(model: identity, inputs: request.inputs)
        let began = clock()
        // A request whose time is limited must not depend on another's.
        let isPatient = request.deadline == .max && request.queueTimeout == .max && request.latestStart == .max
        let waiter = ResponseCache.Waiter(id: ObjectIdentifier(request)) { outputs in
            request.cancellation?.removeCallback()
            self.answer(request, with: outputs)
        }
        let leave: @Sendable () -> Void = {
            guard cache.leave(key, waiter.id) else { return }
            self.refuse(request, ModelScheduler.cancelled, .cancelled)
        }
        // Before it joins: the answer may come, and the request go on elsewhere, as soon as it has.
        if isPatient { _ = request.cancellation?.onCancel(leave) }
        let finding = cache.find(key, isPatient ? waiter : nil)
        if isPatient, !finding.isJoined { request.cancellation?.removeCallback() }
        let nanoseconds = clock() &- began
        switch finding {
        case .hit(let outputs):
            answer(request, outputs, lookup: nanoseconds)
            return true
        case .joined:
            // The callback found nothing if the client hung up before the request had joined.
            if request.cancellation?.isCancelled == true { leave() }
            return true
        case .miss(isFirst: false): return submit(request)
        case .miss(isFirst: true):
            let first = FirstRequest(request, cache, key, nanoseconds: nanoseconds)
            switch scheduler.submit(first) {
            case .accepted: return true
            case .closed:
                cache.settle(key, nil)
                return false
            case .refused(let error, let reason):
                refuse(request, error, reason)
                cache.settle(key, nil)
                return true
            }
        }
    }

    /// Answers a request that waited for an equal one; runs it when that one has no answer.
    private func answer(_ request: ModelRequest, with outputs: [NamedTensor]?) {
        if let outputs { return answer(request, outputs, lookup: 0) }
        if !submit(request) { request.completion(.failure(Self.withdrawn)) }
    }

    private func answer(_ request: ModelRequest, _ outputs: [NamedTensor], lookup: UInt64) {
        let response = response(to: .success(outputs), request)
        if case .success = response {
            statistics.countCacheHit(nanoseconds: clock() &- request.arrived, lookup: lookup)
        } else {
            statistics.countFailure(.failed, nanoseconds: clock() &- request.arrived)
        }
        noteEnd(of: request)
        request.completion(response)
    }
}
