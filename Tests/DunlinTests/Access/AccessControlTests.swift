import DunlinTestSupport
import Glibc
import Testing

@testable import Dunlin

/// Keys, the admin address and restrictions over real sockets.
@Suite struct AccessControlTests {
    private static let infer = "/v2/models/identity/infer"

    /// A file of keys, one for each of `grants`, and what their holders send.
    private func keys(_ folder: TemporaryDirectory, _ grants: [(scopes: String, models: String?)]) throws -> [String] {
        try grants.map { grant in
            let made = try NewAPIKey(scopes: grant.scopes, models: grant.models)
            try made.append(to: folder.path + "/keys")
            return made.text
        }
    }

    @Test func aKeyOpensWhatItsScopeCovers() throws {
        let folder = TemporaryDirectory()
        let made = try keys(folder, [("infer", nil), ("metrics", nil), ("infer", "other,identity")])
        try GuardedServer.run({ $0.apiKeysFile = folder.path + "/keys" }) { (guarded) throws in
            func status(_ field: String?, _ method: String, _ path: String) throws -> Int {
                let fields = field.map { ["authorization": $0] } ?? [:]
                return try guarded.send(method, path, fields, body: method == "POST" ? GuardedServer.request : "")
                    .status
            }
            #expect(try status(nil, "GET", "/v2/health/live") == 200)
            #expect(try status(nil, "POST", Self.infer) == 401)
            for scheme in ["ApiKey", "apikey", "Bearer", "BEARER"] {
                #expect(try status("\(scheme) \(made[0])", "POST", Self.infer) == 200, "\(scheme)")
            }
            #expect(try status("Basic \(made[0])", "POST", Self.infer) == 401)
            #expect(try status("ApiKey \(made[0])x", "POST", Self.infer) == 401)
            #expect(try status("ApiKey \(made[0])", "GET", "/metrics") == 403)
            #expect(try status("ApiKey \(made[1])", "GET", "/metrics") == 200)
            #expect(try status("ApiKey \(made[1])", "HEAD", "/metrics") == 200)
            #expect(try status(nil, "HEAD", "/metrics") == 401)
            #expect(try status("ApiKey \(made[2])", "POST", Self.infer) == 200)
            #expect(try status("ApiKey \(made[2])", "POST", "/v2/models/%69dentity/infer") == 200)
            #expect(try status("ApiKey \(made[2])", "GET", "/v2/models/third") == 403)
            #expect(try status("ApiKey \(made[2])", "GET", "/v2/models/other") == 404)
            #expect(try status(nil, "OPTIONS", Self.infer) == 204)
            #expect(try status(nil, "GET", "/nowhere") == 404)
        }
    }

    @Test func refusalsSayWhatIsMissing() throws {
        let folder = TemporaryDirectory()
        let made = try keys(folder, [("infer", nil)])
        try GuardedServer.run({ $0.apiKeysFile = folder.path + "/keys" }) { (guarded) throws in
            let none = try guarded.send("GET", "/v2")
            #expect(none.status == 401 && none.headers["www-authenticate"]?.contains("realm=\"dunlin\"") == true)
            #expect(none.text.hasPrefix(#"{"error":"an API key is needed: "#), "\(none.text)")
            let unknown = try guarded.send("GET", "/v2", ["authorization": "Bearer abc"])
            #expect(unknown.headers["www-authenticate"]?.contains("error=\"invalid_token\"") == true)
            let scope = try guarded.send("GET", "/metrics", ["authorization": "Bearer \(made[0])"])
            #expect(scope.text == #"{"error":"the API key does not have the scope metrics"}"#)
            #expect(scope.headers["www-authenticate"]?.contains("scope=\"metrics\"") == true)
        }
    }

