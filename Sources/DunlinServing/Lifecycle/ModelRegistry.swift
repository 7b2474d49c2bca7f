import Dispatch
package import DunlinInference
import Synchronization

/// Every endpoint the server has: models of the repository and workers, by name.
package final class ModelRegistry: Sendable {
    /// - Parameter backends: In the order they are tried.
    package init(_ configuration: ServingConfiguration, backends: [any Backend], log: ServingLog = .silent) {}

    /// Scans the repository and loads what the configuration wants at start, on the repository's queue.
    ///
    /// - Parameter completion: Called once when all loads have ended. Fails only when the repository itself cannot be
    ///   read; a model that failed has its reason in the index.
    package func start(completion: @escaping @Sendable (Result<Void, InferError>) -> Void) {
        completion(.success(()))
    }

    /// Whether requests are taken and, with strict readiness, no wanted model is loading or failed.
    package var isReady: Bool { false }

    /// The models of the repository with the states of their versions, by name. Looks at the disk.
    package func index(readyOnly: Bool) -> [IndexEntry] { [] }

    /// Loads or reloads a model; completes when it is ready or has failed.
    package func load(
        _ model: String, version: String? = nil, parameters: Parameters = [:],
        completion: @escaping @Sendable (Result<Void, InferError>) -> Void
    ) { completion(.failure(.modelNotFound(model))) }

    /// Completes when no new request can start; memory goes after the last request in flight.
    package func unload(
        _ model: String, version: String? = nil, completion: @escaping @Sendable (Result<Void, InferError>) -> Void
    ) { completion(.failure(.modelNotFound(model))) }

    /// Loads a worker; answers the endpoint's name.
    package func loadWorker(
        _ worker: String, parameters: Parameters = [:],
        completion: @escaping @Sendable (Result<String, InferError>) -> Void
    ) { completion(.failure(.modelNotFound(worker))) }

    /// Unloads one instance of a worker's endpoint; an unknown endpoint is accepted silently.
    package func unloadWorker(
        _ endpoint: String, completion: @escaping @Sendable (Result<Void, InferError>) -> Void
    ) { completion(.success(())) }

    /// - Throws: `.notFound` when there is no such model or version.
    package func isReady(model: String, version: String? = nil) throws(InferError) -> Bool { false }

    /// - Throws: `.notFound`, or `.unavailable` when the model is not ready.
    package func metadata(model: String, version: String? = nil) throws(InferError) -> ModelMetadata {
        throw .modelNotFound(model)
    }

    /// - Throws: `.notFound`, or `.unavailable` when the model is not ready.
    package func signature(model: String, version: String? = nil) throws(InferError) -> ModelSignature {
        throw .modelNotFound(model)
    }

    /// The endpoints that are loaded, sorted.
    package func modelNames() -> [String] { [] }

    /// The counters of what is loaded, sorted by name and version; `model` and `version` narrow it.
    package func statistics(
        model: String? = nil, version: String? = nil
    ) throws(InferError) -> [ModelStatistics.Snapshot] { [] }

    /// Runs one request. `completion` is called once: before this returns (a cheap model, or an error), or later on an
    /// instance's queue.
    package func infer(
        _ request: InferRequest, completion: @escaping @Sendable (Result<InferResponse, InferError>) -> Void
    ) { completion(.failure(.modelNotFound(request.model))) }

    /// Takes no new requests, waits at most `grace` for those in flight, then fails what still waits and releases all
    /// models. Blocks; not for event loops or instance queues.
    ///
    /// - Returns: Whether all requests in flight ended in time.
    @discardableResult
    package func stop(grace: Duration) -> Bool { true }
}
