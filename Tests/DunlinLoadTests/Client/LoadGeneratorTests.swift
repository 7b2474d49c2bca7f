import DunlinBytes
import DunlinTestSupport
import Testing

@testable import DunlinLoad

/// The generator against servers that behave, misbehave and stall.
@Suite struct LoadGeneratorTests {
    private static let second: UInt64 = 1_000_000_000
    /// Far longer than any step here takes.
    private static let endless: UInt64 = 3600 * second

    private func generator(_ server: ScriptedServer, timeout: UInt64 = 20 * second) throws -> LoadGenerator {
        try generator(server.url, timeout: timeout)
    }

    private func generator(_ url: String, timeout: UInt64 = 20 * second) throws -> LoadGenerator {
        let target = try LoadTarget(url: url, unixSocket: nil, model: "m", version: nil)
        return LoadGenerator(
            target: target, requests: [target.message("POST", "/infer", body: Bytes("{}"))], timeout: timeout)
    }

    @Test func aClosedLoopHasAsManyConnectionsAsClientsAndKeepsThem() throws {
        let server = ScriptedServer { _ in .send(ScriptedServer.ok()) }
        defer { server.stop() }
        let generator = try generator(server)
        for _ in 0..<2 {
            let result = generator.run(
                .closed(concurrency: 3), connectionCount: 99, duration: Self.endless, limit: 300)
            #expect(result.startedCount == 300 && result.successCount == 300 && result.failures == [])
            #expect(result.latency.count == 300)
        }
        #expect(server.requestCount == 600 && server.connectionCount == 3)
    }

    @Test func anOpenLoopStartsWhatIsDue() throws {
        let server = ScriptedServer { _ in .send(ScriptedServer.ok()) }
        defer { server.stop() }
        let result = try generator(server).run(
            .open(rate: 500, kind: .constant), connectionCount: 4, duration: Self.second / 5)
        #expect(result.startedCount == 100 && result.successCount == 100)
        #expect(server.requestCount == 100)
    }

    /// One request of 100 is slow, but 59 others were due meanwhile: half of all waited longer than 49 ms, and a client
    /// that counted from when it sent would report nearly nothing of it.
    @Test func aStallIsChargedWithEveryRequestItDelayed() throws {
        let server = ScriptedServer {
            $0 == 0 ? .sendAfter(milliseconds: 300, ScriptedServer.ok()) : .send(ScriptedServer.ok())
        }
        defer { server.stop() }
        let result = try generator(server).run(
            .open(rate: 200, kind: .constant), connectionCount: 1, duration: Self.second / 2)
        #expect(result.startedCount == 100 && result.successCount == 100)
        #expect(result.latency.percentile(0.5) >= 49_000_000)
        #expect(result.latency.percentile(0.99) >= 290_000_000)
        #expect(result.peakBacklog >= 50)
        // What waited for the connection was not begun late by the generator.
        #expect(result.lateness.count <= 41)
        #expect(server.connectionCount == 1)
    }

    @Test func errorsAreCountedByStatusWithTheFirstAsExample() throws {
        let server = ScriptedServer { number in
            switch number % 3 {
            case 0: .send(ScriptedServer.ok())
            case 1: .send("HTTP/1.1 503 Busy\r\nContent-Length: 17\r\n\r\n{\"error\":\n\"busy\"}")
            default: .send("HTTP/1.1 400 Bad\r\nContent-Length: 2\r\n\r\nno")
            }
        }
        defer { server.stop() }
        let result = try generator(server).run(
            .closed(concurrency: 1), connectionCount: 1, duration: Self.endless, limit: 9)
        #expect(result.successCount == 3 && result.latency.count == 3)
        #expect(
            result.failures == [
                .init(kind: "503", count: 3, example: "{\"error\": \"busy\"}"),
                .init(kind: "400", count: 3, example: "no"),
            ])
        #expect(server.connectionCount == 1)
    }

    @Test(
        "goes on after",
        arguments: [
            ("a connection closed without an answer", ScriptedServer.Answer.close, "closed"),
            ("half an answer", .sendAndClose("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), "closed"),
            ("garbage", .send("hello there\r\n\r\n"), "malformed"),
            ("silence", .silence, "timeout"),
        ])
    func goesOnAfter(name: String, answer: ScriptedServer.Answer, kind: String) throws {
        let server = ScriptedServer { $0 == 1 ? answer : .send(ScriptedServer.ok()) }
        defer { server.stop() }
        let timeout = kind == "timeout" ? 2 * Self.second : 20 * Self.second
        let result = try generator(server, timeout: timeout).run(
            .closed(concurrency: 1), connectionCount: 1, duration: Self.endless, limit: 4)
        #expect(result.startedCount == 4 && result.successCount == 3, "\(name)")
        #expect(result.failures.map(\.kind) == [kind] && result.failureCount == 1)
        #expect(server.connectionCount == 2)
        // What was given up counts with the time it had waited.
        #expect(result.latency.count == (kind == "timeout" ? 4 : 3))
        if kind == "timeout" { #expect(result.latency.max >= timeout) }
    }

    @Test func aUnixSocketServesAsWell() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/http.sock"
        let server = ScriptedServer(unixSocket: path) { _ in .send(ScriptedServer.ok()) }
        defer { server.stop() }
        let target = try LoadTarget(url: "http://localhost", unixSocket: path, model: "m", version: nil)
        let generator = LoadGenerator(
            target: target, requests: [target.message("GET", "/v2")], timeout: 20 * Self.second)
        let result = generator.run(.closed(concurrency: 2), connectionCount: 2, duration: Self.endless, limit: 20)
        #expect(result.successCount == 20 && result.failures == [] && server.connectionCount == 2)
    }

    @Test func anAnswerThatEndsWithTheConnectionIsWhole() throws {
        let server = ScriptedServer { _ in .sendAndClose("HTTP/1.1 200 OK\r\n\r\nabc") }
        defer { server.stop() }
        let result = try generator(server).run(
            .closed(concurrency: 1), connectionCount: 1, duration: Self.endless, limit: 3)
        #expect(result.successCount == 3 && result.failures == [] && server.connectionCount == 3)
    }

    @Test func aServerThatIsNotThereIsCountedAndDoesNotSpin() throws {
        let port = UnusedPort()
        let clock = ContinuousClock()
        let began = clock.now
        let result = try generator("http://127.0.0.1:\(port.number)").run(
            .closed(concurrency: 2), connectionCount: 2, duration: Self.endless, limit: 12)
        #expect(result.successCount == 0 && result.failures.map(\.kind) == ["connect"])
        #expect(result.failureCount == 12)
        // One of the two connections has failed six times or more, with 20 ms of rest between.
        #expect(clock.now - began >= .milliseconds(100))
    }

    @Test func whatCouldNotBeSentInTimeIsGivenUp() throws {
        let server = ScriptedServer { _ in .silence }
        defer { server.stop() }
        let result = try generator(server, timeout: Self.second / 10).run(
            .open(rate: 100, kind: .constant), connectionCount: 1, duration: Self.second / 10)
        #expect(result.startedCount == 10 && result.successCount == 0)
        #expect(result.failures.map(\.kind) == ["timeout"] && result.failureCount == 10)
        #expect(result.latency.count == 10 && result.latency.min >= Self.second / 10)
    }
}
