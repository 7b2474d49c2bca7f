import DunlinBytes
import DunlinTelemetry
import Glibc
import Testing

@testable import DunlinHTTP

private func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n" }

/// What ends: silent clients, clients that hang up, the server itself.
@Suite struct HTTPServerTimeTests {
    @Test func aHeadThatDoesNotComeGets408() throws {
        let running = try RunningServer { $0.headerTimeout = .milliseconds(40) }
        defer { running.stop() }
        let client = try running.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\n")
        let answer = try client.answer()
        #expect(answer.status == 408 && answer.field("connection") == "close")
        #expect(answer.text == #"{"error":"the request header did not arrive in time"}"#)
        #expect(client.readToEnd() == "")
    }

    @Test(arguments: [
        "Content-Length: 10\r\n\r\nabc", "Content-Length: 100000\r\n\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n5\r\na",
    ])
    func aBodyThatDoesNotComeGets408(rest: String) throws {
        let running = try RunningServer { $0.bodyTimeout = .milliseconds(40) }
        defer { running.stop() }
        let client = try running.client()
        client.send(get("/a") + "POST / HTTP/1.1\r\nHost: a\r\n" + rest)
        #expect(try client.answer().status == 200)
        let answer = try client.answer()
        #expect(answer.status == 408)
        #expect(answer.text == #"{"error":"the request body did not arrive in time"}"#)
    }

    @Test func anIdleConnectionIsClosedWithoutAWord() throws {
        let running = try RunningServer { $0.idleTimeout = .milliseconds(500) }
        defer { running.stop() }
        let fresh = try running.client()
        #expect(fresh.readToEnd() == "")
        let used = try running.client()
        used.send(get("/a"))
        #expect(used.readToEnd().hasSuffix("get /a"))
    }

    @Test func aConnectionThatWaitsForItsAnswerIsNotIdle() throws {
        let running = try RunningServer {
            $0.idleTimeout = .milliseconds(500)
            $0.headerTimeout = .milliseconds(500)
        }
        defer { running.stop() }
        let waiting = try running.client()
        waiting.send(get("/hold/1"))
        let reply = try running.held("/hold/1")
        // Another connection has become idle and was closed, so this one would have been too.
        #expect(try running.client().readToEnd() == "")
        reply.send(HTTPResponse(body: [Bytes("one")]))
        #expect(try waiting.answer().text == "one")
    }

    @Test func aClientThatTakesNothingIsClosed() throws {
        let running = try RunningServer { $0.writeTimeout = .milliseconds(500) }
        defer { running.stop() }
        let client = try running.client(receiveBufferByteCount: 4096)
        for _ in 0..<20 { client.send(get("/large")) }
        // The connection is there: it takes the beginning of the first answer, and nothing more.
        #expect(try client.read(8) == "HTTP/1.1")
        #expect(running.server.connectionCount == 1)
        #expect(RunningServer.eventually { running.server.connectionCount == 0 })
        #expect(RunningServer.eventually { running.server.inFlightCount == 0 })
    }

    @Test func aStreamDoesNotFillTheMemory() throws {
        let running = try RunningServer { $0.maxBufferedResponseByteCount = 65_536 }
        defer { running.stop() }
        let client = try running.client(receiveBufferByteCount: 4096)
        client.send(get("/hold/s"))
        let reply = try running.held("/hold/s")
        reply.begin(status: 200)
        let piece = Bytes([UInt8](repeating: 0x61, count: 60_000))
        var written = 0
        // The kernel takes a few megabytes; then the limit ends it.
        while !reply.isCancelled && written < 5000 {
            reply.write(piece)
            written += 1
            if written % 100 == 0 { usleep(1000) }
        }
        #expect(RunningServer.eventually { reply.isCancelled })
        #expect(RunningServer.eventually { running.server.connectionCount == 0 })
        reply.end()
    }

    @Test func aReplyKnowsThatTheClientHungUp() throws {
        let running = try RunningServer()
        defer { running.stop() }
        var client: RawClient? = try running.client()
        client!.send(get("/hold/1"))
        let reply = try running.held("/hold/1")
        #expect(!reply.isCancelled)
        client = nil
        #expect(RunningServer.eventually { reply.isCancelled })
        reply.send(HTTPResponse(body: [Bytes("one")]))
        #expect(RunningServer.eventually { running.server.connectionCount == 0 && running.server.inFlightCount == 0 })
    }

