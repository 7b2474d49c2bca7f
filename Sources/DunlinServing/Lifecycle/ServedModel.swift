import DunlinBytes
import DunlinInference
import DunlinTensor
import Glibc
import Synchronization

/// One version of a model, or a worker's endpoint, that answers requests: loaded, checked, with its instances.
///
/// Immutable but for its scheduler and counters, so that requests hold on to it without a lock. Its memory goes with the
/// last reference: the registry's, or that of the last request in flight.
final class ServedModel: Sendable {
    /// The endpoint's name.
    let name: String
    /// `name` in metadata and `model_name` in responses; AMD's demo worker calls itself otherwise than its endpoint.
    let metadataName: String
    let responseName: String
    let version: String
    let platform: String
    let properties: [String: String]
    /// The configuration as given, before it is completed from the model.
    let file: ModelConfigurationFile
    /// The model file's name in its version directory; empty where there is none.
    let fileName: String
    let signature: ModelSignature
    let scheduler: any RequestScheduler
    let statistics = ModelStatistics()
    let v1: V1Profile
    /// Seconds since 1970.
    let creationTime = time(nil)

    private let loaded: any LoadedModel
    /// How the served tensors differ from the loaded model's.
    private let configured: ConfiguredSignature
    private let naming: OutputSelection.Naming
    /// 0: requests are not checked against a largest batch.
    let maxBatchSize: Int
    /// Whether the first dimension of every input counts rows.
    private let isBatched: Bool
    let clock: MonotonicClock
    /// Where the configuration wants answers kept.
    let cache: ResponseCache?
    /// Tells it from every other served model, former ones too.
    let identity = lastIdentity.add(1, ordering: .relaxed).newValue

    private static let lastIdentity = Atomic<UInt64>(0)

    /// What a served model is made of.
    struct Parts {
        var name: String
        var metadataName: String?
        var responseName: String?
        var version: String
        var platform: String
        var properties: [String: String] = [:]
        var loaded: any LoadedModel
        var signature: ConfiguredSignature
        /// `nil`: as the signature says.
        var v1: V1Profile?
        var naming = OutputSelection.Naming.bySignature
        var maxBatchSize: Int?
        var scheduler: any RequestScheduler
        var cache: ResponseCache?
        var clock: MonotonicClock
        var file = ModelConfigurationFile()
        var fileName = ""
    }

    init(_ parts: Parts) {
        name = parts.name
        metadataName = parts.metadataName ?? parts.name
        responseName = parts.responseName ?? parts.name
        version = parts.version
        platform = parts.platform
        properties = parts.properties
        file = parts.file
        fileName = parts.fileName
        loaded = parts.loaded
        signature = parts.signature.signature
        v1 = parts.v1 ?? V1Profile(parts.signature.signature)
        configured = parts.signature
        naming = parts.naming
        maxBatchSize = parts.maxBatchSize ?? 0
        let inputs = parts.signature.modelForm.inputs
        isBatched =
            parts.maxBatchSize != 0 && !inputs.isEmpty && !parts.signature.signature.isVariadic
            && inputs.allSatisfy { $0.shape.first == -1 }
        scheduler = parts.scheduler
        cache = parts.cache
        clock = parts.clock
        // Reading and packing a model leave about as much behind as the model has.
        FreedMemory.giveBackSoon()
    }

    deinit {
        cache?.forget(model: identity)
        FreedMemory.giveBackSoon()
    }

    var memoryByteCount: Int { loaded.memoryByteCount }

    func makeInstance() throws(InferError) -> any ModelInstance { try loaded.makeInstance() }

    /// Checks and runs one request; `completion` is called once, now or later.
    ///
    /// - Parameter lease: Lets a request in although the model is withdrawn.
    /// - Returns: False when the model takes no more requests; `completion` was not called then.
    func infer(
        _ request: InferRequest, under lease: ModelLease? = nil,
        completion: @escaping @Sendable (Result<InferResponse, InferError>) -> Void
    ) -> Bool {
        let arrived = clock()
        if let times = request.times { noteStart(times, at: arrived) }
        let scheduled: ModelRequest
        do throws(InferError) {
            let given = try request.inputs(checkedAgainst: signature)
            let inputs = configured.inputReshapes.isEmpty ? given : configured.forModel(given)
            let rows = try checkedRows(inputs)
            if maxBatchSize > 0, rows > maxBatchSize {
                // Each part is reshaped for itself.
                return try inferInParts(request, given, rows: rows, under: lease, completion: completion)
            }
            scheduled = try ModelRequest(
                self, request, inputs, rows: rows, arrived: arrived,
                selection: try OutputSelection(request, signature, naming: naming),
                classes: try OutputClasses(request, signature), completion: completion)
        } catch {
            statistics.countFailure(.invalid, nanoseconds: clock() &- arrived)
            if let times = request.times { noteEnd(times, error) }
            completion(.failure(error))
            return true
        }
        scheduled.lease = lease
        if let cache { return find(scheduled, in: cache) }
        return submit(scheduled)
    }

