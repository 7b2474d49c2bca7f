#if GRPC
    import DunlinBytes
    import DunlinTelemetry
    import Synchronization
    import Testing

    @testable import DunlinHTTP

    /// Requests whose bodies are handed over as they come.
    @Suite struct HTTP2StreamedBodyTests {
        /// Serves one client; each piece of `/keep/Stream` is used up and kept, and answered with its length. At most 1 MiB
        /// of that may be kept over all, and one request more.
        private func serving(
            _ change: (inout HTTPServerConfiguration) -> Void = { _ in }, _ body: (FrameClient) throws -> Void
        ) throws {
            var configuration = HTTPServerConfiguration()
            configuration.port = 0
            configuration.streamedPathSuffixes = ["/Stream"]
            configuration.maxBodyByteCount = 1 << 20
            configuration.maxReceivingByteCount = 1 << 20
            change(&configuration)
            let server = HTTPServer(configuration: configuration, logger: Logger(level: .error)) { request, reply in
                guard let stream = request.bodyStream else { return reply.send(HTTPResponse(body: [request.body])) }
                let keeps = request.path.string == "/keep/Stream"
                reply.begin(status: 200)
                stream.receive { event in
                    switch event {
                    case .bytes(let bytes):
                        stream.consumed(bytes.count, kept: keeps ? bytes.count : 0)
                        reply.write(Bytes("\(bytes.count)"))
                    case .end: reply.end()
                    }
                }
            }
            try server.start()
            defer { server.stop(grace: .zero) }
            try body(FrameClient(try RawClient(port: server.port)))
        }

        private func send(_ bytes: [UInt8], to client: FrameClient, _ stream: Int) throws {
            client.data(stream, bytes, isLast: false)
            #expect(try client.next(.data, stream: stream).payload == Array("\(bytes.count)".utf8))
        }

        @Test func whatIsKeptMustBecomeWholeInTime() throws {
            try serving({ $0.bodyTimeout = .milliseconds(50) }) { client throws in
                client.request(1, "POST", "/use/Stream", isLast: false)
                try send([1, 2, 3], to: client, 1)
                client.request(3, "POST", "/keep/Stream", isLast: false)
                try send([1, 2, 3], to: client, 3)
                let reset = try client.next(.reset)
                #expect(reset.stream == 3 && reset.code == FrameClient.cancel)
                try send([1, 2, 3], to: client, 1)
            }
        }

        @Test func whatIsKeptCountsAsBodiesThatArrive() throws {
            try serving { client throws in
                var given = [1: 0, 3: 0]
                /// Looks for a frame, and counts what the streams may send again.
                func next(_ kind: FrameClient.Kind) throws {
                    while true {
                        let frame = try client.next()
                        if frame.kind == .windowUpdate { given[frame.stream]? += FrameClient.number(frame.payload) }
                        if frame.kind == kind { return }
                    }
                }
                // The first window counts from here on.
                try next(.settings)
                client.send(.settings, flags: 1)
                let window = HTTP2Connection.firstWindowByteCount
                for stream in [1, 3] {
                    client.request(stream, "POST", "/keep/Stream", isLast: false)
                    // Twice: once more is given back before more is kept than the first window.
                    for _ in 0..<(2 * window / 16_384) {
                        client.data(stream, [UInt8](repeating: 0, count: 16_384), isLast: false)
                        try next(.data)
                    }
                }
                client.send(.ping, payload: [UInt8](repeating: 7, count: 8))
                try next(.ping)
                // The oldest may always go on; for the other there is no memory.
                #expect(given == [1: 2 * window, 3: window])
                client.send(.reset, stream: 1, payload: FrameClient.bytes(FrameClient.cancel, 4))
                while given[3]! < 2 * window { try next(.windowUpdate) }
                #expect(given[3] == 2 * window)
            }
        }
    }
#endif
