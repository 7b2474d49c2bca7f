#if TLS
    import COpenSSL
    import DunlinBytes
    import Testing

    @testable import DunlinHTTP

    /// A server that speaks TLS, as its clients see it.
    @Suite struct TLSSessionTests {
        private let files: TestCertificates

        init() throws {
            files = try TestCertificates()
            try files.makeSelfSigned("server")
        }

        private func credentials(_ change: (inout TLSConfiguration) -> Void = { _ in }) throws -> TLSCredentials {
            var configuration = TLSConfiguration(
                certificateFile: files.path("server.pem"), keyFile: files.path("server.key"))
            change(&configuration)
            return try TLSCredentials(configuration)
        }

        private func server(
            _ change: (inout TLSConfiguration) -> Void = { _ in },
            http: (inout HTTPServerConfiguration) -> Void = { _ in }
        ) throws -> RunningServer {
            try RunningServer(tls: try credentials(change), http)
        }

        @Test(arguments: [(TLS1_2_VERSION, "TLSv1.2"), (TLS1_3_VERSION, "TLSv1.3")])
        func bothVersionsAreSpoken(version: Int32, name: String) throws {
            let running = try server()
            defer { running.stop() }
            let client = try TLSClient(port: running.server.port, .init(maxVersion: version))
            #expect(client.version == name)
            #expect(client.cipher.contains("AES128-GCM") || client.cipher.contains("AES_128_GCM"))
            #expect(try client.get("/a").text == "get /a")
            #expect(try client.get("/b").text == "get /b")
        }

        @Test func olderVersionsThanAskedForAreRefused() throws {
            let running = try server { $0.minVersion = .tls13 }
            defer { running.stop() }
            #expect(throws: TLSClient.Failure.self) {
                try TLSClient(port: running.server.port, .init(maxVersion: TLS1_2_VERSION))
            }
            #expect(try TLSClient(port: running.server.port).get("/a").status == 200)
        }

        @Test(arguments: [
            (["h2", "http/1.1"], true, "h2"), (["http/1.1", "h2"], true, "h2"), (["http/1.1"], true, "http/1.1"),
            (["h2", "http/1.1"], false, "http/1.1"), ([], true, ""), (["spdy/3", "http/1.1"], true, "http/1.1"),
        ])
        func theProtocolIsAgreedOn(offer: [String], offersHTTP2: Bool, agreed: String) throws {
            let running = try server { $0.offersHTTP2 = offersHTTP2 }
            defer { running.stop() }
            let client = try TLSClient(port: running.server.port, .init(protocols: offer))
            #expect(client.agreedProtocol == agreed)
        }

        @Test func whoOffersNoProtocolOfOursIsRefused() throws {
            let running = try server { $0.offersHTTP2 = false }
            defer { running.stop() }
            #expect(throws: TLSClient.Failure.self) {
                try TLSClient(port: running.server.port, .init(protocols: ["h2"]))
            }
        }

        // MARK: Content

        @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
        func largeBodiesComeAndGo(version: Int32) throws {
            let running = try server()
            defer { running.stop() }
            let body = (0..<(10 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 12) }
            let client = try TLSClient(port: running.server.port, .init(maxVersion: version))
            for _ in 0..<2 {
                client.send("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n")
                client.send(body)
                let answer = try client.answer()
                #expect(answer.status == 200 && answer.body == Array("post /p ".utf8) + body)
            }
        }

        /// The socket is full many times, in the middle of records too.
        @Test func aClientThatTakesLittleAtATimeGetsItAll() throws {
            let running = try server()
            defer { running.stop() }
            let client = try TLSClient(port: running.server.port, .init(receiveBufferByteCount: 4096))
            for _ in 0..<3 {
                let answer = try client.get("/large")
                #expect(answer.body == RunningServer.largeBody.flatMap { $0.withUnsafeBytes(Array.init) })
            }
        }

        @Test func requestsInOneRecordAndRequestsInManyAreTheSame() throws {
            let running = try server()
            defer { running.stop() }
            let client = try TLSClient(port: running.server.port)
            client.send((0..<20).map { "GET /\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
            for index in 0..<20 { #expect(try client.answer().text == "get /\(index)") }
            for byte in "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc".utf8 { client.send([byte]) }
            #expect(try client.answer().text == "post /p abc")
        }

        @Test func streamsAreSentAsTheyCome() throws {
            let running = try server()
            defer { running.stop() }
            let client = try TLSClient(port: running.server.port)
            client.send("GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let text = client.readToEnd()
            #expect(text.contains("part 0;") && text.contains("part 2;") && text.hasSuffix("0\r\n\r\n"))
        }

        // MARK: Ends

        @Test func aWholeAnswerEndsWithAFarewell() throws {
            let running = try server()
            defer { running.stop() }
            let client = try TLSClient(port: running.server.port)
            client.send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(client.readToEnd().hasSuffix("get /a"))
            #expect(client.hasFarewell)
        }

        /// A client that learns of the end by the end of the connection must not take a part for the whole.
        @Test func anAnswerThatBreaksOffEndsWithoutAFarewell() throws {
            let running = try server()
            defer { running.stop() }
            let client = try TLSClient(port: running.server.port)
            client.send("GET /hold/a HTTP/1.0\r\n\r\n")
            do {
                let reply = try running.held("/hold/a")
                reply.begin(status: 200, contentType: .plainText)
                reply.write(Bytes("a part"))
            }
            #expect(client.readToEnd().hasSuffix("a part"))
            #expect(!client.hasFarewell)
        }

        /// Many clients end their side without TLS's farewell; what they have asked for is owed all the same.
        @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
        func aClientThatEndsItsSideWithoutAFarewellGetsItsAnswer(version: Int32) throws {
            let running = try server()
            defer { running.stop() }
            let client = try TLSClient(port: running.server.port, .init(maxVersion: version))
            client.send("GET /hold/a HTTP/1.1\r\nHost: x\r\n\r\n")
            let reply = try running.held("/hold/a")
            client.shutdownWriting()
            // The interim answer says that the end was seen.
            #expect(try client.head().hasPrefix("HTTP/1.1 100 "))
            reply.send(HTTPResponse(body: [Bytes("one")]))
            #expect(client.readToEnd().hasSuffix("one"))
            #expect(client.hasFarewell)
        }

        @Test func keyUpdatesAreFollowedUpToTheLimit() throws {
            let running = try server()
            defer { running.stop() }
            let client = try TLSClient(port: running.server.port)
            #expect(try client.get("/a").status == 200)
            for _ in 0..<TLSSession.maxControlRecordCount { #expect(client.updateKey()) }
            #expect(try client.get("/b").status == 200)
            for _ in 0..<(TLSSession.maxControlRecordCount * 4) where !client.updateKey() { break }
            #expect(client.readToEnd() == "" && !client.hasFarewell)
        }

        /// What lies behind a record without content brings no further event of the socket.
        @Test func aRequestThatCameTogetherWithAKeyUpdateIsAnswered() throws {
            let running = try server()
            defer { running.stop() }
            let client = try TLSClient(port: running.server.port)
            for _ in 0..<5 {
                client.cork(true)
                #expect(client.updateKey())
                client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(client.updateKey())
                client.cork(false)
                #expect(try client.answer().status == 200)
            }
        }

        @Test func aHandshakeThatDoesNotComeIsGivenUp() throws {
            let running = try server(http: { $0.headerTimeout = .milliseconds(40) })
            defer { running.stop() }
            #expect(try running.client().readToEnd() == "")
            let half = try running.client()
            half.send([22, 3, 1, 2, 0, 1])
            #expect(half.readToEnd() == "")
            #expect(RunningServer.eventually { running.server.connectionCount == 0 })
        }

        // MARK: What is not TLS

        @Test func aRequestWithoutTLSIsToldSo() throws {
            let running = try server()
            defer { running.stop() }
            let client = try running.client()
            client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.status == 400)
            #expect(answer.text == #"{"error":"this port speaks TLS and got a request without it: use https"}"#)
            #expect(client.readToEnd() == "")
        }

        @Test(arguments: [
            [UInt8](repeating: 0, count: 100), [22, 3, 1, 0, 4, 1, 2, 3, 4], [0x80, 0x2E, 1, 0, 2],
            [22] + [UInt8](repeating: 0xFF, count: 20_000), [21, 3, 3, 0, 2, 2, 40],
        ])
        func garbageEndsTheConnectionAlone(bytes: [UInt8]) throws {
            let running = try server()
            defer { running.stop() }
            let other = try TLSClient(port: running.server.port)
            let client = try running.client()
            client.send(bytes)
            client.shutdownWriting()
            _ = client.readToEnd()
            #expect(try other.get("/a").status == 200)
            #expect(RunningServer.eventually { running.server.connectionCount == 1 })
        }

        @Test func moreHandshakesThanATurnTakesAreAllServed() throws {
            let running = try server()
            defer { running.stop() }
            let plain = try (0..<(EventLoop.maxHandshakeCount * 8)).map { _ in try running.client() }
            for client in plain { client.send([22, 3, 1]) }
            let clients = try (0..<(EventLoop.maxHandshakeCount * 3)).map { _ in
                try TLSClient(port: running.server.port)
            }
            for client in clients { #expect(try client.get("/a").status == 200) }
        }

        // MARK: Client certificates

        private static let needs: [(TLSConfiguration.ClientAuthentication, shown: String?, isServed: Bool)] = [
            (.required, "client", true), (.required, nil, false), (.required, "stranger", false),
            (.optional, "client", true), (.optional, nil, true), (.optional, "stranger", false),
        ]

        @Test(arguments: needs, [TLS1_2_VERSION, TLS1_3_VERSION])
        func clientsShowWhoTheyAre(
            need: (TLSConfiguration.ClientAuthentication, shown: String?, isServed: Bool), version: Int32
        ) throws {
            try files.makeSelfSigned("authority")
            try files.makeSigned("client", by: "authority")
            try files.makeSelfSigned("stranger")
            let running = try server {
                $0.clientAuthorityFile = files.path("authority.pem")
                $0.clientAuthentication = need.0
            }
            defer { running.stop() }
            var options = TLSClient.Options(maxVersion: version)
            if let shown = need.shown {
                options.certificate = files.path("\(shown).pem")
                options.key = files.path("\(shown).key")
            }
            // With TLS 1.3 a client learns of its refusal with its first read.
            let status = try? TLSClient(port: running.server.port, options).get("/a").status
            #expect((status == 200) == need.isServed)
        }

        // MARK: Files that change

        @Test func newConnectionsSeeTheNewCertificateAndOldOnesGoOn() throws {
            let credentials = try credentials()
            let running = try RunningServer(tls: credentials)
            defer { running.stop() }
            let old = try TLSClient(port: running.server.port)
            #expect(old.serverSubject == "/CN=localhost")
            try files.makeSelfSigned("server", subject: "new")
            #expect(try TLSClient(port: running.server.port).serverSubject == "/CN=localhost")
            _ = credentials.look()
            #expect(try TLSClient(port: running.server.port).serverSubject == "/CN=new")
            #expect(try old.get("/a").status == 200)
        }
    }
#endif
