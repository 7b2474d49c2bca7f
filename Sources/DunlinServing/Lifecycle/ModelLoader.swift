import DunlinInference
import DunlinTensor

/// Turns a version on disk into a model that answers requests: chooses the backend, checks the configuration against
/// the model, makes the instances. Knows nothing of what is served already.
struct ModelLoader: Sendable {
    let configuration: ServingConfiguration
    let backends: [any Backend]
    let clock: MonotonicClock

    /// Loads a version found in the repository.
    func load(
        _ model: RepositoryModel, version: Int, directory: String, files: [String: FileStamp], parameters: Parameters,
        from repository: ModelRepository
    ) throws(InferError) -> ServedModel {
        let candidates = try BackendChoice.backends(for: model.configuration, parameters, among: backends)
        let accepted = try firstAccepting(candidates, model: model.name) { (backend) throws(InferError) in
            let path = try repository.modelFile(
                configured: model.configuration.defaultModelFilename, usual: backend.defaultModelFilename,
                in: directory, files: files, of: model.name)
            return ModelSource(
                model: model.name, version: String(version), directory: directory, path: path,
                configuration: model.configuration, parameters: parameters,
                defaultPrecision: configuration.defaultPrecision)
        }
        let signature = try ConfiguredSignature(
            accepted.loaded.signature, model.configuration, leavesOutBatch: model.file.leavesOutBatch,
            labels: model.labels)
        let platform = model.configuration.platform
        return try serve(
            accepted, name: model.name, version: String(version), signature: signature,
            platform: platform.isEmpty ? accepted.loaded.platform : platform,
            instanceCount: try instanceCount(model), maxBatchSize: model.configuration.maxBatchSize)
    }

    /// Loads one model file for the worker `onnx`.
    func load(file path: String, endpoint: String, parameters: Parameters) throws(InferError) -> ServedModel {
        let maxBatchSize = try Self.count(parameters, "batch_size")
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
            maxBatchSize: maxBatchSize)
    }

    /// A built-in worker's endpoint, with one instance.
    func serve(_ worker: any BuiltInWorker, endpoint: String) throws(InferError) -> ServedModel {
        let signature = try ConfiguredSignature(worker.signature, .init())
        return ServedModel(
            .init(
                name: endpoint, metadataName: worker.metadataName, responseName: worker.responseName, version: "1",
                platform: worker.platform, properties: worker.properties, loaded: worker, signature: signature,
                naming: worker.naming, maxBatchSize: 0, pool: try pool(endpoint, worker, instanceCount: 1),
                clock: clock))
    }

    /// One more instance for an endpoint's pool.
    func worker(for model: ServedModel, number: Int) throws(InferError) -> InstanceWorker {
        InstanceWorker(label: Self.label(model.name, number), instance: try model.makeInstance())
    }

    // MARK: Steps

    private struct Accepted {
        var backend: any Backend
        var loaded: any LoadedModel
        var refusals: [String]
    }

    private func firstAccepting(
        _ candidates: [any Backend], model: String,
        source: (any Backend) throws(InferError) -> ModelSource
    ) throws(InferError) -> Accepted {
        var refusals: [String] = []
        for backend in candidates {
            do throws(InferError) {
                let loaded = try backend.load(try source(backend))
                return Accepted(backend: backend, loaded: loaded, refusals: refusals)
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

    private func serve(
        _ accepted: Accepted, name: String, version: String, signature: ConfiguredSignature, platform: String,
        instanceCount: Int, maxBatchSize: Int?
    ) throws(InferError) -> ServedModel {
        var properties = accepted.loaded.properties
        properties["backend"] = accepted.backend.name
        if !accepted.refusals.isEmpty { properties["backend_reason"] = accepted.refusals.joined(separator: "; ") }
        return ServedModel(
            .init(
                name: name, version: version, platform: platform, properties: properties, loaded: accepted.loaded,
                signature: signature, maxBatchSize: maxBatchSize,
                pool: try pool(name, accepted.loaded, instanceCount: instanceCount), clock: clock))
    }

    private func pool(
        _ name: String, _ model: any LoadedModel, instanceCount: Int
    ) throws(InferError) -> InstancePool {
        var workers: [InstanceWorker] = []
        for number in 0..<instanceCount {
            workers.append(InstanceWorker(label: Self.label(name, number), instance: try model.makeInstance()))
        }
        let nanoseconds = configuration.inlineThreshold / .nanoseconds(1)
        return InstancePool(
            workers, maxQueueSize: configuration.maxQueueSize, inlineThreshold: UInt64(Swift.max(0, nanoseconds)),
            clock: clock)
    }

    private func instanceCount(_ model: RepositoryModel) throws(InferError) -> Int {
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
