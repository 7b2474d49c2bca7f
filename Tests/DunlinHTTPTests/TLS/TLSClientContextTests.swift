#if TLS
    import Glibc
    import Testing

    @testable import DunlinHTTP

    /// The client's side of TLS, opposite our own server's.
    @Suite struct TLSClientContextTests {
        private let files: TestCertificates

        init() throws {
            files = try TestCertificates()
            try files.makeSelfSigned("good")
            try files.makeSelfSigned("other")
        }

        private func client(
            authority: String? = "good.pem", _ change: (inout TLSClientContext.Configuration) -> Void = { _ in }
        ) throws -> TLSClientContext {
            var configuration = TLSClientContext.Configuration(protocols: ["h2"])
            configuration.authorityFile = authority.map(files.path)
            change(&configuration)
            return try TLSClientContext(configuration)
        }

        /// Both sides go on until the client's handshake is over: what it came to, and ALPN's choice.
        private func meet(
            _ client: TLSClientContext, host: String = "localhost", server: (inout TLSConfiguration) -> Void = { _ in }
        ) throws -> (input: SocketStream.Input, chosen: String?) {
            var configuration = TLSConfiguration(
                certificateFile: files.path("good.pem"), keyFile: files.path("good.key"))
            server(&configuration)
            var ends: [Int32] = [-1, -1]
            try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0, &ends) == 0)
            for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
            let near = try #require(SocketStream(descriptor: ends[0], host: host, client))
            let far = try #require(SocketStream(descriptor: ends[1], try TLSCredentials(configuration)))
            defer {
                near.close(isWhole: true)
                far.close(isWhole: true)
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            for _ in 0..<8 {
                let input = buffer.withUnsafeMutableBytes { near.receive(into: $0) }
                guard near.isHandshaking else {
                    // The client is done first; what it shows is judged after that.
                    let answer = buffer.withUnsafeMutableBytes { far.receive(into: $0) }
                    return (input == .nothing && answer != .nothing ? answer : input, near.agreedProtocol)
                }
                _ = buffer.withUnsafeMutableBytes { far.receive(into: $0) }
            }
            Issue.record("no handshake in eight rounds")
            return (.broken, nil)
        }

        @Test(arguments: ["localhost", "127.0.0.1"]) func aTrustedServerIsTaken(host: String) throws {
            let (input, chosen) = try meet(try client(), host: host)
            #expect(input == .nothing && chosen == "h2")
        }

        @Test(arguments: [
            ("other.pem", "localhost", "self-signed certificate"), ("good.pem", "example.org", "hostname mismatch"),
            ("good.pem", "127.0.0.2", "IP address mismatch"),
        ])
        func aServerThatIsNotTheOneIsRefused(authority: String, host: String, words: String) throws {
            let (input, _) = try meet(try client(authority: authority), host: host)
            #expect(input == .noHandshake("the server's certificate is not trusted: \(words)"))
        }

        @Test func theSystemsAuthoritiesDoNotKnowIt() throws {
            guard case .noHandshake(let reason) = try meet(try client(authority: nil)).input else {
                Issue.record("a stranger is trusted")
                return
            }
            #expect(reason.contains("is not trusted"))
        }

        @Test func whoIsNotAskedForAProofIsTaken() throws {
            let (input, _) = try meet(try client(authority: nil) { $0.verifiesServer = false }, host: "example.org")
            #expect(input == .nothing)
        }

        @Test func aServerMayAskForACertificate() throws {
            let demand: (inout TLSConfiguration) -> Void = { $0.clientAuthorityFile = files.path("other.pem") }
            let known = try client {
                $0.certificateFile = files.path("other.pem")
                $0.keyFile = files.path("other.key")
            }
            #expect(try meet(known, server: demand).input == .nothing)
            #expect(try meet(try client(), server: demand).input != .nothing)
        }

        @Test func filesThatCannotBeUsedAreNamed() throws {
            func problem(_ change: (inout TLSClientContext.Configuration) -> Void) -> String? {
                do {
                    _ = try client(change)
                    return nil
                } catch { return "\(error)".replacing(files.prefix, with: "") }
            }
            #expect(problem { $0.authorityFile = files.path("none.pem") } == "none.pem: No such file or directory")
            #expect(problem { $0.certificateFile = files.path("none") } == "none: No such file or directory")
            #expect(
                problem { $0.certificateFile = files.path("good.pem") }
                    == "good.pem: expected a private key in PEM form (-----BEGIN PRIVATE KEY-----), found none")
            #expect(
                problem {
                    $0.certificateFile = files.path("good.pem")
                    $0.keyFile = files.path("other.key")
                } == "other.key: the private key is not that of the first certificate in good.pem (/CN=localhost)")
        }
    }
#endif
