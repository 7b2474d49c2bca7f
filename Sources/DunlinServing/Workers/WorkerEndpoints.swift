import DunlinInference

/// Which endpoint a load or unload of a worker means. Names are lower-cased before they come here.
///
/// 1. The first load of a worker makes the endpoint of the worker's name.
/// 2. A load with the same parameters means the same endpoint and starts nothing.
/// 3. A load with other parameters makes `<worker>-0`, then `-1`, …: the first name that is free.
/// 4. `share: false` is not compared, and adds one instance to an endpoint that exists; each asks for one more unload.
/// 5. An unload of an endpoint that does not exist does nothing.
///
/// Pure: the caller loads and unloads.
struct WorkerEndpoints: Sendable {
    enum LoadAction: Equatable {
        case create(endpoint: String)
        case addInstance(endpoint: String)
        case none(endpoint: String)
    }

    enum UnloadAction: Equatable { case remove, removeInstance, none }

    private struct Endpoint {
        var worker: String
        /// Sorted by key, without `share`.
        var parameters: [Parameters.Entry]
        var instanceCount: Int
    }

    private var endpoints: [String: Endpoint] = [:]

    func contains(_ endpoint: String) -> Bool { endpoints[endpoint] != nil }

    var count: Int { endpoints.count }

    /// What a load asks for; nothing changes before `commit`.
    func action(forLoading worker: String, _ parameters: Parameters) -> LoadAction {
        let compared = Self.compared(parameters)
        let match = endpoints.first { $0.value.worker == worker && $0.value.parameters == compared }
        if let endpoint = match?.key {
            return parameters.bool("share") == false ? .addInstance(endpoint: endpoint) : .none(endpoint: endpoint)
        }
        var name = worker
        var number = 0
        while endpoints[name] != nil {
            name = "\(worker)-\(number)"
            number += 1
        }
        return .create(endpoint: name)
    }

    /// Notes that `action` was done.
    mutating func commit(_ action: LoadAction, worker: String, _ parameters: Parameters) {
        switch action {
        case .create(let endpoint):
            endpoints[endpoint] = Endpoint(worker: worker, parameters: Self.compared(parameters), instanceCount: 1)
        case .addInstance(let endpoint): endpoints[endpoint]?.instanceCount += 1
        case .none: break
        }
    }

    /// Notes an unload and says what it means.
    mutating func unload(_ endpoint: String) -> UnloadAction {
        guard let found = endpoints[endpoint] else { return .none }
        if found.instanceCount == 1 {
            endpoints[endpoint] = nil
            return .remove
        }
        endpoints[endpoint]?.instanceCount -= 1
        return .removeInstance
    }

    private static func compared(_ parameters: Parameters) -> [Parameters.Entry] {
        parameters.entries.filter { $0.key != "share" }.sorted { $0.key < $1.key }
    }
}
