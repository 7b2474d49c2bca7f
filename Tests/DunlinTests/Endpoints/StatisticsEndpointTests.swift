import DunlinBytes
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import Dunlin

/// `/stats` and `/metrics` over a socket, after requests that are known.
@Suite struct StatisticsEndpointTests {
    private func serving(_ body: (TestClient) throws -> Void) throws {
        let directory = TemporaryDirectory()
        for file in ["sum/1/model.onnx", "sum/2/model.onnx", "other/1/model.onnx"] { directory.write(file) }
        directory.write("sum/config.pbtxt", "version_policy { all { } }")
        var configuration = ServerConfiguration()
        configuration.httpPort = 0
        configuration.logLevel = .error
        configuration.httpThreads = 1
        configuration.modelRepository = directory.path
        configuration.backends = [FakeBackend { _ in .adding(1) }]
        let server = try Server(configuration)
        try server.start()
        defer { server.stopAndWait(grace: .seconds(5)) }
        try body(try TestClient(port: try #require(server.httpPort)))
    }

    private func infer(_ client: TestClient, _ version: Int, rows: Int) throws -> Int {
        let data = [String](repeating: "1,2", count: rows).joined(separator: ",")
        return try client.post(
            "/v2/models/sum/versions/\(version)/infer",
            #"{"inputs":[{"name":"x","shape":[\#(rows),2],"datatype":"FP32","data":[\#(data)]}]}"#
        ).status
    }

    private func entries(_ client: TestClient, _ path: String) throws -> [JSONValue] {
        let answer = try client.get(path)
        #expect(answer.status == 200 && answer.headers["content-type"] == "application/json")
        guard case .array(let entries)? = try JSONValue(parsing: Bytes(answer.body))["model_stats"] else { return [] }
        return entries
    }

    @Test func everyVersionHasItsOwnCounts() throws {
        try serving { (client) throws in
            for _ in 0..<3 { #expect(try infer(client, 2, rows: 4) == 200) }
            #expect(try infer(client, 1, rows: 1) == 200)
            #expect(try client.post("/v2/models/sum/infer", #"{"inputs":[]}"#).status == 400)
            let all = try entries(client, "/v2/models/stats")
            #expect(all.map { $0["name"] } == [.string("other"), .string("sum"), .string("sum")])
            let both = try entries(client, "/v2/models/sum/stats")
            #expect(both.map { $0["version"] } == [.string("1"), .string("2")])
            #expect(both.map { $0["inference_count"] } == [.int(1), .int(12)])
            #expect(both.map { $0["execution_count"] } == [.int(1), .int(3)])
            let one = try entries(client, "/v2/models/sum/versions/2/stats")
            #expect(one == [both[1]])
            #expect(one[0]["inference_stats"]?["success"]?["count"] == .int(3))
            #expect(one[0]["inference_stats"]?["fail"]?["count"] == .int(1))
            guard case .array(let batches)? = one[0]["batch_stats"] else {
                Issue.record("no batch_stats")
                return
            }
            #expect(batches.map { $0["batch_size"] } == [.int(4)])
            #expect(batches[0]["compute_infer"]?["count"] == .int(3))
        }
    }

    @Test func whatIsNotThereIsNotFound() throws {
        try serving { (client) throws in
            #expect(try client.get("/v2/models/none/stats").status == 404)
            #expect(try client.get("/v2/models/sum/versions/3/stats").status == 404)
            #expect(try client.post("/v2/models/stats").status == 405)
        }
    }

    @Test func metricsCountWhatStatisticsCount() throws {
        try serving { (client) throws in
            for _ in 0..<2 { #expect(try infer(client, 1, rows: 3) == 200) }
            let answer = try client.get("/metrics")
            #expect(answer.status == 200)
            let lines = Set(answer.text.split(separator: "\n").map(String.init))
            for line in [
                #"nv_inference_request_success{model="sum",version="1"} 2"#,
                #"nv_inference_request_success{model="sum",version="2"} 0"#,
                #"nv_inference_count{model="sum",version="1"} 6"#,
                #"nv_inference_exec_count{model="sum",version="1"} 2"#,
                #"nv_inference_request_failure{model="other",version="1",reason="REJECTED"} 0"#,
                #"nv_inference_pending_request_count{model="sum",version="1"} 0"#,
                #"dunlin_request_duration_seconds_count{model="sum",version="1"} 2"#,
                #"dunlin_queue_duration_seconds_count{model="sum",version="1"} 2"#,
                #"dunlin_compute_duration_seconds_count{model="sum",version="1"} 2"#,
                #"dunlin_batch_size_sum{model="sum",version="1"} 6"#,
                "dunlin_response_cache_entries 0",
                "dunlin_response_cache_bytes 0",
                "dunlin_ready 1",
            ] { #expect(lines.contains(line), "\(line)") }
            // An answer may be here a moment before its request is let go.
            for name in ["dunlin_requests_queued ", "dunlin_request_input_bytes "] {
                #expect(lines.contains { $0.hasPrefix(name) })
            }
        }
    }
}
