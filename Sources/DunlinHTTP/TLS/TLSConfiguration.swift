/// What a server proves itself with and whom it takes, when it speaks TLS.
package struct TLSConfiguration: Sendable, Equatable {
    /// PEM: the server's certificate, and behind it those that lead from it to one that clients know.
    package var certificateFile: String

    /// PEM: the private key of the first certificate, without a passphrase.
    package var keyFile: String

    /// PEM: the authorities whose certificates clients may show. `nil`: clients are asked for none. Default: `nil`.
    package var clientAuthorityFile: String?

    /// With `clientAuthorityFile`: whether a client may come without a certificate. A certificate that is shown must be
    /// good in any case. Default: required.
    package var clientAuthentication = ClientAuthentication.required

    /// The oldest version spoken. Default: 1.2.
    package var minVersion = Version.tls12

    /// Whether clients that ask for HTTP/2 (ALPN `h2`) are told that they get it; HTTP/1.1 is offered always.
    /// Default: whether this build has it.
    package var offersHTTP2 = TLSConfiguration.hasHTTP2

    package enum ClientAuthentication: String, Sendable, CaseIterable { case required, optional }

    package enum Version: String, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    package init(certificateFile: String, keyFile: String) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }

    #if GRPC
        private static let hasHTTP2 = true
    #else
        private static let hasHTTP2 = false
    #endif
}