    @Test func aClientThatOnlyEndsItsSideIsAnswered() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send(get("/hold/1") + get("/a"))
        client.shutdownWriting()
        try running.held("/hold/1").send(HTTPResponse(body: [Bytes("one")]))
        let text = client.readToEnd()
        #expect(text.contains("\r\n\r\none") && text.hasSuffix("get /a"))
    }

    @Test func hangingUpInTheMiddleDisturbsNobody() throws {
        let running = try RunningServer { $0.eventLoopCount = 1 }
        defer { running.stop() }
        let other = try running.client()
        for text in [
            "", "GET", get("/hold/x").dropLast(2) + "X",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\nabc",
        ] {
            let client = try running.client()
            client.send(String(text))
            client.reset()
        }
        for _ in 0..<3 {
            other.send(get("/a"))
            #expect(try other.answer().text == "get /a")
        }
        // Connections are taken in their order: when the last one is answered all were there.
        do {
            let last = try running.client()
            last.send(get("/a"))
            #expect(try last.answer().text == "get /a")
        }
        #expect(RunningServer.eventually { running.server.connectionCount == 1 })
    }

    // MARK: Drain and stop

    @Test func drainingAnswersWhatIsInFlightAndTakesNobodyNew() throws {
        // A socket with a name of its own: a port that is free again may be another test's at once.
        let path = "/tmp/dunlin-drained-\(getpid())"
        let running = try RunningServer {
            $0.address = "unix:\(path)"
            $0.eventLoopCount = 2
        }
        defer { running.stop() }
        let waiting = try RawClient(path: path)
        waiting.send(get("/hold/1"))
        let reply = try running.held("/hold/1")
        let idle = try RawClient(path: path)
        idle.send(get("/a"))
        #expect(try idle.answer().field("connection") == nil)
        running.server.drain()
        #expect(RunningServer.eventually { (try? RawClient(path: path)) == nil })
        // An open connection is still served, once.
        idle.send(get("/b"))
        let last = try idle.answer()
        #expect(last.text == "get /b" && last.field("connection") == "close")
        #expect(idle.readToEnd() == "")
        reply.send(HTTPResponse(body: [Bytes("one")]))
        let answer = try waiting.answer()
        #expect(answer.text == "one" && answer.field("connection") == "close")
    }

    @Test func stoppingWaitsForAnswersInFlight() throws {
        let running = try RunningServer()
        let waiting = try running.client()
        waiting.send(get("/hold/1"))
        let idle = try running.client()
        let reply = try running.held("/hold/1")
        running.server.drain()
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(running)
        pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<RunningServer>.fromOpaque(argument!).takeRetainedValue().stop(grace: .seconds(20))
                return nil
            }, argument.toOpaque())
        // The idle connection goes at once, the other one with its answer.
        #expect(idle.readToEnd() == "")
        #expect(running.server.connectionCount == 1)
        reply.send(HTTPResponse(body: [Bytes("one")]))
        pthread_join(thread, nil)
        #expect(try waiting.answer().text == "one")
        #expect(running.server.connectionCount == 0 && running.server.inFlightCount == 0)
    }

    @Test func stoppingEndsAfterItsGrace() throws {
        let running = try RunningServer()
        let waiting = try running.client()
        waiting.send(get("/hold/1"))
        let reply = try running.held("/hold/1")
        running.stop(grace: .milliseconds(20))
        #expect(waiting.readToEnd() == "")
        #expect(reply.isCancelled && running.server.connectionCount == 0 && running.server.inFlightCount == 0)
        // Too late, and harmless.
        reply.send(HTTPResponse())
        running.stop()
    }

    // MARK: Starting

    @Test func startingTellsWhatIsWrong() throws {
        let first = try RunningServer()
        defer { first.stop() }
        #expect(throws: HTTPServerError.self) { try RunningServer { $0.port = first.server.port } }
        #expect(throws: HTTPServerError.self) { try first.server.start() }
        var configuration = HTTPServerConfiguration()
        configuration.address = "example.org"
        configuration.maxConnections = 0
        let server = HTTPServer(configuration: configuration, logger: Logger(level: .error)) { _, _ in }
        let error = #expect(throws: HTTPServerError.self) { try server.start() }
        #expect(
            error?.message == "address is 'example.org'; it must be \(SocketAddress.expectation); "
                + "max_connections is 0; it must be in 1...1000000")
    }

    @Test func otherAddressesWork() throws {
        for address in ["localhost", "0.0.0.0"] {
            let running = try RunningServer { $0.address = address }
            defer { running.stop() }
            let client = try running.client()
            client.send(get("/a"))
            #expect(try client.answer().text == "get /a")
        }
    }
}
