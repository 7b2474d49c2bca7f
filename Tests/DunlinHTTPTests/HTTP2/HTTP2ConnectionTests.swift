#if GRPC
    import DunlinBytes
    import DunlinTelemetry
    import Synchronization
    import Testing

    @testable import DunlinHTTP

    @Suite struct HTTP2ConnectionTests {
        @Test func aRequestIsAnswered() throws {
            try FrameClient.serving { (_, client) throws in
                client.request(1, "/a")
                let head = try client.next(.headers)
                // The first entry of HPACK's table that says 200.
                #expect(head.stream == 1 && !head.isLast && head.payload.first == 0x88)
                #expect(try client.text(1) == "get /a")
            }
        }

        @Test func thePrefaceMayComeInPieces() throws {
            let running = try RunningServer()
            defer { running.stop() }
            let raw = try running.client()
            for byte in "\(HTTP2Preface.text)".utf8 { raw.send([byte]) }
            raw.send([0, 0, 0, 4, 0, 0, 0, 0, 0])
            #expect(try raw.readBytes(4)[3] == 4)
        }

        @Test func whatOnlyBeginsLikeThePrefaceIsHTTP1() throws {
            let running = try RunningServer()
            defer { running.stop() }
            let split = try running.client()
            split.send("P")
            #expect(split.isSilent(milliseconds: 20))
            split.send("OST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nb")
            #expect(try split.answer().text == "post /a b")
            let other = try running.client()
            other.send("PRI * HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try other.answer().status == 400)
        }

        @Test func answersComeInTheOrderTheyAreGiven() throws {
            try FrameClient.serving { (running, client) throws in
                client.request(1, "/hold/a")
                client.request(3, "/hold/b")
                let first = try running.held("/hold/a")
                try running.held("/hold/b").send(HTTPResponse(body: [Bytes("b")]))
                #expect(try client.text(3) == "b")
                first.send(HTTPResponse(body: [Bytes("a")]))
                #expect(try client.text(1) == "a")
            }
        }

        @Test func aBodyIsCollected() throws {
            try FrameClient.serving { (_, client) throws in
                client.request(1, "POST", "/plain", isLast: false)
                client.data(1, Array("abc".utf8), isLast: false)
                client.data(1, Array("def".utf8))
                #expect(try client.text(1) == "plain abcdef")
            }
        }

        @Test func anAnswerWithoutABodyEndsWithItsHead() throws {
            try FrameClient.serving { (_, client) throws in
                client.request(1, "HEAD", "/a")
                #expect(try client.next(.headers).isLast)
                client.request(3, "/nothing")
                #expect(try client.next(.headers).isLast)
            }
        }

        @Test func aStreamedAnswerEndsWithTrailers() throws {
            try FrameClient.serving { (running, client) throws in
                client.request(1, "/hold/s")
                let reply = try running.held("/hold/s")
                reply.begin(status: 200, contentType: .grpc)
                #expect(try !client.next(.headers).isLast)
                reply.write(Bytes("one"))
                #expect(try client.next(.data).payload == Array("one".utf8))
                reply.end(trailers: [("Grpc-Status", "0")])
                #expect(try client.next(.headers).isLast)
            }
        }

        @Test func aWholeAnswerMayHaveTrailers() throws {
            try FrameClient.serving { (running, client) throws in
                client.request(1, "/hold/t")
                try running.held("/hold/t").send(HTTPResponse(body: [Bytes("x")], trailers: [("a", "b")]))
                _ = try client.next(.headers)
                #expect(try !client.next(.data).isLast)
                #expect(try client.next(.headers).isLast)
            }
        }

        @Test func aLargeAnswerWaitsForTheWindow() throws {
            try FrameClient.serving(settings: [(4, 100)]) { (_, client) throws in
                client.request(1, "/large")
                var body = try client.next(.data).payload
                #expect(body.count == 100)
                #expect(client.raw.isSilent(milliseconds: 50))
                client.send(.windowUpdate, payload: FrameClient.bytes(4 << 20, 4))
                client.send(.windowUpdate, stream: 1, payload: FrameClient.bytes(4 << 20, 4))
                body += try client.body(1)
                #expect(body == RunningServer.largeBody.flatMap(\.array))
            }
        }

        @Test func aResetStreamIsADisconnectOfItsReplyAlone() throws {
            try FrameClient.serving { (running, client) throws in
                client.request(1, "/hold/a")
                client.request(3, "/hold/b")
                let first = try running.held("/hold/a")
                let second = try running.held("/hold/b")
                let gone = Mutex(0)
                first.onDisconnect { gone.withLock { $0 += 1 } }
                second.onDisconnect { gone.withLock { $0 += 10 } }
                client.send(.reset, stream: 1, payload: FrameClient.bytes(FrameClient.cancel, 4))
                #expect(RunningServer.eventually { gone.withLock { $0 == 1 } })
                #expect(first.isCancelled && !second.isCancelled && running.server.inFlightCount == 1)
                first.send(HTTPResponse())
                second.send(HTTPResponse(body: [Bytes("b")]))
                #expect(try client.text(3) == "b")
            }
        }

        @Test func aClosedConnectionIsADisconnectOfAllReplies() throws {
            let running = try RunningServer()
            defer { running.stop() }
            var raw: RawClient? = try running.client()
            var client: FrameClient? = FrameClient(raw!)
            client!.request(1, "/hold/a")
            let reply = try running.held("/hold/a")
            let isGone = Mutex(false)
            reply.onDisconnect { isGone.withLock { $0 = true } }
            client = nil
            raw = nil
            #expect(RunningServer.eventually { isGone.withLock { $0 } })
            #expect(reply.isCancelled)
            reply.send(HTTPResponse())
        }

        @Test func onSentTellsWhenTheAnswerIsOut() throws {
            try FrameClient.serving { (running, client) throws in
                client.request(1, "/hold/a")
                let reply = try running.held("/hold/a")
                let times = Mutex<SendingTimes?>(nil)
                reply.onSent { sent in times.withLock { $0 = sent } }
                reply.send(HTTPResponse(body: [Bytes("x")]))
                #expect(try client.text(1) == "x")
                #expect(RunningServer.eventually { times.withLock { $0 != nil } })
                #expect(times.withLock { $0?.isSent == true && $0?.status == 200 })
            }
        }

        @Test func theServersLetGoReplyAnswers500() throws {
            try FrameClient.serving { (_, client) throws in
                client.request(1, "/drop")
                #expect(try client.text(1).contains("did not answer"))
            }
        }

        @Test func continueIsSaidToWhoWaitsForIt() throws {
            try FrameClient.serving { (_, client) throws in
                client.request(1, "POST", "/plain", fields: [("expect", "100-continue")], isLast: false)
                #expect(try !client.next(.headers).isLast)
                client.data(1, Array("x".utf8))
                #expect(try client.text(1) == "plain x")
            }
        }

        // MARK: Streamed requests

        @Test func aStreamedBodyIsHandedOverAsItComes() throws {
            let seen = Mutex<[HTTPBodyStream.Event]>([])
            var configuration = HTTPServerConfiguration()
            configuration.port = 0
            configuration.streamedPathSuffixes = ["/Stream"]
            let server = HTTPServer(configuration: configuration, logger: Logger(level: .error)) { request, reply in
                guard let stream = request.bodyStream else { return reply.send(.error(400, "no stream")) }
                reply.begin(status: 200)
                stream.receive { event in
                    seen.withLock { $0.append(event) }
                    switch event {
                    case .bytes(let bytes):
                        stream.consumed(bytes.count)
                        reply.write(bytes)
                    case .end: reply.end(trailers: [("t", "v")])
                    }
                }
            }
            try server.start()
            defer { server.stop(grace: .zero) }
            let client = FrameClient(try RawClient(port: server.port))
            client.request(1, "POST", "/s/Stream", isLast: false)
            client.data(1, Array("one".utf8), isLast: false)
            #expect(try client.next(.data).payload == Array("one".utf8))
            client.data(1, Array("two".utf8))
            #expect(try client.next(.data).payload == Array("two".utf8))
            #expect(try client.next(.headers).isLast)
            #expect(seen.withLock { $0 } == [.bytes(Bytes("one")), .bytes(Bytes("two")), .end])
            client.request(3, "POST", "/s/Other")
            #expect(try client.text(3).contains("no stream"))
        }
    }
#endif
