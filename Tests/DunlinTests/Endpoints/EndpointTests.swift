import DunlinHTTP
import DunlinInference
import DunlinServing
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import Dunlin

/// The routes over a real socket, on workers that need no model file.
@Suite struct EndpointTests {
    /// Starts a server on a free port and gives a client of it to `body`.
    private func serving(
        _ configure: (inout ServerConfiguration) -> Void = { _ in }, _ body: (TestClient, Server) throws -> Void
    ) throws {
        var configuration = ServerConfiguration()
        configuration.httpPort = 0
        configuration.modelControlMode = .explicit
        configuration.logLevel = .error
        configuration.httpThreads = 1
        configure(&configuration)
        let server = try Server(configuration)
        try server.start()
        defer { server.stopAndWait(grace: .seconds(5)) }
        try body(try TestClient(port: try #require(server.httpPort)), server)
    }

    @Test func healthAnswersWithBodiesThatKServesClientReads() throws {
        try serving { (client, _) throws in
            let live = try client.get("/v2/health/live")
            #expect(live.status == 200 && live.text == #"{"live":true}"#)
            let ready = try client.get("/v2/health/ready")
            #expect(ready.status == 200 && ready.text == #"{"ready":true}"#)
            #expect(ready.headers["content-type"] == "application/json")
            #expect(try client.get("/").text == #"{"status":"alive"}"#)
        }
    }

    @Test func serverMetadataNamesTheServer() throws {
        try serving({ $0.serverName = "north" }) { (client, _) throws in
            let answer = try client.get("/v2/")
            #expect(
                answer.text
                    == #"{"name":"north","version":"\#(dunlinVersion)","extensions":["model_repository","model_repository(unload_dependents)","model_configuration","classification","binary_tensor_data","parameters","schedule_policy","statistics","sequence","logging","trace"]}"#
            )
        }
    }

    @Test func workersFollowTheNamingRules() throws {
        try serving { (client, _) throws in
            func load(_ worker: String, _ body: String = "") throws -> String {
                let answer = try client.post("/v2/workers/\(worker)/load", body)
                #expect(answer.status == 200 && answer.headers["content-type"] == "text/html; charset=utf-8")
                return answer.text
            }
            func isReady(_ endpoint: String) throws -> Bool {
                try client.get("/v2/models/\(endpoint)/ready").status == 200
            }
            #expect(try load("CPlusPlus", #"{"model":"echo"}"#) == "cplusplus")
            #expect(try load("cplusplus", #"{"model":"echo"}"#) == "cplusplus")
            #expect(try load("cplusplus", #"{"model":"echo","max_buffer_num":100}"#) == "cplusplus-0")
            #expect(try load("cplusplus", #"{"model":"echo","max_buffer_num":100,"share":false}"#) == "cplusplus-0")
            #expect(try isReady("cplusplus"))
            #expect(try isReady("cplusplus-0"))
            #expect(try client.get("/v2/models").text == #"{"models":["cplusplus","cplusplus-0"]}"#)
            for endpoint in ["cplusplus", "cplusplus", "cplusplus-0", "cplusplus-0"] {
                let answer = try client.post("/v2/workers/\(endpoint)/unload", "null")
                #expect(answer.status == 200 && answer.body.isEmpty)
            }
            #expect(try !isReady("cplusplus"))
            #expect(try !isReady("cplusplus-0"))
            #expect(try client.get("/v2/models").text == #"{"models":[]}"#)
        }
    }

    @Test func echoAddsOne() throws {
        try serving { (client, _) throws in
            _ = try client.post("/v2/workers/echo/load")
            let answer = try client.post(
                "/v2/models/echo/infer", #"{"inputs":[{"name":"","shape":[1],"datatype":"UINT32","data":[3]}]}"#)
            #expect(answer.status == 200)
            #expect(answer.text.contains(#""datatype":"UINT32","shape":[1],"data":[4]"#), "\(answer.text)")
        }
    }

    @Test func binaryTensorsTravelBothWays() throws {
        try serving { (client, _) throws in
            _ = try client.post("/v2/workers/identity/load")
            let json =
                #"{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}}],"#
                + #""parameters":{"binary_data_output":true}}"#
            let raw: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0]
            let answer = try client.request(
                "POST", "/v2/models/identity/infer", body: [UInt8](json.utf8) + raw,
                headers: ["Inference-Header-Content-Length": "\(json.utf8.count)"])
            #expect(answer.status == 200 && answer.headers["content-type"] == "application/octet-stream")
            let headCount = try #require(answer.headers["inference-header-content-length"].flatMap { Int($0) })
            #expect(Array(answer.body[headCount...]) == raw)
        }
    }

    @Test func wrongPathsAndMethodsAnswerJSON() throws {
        try serving { (client, _) throws in
            let missing = try client.get("/v3/nothing")
            #expect(missing.status == 404 && missing.text == #"{"error":"there is nothing at /v3/nothing"}"#)
            let wrong = try client.post("/v2/health/live")
            #expect(wrong.status == 405 && wrong.headers["allow"] == "GET, HEAD, OPTIONS")
            #expect(wrong.text.contains("POST is not allowed on /v2/health/live"))
            let options = try client.request("OPTIONS", "/v2/models/x/infer")
            #expect(options.status == 204 && options.headers["allow"] == "POST, OPTIONS")
            let head = try client.request("HEAD", "/v2")
            #expect(head.status == 200 && head.body.isEmpty && head.headers["content-length"] != "0")
        }
    }

    @Test func unknownModelsAreNotFoundEverywhere() throws {
        try serving { (client, _) throws in
            for path in [
                "/v2/models/x", "/v2/models/x/ready", "/v2/models/x/versions/1", "/v2/models/x/versions/1/ready",
            ] {
                #expect(try client.get(path).status == 404, "\(path)")
            }
            #expect(try client.post("/v2/models/x/infer", #"{"inputs":[]}"#).status / 100 == 4)
            #expect(try client.post("/v2/models/x/load").status == 404)
            #expect(try client.post("/v2/models/x/unload").status == 200)
        }
    }

    @Test func unloadingTheUnknownIsAnErrorWhereTheOperatorSaysSo() throws {
        try serving({ $0.strictUnload = true }) { (client, _) throws in
            #expect(try client.post("/v2/repository/models/x/unload").status == 404)
        }
    }

    @Test(arguments: [false, true])
    func unloadingWhatIsNotLoadedIsAnErrorWhereTheOperatorSaysSo(isStrict: Bool) throws {
        let directory = TemporaryDirectory()
        directory.write("m/1/model.onnx")
        try serving({
            $0.strictUnload = isStrict
            $0.modelRepository = directory.path
            $0.backends = [FakeBackend { _ throws(InferError) in .adding(1) }]
        }) { (client, _) throws in
            let again = isStrict ? 404 : 200
            for path in ["/v2/repository/models/m", "/v2/models/m", "/v2/repository/models/m/versions/1"] {
                #expect(try client.post("\(path)/unload").status == again)
                #expect(try client.post("\(path)/load").status == 200)
                #expect(try client.post("\(path)/unload").status == 200)
                #expect(try client.post("\(path)/unload").status == again)
            }
            #expect(try client.post("/v2/repository/models/m/versions/99/load").status == 404)
            #expect(try client.get("/v2/health/ready").status == 200)
        }
    }

    @Test func loadingByRequestNeedsPermission() throws {
        try serving({ $0.modelControlMode = .none }) { (client, _) throws in
            for path in ["/v2/models/x/load", "/v2/repository/models/x/load", "/v2/repository/models/x/unload"] {
                let answer = try client.post(path)
                #expect(answer.status == 503 && answer.text.contains("--model-control-mode explicit"), "\(path)")
            }
        }
    }

    @Test func hardwareIsCountedTruthfully() throws {
        try serving { (client, _) throws in
            #expect(try client.post("/v2/hardware", #"{"name":"cpu","num":1}"#).status == 200)
            #expect(try client.post("/v2/hardware", #"{"name":"cpu","num":100000}"#).status == 404)
            #expect(try client.post("/v2/hardware", #"{"name":"gpu","num":1}"#).status == 404)
            #expect(try client.post("/v2/hardware", "nonsense").status == 400)
        }
    }

    @Test func compressedBodiesThatNobodyCanReadAreRefusedWithASentence() throws {
        try serving { (client, _) throws in
            let broken = try client.post("/v2/models/x/infer", "xx", headers: ["Content-Encoding": "gzip"])
            #expect(broken.status == (ContentCoding.isBuiltIn ? 400 : 501), "\(broken.text)")
            #expect(broken.text.contains("gzip"))
            let unknown = try client.post("/v2/models/x/infer", "xx", headers: ["Content-Encoding": "br"])
            #expect(unknown.status == 501 && unknown.text.contains("Content-Encoding 'br'"))
            let accepted = ContentCoding.isBuiltIn ? "gzip, deflate" : "identity"
            #expect(unknown.headers["accept-encoding"] == accepted)
        }
    }

    /// `{"id":"1"}`, as another library compresses it: what is refused then is that there are no inputs.
    @Test(
        .enabled(if: ContentCoding.isBuiltIn),
        arguments: [
            ("gzip", "1f8b0800000000000203ab56ca4c51b2523254aa0500f3c818f60a000000"),
            ("deflate", "789cab56ca4c51b2523254aa05000fd802b9"), ("deflate", "ab56ca4c51b2523254aa0500"),
            (nil, "789cab56ca4c51b2523254aa05000fd802b9"),
        ] as [(String?, String)])
    func compressedBodiesAreRead(coding: String?, hex: String) throws {
        let body = stride(from: 0, to: hex.count, by: 2).map {
            UInt8(hex.dropFirst($0).prefix(2), radix: 16)!
        }
        try serving { (client, _) throws in
            _ = try client.post("/v2/workers/echo/load")
            let answer = try client.request(
                "POST", "/v2/models/echo/infer", body: body, headers: coding.map { ["Content-Encoding": $0] } ?? [:])
            #expect(answer.status == 400 && answer.text.contains("inputs"), "\(answer.text)")
        }
    }

    @Test func metricsCountRequests() throws {
        try serving { (client, _) throws in
            _ = try client.post("/v2/workers/echo/load")
            for _ in 0..<3 {
                _ = try client.post(
                    "/v2/models/echo/infer", #"{"inputs":[{"name":"","shape":[1],"datatype":"UINT32","data":[3]}]}"#)
            }
            let text = try client.get("/metrics").text
            #expect(text.contains(#"nv_inference_request_success{model="echo",version="1"} 3"#), "\(text)")
            #expect(text.contains("dunlin_ready 1"))
        }
    }

    @Test func aServerWithoutASocketAnswersInProcess() async throws {
        var configuration = ServerConfiguration()
        configuration.httpAddress = nil
        configuration.logLevel = .error
        let server = try Server(configuration)
        try server.start()
        #expect(server.httpPort == nil && server.isReady)
        await withCheckedContinuation { continuation in
            server.registry.loadWorker("identity") { _ in continuation.resume() }
        }
        let outputs = try await server.infer("identity", [NamedTensor("x", Tensor([Int32(7)], shape: [1]))])
        #expect(outputs.map(\.name) == ["x"] && outputs[0].tensor.elements(as: Int32.self) == [7])
        await server.stop(grace: .seconds(5))
        #expect(!server.isReady)
        await #expect(throws: InferError.self) { try await server.infer("identity", []) }
    }
}
