#if GRPC
    import DunlinBytes
    import Testing

    @testable import DunlinHTTP

    /// What one connection may cost with its answers and its streams.
    @Suite struct HTTP2AnswerLimitsTests {
        /// Answers are given before anything can be sent, so that how much waits says nothing of the client.
        @Test func answersThatAreThereAtTheSameTimeAreAllSent() throws {
            try FrameClient.serving({ $0.maxBufferedResponseByteCount = 1 << 20 }, settings: [(4, 0)]) {
                (running, client) throws in
                let streams = [1, 3, 5]
                for stream in streams { client.request(stream, "/hold/\(stream)") }
                for stream in streams {
                    try running.held("/hold/\(stream)").send(HTTPResponse(body: RunningServer.largeBody))
                }
                client.send(.windowUpdate, payload: FrameClient.bytes(16 << 20, 4))
                for stream in streams {
                    client.send(.windowUpdate, stream: stream, payload: FrameClient.bytes(4 << 20, 4))
                    #expect(try client.body(stream).count == RunningServer.largeByteCount)
                }
            }
        }

        @Test func whileMoreThanTheLimitWaitsNoFurtherRequestIsBegun() throws {
            try FrameClient.serving({ $0.maxBufferedResponseByteCount = 1 << 20 }, settings: [(4, 0)]) {
                (running, client) throws in
                client.request(1, "/large")
                client.request(3, "/late")
                client.send(.ping, payload: [UInt8](repeating: 7, count: 8))
                #expect(try client.next(.ping).flags == 1)
                #expect(running.server.inFlightCount == 1)
                client.send(.windowUpdate, payload: FrameClient.bytes(4 << 20, 4))
                client.send(.windowUpdate, stream: 3, payload: FrameClient.bytes(100, 4))
                client.send(.windowUpdate, stream: 1, payload: FrameClient.bytes(4 << 20, 4))
                #expect(try client.body(1).count == RunningServer.largeByteCount)
                #expect(try client.text(3) == "get /late")
            }
        }

        @Test func aRequestThatIsResetBeforeItIsBegunIsForgotten() throws {
            try FrameClient.serving({ $0.maxBufferedResponseByteCount = 1 << 20 }, settings: [(4, 0)]) {
                (running, client) throws in
                client.request(1, "/large")
                client.request(3, "/late")
                client.send(.reset, stream: 3, payload: FrameClient.bytes(FrameClient.cancel, 4))
                client.send(.reset, stream: 1, payload: FrameClient.bytes(FrameClient.cancel, 4))
                client.send(.settings, payload: FrameClient.bytes(4, 2) + FrameClient.bytes(65_535, 4))
                #expect(try client.isAlive(5))
                #expect(running.server.inFlightCount == 0)
            }
        }

        @Test func aStreamedAnswerBeyondTheLimitIsReset() throws {
            try FrameClient.serving({ $0.maxBufferedResponseByteCount = 1 << 20 }, settings: [(4, 0)]) {
                (running, client) throws in
                client.request(1, "/hold/a")
                let reply = try running.held("/hold/a")
                reply.begin(status: 200)
                // One piece alone may be larger.
                reply.write(RunningServer.largeBody[3])
                client.send(.ping, payload: [UInt8](repeating: 7, count: 8))
                #expect(try client.next(.ping).flags == 1)
                #expect(!reply.isCancelled)
                reply.write(Bytes("more"))
                let reset = try client.next(.reset)
                #expect(reset.stream == 1 && reset.code == FrameClient.enhanceYourCalm)
                reply.end()
            }
        }

        /// Pings that measure the way, acknowledgements and small pieces come with each message of a long stream.
        @Test func piecesOfAStreamPayForTheFramesThatTheyCost() throws {
            try FrameClient.serving { (running, client) throws in
                client.request(1, "/hold/a")
                let reply = try running.held("/hold/a")
                reply.begin(status: 200)
                for _ in 0..<(2 * FrameBudget.maxControlCount) {
                    client.send(.ping, payload: [UInt8](repeating: 0, count: 8))
                    _ = try client.next(.ping)
                    reply.write(Bytes("x"))
                    _ = try client.next(.data)
                }
                reply.end()
                #expect(try client.next(.data, stream: 1).isLast)
            }
        }

        @Test func trailersDoNotGoToARequestThatWasRefused() throws {
            try FrameClient.serving { (_, client) throws in
                client.request(1, "POST", "/plain", isLast: false)
                client.data(1, Array("one".utf8), isLast: false)
                client.together {
                    // A field with a capital letter is no field: the stream is refused before its header ends.
                    client.request(3, "GET", "/three", fields: [("Bad", "x")])
                    client.headers(1, [("t", "v")])
                }
                var (text, code) = (nil as [UInt8]?, nil as Int?)
                while text == nil || code == nil {
                    let frame = try client.next()
                    if frame.kind == .data, frame.stream == 1 { text = frame.payload }
                    if frame.kind == .reset, frame.stream == 3 { code = frame.code }
                    #expect(frame.stream != 3 || frame.kind != .headers)
                }
                #expect(text == Array("plain one".utf8) && code == FrameClient.protocolError)
            }
        }
    }
#endif
