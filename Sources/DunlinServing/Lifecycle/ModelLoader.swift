import DunlinInference
import DunlinTensor

/// Turns a version on disk into a model that answers requests: chooses the backend, checks the configuration against
/// the model, makes the instances. Knows nothing of what is served already.
struct ModelLoader: Sendable {
    let configuration: ServingConfiguration
    let backends: [any Backend]
    let budget: ServingBudget
    let cache: ResponseCache?
    let log: ServingLog
    let clock: MonotonicClock
    /// Where models' rate limiters count.
    var rateLimiter: RateLimiter?
    /// `nil`: requests recorded beside models are not run.
    var decodeRecorded: RecordedRequestDecoder?

    /// Loads a version found in the repository.
    func load(
        _ model: RepositoryModel, version: Int, directory: String, files: [String: FileStamp], parameters: Parameters,
        from repository: ModelRepository
    ) throws(InferError) -> ServedModel {
        let candidates = try BackendChoice.backends(for: model.configuration, parameters, among: backends)
        let accepted = try firstAccepting(candidates, model: model.name) { (backend) throws(InferError) in
            let brought = model.brought?.version(version)
            let path = try repository.modelFile(
                configured: model.configuration.defaultModelFilename, usual: backend.defaultModelFilename,
                in: brought == nil ? directory : nil, files: files, of: model.name)
            return ModelSource(
                model: model.name, version: String(version), directory: directory, path: path,
                configuration: model.configuration, parameters: parameters,
                defaultPrecision: configuration.defaultPrecision, files: brought)
        }
        if let batching = model.configuration.sequenceBatching {
            guard try BatchLayout(accepted.loaded.signature, model.configuration) == nil else {
                throw InferError(
                    .invalidArgument, "ragged or padded batches and sequence_batching do not go together")
            }
            return try serveSequences(
                accepted, batching, model, version: version, directory: directory, from: repository)
        }
        var layout = try BatchLayout(accepted.loaded.signature, model.configuration)
        let signature = try ConfiguredSignature(
            layout?.signature ?? accepted.loaded.signature, model.configuration,
            leavesOutBatch: model.file.leavesOutBatch, labels: model.labels)
        try layout?.addPadding(model.configuration.parameters, signature.modelForm)
        let platform = model.configuration.platform
        let warmUp = try warmUp(signature, of: model, version: version, directory: directory, from: repository)
        return try serve(
            accepted, name: model.name, version: String(version), signature: signature,
            platform: platform.isEmpty ? accepted.loaded.platform : platform,
            instanceCount: try instanceCount(model), file: model.file, layout: layout, warmUp: warmUp)
    }

    /// Loads one model file for the worker `onnx`.
    func load(file path: String, endpoint: String, parameters: Parameters) throws(InferError) -> ServedModel {
        var model = ModelConfiguration()
        model.maxBatchSize = try Self.count(parameters, "batch_size")
        _ = try Self.count(parameters, "threads")
        let candidates = try BackendChoice.backends(for: .init(), parameters, among: backends)
        let directory = path.split(separator: "/").dropLast().reduce(into: "") { $0 += "/\($1)" }
        let accepted = try firstAccepting(candidates, model: endpoint) { _ throws(InferError) in
            ModelSource(
                model: endpoint, version: "1", directory: directory, path: path, parameters: parameters,
                defaultPrecision: configuration.defaultPrecision)
        }
        return try serve(
            accepted, name: endpoint, version: "1",
            signature: try ConfiguredSignature(accepted.loaded.signature, .init()),
            platform: accepted.loaded.platform, instanceCount: configuration.instanceCountDefault,
            file: ModelConfigurationFile(model))
    }

    /// A built-in worker's endpoint, with one instance.
    func serve(_ worker: any BuiltInWorker, endpoint: String) throws(InferError) -> ServedModel {
        let signature = try ConfiguredSignature(worker.signature, .init())
        return ServedModel(
            .init(
                name: endpoint, metadataName: worker.metadataName, responseName: worker.responseName, version: "1",
                platform: worker.platform, properties: worker.properties, loaded: worker, signature: signature,
                naming: worker.naming, maxBatchSize: 0,
                scheduler: scheduler(
                    try workers(endpoint, worker, count: 1),
                    SchedulingOptions(model: endpoint, maxRows: 1, nil)),
                clock: clock))
    }

