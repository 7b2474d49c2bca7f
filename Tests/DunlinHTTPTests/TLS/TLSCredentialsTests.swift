#if TLS
    import Testing

    @testable import DunlinHTTP

    /// Files that change while a server runs.
    @Suite struct TLSCredentialsTests {
        private let files: TestCertificates
        private let credentials: TLSCredentials

        init() throws {
            files = try TestCertificates()
            try files.makeSelfSigned("server", subject: "first")
            credentials = try TLSCredentials(
                TLSConfiguration(certificateFile: files.path("server.pem"), keyFile: files.path("server.key")), now: 0)
        }

        private func subject(_ look: TLSCredentials.Look) -> String? {
            guard case .loaded(let summary) = look else { return nil }
            return summary.subject
        }

        @Test func whatHasNotChangedIsNotReadAgain() {
            #expect(credentials.summary.subject == "/CN=first")
            #expect(credentials.look(now: 1) == .unchanged)
        }

        @Test func whatHasChangedIsRead() throws {
            try files.makeSelfSigned("server", subject: "second")
            #expect(subject(credentials.look(now: 1)) == "/CN=second")
            #expect(credentials.look(now: 2) == .unchanged)
        }

        @Test func whatCannotBeUsedIsToldOnceAndTriedAgain() throws {
            let key = try files.read("server.key")
            _ = try files.write("server.key", "nothing")
            guard case .failed(let problem) = credentials.look(now: 1) else {
                Issue.record("a file without a key was taken")
                return
            }
            #expect(problem.contains("expected a private key"))
            #expect(credentials.look(now: 2) == .unchanged)
            _ = try files.write("server.key", key)
            #expect(subject(credentials.look(now: 3)) == "/CN=first")
        }

        @Test func aChangeInTwoStepsEndsWithBoth() throws {
            let (certificate, key) = (try files.read("server.pem"), try files.read("server.key"))
            try files.makeSelfSigned("server", subject: "second")
            let second = try files.read("server.key")
            _ = try files.write("server.key", key)
            guard case .failed = credentials.look(now: 1) else {
                Issue.record("a certificate with the key of another was taken")
                return
            }
            #expect(try files.read("server.pem") != certificate)
            _ = try files.write("server.key", second)
            #expect(subject(credentials.look(now: 2)) == "/CN=second")
        }

        @Test func ticketKeysAreRenewedInTime() {
            let server = credentials
            #expect(server.look(now: TLSCredentials.ticketKeySeconds - 1) == .unchanged)
            let before = server.contextIdentity
            #expect(server.look(now: TLSCredentials.ticketKeySeconds - 1) == .unchanged)
            #expect(server.contextIdentity == before)
            #expect(server.look(now: TLSCredentials.ticketKeySeconds) == .unchanged)
            #expect(server.contextIdentity != before)
        }
    }
#endif
