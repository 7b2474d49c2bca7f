import DunlinInference
import DunlinServing
import DunlinTensor
import DunlinTestSupport
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

    enum Form: String, CaseIterable {
        case v1, v2

        var path: String { self == .v2 ? "/v2/models/m/infer" : "/v1/models/m:predict" }

        /// - Parameter parameters: What V2 requests have beside their inputs.
        func body(_ parameters: String = "") -> String {
            self == .v2
                ? #"{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]\#(parameters)}"#
                : #"{"instances":[[1,2]]}"#
        }
    }

    /// Sends a request and leaves its answer on the way.
    private func begin(_ client: TestClient, _ form: Form) throws {
        let body = form.body()
        let head = "POST \(form.path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        try client.send([UInt8]((head + body).utf8))
    }

    /// Nearly always the first; the others where the server itself is held up before it has read the request.
    private func isTooLate(_ text: String) -> Bool {
        [
            "the request's time was over before it ran", "the request's time was over before it was read",
            "the request would wait",
        ].contains { text.contains($0) }
    }

    private func statistics(_ server: Server) throws -> ModelStatistics.Snapshot {
        try #require(try server.registry.statistics(model: "m").first)
    }

    @Test(arguments: Form.allCases)
    func aRequestThatWaitsTooLongIsAnsweredWhileTheModelIsBusy(form: Form) throws {
        try serving { port, server throws in
            let busy = try TestClient(port: port)
            try begin(busy, form)
            #expect(gate.awaitArrivals())
            let client = try TestClient(port: port)
            let late = try client.post(form.path, form.body(), headers: ["Request-Timeout": "0.2"])
            #expect(late.status == 504)
            #expect(isTooLate(late.text), "\(late.text)")
            let later =
                form == .v2
                ? try client.post(form.path, form.body(#","parameters":{"timeout":200000}"#))
                : try client.post(form.path, form.body(), headers: ["Request-Timeout": "0.25"])
            #expect(later.status == 504)
            #expect(try client.post(form.path, form.body(), headers: ["Request-Timeout": "soon"]).status == 400)
            gate.open()
            #expect(try busy.receive(hasBody: true).status == 200)
            let rejections = try statistics(server)
            #expect(rejections.rejectionCount(.expired) + rejections.rejectionCount(.unattainable) == 2)
            #expect(rejections.executionCount == 1)
        }
    }

    @Test(arguments: Form.allCases)
    func aRequestWaitsNoLongerThanTheServerAllows(form: Form) throws {
        try serving(maxWait: .seconds(3)) { port, server throws in
            let busy = try TestClient(port: port)
            try begin(busy, form)
            #expect(gate.awaitArrivals())
            let late = try TestClient(port: port).post(form.path, form.body())
            #expect(late.status == 504)
            #expect(late.text.contains("the request's time was over before it ran"))
            gate.open()
            #expect(try busy.receive(hasBody: true).status == 200)
            #expect(try statistics(server).rejectionCount(.expired) == 1)
        }
    }

    @Test(arguments: Form.allCases)
    func theRequestOfAClientThatHungUpDoesNotRun(form: Form) throws {
        try serving { port, server throws in
            let busy = try TestClient(port: port)
            try begin(busy, form)
            #expect(gate.awaitArrivals())
            var gone: TestClient? = try TestClient(port: port)
            try begin(try #require(gone), form)
            #expect(try eventually { try statistics(server).pendingCount > 0 })
            gone = nil
            #expect(try eventually { try statistics(server).pendingCount == 0 })
            gate.open()
            #expect(try busy.receive(hasBody: true).status == 200)
            #expect(try statistics(server).rejectionCount(.cancelled) == 1)
            #expect(try statistics(server).executionCount == 1)
        }
    }
}
