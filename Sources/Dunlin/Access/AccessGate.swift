import DunlinBytes
import DunlinHTTP

/// What stands between a listener's requests and their endpoints: keys, restrictions, the listener's own groups, and the
/// gateway's addresses. A listener without any of them has no gate.
struct AccessGate: Sendable {
    var keys: KeyRing?
    var restrictions = RestrictedAPIs()
    /// What counts for gRPC in the place of `restrictions`, where it says anything of a group.
    var grpcRestrictions = RestrictedAPIs()
    var crossOrigin: CrossOrigin?
    var gateway: Gateway?
    /// What this listener does not answer; the other one does.
    var elsewhere: Set<EndpointGroup> = []

    /// Whether every request would pass.
    var isOpen: Bool {
        keys == nil && restrictions.restrictions.isEmpty && grpcRestrictions.restrictions.isEmpty && crossOrigin == nil
            && gateway == nil && elsewhere.isEmpty
    }

    /// Routes without `{model}` that requests limited to some models may call: they tell nothing of models, or of those only
    /// that the request may see (`Call.sees`). What is not here is refused.
    static let limitedPaths: Set<String> = [
        "/v2", "/v2/hardware", "/v2/models", "/v2/models/stats", "/v2/repository/index", "/v1/models",
    ]

    /// Decides on a request that matched `target`, and puts the model that is meant into `parameters`.
    ///
    /// - Returns: The models that the request is limited to.
    /// - Throws: Why it does not pass.
    func admit(
        _ request: HTTPRequest, _ target: RouteTarget, _ parameters: inout PathParameters
    ) throws(Refusal) -> ModelLimit? {
        if elsewhere.contains(target.group) {
            throw .forbidden("\(target.path) is answered on the server's admin address only (--admin-address)")
        }
        if let refusal = refusal(target, request.headers) { throw refusal }
        let grant = try grant(request, target)
        var limit = try deploymentLimit(request, target, &parameters)
        if let models = grant?.models {
            limit = ModelLimit(
                names: limit.map { limit in models.filter(limit.contains) } ?? models, deployment: limit?.deployment,
                isOfKey: true)
        }
        guard let limit else { return nil }
        if let model = parameters["model"] {
            guard limit.contains(model) else { throw limit.refusal(of: model) }
        } else if target.scope != nil, !target.checksModels {
            throw .forbidden("\(target.path) is about all models, and this request is limited to some")
        }
        return limit
    }

    private func refusal(_ target: RouteTarget, _ headers: HTTPHeaders) -> Refusal? {
        guard target.isGRPC, grpcRestrictions.restrictions[target.group] != nil else {
            return restrictions.refusal(target.group, headers)
        }
        return grpcRestrictions.refusal(target.group, headers, prefix: RestrictedAPIs.grpcPrefix)
    }

    /// What the request's key is good for; `nil` where none is needed.
    private func grant(_ request: HTTPRequest, _ target: RouteTarget) throws(Refusal) -> AccessGrant? {
        guard let keys, let scope = target.scope else { return nil }
        let field = request.headers.bytes("authorization")
        switch Authorization(field) {
        case .missing: throw .noKey
        case .other: throw .otherScheme
        case .key(let range):
            guard let grant = field.flatMap({ $0[range].withUnsafeBytes(keys.grant) }) else { throw .unknownKey }
            guard grant.has(scope) else { throw .scopeLacking(scope) }
            return grant
        }
    }

    /// The limit of the deployment that the address names, if it does.
    private func deploymentLimit(
        _ request: HTTPRequest, _ target: RouteTarget, _ parameters: inout PathParameters
    ) throws(Refusal) -> ModelLimit? {
        guard let gateway else { return nil }
        let deployment: Gateway.Deployment
        switch target.form {
        case .plain:
            guard let host = request.headers["host"], let named = gateway.deployment(host: host) else { return nil }
            deployment = named
        case .deployment:
            deployment = .init(project: parameters["project"] ?? "", name: parameters["deployment"] ?? "")
        case .legacy: deployment = .init(project: parameters["project"] ?? "", name: parameters["model"] ?? "")
        }
        return try gateway.resolve(deployment, form: target.form, &parameters)
    }
}
