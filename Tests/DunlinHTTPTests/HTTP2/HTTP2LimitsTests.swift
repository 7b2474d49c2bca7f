#if GRPC
    import Dispatch
    import DunlinBytes
    import DunlinTelemetry
    import Glibc
    import Testing

    @testable import DunlinHTTP

    @Suite struct HTTP2LimitsTests {
        @Test func asManyStreamsAsTheLimitAreServed() throws {
            try FrameClient.serving({ $0.maxConcurrentStreams = 2 }) { (running, client) throws in
                client.request(1, "/hold/a")
                client.request(3, "/hold/b")
                let first = try running.held("/hold/a")
                let second = try running.held("/hold/b")
                client.request(5, "/c")
                #expect(try client.next(.reset).code == FrameClient.refusedStream)
                first.send(HTTPResponse())
                second.send(HTTPResponse())
                _ = try client.next(.headers)
                _ = try client.next(.headers)
                #expect(try client.isAlive(7))
            }
        }

        @Test func whoHasSeenTheLimitOfStreamsIsHeldToIt() throws {
            try FrameClient.serving({ $0.maxConcurrentStreams = 1 }) { (running, client) throws in
                _ = try client.next(.settings)
                client.send(.settings, flags: 1)
                client.request(1, "/hold/a")
                client.request(3, "/b")
                #expect(try client.next(.goAway).code == FrameClient.protocolError)
                try running.held("/hold/a").send(HTTPResponse())
            }
        }

        @Test func aHeaderBeyondTheLimitIsRefusedAndTheConnectionGoesOn() throws {
            try FrameClient.serving({ $0.maxHeaderByteCount = 1000 }) { (_, client) throws in
                client.request(1, "/a", fields: [("x", String(repeating: "v", count: 980))])
                #expect(try client.text(1) == "get /a")
                client.request(3, "/a", fields: [("x", String(repeating: "v", count: 1000))])
                #expect(try client.text(3).contains("the header is longer than 1000 bytes"))
                #expect(try client.isAlive(5))
            }
        }

        @Test func aHeaderFarBeyondTheLimitEndsTheConnection() throws {
            try FrameClient.serving({
                $0.maxHeaderByteCount = 256
                $0.maxRequestLineByteCount = 64
            }) { (_, client) throws in
                client.request(1, "/a", fields: [("x", String(repeating: "v", count: 4000))])
                #expect(try client.next(.goAway).code == FrameClient.enhanceYourCalm)
                #expect(client.raw.readToEnd() == "")
            }
        }

        @Test func aBodyBeyondTheLimitIsRefusedAndTheConnectionGoesOn() throws {
            try FrameClient.serving({ $0.maxBodyByteCount = 10 }) { (_, client) throws in
                client.request(1, "POST", "/plain", isLast: false)
                client.data(1, [UInt8](repeating: 0x61, count: 10))
                #expect(try client.text(1) == "plain aaaaaaaaaa")
                client.request(3, "POST", "/plain", isLast: false)
                client.data(3, [UInt8](repeating: 0x61, count: 11), isLast: false)
                #expect(try client.text(3).contains("larger than 10 bytes"))
                #expect(try client.next(.reset, stream: 3).code == FrameClient.noError)
                #expect(try client.isAlive(5))
            }
        }

        @Test func aLargeBodyThatIsNotWantedIsRefusedBeforeItComes() throws {
            try FrameClient.serving { (running, client) throws in
                client.request(1, "POST", "/unwanted", fields: [("x-who", "them")], isLast: false)
                client.data(1, [UInt8](repeating: 0x61, count: 16_384), isLast: false)
                client.data(1, [0x61], isLast: false)
                #expect(try client.text(1).contains("not from them"))
                #expect(try client.next(.reset, stream: 1).code == FrameClient.noError)
                client.request(3, "POST", "/unwanted", isLast: false)
                client.data(3, [UInt8](repeating: 0x61, count: 16_384))
                #expect(try client.text(3).hasPrefix("post /unwanted aaa"))
                #expect(try client.isAlive(5))
                #expect(RunningServer.eventually { running.server.inFlightCount == 0 })
            }
        }

        @Test func anAnswerWhoseFieldsAreTooLongResetsItsStreamAlone() throws {
            try FrameClient.serving { (running, client) throws in
                let long = String(repeating: "v", count: 70_000)
                client.request(1, "/hold/head")
                try running.held("/hold/head").send(HTTPResponse(headers: [("x", long)], body: [Bytes("body")]))
                #expect(try client.next(.reset, stream: 1).code == FrameClient.internalError)
                client.request(3, "/hold/trailers")
                try running.held("/hold/trailers").send(HTTPResponse(body: [Bytes("body")], trailers: [("x", long)]))
                #expect(try client.next(.reset, stream: 3).code == FrameClient.internalError)
                #expect(try client.isAlive(5))
                #expect(RunningServer.eventually { running.server.inFlightCount == 0 })
            }
        }

        @Test func refusalsOfGRPCRequestsAreGRPCs() throws {
            try FrameClient.serving({ $0.maxBodyByteCount = 10 }) { (_, client) throws in
                client.request(1, "POST", "/s/M", fields: [("content-type", "application/grpc")], isLast: false)
                client.data(1, [0, 0, 1, 0, 0], isLast: false)
                let head = try client.next(.headers)
                #expect(head.isLast && head.payload.first == 0x88)
            }
        }

        @Test func aWindowIsNoMoreThanANumberOf31Bits() {
            let most = Int(Int32.max)
            #expect(HTTP2Connection.windowIncrement(allowed: 3000, granted: 1000, received: 500) == 2000)
            #expect(HTTP2Connection.windowIncrement(allowed: most + 1, granted: 1000, received: 0) == most - 1000)
            #expect(HTTP2Connection.windowIncrement(allowed: 1 << 40, granted: 1 << 33, received: 1 << 33) == most)
            #expect(HTTP2Connection.windowIncrement(allowed: 1 << 40, granted: most + 5, received: 5) == 0)
        }

        @Test func aLargeBodyGetsAWindowForItsLength() throws {
            try FrameClient.serving { (_, client) throws in
                let count = 3 << 20
                client.request(1, "POST", "/plain", fields: [("content-length", String(count))], isLast: false)
                var sent = 0
                var window = 0
                _ = try client.next(.settings)
                client.send(.settings, flags: 1)
                window = HTTP2Connection.firstWindowByteCount
                while sent < count {
                    while sent < count && window >= 16_384 {
                        let piece = min(16_384, count - sent)
                        client.data(1, [UInt8](repeating: 0x61, count: piece), isLast: sent + piece == count)
                        sent += piece
                        window -= piece
                    }
                    if sent < count {
                        window += FrameClient.number(try client.next(.windowUpdate, stream: 1).payload)
                    }
                }
                client.send(.windowUpdate, payload: FrameClient.bytes(4 << 20, 4))
                client.send(.windowUpdate, stream: 1, payload: FrameClient.bytes(4 << 20, 4))
                #expect(try client.body(1).count == count + 6)
            }
        }

        @Test(arguments: [FrameClient.Kind.ping, .settings, .priority, .windowUpdate])
        func floodsOfControlFramesEndTheConnection(kind: FrameClient.Kind) throws {
            let payload: [FrameClient.Kind: (Int, [UInt8])] = [
                .ping: (0, [UInt8](repeating: 0, count: 8)), .settings: (0, []), .priority: (1, [0, 0, 0, 0, 0]),
                .windowUpdate: (0, [0, 0, 0, 1]),
            ]
            let (stream, bytes) = payload[kind]!
            try FrameClient.serving { (_, client) throws in
                // The preface's SETTINGS was one.
                for _ in 0..<(FrameBudget.maxControlCount / 2) { client.send(kind, stream: stream, payload: bytes) }
                #expect(try client.isAlive(3))
                for _ in 0..<(3 * FrameBudget.maxControlCount) { client.send(kind, stream: stream, payload: bytes) }
                #expect(try client.next(.goAway).code == FrameClient.enhanceYourCalm)
            }
        }

        @Test func emptyPiecesOfABodyAreCounted() throws {
            try FrameClient.serving { (_, client) throws in
                client.request(1, "POST", "/plain", isLast: false)
                for _ in 0..<(FrameBudget.maxControlCount / 2) { client.data(1, [], isLast: false) }
                client.data(1, Array("x".utf8))
                #expect(try client.text(1) == "plain x")
                client.request(3, "POST", "/plain", isLast: false)
                for _ in 0..<(2 * FrameBudget.maxControlCount) { client.data(3, [], isLast: false) }
                #expect(try client.next(.goAway).code == FrameClient.enhanceYourCalm)
            }
        }

        /// A server of streams: it sends each piece back, but for those to `/silent`.
        private func streaming(_ body: (FrameClient) throws -> Void) throws {
            var configuration = HTTPServerConfiguration()
            configuration.port = 0
            configuration.streamedPathSuffixes = ["/Stream"]
            let server = HTTPServer(configuration: configuration, logger: Logger(level: .error)) { request, reply in
                guard let stream = request.bodyStream else { return reply.send(.error(400, "no stream")) }
                let isSilent = request.path.string.hasPrefix("/silent")
                reply.begin(status: 200)
                stream.receive { event in
                    switch event {
                    case .bytes(let bytes):
                        stream.consumed(bytes.count)
                        if !isSilent { reply.write(bytes) }
                    case .end: reply.end(trailers: [("t", "v")])
                    }
                }
            }
            try server.start()
            defer { server.stop(grace: .zero) }
            try body(FrameClient(try RawClient(port: server.port)))
        }

        @Test func shortMessagesOfAStreamAndTheirWindowsAreNoFlood() throws {
            try streaming { client throws in
                client.request(1, "POST", "/a/Stream", isLast: false)
                for _ in 0..<FrameBudget.maxControlCount {
                    client.data(1, [0, 0, 0, 0, 0], isLast: false)
                    #expect(try client.next(.data).payload.count == 5)
                    client.send(.windowUpdate, stream: 1, payload: FrameClient.bytes(5, 4))
                    client.send(.windowUpdate, payload: FrameClient.bytes(5, 4))
                    client.send(.ping, payload: [UInt8](repeating: 0, count: 8))
                }
                client.data(1, [1])
                #expect(try client.body(1) == [1])
            }
        }

        @Test("pieces of a stream that are shorter than any message are counted", arguments: [(5, false), (4, true)])
        func piecesOfAStreamAreCounted(byteCount: Int, isFlood: Bool) throws {
            try streaming { client throws in
                client.request(1, "POST", "/silent/Stream", isLast: false)
                for _ in 0..<(2 * FrameBudget.maxControlCount) {
                    client.data(1, [UInt8](repeating: 0, count: byteCount), isLast: false)
                }
                if isFlood {
                    #expect(try client.next(.goAway).code == FrameClient.enhanceYourCalm)
                } else {
                    client.data(1, [])
                    #expect(try client.body(1).isEmpty)
                }
            }
        }

        @Test func rapidResetsEndTheConnection() throws {
            try FrameClient.serving { (_, client) throws in
                for index in 0..<(4 * FrameBudget.maxResetCount) {
                    client.request(2 * index + 1, "POST", "/a", isLast: false)
                    client.send(.reset, stream: 2 * index + 1, payload: FrameClient.bytes(FrameClient.cancel, 4))
                }
                #expect(try client.next(.goAway).code == FrameClient.enhanceYourCalm)
            }
        }

        @Test func aBodyThatDoesNotComeInTimeIsRefused() throws {
            try FrameClient.serving({ $0.bodyTimeout = .milliseconds(50) }) { (_, client) throws in
                client.request(1, "POST", "/plain", isLast: false)
                #expect(try client.text(1).contains("did not arrive in time"))
                #expect(try client.isAlive(3))
            }
        }

        @Test func aHeaderThatDoesNotComeInTimeEndsTheConnection() throws {
            try FrameClient.serving({ $0.headerTimeout = .milliseconds(50) }) { (_, client) throws in
                client.send(.headers, flags: 0, stream: 1, payload: [0x82])
                #expect(try client.next(.goAway).code == FrameClient.enhanceYourCalm)
            }
        }

        @Test func anIdleConnectionIsSaidGoodbyeTo() throws {
            try FrameClient.serving({ $0.idleTimeout = .milliseconds(500) }) { (_, client) throws in
                #expect(try client.next(.goAway).code == FrameClient.noError)
                #expect(client.raw.readToEnd() == "")
            }
        }

        @Test func anAnswerThatIsNotTakenInTimeIsReset() throws {
            try FrameClient.serving({ $0.writeTimeout = .milliseconds(50) }, settings: [(4, 10)]) {
                (_, client) throws in
                client.request(1, "/large")
                #expect(try client.next(.reset).code == FrameClient.cancel)
            }
        }

        // MARK: The end

        @Test func aRequestThatCanNeverBeCompleteIsReset() throws {
            try FrameClient.serving { (running, client) throws in
                client.request(1, "/hold/a")
                let reply = try running.held("/hold/a")
                client.request(3, "POST", "/plain", isLast: false)
                client.data(3, [0x61], isLast: false)
                client.raw.shutdownWriting()
                #expect(try client.next(.reset, stream: 3).code == FrameClient.cancel)
                // The client may still read what it has asked for.
                reply.send(HTTPResponse(body: [Bytes("a")]))
                #expect(try client.text(1) == "a")
                #expect(client.raw.readToEnd() == "")
            }
        }

        /// The end of the client's side is known as soon as it is there, long before what came in front of it is read.
        @Test func whatCameBeforeTheEndOfTheClientsSideIsRead() throws {
            let path = "/tmp/dunlin-half-closed-\(getpid())"
            let running = try RunningServer {
                $0.address = "unix:\(path)"
                $0.eventLoopCount = 1
            }
            defer { running.stop() }
            let gate = DispatchSemaphore(value: 0)
            let other = try RawClient(path: path)
            other.send("GET /hold/gate HTTP/1.1\r\nHost: x\r\n\r\n")
            let reply = try running.held("/hold/gate")
            reply.onSent { _ in _ = gate.wait(timeout: .now() + .seconds(30)) }
            reply.send(HTTPResponse())
            #expect(try other.answer().status == 200)
            let client = FrameClient(try RawClient(path: path, sendBufferByteCount: 212_992))
            // Frames that nobody knows are passed over. They are more than what is read in one turn, and less than what a
            // socket takes by default.
            let unknown: [UInt8] = FrameClient.bytes(16_384, 3) + [0x42, 0, 0, 0, 0, 0]
            let sent = Stopped()
            nonisolated(unsafe) let sender = client
            sent.run {
                for _ in 0..<(Connection.readBudget / 16_384 + 4) {
                    sender.raw.send(unknown + [UInt8](repeating: 0, count: 16_384))
                }
                sender.request(1, "/alive")
                sender.raw.shutdownWriting()
            }
            // Where a socket takes less the rest goes out while it is read.
            _ = sent.wait(seconds: 5)
            gate.signal()
            #expect(sent.wait())
            #expect(try client.text(1) == "get /alive")
        }

        @Test func aDrainedConnectionIsToldTwiceAndServedToItsEnd() throws {
            // A client that is held up for as long as the notice lasts comes too late, and tries again.
            var tries = 10
            while try !aDrainedConnectionIsServed() && tries > 0 { tries -= 1 }
            #expect(tries > 0)
        }

        /// False when the client was so slow that it was said goodbye to before its request was there.
        private func aDrainedConnectionIsServed() throws -> Bool {
            var isInTime = true
            try FrameClient.serving { (running, client) throws in
                client.request(1, "/hold/a")
                let reply = try running.held("/hold/a")
                let began = EventLoop.clock()
                running.server.drain()
                let notice = try client.next(.goAway)
                #expect(notice.lastStream == Int(Int32.max) && notice.code == FrameClient.noError)
                let ping = try client.next(.ping)
                client.request(3, "/late")
                client.send(.ping, flags: 1, payload: ping.payload)
                let took = EventLoop.clock() - began
                // The answer and the goodbye may come in either order.
                var goodbye: FrameClient.Frame?
                var late: [UInt8]?
                while goodbye == nil || late == nil {
                    let frame = try client.next()
                    if frame.kind == .goAway { goodbye = frame }
                    if frame.kind == .data && frame.stream == 3 { late = frame.payload }
                    if goodbye?.lastStream == 1, took > HTTP2Connection.noticeMilliseconds / 2 {
                        isInTime = false
                        return
                    }
                }
                #expect(goodbye?.lastStream == 3 && goodbye?.code == FrameClient.noError)
                #expect(late == Array("get /late".utf8))
                reply.send(HTTPResponse(body: [Bytes("a")]))
                #expect(try client.text(1) == "a")
                #expect(client.raw.readToEnd() == "")
            }
            return isInTime
        }

        @Test func aStoppedServerWaitsForAnswers() throws {
            let running = try RunningServer()
            let client = FrameClient(try running.client())
            client.request(1, "/hold/a")
            let reply = try running.held("/hold/a")
            let stopped = Stopped()
            stopped.run { running.stop(grace: .seconds(10)) }
            _ = try client.next(.goAway)
            reply.send(HTTPResponse(body: [Bytes("a")]))
            #expect(try client.text(1) == "a")
            #expect(stopped.wait())
            #expect(running.server.connectionCount == 0)
        }
    }
#endif
