import DunlinBytes
import DunlinHTTP
import DunlinTestSupport
import DunlinTracing
import Glibc
import Testing

@testable import Dunlin

@Suite struct TraceEndpointsTests {
    private func tracing(
        _ settings: [String] = [], _ body: (TestClient, Server, TemporaryDirectory) throws -> Void
    ) throws {
        try observedServer(
            { configuration, folder throws in
                try configuration.setTraceConfig("triton,file=\(folder.path)/trace.json")
                for setting in settings { try configuration.setTraceConfig(setting) }
            }, body)
    }

    @Test func settingsAreReadChangedAndCleared() throws {
        try tracing(["rate=5"]) { (client, server, folder) throws in
            let start =
                #"{"trace_level":["OFF"],"trace_rate":"5","trace_count":"-1","log_frequency":"0","trace_file":""#
                + #"\#(folder.path)/trace.json","trace_mode":"triton"}"#
            #expect(try client.get("/v2/trace/setting").text == start)
            #expect(try client.get("/v2/models/m/trace/setting").text == start)
            #expect(!server.timing.isOn)
            let changed = try client.post(
                "/v2/models/m/trace/setting", #"{"trace_level":["TIMESTAMPS"],"trace_rate":"1","log_frequency":"3"}"#)
            #expect(changed.status == 200 && changed.text.contains(#""trace_rate":"1""#))
            #expect(server.timing.isOn)
            #expect(try client.get("/v2/trace/setting").text == start, "the others keep theirs")
            #expect(try client.get("/v2/models/m/trace/setting").text == changed.text)
            _ = try client.post("/v2/trace/setting", #"{"trace_rate":"9","trace_count":"4"}"#)
            #expect(try client.get("/v2/models/m/trace/setting").text.contains(#""trace_count":"4""#))
            let cleared = try client.post(
                "/v2/models/m/trace/setting", #"{"trace_level":null,"trace_rate":null,"log_frequency":null}"#)
            #expect(cleared.text == (try client.get("/v2/trace/setting").text))
            _ = try client.post("/v2/trace/setting", #"{"trace_rate":null,"trace_count":null}"#)
            #expect(try client.get("/v2/trace/setting").text == start)
            #expect(!server.timing.isOn)
        }
    }

    @Test(
        "what makes no sense is refused and changes nothing",
        arguments: [
            (#"{"trace_rate":"0.5"}"#, 400, "'trace_rate'"), (#"{"trace_rate":"-1"}"#, 400, "'trace_rate'"),
            (#"{"trace_count":"-2"}"#, 400, "'trace_count'"), (#"{"trace_count":"2147483648"}"#, 400, "'trace_count'"),
            (#"{"log_frequency":"+1"}"#, 400, "'log_frequency'"),
            (#"{"trace_level":["SOME"]}"#, 400, "OFF or TIMESTAMPS"),
            (#"{"trace_level":["TENSORS"]}"#, 501, "TENSORS is not supported"),
            (#"{"trace_file":"/tmp/other","trace_rate":"3"}"#, 501, "'trace_file' cannot be changed"),
        ])
    func whatMakesNoSenseIsRefused(body: String, status: Int, problem: String) throws {
        try tracing { (client, _, _) throws in
            let before = try client.get("/v2/trace/setting").text
            let answer = try client.post("/v2/trace/setting", body)
            #expect(answer.status == status && answer.text.contains(problem), "\(answer.text)")
            #expect(try client.get("/v2/trace/setting").text == before)
        }
    }

    @Test func aModelThatIsNotThereHasNoSettings() throws {
        try tracing { (client, _, _) throws in
            #expect(try client.get("/v2/models/none/trace/setting").status == 404)
            #expect(try client.post("/v2/models/none/trace/setting", #"{"trace_rate":"1"}"#).status == 404)
        }
    }

    @Test func withoutAFileNothingCanBeTraced() throws {
        try observedServer { (client, _, _) throws in
            let answer = try client.post("/v2/trace/setting", #"{"trace_level":["TIMESTAMPS"]}"#)
            #expect(answer.status == 400 && answer.text.contains("--trace-config triton,file=PATH"))
            #expect(try client.post("/v2/trace/setting", #"{"trace_level":["OFF"],"trace_rate":"3"}"#).status == 200)
        }
    }

    @Test func aServerThatIsToldToTraceNowhereDoesNotStart() {
        #expect(throws: ConfigurationError.self) {
            var configuration = ServerConfiguration()
            try configuration.setTraceConfig("level=TIMESTAMPS")
            _ = try Server(configuration)
        }
        let error = #expect(throws: ConfigurationError.self) {
            try ServerConfiguration.parse(arguments: ["--trace-config", "rate=x"], environment: [:])
        }
        #expect(error?.description.contains("--trace-config rate=x: rate must be a whole number") == true)
    }

    @Test func theCommandLineWinsOverTheEnvironmentAndRepeats() throws {
        let configuration = try ServerConfiguration.parse(
            arguments: ["--trace-config", "triton,file=/b", "--trace-config", "rate=2", "--load-model", "x"],
            environment: ["DUNLIN_TRACE_CONFIG": "triton,file=/a,count=5", "OTEL_SERVICE_NAME": "s"])
        #expect(configuration.trace.file == "/b" && configuration.trace.setting.rate == 2)
        #expect(configuration.trace.setting.count == 5, "what the command line does not set stays")
        #expect(configuration.traceConfiguration.resource.map(\.key) == ["service.name", "service.version"])
        #expect(configuration.traceConfiguration.resource[0].value == "s")
        #expect(configuration.loadModels == ["x"])
    }

    // MARK: Traces

    /// The elements of a trace file; waits until there are so many, since another thread writes them.
    private func elements(_ path: String, count: Int) throws -> [JSONValue] {
        var found: [JSONValue] = []
        for _ in 0..<5000 {
            if let text = fileText(path), case .array(let elements)? = try? JSONValue(parsing: Bytes(text)) {
                found = elements
                if elements.count >= count { break }
            }
            usleep(1000)
        }
        return found
    }

    private func names(_ trace: JSONValue) -> [String] {
        guard case .array(let stamps)? = trace["timestamps"] else { return [] }
        return stamps.compactMap { if case .string(let name)? = $0["name"] { name } else { nil } }
    }

    @Test func everySecondRequestIsWritten() throws {
        try tracing(["level=TIMESTAMPS,rate=2"]) { (client, _, folder) throws in
            for index in 1...4 { _ = try client.post("/v2/models/m/infer", observedBody(id: "q\(index)")) }
            let traces = try elements(folder.path + "/trace.json", count: 2)
            #expect(traces.map { $0["request_id"] } == [.string("q2"), .string("q4")])
            #expect(traces.map { $0["id"] } == [.int(1), .int(2)])
            #expect(traces.allSatisfy { $0["model_name"] == .string("m") && $0["model_version"] == .int(1) })
            #expect(
                names(traces[0]) == [
                    "HTTP_RECV_START", "HTTP_RECV_END", "REQUEST_START", "QUEUE_START", "COMPUTE_START",
                    "COMPUTE_INPUT_END", "COMPUTE_OUTPUT_START", "COMPUTE_END", "REQUEST_END", "HTTP_SEND_START",
                    "HTTP_SEND_END",
                ])
        }
    }

    @Test func aCountEndsTheTracing() throws {
        try tracing(["level=TIMESTAMPS,rate=1,count=2,log-frequency=5"]) { (client, server, folder) throws in
            for _ in 1...4 { _ = try client.post("/v2/models/m/infer", observedBody()) }
            #expect(try elements(folder.path + "/trace.json.0", count: 2).count == 2)
            #expect(!server.timing.isOn)
            #expect(try client.get("/v2/trace/setting").text.contains(#""trace_count":"0""#))
            let metrics = try client.get("/metrics").text
            #expect(metrics.contains("dunlin_traces_total 2\n") && metrics.contains("dunlin_traces_dropped_total 0\n"))
        }
    }

    @Test func failuresAreTracedAndUnknownModelsAreNot() throws {
        try tracing(["level=TIMESTAMPS,rate=1"]) { (client, _, folder) throws in
            #expect(try client.post("/v2/models/none/infer", observedBody()).status == 404)
            #expect(try client.post("/v2/models/m/infer", observedBody("13", id: "bad")).status == 500)
            let traces = try elements(folder.path + "/trace.json", count: 1)
            #expect(traces.count == 1 && traces.first?["request_id"] == .string("bad"))
        }
    }

    @Test func traceContextWithoutOpenTelemetryIsPassedOver() throws {
        try tracing(["level=TIMESTAMPS,rate=0"]) { (client, server, _) throws in
            #expect(!server.timing.isOn)
            let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            let answer = try client.post("/v2/models/m/infer", observedBody(), headers: ["traceparent": parent])
            #expect(answer.status == 200)
        }
    }
}
