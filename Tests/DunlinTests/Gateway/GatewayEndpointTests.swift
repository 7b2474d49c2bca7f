import DunlinTestSupport
import Testing

@testable import Dunlin

/// The gateway's addresses over a real socket.
@Suite struct GatewayEndpointTests {
    private static let map = """
        domain = "example.com"
        [projects.fraud]
        id = 119
        deployments = { scorer = "identity" }
        [projects.open]
        """

    private func serving(_ keys: Bool = false, _ body: (GuardedServer, [String]) throws -> Void) throws {
        let folder = TemporaryDirectory()
        folder.write("map.toml", Self.map)
        var made: [String] = []
        if keys {
            made = try ["identity", "echo"].map { model in
                let key = try NewAPIKey(scopes: "infer", models: model)
                try key.append(to: folder.path + "/keys")
                return key.text
            }
        }
        try GuardedServer.run(
            workers: ["identity", "echo"],
            {
                $0.gateway = true
                $0.gatewayMap = folder.path + "/map.toml"
                if keys { $0.apiKeysFile = folder.path + "/keys" }
            }
        ) { try body($0, made) }
    }

    @Test func bothRoutingFormsReachTheDeploymentsModel() throws {
        try serving { (guarded, _) throws in
            for path in [
                "/v1/fraud/scorer/v2/models/scorer/infer", "/v1/fraud/scorer/v2/models/identity/infer",
                "/v1/open/identity/v2/models/identity/infer", "/v2/models/identity/infer",
                "/v1/open/identity/v2/models/%69dentity/infer",
            ] {
                let answer = try guarded.send("POST", path, body: GuardedServer.request)
                #expect(answer.status == 200 && answer.text.contains("\"model_name\":\"identity\""), "\(path)")
            }
            for model in ["scorer", "Scorer", "identity"] {
                let answer = try guarded.send(
                    "POST", "/v2/models/\(model)/infer", host: "scorer.fraud.example.com:80",
                    body: GuardedServer.request)
                #expect(answer.status == 200, "\(model): \(answer.text)")
            }
            #expect(try guarded.send("GET", "/v1/fraud/scorer/v2/health/ready").status == 200)
            #expect(try guarded.send("GET", "/v1/fraud/scorer/v2/models").text == #"{"models":["identity"]}"#)
            #expect(
                try guarded.send("GET", "/v2/models", host: "identity.open.example.com").text
                    == #"{"models":["identity"]}"#)
        }
    }

    @Test func whatADeploymentIsNotIsNotFoundThere() throws {
        try serving { (guarded, _) throws in
            for (path, told) in [
                ("/v1/none/scorer/v2/models/scorer/infer", "there is no project 'none'"),
                ("/v1/fraud/none/v2/models/none/infer", "there is no deployment 'none' in the project 'fraud'"),
                ("/v1/fraud/scorer/v2/models/echo/infer", "serves the model 'identity', not 'echo'"),
            ] {
                let answer = try guarded.send("POST", path, body: GuardedServer.request)
                #expect(answer.status == 404 && answer.text.contains(told), "\(answer.text)")
                #expect(
                    answer.text.hasPrefix(#"{"errorCode":250000,"errorMsg":"Serving instance not found.","usrMsg":"#))
            }
            let index = try guarded.send("POST", "/v1/fraud/scorer/v2/workers/echo/load")
            #expect(index.status == 403, "what is about all models is not a deployment's")
            let host = try guarded.send(
                "POST", "/v2/models/echo/infer", host: "scorer.fraud.example.com", body: GuardedServer.request)
            #expect(host.status == 404 && host.text.contains("not 'echo'"))
        }
    }

    @Test func keysAreLimitedToTheModelBehindTheDeployment() throws {
        try serving(true) { (guarded, keys) throws in
            let path = "/v1/fraud/scorer/v2/models/scorer/infer"
            func status(_ key: String?, _ path: String) throws -> Int {
                let fields = key.map { ["authorization": "ApiKey \($0)"] } ?? [:]
                return try guarded.send("POST", path, fields, body: GuardedServer.request).status
            }
            #expect(try status(keys[0], path) == 200)
            #expect(try status(keys[1], path) == 403)
            let missing = try guarded.send("POST", path, body: GuardedServer.request)
            #expect(missing.status == 401)
            #expect(missing.text.contains(#""errorCode":250010,"errorMsg":"Authorization header not set.""#))
        }
    }

    @Test func theLegacyAddressTellsOfAMissingVerb() throws {
        try serving { (guarded, _) throws in
            let path = "/hopsworks-api/api/project/119/inference/models/scorer"
            let missing = try guarded.send("POST", path, body: "{}")
            #expect(missing.status == 400 && missing.text.contains("250005"), "\(missing.text)")
            let none = try guarded.send("POST", "/hopsworks-api/api/project/1/models/scorer", body: "{}")
            #expect(none.status == 404 && none.text.contains("250000"), "\(none.text)")
        }
    }

    @Test func withoutTheGatewayThereIsNothing() throws {
        try GuardedServer.run { (guarded) throws in
            let answer = try guarded.send(
                "POST", "/v1/open/identity/v2/models/identity/infer", body: GuardedServer.request)
            #expect(answer.status == 404 && answer.text.hasPrefix(#"{"error":"there is nothing at"#))
        }
    }
}
