import DunlinBytes
import DunlinTelemetry
import Dispatch
import Glibc
import Synchronization
import Testing

@testable import DunlinHTTP

private func get(_ path: String, _ fields: String = "") -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n" }

/// Real sockets on the loopback.
@Suite struct HTTPServerTests {
    @Test func answersOverAndOverOnOneConnection() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        for index in 0..<20 {
            client.send(get("/n/\(index)"))
            let answer = try client.answer()
            #expect(answer.status == 200 && answer.text == "get /n/\(index)")
            #expect(answer.field("content-type") == "text/plain; charset=utf-8")
            #expect(answer.field("connection") == nil)
        }
        #expect(running.server.connectionCount == 1)
    }

    @Test func manyLoopsServeManyConnections() throws {
        let running = try RunningServer { $0.eventLoopCount = 3 }
        defer { running.stop() }
        let clients = try (0..<30).map { _ in try running.client() }
        for round in 0..<3 {
            for client in clients { client.send(get("/\(round)")) }
            for client in clients { #expect(try client.answer().text == "get /\(round)") }
        }
    }

    /// Each loop's thread answers with its own name.
    @Test func connectionsAreSpreadOverTheLoops() throws {
        let names = Mutex<[UInt: Int]>([:])
        var configuration = HTTPServerConfiguration()
        configuration.port = 0
        configuration.eventLoopCount = 3
        let server = HTTPServer(configuration: configuration, logger: Logger(level: .error)) { _, reply in
            names.withLock { $0[UInt(pthread_self()), default: 0] += 1 }
            reply.send(HTTPResponse(status: 204))
        }
        try server.start()
        defer { server.stop(grace: .zero) }
        let clients = try (0..<12).map { _ in
            let client = try RawClient(port: server.port)
            client.send(get("/a"))
            #expect(try client.answer().status == 204)
            return client
        }
        #expect(names.withLock { $0.values.sorted() } == [4, 4, 4])
        withExtendedLifetime(clients) {}
    }

    @Test func closesWhenAsked() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send(get("/a", "Connection: close\r\n"))
        let text = client.readToEnd()
        #expect(text.contains("\r\nConnection: close\r\n") && text.hasSuffix("get /a"))
    }

    @Test func closesAfterHTTP10UnlessAskedNotTo() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let closing = try running.client()
        closing.send("GET /a HTTP/1.0\r\n\r\n")
        #expect(closing.readToEnd().hasSuffix("get /a"))
        let staying = try running.client()
        for _ in 0..<2 {
            staying.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try staying.answer().field("connection") == "keep-alive")
        }
    }

    @Test func headHasTheLengthAndNoBody() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + get("/b"))
        let answer = try client.answer(isHead: true)
        #expect(answer.field("content-length") == "7")
        #expect(try client.answer().text == "get /b")
    }

    @Test func noContentHasNoLength() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send(get("/nothing") + get("/b"))
        let answer = try client.answer()
        #expect(answer.status == 204 && answer.field("content-length") == nil)
        #expect(try client.answer().text == "get /b")
    }

    @Test func valuesCannotAddFields() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send(get("/split?x"))
        let answer = try client.answer()
        #expect(answer.field("x-echo") == "x" && answer.field("x-bad") == "a  Set: b " && answer.field("set") == nil)
    }

    @Test(arguments: [0, 1, 1000, 16_384, 16_385, 70_000, 3_000_000])
    func bodiesComeBackWhole(byteCount: Int) throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        let body = [UInt8]((0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        client.send(Array("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: \(byteCount)\r\n\r\n".utf8) + body)
        #expect(try client.answer().body == Array("post /p".utf8) + (byteCount > 0 ? [0x20] : []) + body)
        client.send(get("/next"))
        #expect(try client.answer().text == "get /next")
    }

    @Test func largeAnswersArriveWhole() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client(receiveBufferByteCount: 4096)
        client.send(get("/large") + get("/next"))
        #expect(try client.answer().body == RunningServer.largeBody.flatMap(\.array))
        #expect(try client.answer().text == "get /next")
    }

    @Test func chunkedBodiesAreJoined() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send("POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in ["3\r\nabc\r", "\n2;x=y\r\nd", "e\r\n0\r\nT: t\r\n\r\n"] { client.send(piece) }
        #expect(try client.answer().text == "post /p abcde")
    }

    // MARK: Order

    @Test func pipelinedAnswersKeepTheOrderOfTheRequests() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send(get("/hold/1") + get("/a") + get("/hold/2") + get("/b"))
        let first = try running.held("/hold/1")
        try running.held("/hold/2").send(HTTPResponse(body: [Bytes("two")]))
        first.send(HTTPResponse(body: [Bytes("one")]))
        #expect(try (0..<4).map { _ in try client.answer().text } == ["one", "get /a", "two", "get /b"])
    }

    @Test func answersFromOtherThreadsKeepTheOrderToo() throws {
        let running = try RunningServer { $0.eventLoopCount = 2 }
        defer { running.stop() }
        let clients = try (0..<8).map { _ in try running.client() }
        for round in 0..<10 {
            let paths = (0..<25).map { $0 % 5 == 4 ? "/here/\($0)" : "/elsewhere/\(round)/\($0)" }
            let requests = paths.map { get($0) }.joined()
            for client in clients { client.send(requests) }
            for client in clients {
                for path in paths {
                    #expect(try client.answer().text == (path.hasPrefix("/here") ? "get " : "") + path)
                }
            }
        }
        #expect(running.server.inFlightCount == 0)
    }

    @Test func streamsWaitForTheirTurn() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send(get("/hold/1") + get("/stream") + get("/hold/2"))
        let second = try running.held("/hold/2")
        second.begin(status: 200)
        second.write(Bytes("x"))
        try running.held("/hold/1").send(HTTPResponse(body: [Bytes("one")]))
        #expect(try client.answer().text == "one")
        #expect(try client.answer().text == "part 0;part 1;part 2;")
        second.write(Bytes("y"))
        second.end()
        #expect(try client.answer().text == "xy")
    }

    @Test func requestsBeyondThePipelineLimitWait() throws {
        let running = try RunningServer { $0.maxPipelinedRequests = 2 }
        defer { running.stop() }
        let client = try running.client()
        client.send(get("/hold/1") + get("/hold/2") + get("/hold/3") + get("/a"))
        let held = [try running.held("/hold/1"), try running.held("/hold/2")]
        #expect(running.server.inFlightCount == 2)
        for reply in held { reply.send(HTTPResponse(body: [Bytes("x")])) }
        try running.held("/hold/3").send(HTTPResponse(body: [Bytes("3")]))
        #expect(try (0..<4).map { _ in try client.answer().text } == ["x", "x", "3", "get /a"])
    }

    // MARK: Streams

    @Test func streamsAreChunked() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send(get("/stream"))
        let answer = try client.answer()
        #expect(answer.text == "part 0;part 1;part 2;")
        #expect(answer.field("content-type") == "text/event-stream; charset=utf-8")
        client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n" + get("/a"))
        #expect(try client.answer(isHead: true).field("transfer-encoding") == "chunked")
        #expect(try client.answer().text == "get /a")
    }

    @Test func streamsToHTTP10EndWithTheConnection() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let text = client.readToEnd()
        #expect(text.hasSuffix("\r\nConnection: close\r\n\r\npart 0;part 1;part 2;") && !text.contains("chunked"))
    }

    @Test func nothingFollowsAnAnswerThatEndsTheConnection() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        let keep = "HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        client.send("GET /hold/s \(keep)GET /a \(keep)")
        let reply = try running.held("/hold/s")
        reply.begin(status: 200)
        reply.write(Bytes("x"))
        reply.end()
        #expect(client.readToEnd().hasSuffix("\r\n\r\nx"))
        #expect(running.server.inFlightCount == 0)
    }

    @Test func piecesOfAStreamArriveBeforeItsEnd() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send(get("/hold/s"))
        let reply = try running.held("/hold/s")
        reply.begin(status: 200)
        reply.write(Bytes("first"))
        var text = ""
        while !text.hasSuffix("5\r\nfirst\r\n") { text += try client.read(1) }
        reply.end()
        #expect(try client.read(5) == "0\r\n\r\n")
    }

    @Test func aStreamThatIsLetGoBreaksTheConnection() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send(get("/hold/s"))
        var reply: HTTPReply? = try running.held("/hold/s")
        reply!.begin(status: 200)
        reply!.write(Bytes("x"))
        reply = nil
        #expect(client.readToEnd().hasSuffix("1\r\nx\r\n"))
    }

    @Test func aReplyThatIsLetGoAnswers500() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send(get("/drop") + get("/a"))
        #expect(try client.answer().status == 500)
        #expect(try client.answer().text == "get /a")
        #expect(RunningServer.eventually { running.server.inFlightCount == 0 })
    }

    // MARK: Refusals

    @Test func aBadRequestIsAnsweredAndTheConnectionClosed() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send(get("/a") + "GET / HTTP/1.1\r\n\r\n" + get("/b"))
        #expect(try client.answer().text == "get /a")
        let answer = try client.answer()
        #expect(answer.status == 400 && answer.field("connection") == "close")
        #expect(answer.field("content-type") == "application/json")
        #expect(answer.text == #"{"error":"an HTTP/1.1 request needs a Host field"}"#)
        #expect(client.readToEnd() == "")
    }

    @Test func aRefusalWaitsForTheAnswersBeforeIt() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send(get("/hold/1") + "nonsense\r\n\r\n")
        try running.held("/hold/1").send(HTTPResponse(body: [Bytes("one")]))
        #expect(try client.answer().text == "one")
        #expect(try client.answer().status == 400)
    }

    @Test func aClientThatKeepsSendingStillReadsWhyItIsRefused() throws {
        let running = try RunningServer { $0.maxBodyByteCount = 10 }
        defer { running.stop() }
        let client = try running.client()
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n")
        client.send([UInt8](repeating: 0x61, count: 3_000_000))
        client.shutdownWriting()
        let answer = try client.answer()
        #expect(answer.status == 413 && answer.text == #"{"error":"the request body is larger than 10 bytes"}"#)
        #expect(client.readToEnd() == "")
    }

    @Test func theBodyIsAskedForWhenItWillBeTaken() throws {
        let running = try RunningServer { $0.maxBodyByteCount = 10 }
        defer { running.stop() }
        func head(_ count: Int) -> String {
            "POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: \(count)\r\n\r\n"
        }
        let client = try running.client()
        client.send(head(3))
        #expect(try client.read(25) == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("abc")
        #expect(try client.answer().text == "post /p abc")
        // After an answer that is still owed.
        client.send(get("/hold/1") + head(3))
        try running.held("/hold/1").send(HTTPResponse(body: [Bytes("one")]))
        #expect(try client.answer().text == "one")
        #expect(try client.read(25) == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("abc")
        #expect(try client.answer().text == "post /p abc")
        client.send(head(11))
        #expect(try client.answer().status == 413)
    }

    @Test(arguments: [
        "Content-Length: 3000000", "Content-Length: 16385\r\nExpect: 100-continue", "Transfer-Encoding: chunked",
    ])
    func aLargeBodyThatIsNotWantedIsRefusedBeforeItComes(_ length: String) throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send("POST /unwanted HTTP/1.1\r\nHost: a\r\nX-Who: them\r\n\(length)\r\n\r\n")
        let answer = try client.answer()
        #expect(answer.status == 401 && answer.text == #"{"error":"not from them"}"#)
        #expect(answer.field("connection") == "close")
        client.send([UInt8](repeating: 0x61, count: 3_000_000))
        client.shutdownWriting()
        #expect(client.readToEnd() == "")
        #expect(running.server.inFlightCount == 0)
    }

    @Test func aSmallBodyIsReadBeforeItIsJudged() throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send("POST /unwanted HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        #expect(try client.answer().text == "post /unwanted abc")
    }

    @Test func arrivingBodiesShareALimitAndWaitForEachOther() throws {
        let most = 100_000
        let running = try RunningServer {
            $0.maxBodyByteCount = most
            $0.maxReceivingByteCount = 2 * most
        }
        defer { running.stop() }
        func begin() throws -> RawClient {
            let client = try running.client()
            client.send("POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: \(most)\r\n\r\n")
            return client
        }
        let clients = [try begin(), try begin()]
        for client in clients { #expect(try client.read(25) == "HTTP/1.1 100 Continue\r\n\r\n") }
        let third = try begin()
        #expect(third.isSilent(milliseconds: 50))
        for client in clients {
            client.send([UInt8](repeating: 0x61, count: most))
            #expect(try client.answer().body.count == most + 8)
        }
        // What has arrived no longer counts.
        #expect(try third.read(25) == "HTTP/1.1 100 Continue\r\n\r\n")
        third.send([UInt8](repeating: 0x61, count: most))
        #expect(try third.answer().body.count == most + 8)
    }

    /// Each has a part and none could go on if the oldest might not.
    @Test func bodiesThatWaitForEachOtherAllArrive() throws {
        let most = 3 << 20
        let running = try RunningServer {
            $0.maxBodyByteCount = most
            $0.maxReceivingByteCount = most
            $0.eventLoopCount = 2
        }
        defer { running.stop() }
        let count = 6
        let answers = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: count) { _ in
            guard let client = try? running.client() else { return }
            client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: \(most)\r\n\r\n")
            client.send([UInt8](repeating: 0x61, count: most))
            if (try? client.answer().body.count) == most + 8 { answers.add(1, ordering: .relaxed) }
        }
        #expect(answers.load(ordering: .relaxed) == count)
    }

    @Test func connectionsBeyondTheLimitAreTurnedAway() throws {
        let running = try RunningServer { $0.maxConnections = 2 }
        defer { running.stop() }
        var clients = try (0..<2).map { _ in try running.client() }
        for client in clients {
            client.send(get("/a"))
            #expect(try client.answer().status == 200)
        }
        let third = try running.client()
        third.send(get("/a"))
        let answer = try third.answer()
        #expect(answer.status == 503 && answer.field("connection") == "close")
        #expect(third.readToEnd() == "")
        clients.removeLast()
        // The refused client is closed here, the first one too.
        #expect(
            RunningServer.eventually {
                guard let next = try? running.client() else { return false }
                next.send(get("/a"))
                return (try? next.answer().status) == 200
            })
    }

    /// A thread may have the number that a loop's had.
    @Test func aServerMayBeStoppedAgainFromAnyThread() throws {
        let running = try RunningServer()
        running.stop()
        for _ in 0..<4 {
            var thread = pthread_t()
            let result = pthread_create(
                &thread, nil,
                { argument in
                    Unmanaged<RunningServer>.fromOpaque(argument!).takeUnretainedValue().stop()
                    return nil
                }, Unmanaged.passUnretained(running).toOpaque())
            #expect(result == 0)
            pthread_join(thread, nil)
        }
    }
}
