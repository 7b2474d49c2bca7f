import DunlinBytes
import Glibc
import Synchronization
import Testing

@testable import DunlinHTTP

private func get(_ path: String, _ version: String = "HTTP/1.1") -> String {
    "GET \(path) \(version)\r\nHost: a\r\n\r\n"
}

/// Counts calls from any thread.
private final class Calls: Sendable {
    private let number = Atomic<Int>(0)
    var count: Int { number.load(ordering: .acquiring) }
    func add() { number.wrappingAdd(1, ordering: .releasing) }
}

/// Who waits for an answer hears of a client that is gone, and of no other.
@Suite struct HTTPServerDisconnectTests {
    enum End: String, CaseIterable { case closes, resets }

    @Test(arguments: End.allCases)
    func aClientThatGoesIsToldOfOnce(end: End) throws {
        let running = try RunningServer()
        defer { running.stop() }
        var client: RawClient? = try running.client()
        client!.send(get("/hold/1"))
        let reply = try running.held("/hold/1")
        let calls = Calls()
        reply.onDisconnect { calls.add() }
        reply.onDisconnect { calls.add() }
        #expect(!reply.isCancelled && calls.count == 0)
        if end == .resets { client!.reset() }
        client = nil
        #expect(RunningServer.eventually { calls.count == 2 })
        #expect(reply.isCancelled)
        reply.send(HTTPResponse(body: [Bytes("one")]))
        #expect(RunningServer.eventually { running.server.connectionCount == 0 && running.server.inFlightCount == 0 })
        #expect(calls.count == 2)
    }

