import DunlinHTTP
import Testing

@testable import Dunlin

/// What the flags of TLS come to, before any file is read.
@Suite struct TLSFlagsTests {
    private static let both = ["--tls-certificate", "a.pem", "--tls-key", "a.key"]

    private func tls(_ arguments: [String], environment: [String: String] = [:]) throws -> TLSConfiguration? {
        try ServerConfiguration.parse(arguments: arguments, environment: environment).tlsConfiguration
    }

    private func problem(_ arguments: [String]) -> String? {
        do {
            _ = try tls(arguments)
            return nil
        } catch { return "\(error)" }
    }

    @Test func withoutFlagsThereIsNone() throws {
        #expect(try tls([]) == nil)
    }

    @Test func flagsAndEnvironmentSayTheSame() throws {
        let tls = try #require(
            try tls(
                Self.both + ["--tls-client-ca", "ca.pem", "--tls-client-auth", "optional", "--tls-min-version", "1.3"]))
        #expect(tls.certificateFile == "a.pem" && tls.keyFile == "a.key" && tls.clientAuthorityFile == "ca.pem")
        #expect(tls.clientAuthentication == .optional && tls.minVersion == .tls13)
        let environment = [
            "DUNLIN_TLS_CERTIFICATE": "a.pem", "DUNLIN_TLS_KEY": "a.key", "DUNLIN_TLS_CLIENT_CA": "ca.pem",
            "DUNLIN_TLS_CLIENT_AUTH": "optional", "DUNLIN_TLS_MIN_VERSION": "1.3",
        ]
        #expect(try self.tls([], environment: environment) == tls)
    }

    @Test func theDefaultsAreTheCarefulOnes() throws {
        let tls = try #require(try tls(Self.both + ["--tls-client-ca", "ca.pem"]))
        #expect(tls.clientAuthentication == .required && tls.minVersion == .tls12)
        #expect(try self.tls(Self.both)?.clientAuthorityFile == nil)
    }

    @Test(arguments: [
        (["--tls-certificate", "a"], "tls_certificate without tls_key; TLS needs a certificate and its key"),
        (["--tls-key", "a"], "tls_key without tls_certificate; TLS needs a certificate and its key"),
        (["--tls-client-ca", "a"], "tls_client_ca without tls_certificate; TLS needs a certificate and its key"),
        (
            both + ["--tls-client-auth", "optional"],
            "tls_client_auth is optional without tls_client_ca: nobody is asked at all"
        ),
        (["--tls-min-version", "1.1"], "--tls-min-version 1.1: must be one of 1.2, 1.3"),
        (["--tls-key", ""], "--tls-key : must name a file"),
    ])
    func whatDoesNotGoTogetherIsRefused(arguments: [String], words: String) {
        #expect(problem(arguments) == words)
    }

    /// With the trait it is the file that is wrong.
    @Test func aBuildWithoutTLSRefusesTheFlagsWithASentence() throws {
        var configuration = ServerConfiguration()
        configuration.tlsCertificateFile = "/none.pem"
        configuration.tlsKeyFile = "/none.key"
        let expected =
            TLSLibrary.isBuiltIn ? "TLS: /none.pem: No such file or directory" : "TLS: this build has no TLS: build it"
        do {
            _ = try Server(configuration)
            Issue.record("a server came about")
        } catch { #expect("\(error)".contains(expected)) }
    }
}