    @Test func listsTellALimitedKeyOfItsModelsOnly() throws {
        let folder = TemporaryDirectory()
        let made = try keys(folder, [("infer", "echo"), ("admin", "echo"), ("infer", nil)])
        try GuardedServer.run(workers: ["identity", "echo"], { $0.apiKeysFile = folder.path + "/keys" }) {
            (guarded) throws in
            func text(_ key: String, _ method: String, _ path: String) throws -> String {
                try guarded.send(method, path, ["authorization": "ApiKey \(key)"]).text
            }
            #expect(try text(made[0], "GET", "/v2/models") == #"{"models":["echo"]}"#)
            #expect(try text(made[2], "GET", "/v2/models") == #"{"models":["echo","identity"]}"#)
            for (key, path, method) in [
                (made[0], "/v2/models/stats", "GET"), (made[1], "/v2/repository/index", "POST"),
            ] {
                let answer = try text(key, method, path)
                #expect(!answer.contains("identity"), "\(path): \(answer)")
            }
            #expect(try text(made[2], "GET", "/v2/models/stats").contains("identity"))
        }
    }

    @Test func theAdminAddressAloneAnswersForTheRepository() throws {
        try GuardedServer.run({
            $0.adminAddress = "127.0.0.1:0"
            $0.adminMetrics = true
        }) { (guarded) throws in
            let admin = try TestClient(port: try #require(guarded.server.adminPort))
            let refused = try guarded.client.post("/v2/repository/index")
            #expect(refused.status == 403 && refused.text.contains("--admin-address"))
            #expect(try guarded.client.post("/v2/workers/echo/load").status == 403)
            #expect(try guarded.client.get("/metrics").status == 403)
            #expect(try admin.post("/v2/workers/echo/load").status == 200)
            #expect(try admin.post("/v2/repository/index").status == 200)
            #expect(try admin.get("/metrics").status == 200)
            for client in [guarded.client, admin] {
                #expect(try client.post(Self.infer, GuardedServer.request).status == 200)
                #expect(try client.get("/v2/health/ready").status == 200)
            }
        }
    }

    @Test func theAdminAddressMayBeASocketFile() throws {
        let folder = TemporaryDirectory()
        try GuardedServer.run({ $0.adminAddress = "unix:\(folder.path)/admin" }) { (guarded) throws in
            #expect(guarded.server.adminPort == nil)
            var status = stat()
            #expect(stat(folder.path + "/admin", &status) == 0 && status.st_mode & 0o777 == 0o600)
        }
    }

    @Test func restrictedAPIsAnswerAsTritonDoes() throws {
        try GuardedServer.run({ $0.httpRestrictedAPIs = ["inference,metrics:infer-key=open sesame"] }) {
            (guarded) throws in
            let refused = try guarded.client.post(Self.infer, GuardedServer.request)
            #expect(refused.status == 403)
            #expect(refused.text == #"{"error":"This API is restricted, expecting header 'infer-key'"}"#)
            let headers = ["Infer-Key": "open sesame"]
            #expect(try guarded.client.post(Self.infer, GuardedServer.request, headers: headers).status == 200)
            #expect(try guarded.client.get("/v2").status == 200)
        }
    }

    @Test func pagesOfAllowedOriginsAreToldThatTheyMay() throws {
        try GuardedServer.run({
            $0.corsAllowedOrigins = ["https://*.example.com"]
            $0.httpRestrictedAPIs = ["metrics:X-Metrics-Key=1"]
        }) { (guarded) throws in
            let origin = "https://app.example.com"
            let asked = ["origin": origin, "access-control-request-method": "POST"]
            let preflight = try guarded.send("OPTIONS", Self.infer, asked)
            #expect(preflight.status == 204 && preflight.headers["access-control-allow-origin"] == origin)
            #expect(preflight.headers["access-control-allow-methods"] == "GET, HEAD, POST, OPTIONS")
            #expect(preflight.headers["access-control-max-age"] == "7200")
            let allowed = (preflight.headers["access-control-allow-headers"] ?? "").split(separator: ", ")
            for name in ["authorization", "content-type", "inference-header-content-length", "x-metrics-key"] {
                #expect(allowed.contains(Substring(name)), "\(name)")
            }
            #expect(preflight.headers["access-control-allow-credentials"] == nil)
            for (path, status) in [(Self.infer, 200), ("/v2/models/none/infer", 404), ("/nowhere", 404)] {
                let answer = try guarded.send("POST", path, ["origin": origin], body: GuardedServer.request)
                #expect(answer.status == status && answer.headers["access-control-allow-origin"] == origin, "\(path)")
                #expect(answer.headers["vary"] == "Origin")
                let exposed = answer.headers["access-control-expose-headers"] ?? ""
                #expect(exposed.contains("inference-header-content-length"))
            }
        }
    }

    @Test func otherOriginsGetNoWordOfIt() throws {
        try GuardedServer.run({ $0.corsAllowedOrigins = ["https://app.example.com"] }) { (guarded) throws in
            let asked = ["origin": "https://evil.example", "access-control-request-method": "POST"]
            for (method, fields) in [("OPTIONS", asked), ("POST", ["origin": "https://evil.example"]), ("POST", [:])] {
                let answer = try guarded.send(method, Self.infer, fields, body: GuardedServer.request)
                #expect(answer.status == (method == "POST" ? 200 : 204))
                let told = answer.headers.keys.filter { $0.hasPrefix("access-control") }
                #expect(told.isEmpty, "\(told)")
                #expect(answer.headers["vary"]?.contains("Origin") == true, "caches must tell origins apart")
            }
        }
        try GuardedServer.run { (guarded) throws in
            let answer = try guarded.send("GET", "/v2", ["origin": "https://app.example.com"])
            #expect(answer.headers["vary"] == nil && answer.headers["access-control-allow-origin"] == nil)
        }
    }

    @Test func preflightsNeedNoKeyAndRefusalsAreReadable() throws {
        let folder = TemporaryDirectory()
        _ = try keys(folder, [("infer", nil)])
        try GuardedServer.run({
            $0.apiKeysFile = folder.path + "/keys"
            $0.corsAllowedOrigins = ["https://app.example.com"]
        }) { (guarded) throws in
            let origin = ["origin": "https://app.example.com"]
            let asked = origin.merging(["access-control-request-method": "POST"]) { $1 }
            #expect(try guarded.send("OPTIONS", Self.infer, asked).status == 204)
            let refused = try guarded.send("POST", Self.infer, origin, body: GuardedServer.request)
            #expect(refused.status == 401)
            #expect(refused.headers["access-control-allow-origin"] == "https://app.example.com")
        }
    }

    @Test func whatCannotBeUsedStopsTheStart() {
        func problems(_ configure: (inout ServerConfiguration) -> Void) -> [String] {
            var configuration = ServerConfiguration()
            configure(&configuration)
            do {
                _ = try Server(configuration)
                return []
            } catch { return error.problems }
        }
        #expect(problems { $0.apiKeysFile = "/nowhere/keys" } == ["api_keys: /nowhere/keys: No such file or directory"])
        #expect(
            problems { $0.corsAllowedOrigins = ["example.com"] }.first?.hasPrefix("cors_allowed_origins has") == true)
        #expect(problems { $0.httpRestrictedAPIs = ["x"] }.count == 1)
        #expect(problems { $0.adminAddress = "8002" }.count == 1)
        #expect(problems { $0.adminAddress = "name.example:8002" }.count == 1)
        #expect(problems { $0.adminMetrics = true } == ["admin_metrics needs an admin_address"])
        #expect(problems { $0.gatewayDomain = "example.com" } == ["gateway_map and gateway_domain need gateway"])
        let both = problems {
            $0.httpPort = -1
            $0.adminMetrics = true
        }
        #expect(both.count >= 2, "all problems come at once")
        let apart = problems {
            $0.httpAddress = nil
            $0.adminAddress = "127.0.0.1:0"
        }
        #expect(apart == ["admin_address needs an http_address: without one nothing is listened on"])
    }
}
