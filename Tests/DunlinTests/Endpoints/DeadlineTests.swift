import DunlinInference
import DunlinServing
import DunlinTensor
import DunlinTestSupport
import Glibc
import Testing

@testable import Dunlin

/// Late requests and clients that hang up, over a real socket, while the only instance stands at a gate.
@Suite struct DeadlineTests {
    private let gate = Gate()

    private func serving(maxWait: Duration = .zero, _ body: (_ port: Int, Server) throws -> Void) throws {
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
        configuration.maxWait = maxWait
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

    private static let path = "/v2/models/m/infer"

    private static func body(_ parameters: String = "") -> String {
        #"{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]\#(parameters)}"#
    }

    /// Sends a request and leaves its answer on the way.
    private func begin(_ client: TestClient) throws {
        let body = Self.body()
        let head = "POST \(Self.path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        try client.send([UInt8]((head + body).utf8))
    }

    private func statistics(_ server: Server) throws -> ModelStatistics.Snapshot {
        try #require(try server.registry.statistics(model: "m").first)
    }

    @Test func aRequestThatWaitsTooLongIsAnsweredWhileTheModelIsBusy() throws {
        try serving { port, server throws in
            let busy = try TestClient(port: port)
            try begin(busy)
            #expect(gate.awaitArrivals())
            let client = try TestClient(port: port)
            let late = try client.post(Self.path, Self.body(), headers: ["Request-Timeout": "0.01"])
            #expect(late.status == 504)
            #expect(late.text.contains("the request's time was over before it ran"))
            let later = try client.post(Self.path, Self.body(#","parameters":{"timeout":10000}"#))
            #expect(later.status == 504)
            #expect(try client.post(Self.path, Self.body(), headers: ["Request-Timeout": "soon"]).status == 400)
            gate.open()
            #expect(try busy.receive(hasBody: true).status == 200)
            #expect(try statistics(server).rejectionCount(.expired) == 2)
            #expect(try statistics(server).executionCount == 1)
        }
    }

    @Test func aRequestWaitsNoLongerThanTheServerAllows() throws {
        try serving(maxWait: .milliseconds(20)) { port, server throws in
            let busy = try TestClient(port: port)
            try begin(busy)
            #expect(gate.awaitArrivals())
            let late = try TestClient(port: port).post(Self.path, Self.body())
            #expect(late.status == 504)
            #expect(late.text.contains("the request's time was over before it ran"))
            gate.open()
            #expect(try busy.receive(hasBody: true).status == 200)
            #expect(try statistics(server).rejectionCount(.expired) == 1)
        }
    }

    @Test func theRequestOfAClientThatHungUpDoesNotRun() throws {
        try serving { port, server throws in
            let busy = try TestClient(port: port)
            try begin(busy)
            #expect(gate.awaitArrivals())
            var gone: TestClient? = try TestClient(port: port)
            try begin(try #require(gone))
            while try statistics(server).pendingCount == 0 { sched_yield() }
            gone = nil
            while try statistics(server).pendingCount > 0 { sched_yield() }
            gate.open()
            #expect(try busy.receive(hasBody: true).status == 200)
            #expect(try statistics(server).rejectionCount(.cancelled) == 1)
            #expect(try statistics(server).executionCount == 1)
        }
    }
}
