import DunlinBytes

/// Which projects and deployments there are, and what model each deployment serves: the file of `--gateway-map`.
///
///     domain = "models.example.com"
///     [projects.fraud]
///     id = 119
///     deployments = { scorer = "fraud_model" }
///     [projects.churn]
///
/// Without projects every name is accepted as one. Without `deployments` a project has one for each model, of the same name.
struct GatewayConfiguration: Sendable, Equatable {
    struct Project: Sendable, Equatable {
        var name: String
        /// How the legacy addresses name it; `nil`: by its name alone.
        var id: Int?
        /// Models by the names of deployments; `nil`: every model is a deployment.
        var deployments: [String: String]?
    }

    /// Hosts are `<deployment>.<project>.<domain>`; `nil`: hosts say nothing.
    var domain: String?
    /// `nil`: every name is a project.
    var projects: [Project]?

    init() {}

    /// Reads TOML, or JSON of the same shape.
    ///
    /// - Throws: With the place and what was expected there.
    init(parsing text: Bytes, isJSON: Bool) throws(InvalidGatewayMap) {
        let root: JSONValue
        do {
            root = isJSON ? try JSONValue(parsing: text) : JSONValue(try TOMLTable(parsing: text))
        } catch { throw InvalidGatewayMap(message: "\(error)") }
        for (key, value) in try Self.members(root, "the file") {
            switch key {
            case "domain": domain = try Self.domain(Self.text(value, "domain"))
            case "projects":
                var projects: [Project] = []
                for (name, value) in try Self.members(value, "projects") {
                    projects.append(try Self.project(name, value))
                }
                self.projects = projects
            default: throw InvalidGatewayMap(message: "'\(key)' is not known; expected domain, projects")
            }
        }
        try checkUnique()
    }

    /// A domain's name in lower case, without dots around it.
    static func domain(_ text: String) throws(InvalidGatewayMap) -> String {
        let name = text.lowercased()
        let isName = name.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x2E
        }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard isName, !name.isEmpty, name.utf8.count <= 253, labels.allSatisfy({ (1...63).contains($0.utf8.count) })
        else {
            throw InvalidGatewayMap(message: "domain: expected the name of a domain, found '\(text)'")
        }
        return name
    }

    private static func project(_ name: String, _ value: JSONValue) throws(InvalidGatewayMap) -> Project {
        guard !name.isEmpty, !name.contains("/") else {
            throw InvalidGatewayMap(message: "projects: '\(name)' cannot stand in an address")
        }
        var project = Project(name: name)
        for (key, value) in try members(value, "projects.\(name)") {
            let place = "projects.\(name).\(key)"
            switch key {
            case "id":
                guard case .int(let id) = value, id >= 0 else {
                    throw InvalidGatewayMap(
                        message: "\(place): expected a whole number from 0 on, found \(value.kindName)")
                }
                project.id = Int(id)
            case "deployments":
                var deployments: [String: String] = [:]
                for (deployment, model) in try members(value, place) {
                    guard !deployment.isEmpty, !deployment.contains("/") else {
                        throw InvalidGatewayMap(message: "\(place): '\(deployment)' cannot stand in an address")
                    }
                    deployments[deployment] = try text(model, "\(place).\(deployment)")
                }
                project.deployments = deployments
            default: throw InvalidGatewayMap(message: "'\(place)' is not known; expected id, deployments")
            }
        }
        return project
    }

    /// Names that hosts cannot tell apart would lead to one or the other.
    private func checkUnique() throws(InvalidGatewayMap) {
        var names: [String: String] = [:]
        var ids: [Int: String] = [:]
        for project in projects ?? [] {
            if let other = names.updateValue(project.name, forKey: Gateway.namespace(of: project.name)) {
                throw InvalidGatewayMap(message: "projects: '\(other)' and '\(project.name)' have the same namespace")
            }
            if let id = project.id, let other = ids.updateValue(project.name, forKey: id) {
                throw InvalidGatewayMap(message: "projects: '\(other)' and '\(project.name)' have the same id \(id)")
            }
            var deployments: [String: String] = [:]
            for name in (project.deployments ?? [:]).keys.sorted() {
                if let other = deployments.updateValue(name, forKey: name.lowercased()) {
                    throw InvalidGatewayMap(
                        message:
                            "projects.\(project.name).deployments: '\(other)' and '\(name)' differ only in case, which "
                            + "the names of hosts do not tell")
                }
            }
        }
    }

    private static func members(_ value: JSONValue, _ place: String) throws(InvalidGatewayMap) -> [(String, JSONValue)]
    {
        guard case .object(let members) = value else {
            throw InvalidGatewayMap(message: "\(place): expected a table, found \(value.kindName)")
        }
        return members.map { ($0.key, $0.value) }
    }

    private static func text(_ value: JSONValue, _ place: String) throws(InvalidGatewayMap) -> String {
        guard case .string(let text) = value, !text.isEmpty else {
            throw InvalidGatewayMap(message: "\(place): expected text that is not empty, found \(value.kindName)")
        }
        return text
    }
}

/// What is wrong with the file of `--gateway-map`.
struct InvalidGatewayMap: Error, CustomStringConvertible {
    let message: String
    var description: String { message }
}

extension JSONValue {
    /// A TOML table as JSON would spell it.
    fileprivate init(_ table: TOMLTable) {
        self = .object(table.entries.map { Member(key: $0.key, value: JSONValue($0.value)) })
    }

    private init(_ value: TOMLValue) {
        switch value {
        case .string(let text): self = .string(text)
        case .integer(let number): self = .int(number)
        case .float(let number): self = .double(number)
        case .boolean(let flag): self = .bool(flag)
        case .array(let elements): self = .array(elements.map { JSONValue($0) })
        case .table(let table): self = JSONValue(table)
        }
    }
}
