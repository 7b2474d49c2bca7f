import DunlinBytes
import DunlinTelemetry
import Synchronization
import Testing

@testable import DunlinHTTP

/// What is told of the times of requests and answers.
@Suite struct HTTPReplySendingTests {
    private final class Seen: Sendable {
        let requests = Mutex<[(UInt64, UInt64)]>([])
        let sendings = Mutex<[SendingTimes]>([])
    }

    /// A server that answers every request at once, but for `/never`, whose reply is kept.
    private func serving(_ timing: TimingSwitch, _ body: (RawClient, Seen) throws -> Void) throws {
        let seen = Seen()
        let kept = Mutex<[HTTPReply]>([])
        var configuration = HTTPServerConfiguration()
        configuration.port = 0
        let server = HTTPServer(configuration: configuration, logger: Logger(level: .error), timing: timing) {
            request, reply in
            seen.requests.withLock { $0.append((request.receiveStart, request.receiveEnd)) }
            reply.onSent { times in seen.sendings.withLock { $0.append(times) } }
            if request.path.string == "/never" { return kept.withLock { $0.append(reply) } }
            reply.send(HTTPResponse(status: 201, body: [Bytes([UInt8](repeating: 65, count: 100_000))]))
        }
        try server.start()
        defer { server.stop(grace: .zero) }
        try body(try RawClient(port: server.port), seen)
    }

    private func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n" }

    @Test func requestsTellNoTimesUnlessTheyAreAsked() throws {
        let timing = TimingSwitch()
        try serving(timing) { (client, seen) throws in
            client.send(get("/a"))
            #expect(try client.answer().status == 201)
            timing.set(true)
            client.send(get("/b"))
            #expect(try client.answer().status == 201)
            timing.set(false)
            client.send(get("/c"))
            #expect(try client.answer().status == 201)
            let times = seen.requests.withLock { $0 }
            #expect(times[0] == (0, 0) && times[2] == (0, 0))
            #expect(times[1].0 > 0 && times[1].1 >= times[1].0)
        }
    }

    @Test func anAnswerTellsWhenItWasTaken() throws {
        try serving(TimingSwitch()) { (client, seen) throws in
            client.send(get("/a"))
            #expect(try client.answer().status == 201)
            #expect(RunningServer.eventually { seen.sendings.withLock { $0.count } == 1 })
            let times = seen.sendings.withLock { $0[0] }
            #expect(times.isSent && times.status == 201 && times.start > 0 && times.end >= times.start)
        }
    }

    @Test func anAnswerThatNeverCameIsToldWhenTheClientIsGone() throws {
        try serving(TimingSwitch()) { (client, seen) throws in
            client.send(get("/never"))
            #expect(RunningServer.eventually { seen.requests.withLock { $0.count } == 1 })
            client.reset()
            #expect(RunningServer.eventually { seen.sendings.withLock { $0.count } == 1 })
            let times = seen.sendings.withLock { $0[0] }
            #expect(!times.isSent && times.status == 0 && times.start == 0 && times.end > 0)
        }
    }
}
