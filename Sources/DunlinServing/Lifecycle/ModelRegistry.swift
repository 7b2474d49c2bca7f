import Dispatch
package import DunlinInference
import Synchronization

/// Every endpoint the server has: models of the repository and workers, by name.
///
/// One `Mutex` holds what is served and what happened to each model; loads and unloads run on the queue
/// `dunlin.repository`, one at a time, while requests go on. A request takes that lock once, to find its model, and
/// then the lock of the model's `ModelScheduler`.
package final class ModelRegistry: Sendable {
    let configuration: ServingConfiguration
    let repository: ModelRepository?
    let loader: ModelLoader
    /// What all models share.
    let budget: ServingBudget
    let log: ServingLog
    let clock: MonotonicClock
    let queue = DispatchQueue(label: "dunlin.repository", qos: .utility)
    /// Entered for each scheduler that serves or drains.
    let drained = DispatchGroup()
    let state = Mutex(State())

    enum Phase { case created, starting, serving, stopped }

    struct State {
        var phase = Phase.created
        /// What requests look at.
        var serving: [String: ServedVersions] = [:]
        var models: [String: ModelRecord] = [:]
        var workers = WorkerEndpoints()
        /// Those that serve or drain.
        var schedulers: [ObjectIdentifier: any RequestScheduler] = [:]
        /// In control mode `poll`, once it has begun.
        var polling: RepositoryPolling?
        /// Models seen in the repository the last time it was listed.
        var namesOnDisk: Set<String> = []
        /// Whether it has been listed since the start.
        var hasReadNames = false
    }

    /// - Parameters:
    ///   - backends: In the order they are tried.
    ///   - decodeRecorded: Reads the requests recorded beside models; `nil`: they are not run.
    package init(
        _ configuration: ServingConfiguration, backends: [any Backend], log: ServingLog = .silent,
        clock: @escaping MonotonicClock = monotonicNanoseconds, decodeRecorded: RecordedRequestDecoder? = nil
    ) {
        self.configuration = configuration
        self.log = log
        self.clock = clock
        repository = configuration.modelRepository.map { ModelRepository(path: $0, configuration: configuration) }
        budget = ServingBudget(
            maxQueuedCount: configuration.maxQueuedRequestCount, maxByteCount: configuration.maxInFlightByteCount)
        loader = ModelLoader(
            configuration: configuration, backends: backends, budget: budget,
            cache: configuration.responseCacheByteCount > 0
                ? ResponseCache(maxByteCount: configuration.responseCacheByteCount, budget: budget) : nil,
            log: log, clock: clock,
            rateLimiter: configuration.rateLimit == .off ? nil : RateLimiter(limits: configuration.rateLimitResources),
            decodeRecorded: decodeRecorded)
    }

    deinit {
        // A group that is entered keeps itself alive. Schedulers that drain keep the registry, so those left here serve.
        for _ in 0..<state.withLock({ $0.schedulers.count }) { drained.leave() }
    }

    // MARK: Requests

    /// Runs one request. A model that was replaced or unloaded since it was looked up does not take it; what is served is
    /// changed before a scheduler is closed, so the next look finds the successor or nothing.
    ///
    /// - Parameter completion: Called once: before this returns (a cheap model, or an error), or later on an
    /// instance's queue.
    package func infer(
        _ request: InferRequest, completion: @escaping @Sendable (Result<InferResponse, InferError>) -> Void
    ) {
        while true {
            let model: ServedModel
            do throws(InferError) {
                model = try served(request.model, request.version)
            } catch {
                return completion(.failure(error))
            }
            guard model.mayWithdraw else {
                if model.infer(request, completion: completion) { return }
                continue
            }
            let isTaken = model.infer(request) { result in
                guard case .failure(ServedModel.withdrawn) = result else { return completion(result) }
                self.infer(request, completion: completion)
            }
            if isTaken { return }
        }
    }

    // MARK: Questions

    /// Whether requests are taken and, with strict readiness, no wanted model is loading or failed.
    ///
    /// A model whose reload failed while its former version goes on serving counts as ready.
    package var isReady: Bool {
        state.withLock { state in
            switch state.phase {
            case .created, .stopped: return false
            case .starting: return !configuration.strictReadiness
            case .serving: break
            }
            guard configuration.strictReadiness else { return true }
            return state.models.allSatisfy { !$0.value.isWanted || state.serving[$0.key] != nil }
        } && !(configuration.strictReadiness && lacksMembers)
    }

    /// - Throws: `.notFound` when there is no such model or version.
    package func isReady(model: String, version: String? = nil) throws(InferError) -> Bool {
        do throws(InferError) {
            return missingMember(try served(model, version)) == nil
        } catch {
            if error.code == .notFound { throw error }
            return false
        }
    }

    /// - Throws: `.notFound`, or `.unavailable` when the model is not ready.
    package func metadata(model: String, version: String? = nil) throws(InferError) -> ModelMetadata {
        let served = try served(model, version)
        let versions = state.withLock { $0.serving[model]?.ascending.map(\.version) } ?? [served.version]
        return ModelMetadata(
            name: served.metadataName, versions: versions, platform: served.platform,
            inputs: served.signature.inputs, outputs: served.signature.outputs, properties: served.properties)
    }

    /// - Throws: `.notFound`, or `.unavailable` when the model is not ready.
    package func signature(model: String, version: String? = nil) throws(InferError) -> ModelSignature {
        try served(model, version).signature
    }

    /// Whether the model's configuration says that the first extent of its inputs counts rows (`max_batch_size`).
    ///
    /// - Throws: `.notFound`, or `.unavailable` when the model is not ready.
    package func isBatched(model: String, version: String? = nil) throws(InferError) -> Bool {
        try served(model, version).maxBatchSize > 0
    }

    /// Whether the model's requests belong to sequences.
    ///
    /// - Throws: `.notFound`, or `.unavailable` when the model is not ready.
    package func takesSequences(model: String, version: String? = nil) throws(InferError) -> Bool {
        try served(model, version).scheduler is SequenceScheduler
    }

    /// The endpoints that are loaded, models and workers, sorted.
    package func modelNames() -> [String] {
        state.withLock { Array($0.serving.keys) }.sorted()
    }

    /// What the requests of all models take now: how many wait, and the bytes of all inputs that are not answered yet.
    package var held: (queuedCount: Int, byteCount: Int) { (budget.queuedCount, budget.heldByteCount) }

    /// The answers that the response cache keeps, and the bytes of them and of what was asked.
    package var cached: (count: Int, byteCount: Int) { (loader.cache?.count ?? 0, loader.cache?.byteCount ?? 0) }

    /// The counters of what is loaded, sorted by name and version; `model` and `version` narrow it.
    package func statistics(
        model: String? = nil, version: String? = nil
    ) throws(InferError) -> [ModelStatistics.Snapshot] {
        var models: [ServedModel] = []
        if let model {
            let chosen = try served(model, version)
            models = version == nil ? state.withLock { $0.serving[model]?.ascending } ?? [chosen] : [chosen]
        } else {
            let serving = state.withLock { $0.serving }
            models = serving.sorted { $0.key < $1.key }.flatMap(\.value.ascending)
        }
        return models.map { $0.snapshot() }
    }

    /// What answers for `name`, and for `version` when one is given.
    func served(_ name: String, _ version: String?) throws(InferError) -> ServedModel {
        if let found = state.withLock({ $0.serving[name] })?.version(version) { return found }
        throw state.withLock { $0.absence(of: name, version) }
    }

    // MARK: Stopping

    /// Takes no new requests, waits at most `grace` for those in flight, then fails what still waits and releases all
    /// models. Blocks; not for event loops or instance queues.
    ///
    /// - Returns: Whether all requests in flight ended in time.
    @discardableResult
    package func stop(grace: Duration) -> Bool {
        let serving = state.withLock { state -> [String: ServedVersions] in
            state.phase = .stopped
            let serving = state.serving
            state.serving = [:]
            state.models = [:]
            state.polling = nil
            return serving
        }
        for versions in serving.values {
            for model in versions.ascending { drain(model) }
        }
        let nanoseconds = Swift.min(Swift.max(0, grace / .nanoseconds(1)), 1e18)
        if drained.wait(timeout: .now() + .nanoseconds(Int(nanoseconds))) == .success { return true }
        let left = state.withLock { Array($0.schedulers.values) }
        for scheduler in left { scheduler.abandonWaiting(Self.stopping) }
        log.write(.warning, "stopped with \(left.reduce(0) { $0 + $1.leaseCount }) requests still running")
        return false
    }

    static let starting = InferError(.unavailable, "the server is starting and has not read its model repository yet")
    static let stopping = InferError(.unavailable, "the server is stopping")

    /// Closes the scheduler of a model that requests no longer find.
    func drain(_ model: ServedModel, then: (@Sendable (inout State) -> Void)? = nil) {
        let identity = ObjectIdentifier(model.scheduler)
        model.scheduler.close {
            let scheduler = self.state.withLock { state in
                then?(&state)
                return state.schedulers.removeValue(forKey: identity)
            }
            withExtendedLifetime(scheduler) {}
            self.drained.leave()
        }
    }
}

