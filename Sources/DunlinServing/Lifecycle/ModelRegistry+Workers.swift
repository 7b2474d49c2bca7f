import Dispatch
package import DunlinInference
import Synchronization

extension ModelRegistry {
    /// Loads a worker and answers the endpoint's name, by the rules of `WorkerEndpoints`.
    ///
    /// Workers: `echo`, `echo_multi`, `cplusplus` (with `model`: `echo` or `echo_multi`), `identity`, and `onnx` (with
    /// `model`: a path inside the repository; `batch_size`, `threads`, `backend`).
    package func loadWorker(
        _ worker: String, parameters: Parameters = [:],
        completion: @escaping @Sendable (Result<String, InferError>) -> Void
    ) {
        queue.async {
            completion(
                Result { () throws(InferError) in
                    try self.loadWorkerNow(worker.lowercased(), parameters: parameters)
                })
        }
    }

    /// Unloads one instance of a worker's endpoint, and the endpoint with its last one. An endpoint that does not exist
    /// is accepted silently.
    package func unloadWorker(
        _ endpoint: String, completion: @escaping @Sendable (Result<Void, InferError>) -> Void
    ) {
        queue.async {
            _ = self.unloadWorkerNow(endpoint)
            completion(.success(()))
        }
    }

    private func loadWorkerNow(_ worker: String, parameters: Parameters) throws(InferError) -> String {
        dispatchPrecondition(condition: .onQueue(queue))
        try ModelName.check(worker)
        let kind = try WorkerKind(worker, parameters)
        if parameters["share"] != nil, parameters.bool("share") == nil {
            throw InferError(.invalidArgument, "parameter 'share' must be true or false")
        }
        let action = state.withLock { $0.workers.action(forLoading: worker, parameters) }
        switch action {
        case .none(let endpoint): return endpoint
        case .addInstance(let endpoint):
            try addInstance(to: endpoint)
            state.withLock { $0.workers.commit(action, worker: worker, parameters) }
            return endpoint
        case .create(let endpoint):
            try checkRoom(for: endpoint)
            let model: ServedModel
            switch kind {
            case .builtIn(let builtIn): model = try loader.serve(builtIn, endpoint: endpoint)
            case .file(let path):
                guard let repository else {
                    throw InferError(.invalidArgument, "model '\(path)': the server has no model repository")
                }
                var passed = parameters
                passed["share"] = nil
                model = try loader.load(
                    file: try repository.file(atPath: path), endpoint: endpoint, parameters: passed)
            }
            let isPublished = state.withLock { state in
                guard state.admit(model, drained) else { return false }
                state.workers.commit(action, worker: worker, parameters)
                state.serving[endpoint] = ServedVersions([model])
                return true
            }
            guard isPublished else { throw Self.stopping }
            log.write(.info, "worker '\(worker)' is ready as endpoint '\(endpoint)'")
            return endpoint
        }
    }

    private func addInstance(to endpoint: String) throws(InferError) {
        guard let model = state.withLock({ $0.serving[endpoint]?.highest }) else { throw Self.stopping }
        guard let scheduler = model.scheduler as? ModelScheduler else { throw Self.stopping }
        let count = scheduler.instanceCount
        guard count < configuration.maxInstanceCount else {
            throw InferError(
                .resourceExhausted, "endpoint '\(endpoint)' has \(count) instances, which is the limit")
        }
        scheduler.add(try loader.worker(for: model, number: count))
    }

    private func checkRoom(for endpoint: String) throws(InferError) {
        let (isTaken, count) = state.withLock { state in
            (state.serving[endpoint] != nil || state.models[endpoint]?.isWanted == true, state.workers.count)
        }
        if isTaken {
            throw InferError(
                .invalidArgument, "endpoint '\(endpoint)' is the name of a model of the repository; unload that first")
        }
        guard count < configuration.maxModelCount else {
            throw InferError(.resourceExhausted, "\(count) worker endpoints are loaded, which is the limit")
        }
    }

    /// False when no worker has such an endpoint.
    func unloadWorkerNow(_ name: String) -> Bool {
        dispatchPrecondition(condition: .onQueue(queue))
        let endpoint = name.lowercased()
        let (action, model) = state.withLock { state -> (WorkerEndpoints.UnloadAction, ServedModel?) in
            let action = state.workers.unload(endpoint)
            let model = action == .none ? nil : state.serving[endpoint]?.highest
            if action == .remove { state.serving[endpoint] = nil }
            return (action, model)
        }
        switch action {
        case .none: return false
        case .removeInstance: (model?.scheduler as? ModelScheduler)?.removeInstance()
        case .remove:
            if let model { drain(model) }
            log.write(.info, "endpoint '\(endpoint)' is unloaded")
        }
        return true
    }
}
