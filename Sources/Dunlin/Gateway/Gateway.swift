import DunlinHTTP

/// Stands in for Hopsworks' gateway: finds the model behind the address of a deployment.
///
/// A deployment serves one model, so at its address nothing is told of others. See `docs/COMPATIBILITY.md` for the addresses.
struct Gateway: Sendable {
    /// A deployment as an address names it.
    struct Deployment: Sendable, Equatable {
        let project: String
        let name: String
        /// From a host name, which is always in lower case.
        var ignoresCase = false

        func isNamed(_ other: String) -> Bool { name == (ignoresCase ? other.lowercased() : other) }
    }

    /// What a deployment serves.
    struct Target: Sendable, Equatable {
        /// What may stand in the place of `{model}`: the deployment's name, or the model's.
        let limit: ModelLimit
        /// The model's own name; `nil`: what stands in the place of `{model}`.
        let model: String?
    }

    private let configuration: GatewayConfiguration
    /// By namespace, and by id for the legacy addresses.
    private let projects: [String: GatewayConfiguration.Project]?
    private let projectsByID: [String: GatewayConfiguration.Project]

    init(_ configuration: GatewayConfiguration) {
        self.configuration = configuration
        let all = configuration.projects
        projects = all.map { all in Dictionary(all.map { (Self.namespace(of: $0.name), $0) }) { first, _ in first } }
        let numbered = (all ?? []).compactMap { project in project.id.map { (String($0), project) } }
        projectsByID = Dictionary(numbered) { first, _ in first }
    }

    /// A project's name as Kubernetes has it: addresses may have either.
    static func namespace(of project: String) -> String {
        String(
            decoding: project.lowercased().utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }, as: UTF8.self)
    }

    /// The deployment that a request's host names: `<deployment>.<project>.<domain>`, and perhaps a port. `nil` for any
    /// other host.
    func deployment(host: String) -> Deployment? {
        guard let domain = configuration.domain else { return nil }
        var name = host.lowercased()[...]
        if let colon = name.firstIndex(of: ":") { name = name[..<colon] }
        guard name.hasSuffix("." + domain) else { return nil }
        let labels = name.dropLast(domain.count + 1).split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count == 2, !labels[0].isEmpty, !labels[1].isEmpty else { return nil }
        return Deployment(project: String(labels[1]), name: String(labels[0]), ignoresCase: true)
    }

    /// - Throws: A refusal that says which of the two is not known.
    func target(_ deployment: Deployment, form: RouteForm) throws(Refusal) -> Target {
        var project: GatewayConfiguration.Project?
        if let projects {
            project = projects[Self.namespace(of: deployment.project)]
            if form == .legacy { project = projectsByID[deployment.project] ?? project }
            guard project != nil else {
                throw Refusal(reason: .notFound, message: "there is no project '\(deployment.project)'")
            }
        }
        guard let deployments = project?.deployments else {
            let names: Set = [deployment.ignoresCase ? deployment.name.lowercased() : deployment.name]
            return Target(limit: ModelLimit(names: names, ignoresCase: deployment.ignoresCase), model: nil)
        }
        let found = deployments.first { deployment.isNamed($0.key) }
        guard let found else {
            throw Refusal(
                reason: .notFound,
                message: "there is no deployment '\(deployment.name)' in the project '\(deployment.project)'")
        }
        return Target(limit: ModelLimit(names: [found.key, found.value]), model: found.value)
    }

    /// Puts the model that the deployment serves in the place of the one that the path names, which must be the
    /// deployment's or the model's name.
    ///
    /// - Throws: A refusal that says what the deployment serves.
    func resolve(_ deployment: Deployment, form: RouteForm, _ parameters: inout PathParameters) throws(Refusal)
        -> ModelLimit
    {
        let target = try target(deployment, form: form)
        if let named = parameters["model"] {
            guard target.limit.contains(named) || deployment.isNamed(named) else {
                throw Refusal(
                    reason: .notFound,
                    message:
                        "the deployment '\(deployment.name)' serves the model '\(target.model ?? deployment.name)', "
                        + "not '\(named)'")
            }
            parameters.replace("model", with: target.model ?? named)
        }
        guard let model = target.model else { return target.limit }
        return ModelLimit(names: [model], deployment: deployment)
    }

    /// The verbs of the legacy addresses, and what serves them: Hopsworks' own pages ask with `:test`.
    private static let verbs = [
        ("predict", "predict"), ("classify", "classify"), ("regress", "regress"), ("test", "predict"),
    ]

    /// Every address of `route` that the gateway adds, with `/` and braces as in the route table.
    static func addresses(of route: Route) -> [(path: String, form: RouteForm)] {
        guard route.isGRPC || route.path.hasPrefix("/v1") || route.path.hasPrefix("/v2") else { return [] }
        var addresses: [(path: String, form: RouteForm)] = [("/v1/{project}/{deployment}" + route.path, .deployment)]
        for model in ["/models/{model}", "/models/{model}/versions/{version}"] where route.method == .post {
            for (verb, own) in verbs where route.path == "/v1\(model):\(own)" {
                for prefix in legacyPrefixes { addresses.append((prefix + model + ":" + verb, .legacy)) }
            }
        }
        return addresses
    }

    /// Older clients leave out `/inference`.
    private static let legacyPrefixes = [
        "/hopsworks-api/api/project/{project}/inference", "/hopsworks-api/api/project/{project}",
    ]

    /// Where a verb is missing, or is none.
    static let verblessPaths = legacyPrefixes.flatMap { prefix in
        [prefix + "/models/{model}", prefix + "/models/{model}/versions/{version}"]
    }
}
