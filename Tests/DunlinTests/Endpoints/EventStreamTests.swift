import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinTelemetry
import DunlinTestSupport
import Testing

@testable import Dunlin

/// Streams of none, one and many events over a real socket, as a model that answers several times would make them.
@Suite struct EventStreamTests {
    /// What a stream is told, and what the client gets.
    struct Row: Sendable, CustomTestStringConvertible {
        let events: Int
        let error: InferError?
        let status: Int
        let contentType: String
        let body: String
        var testDescription: String { "\(events) events, then \(error.map { "\($0.code)" } ?? "the end")" }

        init(_ events: Int, _ error: InferError?, _ status: Int, isStream: Bool = true, _ body: String) {
            (self.events, self.error, self.status, self.body) = (events, error, status, body)
            contentType = isStream ? "text/event-stream; charset=utf-8" : "application/json"
        }
    }

    private static let failed = InferError(.internal, "it broke")
    private static let refused = InferError(.invalidArgument, "no such input")

    @Test(
        arguments: [
            Row(0, nil, 200, ""),
            Row(1, nil, 200, "data: [0]\n\n"),
            Row(3, nil, 200, "data: [0]\n\ndata: [1]\n\ndata: [2]\n\n"),
            Row(0, failed, 500, "data: {\"error\":\"it broke\"}\n\n"),
            Row(2, failed, 200, "data: [0]\n\ndata: [1]\n\ndata: {\"error\":\"it broke\"}\n\n"),
            Row(0, refused, 400, isStream: false, "{\"error\":\"no such input\"}"),
            Row(1, refused, 200, "data: [0]\n\ndata: {\"error\":\"no such input\"}\n\n"),
        ])
    func theFirstEventDecidesTheStatus(row: Row) throws {
        var configuration = HTTPServerConfiguration()
        configuration.port = 0
        configuration.eventLoopCount = 1
        let server = HTTPServer(configuration: configuration, logger: Logger(level: .error, format: .text)) { _, http in
            let stream = EventStream(Reply(http: http))
            for index in 0..<row.events { stream.send(Bytes("[\(index)]")) }
            if let error = row.error { stream.fail(error) } else { stream.finish() }
        }
        try server.start()
        defer { server.stop(grace: .seconds(5)) }
        let answer = try TestClient(port: server.port).post("/")
        #expect(answer.status == row.status && answer.text == row.body)
        #expect(answer.headers["content-type"] == row.contentType)
    }
}