    /// More than is read in one turn, so that the client's end is known before its request is.
    @Test func aClientThatSendsMuchAndGoesIsToldOf() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let body = [UInt8](repeating: 0x20, count: 12 * Connection.readBudget)
        for number in 1...8 {
            var client: RawClient? = try running.client()
            client!.send("POST /hold/\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n")
            client!.send(body)
            client = nil
            let calls = Calls()
            let reply = try running.held("/hold/\(number)")
            reply.onDisconnect { calls.add() }
            #expect(RunningServer.eventually { calls.count == 1 })
        }
    }

    @Test func everyPendingAnswerOfAConnectionIsToldOf() throws {
        let running = try RunningServer()
        defer { running.stop() }
        var client: RawClient? = try running.client()
        client!.send(get("/hold/1") + get("/hold/2"))
        let (one, two) = (try running.held("/hold/1"), try running.held("/hold/2"))
        let calls = Calls()
        two.onDisconnect { calls.add() }
        one.onDisconnect { calls.add() }
        client = nil
        #expect(RunningServer.eventually { calls.count == 2 })
        #expect(one.isCancelled && two.isCancelled)
    }

    @Test func aStreamIsToldOf() throws {
        let running = try RunningServer()
        defer { running.stop() }
        var client: RawClient? = try running.client()
        client!.send(get("/hold/1"))
        let reply = try running.held("/hold/1")
        let calls = Calls()
        reply.onDisconnect { calls.add() }
        reply.begin(status: 200)
        reply.write(Bytes("part"))
        _ = try client!.read(20)
        client!.reset()
        client = nil
        #expect(RunningServer.eventually { calls.count == 1 })
    }

    /// HTTP/1.1 clients pass over the interim answer that asks whether they are still there.
    @Test func aClientThatOnlyEndsItsSideIsNotGone() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send(get("/hold/1"))
        let reply = try running.held("/hold/1")
        let calls = Calls()
        reply.onDisconnect { calls.add() }
        client.shutdownWriting()
        #expect(try client.answer().status == 100)
        #expect(!reply.isCancelled && calls.count == 0)
        reply.send(HTTPResponse(body: [Bytes("one")]))
        #expect(try client.answer().text == "one")
        #expect(client.readToEnd() == "")
        #expect(calls.count == 0)
    }

    @Test func http10IsNotAskedAndIsAnswered() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send(get("/hold/1", "HTTP/1.0"))
        let reply = try running.held("/hold/1")
        client.shutdownWriting()
        // Another connection's exchange after the end was sent: the loop has seen it.
        let other = try running.client()
        other.send(get("/a"))
        #expect(try other.answer().text == "get /a")
        reply.send(HTTPResponse(body: [Bytes("one")]))
        #expect(client.readToEnd().hasSuffix("\r\n\r\none"))
    }

    @Test func anAnswerInTimeIsNotToldOf() throws {
        let running = try RunningServer()
        defer { running.stop() }
        var client: RawClient? = try running.client()
        client!.send(get("/hold/1"))
        let reply = try running.held("/hold/1")
        let calls = Calls()
        reply.onDisconnect { calls.add() }
        reply.send(HTTPResponse(body: [Bytes("one")]))
        #expect(try client!.answer().text == "one")
        client = nil
        #expect(RunningServer.eventually { running.server.connectionCount == 0 })
        #expect(calls.count == 0)
        // Nobody is left to be told; asking late is harmless.
        reply.onDisconnect { calls.add() }
        #expect(RunningServer.eventually { calls.count == 1 })
    }

    @Test func whoAsksAfterTheEndIsToldAtOnce() throws {
        let running = try RunningServer()
        var client: RawClient? = try running.client()
        client!.send(get("/hold/1"))
        let reply = try running.held("/hold/1")
        client!.reset()
        client = nil
        #expect(RunningServer.eventually { reply.isCancelled })
        let calls = Calls()
        reply.onDisconnect { calls.add() }
        #expect(RunningServer.eventually { calls.count == 1 })
        running.stop()
        reply.onDisconnect { calls.add() }
        #expect(calls.count == 2)
    }

    @Test func stoppingTellsOfWhatItCutsOff() throws {
        let running = try RunningServer()
        let client = try running.client()
        client.send(get("/hold/1"))
        let reply = try running.held("/hold/1")
        let calls = Calls()
        reply.onDisconnect { calls.add() }
        running.stop()
        #expect(calls.count == 1)
        _ = client
    }

    // MARK: An end that makes other answers go out

    /// Who is told of the end of a client that takes nothing answers another one, on the same thread and at once.
    @Test func aClientThatIsCutOffMayLetAnotherBeAnswered() throws {
        let running = try RunningServer {
            $0.eventLoopCount = 1
            $0.maxBufferedResponseByteCount = 1 << 20
        }
        defer { running.stop() }
        let slow = try running.client(receiveBufferByteCount: 4096)
        let other = try running.client()
        other.send(get("/hold/other"))
        let released = try running.held("/hold/other")
        slow.send((0..<6).map { get("/hold/\($0)") }.joined())
        let replies = try (0..<6).map { try running.held("/hold/\($0)") }
        replies[5].onDisconnect { released.send(HTTPResponse(body: [Bytes("released")])) }
        for reply in replies[..<5] { reply.send(HTTPResponse(body: RunningServer.largeBody)) }
        #expect(try other.answer().text == "released")
        replies[5].send(HTTPResponse())
    }

    @Test func nothingOfAnAnswerThatIsCutOffGoesToAnotherClient() throws {
        let running = try RunningServer {
            $0.eventLoopCount = 1
            $0.maxBufferedResponseByteCount = 1 << 20
        }
        defer { running.stop() }
        let slow = try running.client(receiveBufferByteCount: 4096)
        let other = try running.client()
        other.send(get("/hold/other"))
        let released = try running.held("/hold/other")
        slow.send(get("/hold/slow"))
        let reply = try running.held("/hold/slow")
        reply.onDisconnect { released.send(HTTPResponse(body: [Bytes("released")])) }
        reply.begin(status: 200)
        for _ in 0..<8 { reply.write(RunningServer.largeBody[3]) }
        #expect(try other.answer().text == "released")
        other.send(get("/next"))
        #expect(try other.answer().text == "get /next")
        reply.end()
    }
}