    func submit(_ request: ModelRequest) -> Bool {
        if let times = request.times { noteQueueStart(times) }
        switch scheduler.submit(request) {
        case .accepted: return true
        case .closed: return false
        case .refused(let error, let reason):
            refuse(request, error, reason)
            return true
        }
    }

    func refuse(_ request: ModelRequest, _ error: InferError, _ reason: ModelStatistics.Rejection) {
        statistics.countFailure(reason, nanoseconds: clock() &- request.arrived)
        noteEnd(of: request, error)
        request.completion(.failure(error))
    }

    /// Counts and answers a request that the scheduler took.
    func finish(_ request: ModelRequest, _ end: ScheduledRequest.End) {
        if let rejection = end.rejection {
            statistics.countFailure(rejection, nanoseconds: clock() &- request.arrived)
            noteEnd(of: request, end.result.failure)
            request.completion(end.result.map { _ in preconditionFailure("rejected with an answer") })
            return
        }
        let response = response(to: end.result, request)
        if case .success = response {
            statistics.countSuccess(
                arrived: request.arrived, rows: request.rows, end.execution, countsExecution: end.countsExecution)
        } else {
            if end.countsExecution { statistics.countExecution(end.execution) }
            statistics.countFailure(.failed, nanoseconds: end.execution.ended &- request.arrived)
        }
        if let times = request.times {
            noteExecution(times, end.execution)
            noteEnd(times, response.failure)
        }
        request.completion(response)
    }

    /// The counters, and what waits and runs now.
    func snapshot() -> ModelStatistics.Snapshot {
        var snapshot = statistics.snapshot(model: name, version: version)
        (snapshot.pendingCount, snapshot.runningCount, snapshot.instanceCount) = scheduler.counts
        snapshot.memoryByteCount = memoryByteCount
        return snapshot
    }

    func response(
        to result: Result<[NamedTensor], InferError>, _ request: ModelRequest
    ) -> Result<InferResponse, InferError> {
        result.flatMap { outputs in
            var outputs = outputs
            if !signature.isVariadic {
                guard outputs.count == loaded.signature.outputs.count else {
                    return .failure(
                        InferError(
                            .internal,
                            "model '\(name)' gave \(outputs.count) outputs instead of "
                                + "\(loaded.signature.outputs.count)"))
                }
                if let outputIndices = configured.outputIndices { outputs = outputIndices.map { outputs[$0] } }
                if !configured.outputReshapes.isEmpty {
                    do throws(InferError) {
                        outputs = try configured.forClient(outputs, model: name)
                    } catch {
                        return .failure(error)
                    }
                }
            }
            outputs = request.selection.apply(to: outputs)
            if let classes = request.classes {
                do throws(InferError) {
                    outputs = try classes.apply(to: outputs, of: signature, isBatched: isBatched)
                } catch { return .failure(error) }
            }
            return .success(
                InferResponse(model: responseName, version: version, id: request.id, outputs: outputs))
        }
    }

    /// Rows of one request, which need not have elements: as many as all that wait can be counted with.
    static let maxRowCount = 1 << 40

    /// The rows of a request to a model with a batch dimension; 1 for others.
    private func checkedRows(_ inputs: [NamedTensor]) throws(InferError) -> Int {
        guard isBatched, let first = inputs.first else { return 1 }
        let rows = first.tensor.shape[0]
        guard rows <= Self.maxRowCount else {
            throw InferError(
                .invalidArgument,
                "model '\(name)': input '\(first.name)' has \(rows) rows; the limit is \(Self.maxRowCount)")
        }
        guard maxBatchSize > 0 else { return rows }
        for input in inputs where input.tensor.shape[0] != rows {
            throw InferError(
                .invalidArgument,
                "model '\(name)': input '\(input.name)' has \(input.tensor.shape[0]) rows, input '\(first.name)' has "
                    + "\(rows)")
        }
        guard rows <= maxBatchSize || scheduler.options.splitsOversized else {
            throw InferError(
                .invalidArgument, "model '\(name)': a batch of \(rows) is more than max_batch_size \(maxBatchSize)")
        }
        return rows
    }
}

/// The versions of one endpoint that answer requests, ascending; never empty.
final class ServedVersions: Sendable {
    let ascending: [ServedModel]
    let highest: ServedModel

    init?(_ ascending: [ServedModel]) {
        guard let last = ascending.last else { return nil }
        self.ascending = ascending
        highest = last
    }

    /// The version asked for, or the highest.
    func version(_ version: String?) -> ServedModel? {
        guard let version, !version.isEmpty else { return highest }
        return ascending.first { $0.version == version }
    }
}