    /// What V1 clients see of a model.
    func v1(
        _ signature: ConfiguredSignature, _ model: ModelConfiguration, of name: String
    ) throws(InferError) -> V1Profile {
        do throws(InferError) {
            return try V1Profile(
                signature.signature, parameters: model.parameters,
                prefersProbabilities: configuration.prefersProbabilities)
        } catch {
            throw InferError(error.code, "model '\(name)': \(error.message)")
        }
    }

    /// One more instance for an endpoint's pool.
    func worker(for model: ServedModel, number: Int) throws(InferError) -> InstanceWorker {
        InstanceWorker(label: Self.label(model.name, number), instance: try model.makeInstance())
    }

    // MARK: Steps

    struct Accepted {
        var backend: any Backend
        var loaded: any LoadedModel
        var refusals: [String]
        /// The model file's name.
        var fileName: String
    }

    private func firstAccepting(
        _ candidates: [any Backend], model: String,
        source: (any Backend) throws(InferError) -> ModelSource
    ) throws(InferError) -> Accepted {
        var refusals: [String] = []
        for backend in candidates {
            do throws(InferError) {
                let source = try source(backend)
                let fileName = String(source.path.split(separator: "/").last ?? "")
                return Accepted(
                    backend: backend, loaded: try backend.load(source), refusals: refusals, fileName: fileName)
            } catch {
                guard error.code == .unsupported else { throw error }
                refusals.append("\(backend.name): \(error.message)")
            }
        }
        guard !refusals.isEmpty else {
            throw InferError(.unsupported, "model '\(model)': this server has no backend")
        }
        throw InferError(.unsupported, "no backend runs model '\(model)': \(refusals.joined(separator: "; "))")
    }

    func serve(
        _ accepted: Accepted, name: String, version: String, signature: ConfiguredSignature, platform: String,
        instanceCount: Int, file: ModelConfigurationFile, layout: BatchLayout? = nil, warmUp: WarmUp? = nil
    ) throws(InferError) -> ServedModel {
        let configuration = file.configuration
        var properties = accepted.loaded.properties
        properties["backend"] = accepted.backend.name
        if !accepted.refusals.isEmpty { properties["backend_reason"] = accepted.refusals.joined(separator: "; ") }
        let batching = try batching(name, accepted.loaded, signature.modelForm, configuration)
        properties["batching"] = batching.text
        let options = SchedulingOptions(
            model: name, maxRows: batching.maxRows, configuration.dynamicBatching,
            splitsOversized: try Self.splitsOversized(configuration, name))
        let workers = try workers(
            name, accepted.loaded, count: instanceCount, groups: configuration.instanceGroups, layout: layout, warmUp)
        return ServedModel(
            .init(
                name: name, version: version, platform: platform, properties: properties, loaded: accepted.loaded,
                signature: signature, v1: try v1(signature, configuration, of: name),
                maxBatchSize: configuration.maxBatchSize,
                scheduler: scheduler(workers, options), cache: configuration.cachesResponses ? cache : nil,
                clock: clock, file: file, fileName: accepted.fileName))
    }

    /// What is to run before a version is ready.
    func warmUp(
        _ signature: ConfiguredSignature, of model: RepositoryModel, version: Int, directory: String,
        from repository: ModelRepository
    ) throws(InferError) -> WarmUp? {
        let files =
            decodeRecorded == nil
            ? [] : try repository.recordedRequests(of: model, version: version, versionDirectory: directory)
        return try WarmUp(signature, of: model, repository, recorded: files) { (file) throws(InferError) in
            guard let decodeRecorded else { preconditionFailure("a file nobody reads") }
            return try decodeRecorded(file.body, file.hasRawTensors, model.name, String(version))
        }
    }

