#if TLS
    import Testing

    @testable import DunlinHTTP

    /// What is said of files that cannot be used.
    @Suite struct TLSContextTests {
        private let files: TestCertificates

        init() throws {
            files = try TestCertificates()
            try files.makeSelfSigned("good")
        }

        private func problem(
            certificate: String? = nil, key: String? = nil, authority: String? = nil
        ) -> String? {
            var configuration = TLSConfiguration(
                certificateFile: certificate ?? files.path("good.pem"), keyFile: key ?? files.path("good.key"))
            configuration.clientAuthorityFile = authority
            do throws(TLSError) {
                _ = try TLSContext(configuration)
                return nil
            } catch { return error.message.replacing(files.prefix, with: "") }
        }

        @Test func usableFilesAreTaken() throws {
            #expect(problem() == nil)
            #expect(problem(authority: files.path("good.pem")) == nil)
        }

        @Test func aFileThatIsNotThereIsNamed() {
            #expect(problem(certificate: files.path("none.pem")) == "none.pem: No such file or directory")
            #expect(problem(key: files.path("none.key")) == "none.key: No such file or directory")
            #expect(problem(authority: files.path("none.pem")) == "none.pem: No such file or directory")
        }

        @Test func aFileOfSomethingElseIsNamed() throws {
            let text = try files.write("text", "hello\n")
            let expected = "text: expected certificates in PEM form (-----BEGIN CERTIFICATE-----), found none"
            #expect(problem(certificate: text) == expected)
            #expect(problem(authority: text) == expected)
            #expect(
                problem(key: text)
                    == "text: expected a private key in PEM form (-----BEGIN PRIVATE KEY-----), found none")
            #expect(problem(certificate: files.path("good.key")) == expected.replacing("text", with: "good.key"))
        }

        @Test func brokenPEMIsNamedWithItsPlace() throws {
            let good = try files.read("good.pem")
            let broken = try files.write("broken", good + good.replacing("MI", with: "??"))
            #expect(problem(certificate: broken)?.hasPrefix("broken: certificate 2 cannot be read: ") == true)
            let cut = try files.write("cut", String(good.prefix(200)))
            #expect(problem(certificate: cut)?.hasPrefix("cut: certificate 1 cannot be read: ") == true)
            let key = try files.write("key", try files.read("good.key").replacing("MI", with: "??"))
            #expect(problem(key: key)?.hasPrefix("key: the private key cannot be read: ") == true)
        }

        @Test func aKeyOfAnotherCertificateIsRefused() throws {
            try files.makeSelfSigned("other")
            #expect(
                problem(key: files.path("other.key"))
                    == "other.key: the private key is not that of the first certificate in good.pem (/CN=localhost)")
        }

        @Test func aKeyWithAPassphraseIsRefusedAndNobodyIsAskedForIt() throws {
            try files.run(
                "pkey", "-in", files.path("good.key"), "-aes256", "-passout", "pass:x", "-out", files.path("sealed"))
            #expect(
                problem(key: files.path("sealed"))
                    == "sealed: the private key has a passphrase; take it off (openssl pkey) or use another key")
        }

        @Test func aFileBeyondTheLimitIsRefused() throws {
            let good = try files.read("good.pem")
            let space = String(repeating: " ", count: PEM.maxByteCount - good.utf8.count)
            #expect(problem(certificate: try files.write("full", good + space)) == nil)
            #expect(
                problem(certificate: try files.write("over", good + space + " "))
                    == "over: a file of certificates or keys may have 4194304 bytes")
        }

        @Test func anExpiredCertificateIsUsedWithAWarning() throws {
            try files.run(
                "x509", "-in", files.path("good.pem"), "-signkey", files.path("good.key"), "-days", "-1", "-out",
                files.path("old.pem"))
            let configuration = TLSConfiguration(
                certificateFile: files.path("old.pem"), keyFile: files.path("good.key"))
            let warnings = try TLSContext(configuration).warnings
            #expect(warnings.count == 1)
            #expect(warnings.first?.contains("old.pem: certificate 1 (/CN=localhost) has expired on 2") == true)
            #expect(
                try TLSContext(
                    TLSConfiguration(certificateFile: files.path("good.pem"), keyFile: files.path("good.key"))
                ).warnings.isEmpty)
        }
    }
#endif
