import DunlinHTTP

/// What an API key is good for. `admin` is good for everything.
package enum AccessScope: String, Sendable, CaseIterable {
    case infer, admin, metrics
}

/// What the holder of a key may do.
struct AccessGrant: Sendable, Equatable {
    /// Without repetitions, in the order of `AccessScope`.
    let scopes: [AccessScope]
    /// The only models that may be named; `nil`: every model.
    let models: Set<String>?

    func has(_ scope: AccessScope) -> Bool { scopes.contains(scope) || scopes.contains(.admin) }
}

/// The only models that a request may name or be told of: those of its key, of its deployment, or of both.
struct ModelLimit: Sendable, Equatable {
    let names: Set<String>
    /// Whether `names` are in lower case and stand for models of any case, as they do in host names.
    var ignoresCase = false
    /// Whose name stands for the one model, where the address names a deployment.
    var deployment: Gateway.Deployment?
    /// Whether an API key says so, and not the address alone.
    var isOfKey = false

    func contains(_ model: String) -> Bool { names.contains(ignoresCase ? model.lowercased() : model) }

    /// The model that `name` means: itself, or what the deployment of that name serves. `nil` for any other.
    func model(named name: String) -> String? {
        if contains(name) { return name }
        guard let deployment, deployment.isNamed(name), names.count == 1 else { return nil }
        return names.first
    }

    /// Why a request that names `model`, which is none of these, goes no further.
    func refusal(of model: String) -> Refusal {
        if isOfKey { return .forbidden("the API key is not good for the model '\(model)'") }
        return Refusal(reason: .notFound, message: "the deployment at this address does not serve a model '\(model)'")
    }
}

extension EndpointGroup {
    /// The scope that a key needs for this group; `nil`: everybody may call it.
    ///
    /// - Parameters:
    ///   - namesModel: Whether the route has a `{model}`. The health of one model tells that there is one, so it is not for
    ///     everybody.
    ///   - method: A model's configuration may be read by whoever may use the model.
    func scope(namesModel: Bool, method: HTTPMethod) -> AccessScope? {
        switch self {
        case .health: namesModel ? .infer : nil
        case .metadata, .inference, .statistics: .infer
        case .modelConfiguration: method == .get ? .infer : .admin
        case .metrics: .metrics
        case .sharedMemory, .modelRepository, .trace, .logging: .admin
        }
    }
}