extension ModelRegistry.State {
    /// Why nothing answers for `name` and `version`.
    func absence(of name: String, _ version: String?) -> InferError {
        if phase == .stopped { return ModelRegistry.stopping }
        if phase == .starting, !hasReadNames { return ModelRegistry.starting }
        if let record = models[name] {
            guard let version, !version.isEmpty else { return .modelNotReady(name, state: record.word) }
            guard let number = VersionName.number(version), let found = record.versions[number] else {
                return .versionNotFound(name, version: version)
            }
            return .modelNotReady(name, state: found.word)
        }
        if let version, serving[name] != nil { return .versionNotFound(name, version: version) }
        if namesOnDisk.contains(name) { return .modelNotReady(name, state: IndexEntry.State.unavailable.rawValue) }
        return .modelNotFound(name)
    }

    /// Lets requests find what the records say is served under `name`.
    mutating func refreshServing(_ name: String) {
        let versions = models[name]?.versions.filter { $0.value.lifecycle.serves } ?? [:]
        serving[name] = ServedVersions(versions.sorted { $0.key < $1.key }.compactMap(\.value.served))
    }

    /// Notes a scheduler that begins to serve. False when the server has stopped meanwhile.
    mutating func admit(_ model: ServedModel, _ drained: DispatchGroup) -> Bool {
        guard phase != .stopped else { return false }
        schedulers[ObjectIdentifier(model.scheduler)] = model.scheduler
        drained.enter()
        return true
    }
}
