import DunlinBytes
import DunlinHTTP
import Testing

@testable import Dunlin

@Suite struct GatewayTests {
    private static func gateway(_ text: String) throws -> Gateway {
        Gateway(try GatewayConfiguration(parsing: Bytes(text), isJSON: false))
    }

    private static let mapped = """
        domain = "example.com"
        [projects.my_project]
        id = 7
        deployments = { Scorer = "fraud model" }
        [projects.open]
        """

    /// The model that stands in the place of `named` afterwards, or the refusal's message.
    private func resolve(
        _ gateway: Gateway, _ deployment: Gateway.Deployment, _ form: RouteForm, _ named: String?
    ) -> String {
        var parameters = named.map { PathParameters(names: ["model"], values: [$0]) } ?? PathParameters()
        do throws(Refusal) {
            let limit = try gateway.resolve(deployment, form: form, &parameters)
            if let model = parameters["model"] { #expect(limit.contains(model) && !limit.contains(model + "x")) }
            return parameters["model"] ?? limit.names.sorted().joined(separator: ",")
        } catch {
            #expect(error.status == 404)
            return error.message
        }
    }

    @Test(arguments: [
        ("my_project", "Scorer", "Scorer", "fraud model"),
        ("my-project", "Scorer", "fraud model", "fraud model"),
        ("MY-Project", "Scorer", nil, "fraud model"),
        ("open", "anything", "anything", "anything"),
        ("open", "anything", nil, "anything"),
        ("other", "Scorer", "Scorer", "there is no project 'other'"),
        ("my_project", "scorer", "scorer", "there is no deployment 'scorer' in the project 'my_project'"),
        ("my_project", "Scorer", "x", "the deployment 'Scorer' serves the model 'fraud model', not 'x'"),
        ("open", "a", "b", "the deployment 'a' serves the model 'a', not 'b'"),
        ("7", "Scorer", "Scorer", "there is no project '7'"),
    ])
    func pathsNameProjectAndDeployment(
        project: String, deployment: String, named: String?, expected: String
    ) throws {
        let gateway = try Self.gateway(Self.mapped)
        #expect(resolve(gateway, .init(project: project, name: deployment), .deployment, named) == expected)
    }

    @Test func legacyPathsNameTheProjectByItsNumber() throws {
        let gateway = try Self.gateway(Self.mapped)
        for project in ["7", "my_project"] {
            #expect(resolve(gateway, .init(project: project, name: "Scorer"), .legacy, "Scorer") == "fraud model")
        }
        #expect(resolve(gateway, .init(project: "8", name: "Scorer"), .legacy, "Scorer") == "there is no project '8'")
    }

    @Test func withoutAMapEveryProjectAndModelIsThere() {
        let gateway = Gateway(GatewayConfiguration())
        for form in [RouteForm.deployment, .legacy] {
            #expect(resolve(gateway, .init(project: "any", name: "Iris"), form, "Iris") == "Iris")
        }
        #expect(gateway.deployment(host: "iris.any.example.com") == nil)
    }

    @Test(arguments: [
        ("scorer.my-project.example.com", "my-project", "scorer"),
        ("Scorer.My-Project.Example.COM:8080", "my-project", "scorer"),
    ])
    func hostsNameProjectAndDeploymentInLowerCase(host: String, project: String, name: String) throws {
        let found = try #require(try Self.gateway(Self.mapped).deployment(host: host))
        #expect(found == Gateway.Deployment(project: project, name: name, ignoresCase: true))
    }

    @Test(arguments: [
        "", "localhost:8000", "127.0.0.1", "[::1]:8000", "example.com", "project.example.com", "a.b.c.example.com",
        ".project.example.com", "a..example.com", "a.b.example.com.", "a.bexample.com", "a.b.example.org",
    ])
    func otherHostsNameNone(host: String) throws {
        #expect(try Self.gateway(Self.mapped).deployment(host: host) == nil)
    }

    @Test func aHostFindsADeploymentOfAnyCase() throws {
        let mapped = try Self.gateway(Self.mapped)
        let scorer = Gateway.Deployment(project: "my-project", name: "scorer", ignoresCase: true)
        for named in ["Scorer", "scorer", "SCORER", "fraud model"] {
            #expect(resolve(mapped, scorer, .plain, named) == "fraud model", "\(named)")
        }
        let open = Gateway.Deployment(project: "open", name: "iris", ignoresCase: true)
        #expect(resolve(mapped, open, .plain, "Iris") == "Iris")
        #expect(resolve(mapped, open, .plain, "other") == "the deployment 'iris' serves the model 'iris', not 'other'")
    }

    // MARK: Which addresses there are

    private static let table: [Route] = [
        Route(.get, "/", .health) { _, _, _ in }, Route(.get, "/metrics", .metrics) { _, _, _ in },
        Route(.get, "/v2", .metadata) { _, _, _ in }, Route(.get, "/v1/models/{model}", .metadata) { _, _, _ in },
        Route(.post, "/v2/models/{model}/infer", .inference) { _, _, _ in },
        Route(.post, "/v1/models/{model}:predict", .inference) { _, _, _ in },
        Route(.post, "/v1/models/{model}/versions/{version}:regress", .inference) { _, _, _ in },
    ]

    private static let trie: RouteTrie<RouteForm> = {
        var trie = RouteTrie<RouteForm>()
        for route in table {
            trie.insert(route.method, route.path, .plain)
            for address in Gateway.addresses(of: route) { trie.insert(route.method, address.path, address.form) }
        }
        return trie
    }()

    @Test(arguments: [
        (HTTPMethod.post, "/v2/models/m/infer", RouteForm.plain, ["model": "m"]),
        (.post, "/v1/models/m:predict", .plain, ["model": "m"]),
        (.post, "/v1/models/m%3Apredict", .plain, ["model": "m"]),
        (.post, "/v1/p/d/v2/models/m/infer", .deployment, ["project": "p", "deployment": "d", "model": "m"]),
        (.post, "/v1/p/d/v1/models/m%3apredict", .deployment, ["project": "p", "deployment": "d", "model": "m"]),
        (
            .post, "/v1/p%20q/d/v1/models/a%3Ab:predict", .deployment,
            ["project": "p q", "deployment": "d", "model": "a:b"]
        ),
        // "models" may be a project, where the rest is not a route of the model "d".
        (
            .post, "/v1/models/d/v1/models/d:predict", .deployment,
            ["project": "models", "deployment": "d", "model": "d"]
        ),
        (.get, "/v1/models/d/v2", .deployment, ["project": "models", "deployment": "d"]),
        (.get, "/v1/models/v2", .plain, ["model": "v2"]),
        (.post, "/v1/models/m/versions/3:regress", .plain, ["model": "m", "version": "3"]),
        (.get, "/v1/p/d/v2/", .deployment, ["project": "p", "deployment": "d"]),
        (
            .post, "/hopsworks-api/api/project/119/inference/models/m:predict", .legacy,
            ["project": "119", "model": "m"]
        ),
        (.post, "/hopsworks-api/api/project/119/models/m%3Apredict", .legacy, ["project": "119", "model": "m"]),
        (.post, "/hopsworks-api/api/project/119/inference/models/m:test", .legacy, ["project": "119", "model": "m"]),
        (
            .post, "/hopsworks-api/api/project/119/inference/models/m/versions/2:regress", .legacy,
            ["project": "119", "model": "m", "version": "2"]
        ),
    ])
    func addressesLeadToTheirRoutes(
        method: HTTPMethod, path: String, form: RouteForm, expected: [String: String]
    ) {
        guard case .found(let found, let parameters) = Self.trie.match(method, path) else {
            Issue.record("nothing at \(path)")
            return
        }
        #expect(found == form)
        for name in ["project", "deployment", "model", "version"] {
            #expect(parameters[name] == expected[name], "\(name)")
        }
    }

    @Test(arguments: [
        "/v1/p/d", "/v1/p/d/metrics", "/v1/p/d/", "/v1/p/d/v3/models/m:predict", "/v1/p/v2", "/v1//d/v2/models/m/infer",
        "/v1/../d/v2", "/v1/p/d/e/v2", "/hopsworks-api/api/project/119/inference/models/m:explain",
    ])
    func otherPathsLeadNowhere(path: String) {
        for method in [HTTPMethod.get, .post] {
            if case .notFound = Self.trie.match(method, path) { continue }
            Issue.record("something at \(path)")
        }
    }
}