    func workers(
        _ name: String, _ model: any LoadedModel, count: Int, groups: [ModelConfiguration.InstanceGroup] = [],
        layout: BatchLayout? = nil, _ warmUp: WarmUp? = nil
    ) throws(InferError) -> [InstanceWorker] {
        let limiters = groups.flatMap { Array(repeating: $0.rateLimiter, count: $0.count) }
        if rateLimiter == nil, limiters.contains(where: { $0 != nil }) {
            log.write(.info, "model '\(name)': rate_limiter has no effect: --rate-limit is off")
        }
        var workers: [InstanceWorker] = []
        for number in 0..<count {
            var claim: RateClaim?
            if let rateLimiter, number < limiters.count, let needs = limiters[number] {
                claim = try rateLimiter.claim(needs, of: name)
            }
            let worker = InstanceWorker(
                label: Self.label(name, number), instance: try model.makeInstance(), claim: claim,
                layout: layout)
            try warmUp?.run(on: worker)
            workers.append(worker)
        }
        return workers
    }

    func scheduler(_ workers: [InstanceWorker], _ options: SchedulingOptions) -> ModelScheduler {
        var options = options
        options.maxQueueSize = configuration.maxQueueSize
        options.inlineThreshold = UInt64(Swift.max(0, configuration.inlineThreshold / .nanoseconds(1)))
        return ModelScheduler(workers, options, budget: budget, log: log, clock: clock)
    }

    // MARK: Batching

    /// Rows that requests may be merged to, 1 for none, and what people are told of it.
    ///
    /// Requests are merged where the configuration says `max_batch_size` above 1 or `dynamic_batching`, and where it
    /// says nothing but the model gives the same rows together as apart (`RowIndependence`). A first axis of any extent
    /// alone proves nothing: it may be time.
    private func batching(
        _ name: String, _ model: any LoadedModel, _ signature: ModelSignature, _ given: ModelConfiguration
    ) throws(InferError) -> (maxRows: Int, text: String) {
        if let size = given.maxBatchSize, size <= 1 {
            return (1, "off: max_batch_size is \(size)")
        }
        guard RowIndependence.isConceivable(signature) else {
            return (1, "off: an input or output has a fixed first extent")
        }
        if let size = given.maxBatchSize { return (size, "up to \(size) rows, as configured") }
        let rows = given.dynamicBatching?.preferredBatchSizes.last ?? configuration.batchRowsDefault
        if given.dynamicBatching != nil { return (rows, "up to \(rows) rows, as configured") }
        guard rows > 1 else { return (1, "off: by default") }
        if let objection = RowIndependence.objection(to: try model.makeInstance(), model.signature) {
            log.write(.info, "model '\(name)': requests are not merged to batches: \(objection)")
            return (1, "off: \(objection)")
        }
        return (rows, "up to \(rows) rows, found out by trial")
    }

    /// The parameter `split_oversized` of a model's configuration.
    private static func splitsOversized(
        _ configuration: ModelConfiguration, _ model: String
    ) throws(InferError) -> Bool {
        switch configuration.parameters["split_oversized"]?.lowercased() {
        case nil, "false", "0": return false
        case "true", "1":
            guard let size = configuration.maxBatchSize, size > 0 else {
                throw InferError(
                    .invalidArgument, "model '\(model)': split_oversized needs a max_batch_size above 0")
            }
            return true
        case let other?:
            throw InferError(
                .invalidArgument, "model '\(model)': split_oversized is '\(other)'; it must be true or false")
        }
    }

    // MARK: Numbers

    func instanceCount(_ model: RepositoryModel) throws(InferError) -> Int {
        let groups = model.configuration.instanceGroups
        guard !groups.isEmpty else { return configuration.instanceCountDefault }
        var sum = 0
        for group in groups {
            sum += group.count
            guard sum <= configuration.maxInstanceCount else {
                throw InferError(
                    .invalidArgument,
                    "model '\(model.name)': instance_group asks for \(sum) instances; the limit is "
                        + "\(configuration.maxInstanceCount)")
            }
        }
        return sum
    }

    private static func label(_ model: String, _ number: Int) -> String { "dunlin.instance.\(model).\(number)" }

    /// The largest `batch_size` or `threads` a load may ask for.
    static let maxParameterCount = 65_536

    private static func count(_ parameters: Parameters, _ key: String) throws(InferError) -> Int? {
        guard let value = parameters[key] else { return nil }
        guard case .int(let number) = value, (1...Int64(maxParameterCount)).contains(number) else {
            throw InferError(.invalidArgument, "parameter '\(key)' must be an integer in 1...\(maxParameterCount)")
        }
        return Int(number)
    }
}
