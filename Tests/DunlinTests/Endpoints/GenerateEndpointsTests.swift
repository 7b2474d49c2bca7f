import DunlinInference
import DunlinServing
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import Dunlin

/// Generate and `infer_stream` where time matters: a client that hangs up, a request that comes too late. What they answer
/// is in the case folders.
@Suite struct GenerateEndpointsTests {
    private let gate = Gate()

    private func serving(_ body: (_ port: Int, Server) throws -> Void) throws {
        let directory = TemporaryDirectory()
        directory.write("m/1/model.onnx")
        let gate = gate
        var configuration = ServerConfiguration()
        configuration.modelRepository = directory.path
        configuration.httpPort = 0
        configuration.logLevel = .error
        configuration.httpThreads = 1
        configuration.instanceCount = 1
        configuration.batchRows = 1
        configuration.backends = [
            FakeBackend { _ throws(InferError) in
                FakeModel { inputs throws(InferError) in
                    gate.pass()
                    return [NamedTensor("y", inputs[0].tensor)]
                }
            }
        ]
        let server = try Server(configuration)
        try server.start()
        defer { server.stopAndWait(grace: .seconds(5)) }
        try body(try #require(server.httpPort), server)
    }

    private static let bodies = [
        ("generate", #"{"x":[1,2]}"#), ("generate_stream", #"{"x":[1,2]}"#),
        ("infer_stream", #"{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}"#),
    ]

    private func begin(_ client: TestClient, _ verb: String, _ body: String) throws {
        let head = "POST /v2/models/m/\(verb) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        try client.send([UInt8]((head + body).utf8))
    }

    /// The request that waits behind the one that runs goes when its client does, and never runs.
    @Test(arguments: bodies) func aClientThatHangsUpCancels(verb: String, body: String) throws {
        try serving { port, server throws in
            let busy = try TestClient(port: port)
            try begin(busy, verb, body)
            #expect(gate.awaitArrivals())
            do {
                let leaving = try TestClient(port: port)
                try begin(leaving, verb, body)
                #expect(try eventually { try snapshot(server).pendingCount > 0 })
            }
            #expect(try eventually { try snapshot(server).pendingCount == 0 })
            gate.open()
            #expect(try busy.receive().status == 200)
            #expect(try snapshot(server).executionCount == 1)
        }
    }

    @Test(arguments: bodies) func theHeaderRequestTimeoutCounts(verb: String, body: String) throws {
        try serving { port, server throws in
            let answer = try TestClient(port: port).post(
                "/v2/models/m/\(verb)", body, headers: ["Request-Timeout": "never"])
            #expect(answer.status == 400 && answer.text.contains("Request-Timeout"))
            let busy = try TestClient(port: port)
            try begin(busy, verb, body)
            #expect(gate.awaitArrivals())
            let late = try TestClient(port: port).post(
                "/v2/models/m/\(verb)", body, headers: ["Request-Timeout": "0.001"])
            #expect(late.status == 504 && late.headers["content-type"] == "application/json")
            gate.open()
            #expect(try busy.receive().status == 200)
        }
    }

    private func snapshot(_ server: Server) throws -> ModelStatistics.Snapshot {
        try #require(try server.registry.statistics(model: "m").first)
    }
}
