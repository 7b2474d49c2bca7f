import DunlinHTTP

/// TLS, for every address the server listens on.
extension ServerConfiguration {
    static let tlsFlags: [Flag] = [
        Flag(
            "tls-certificate", "FILE", default: "none",
            "PEM file of the server's certificate and those behind it: TLS on every address; followed while the server runs",
            apply: Flag.file(\.tlsCertificateFile)),
        Flag(
            "tls-key", "FILE", default: "none", "PEM file of the certificate's private key, without a passphrase",
            apply: Flag.file(\.tlsKeyFile)),
        Flag(
            "tls-client-ca", "FILE", default: "none",
            "PEM file of authorities: clients must show a certificate of one of them",
            apply: Flag.file(\.tlsClientAuthorityFile)),
        Flag(
            "tls-client-auth", "MODE", default: "required",
            "With tls-client-ca: required, or optional: who shows no certificate is served too",
            apply: Flag.choice(\.tlsClientAuthentication)),
        Flag(
            "tls-min-version", "VERSION", default: "1.2", "The oldest version of TLS spoken: 1.2 or 1.3",
            apply: Flag.choice(\.tlsMinVersion)),
    ]

    /// What the listeners need for TLS; `nil` without it.
    ///
    /// - Throws: What is set without what it needs.
    var tlsConfiguration: TLSConfiguration? {
        get throws(ConfigurationError) {
            guard let certificate = tlsCertificateFile, let key = tlsKeyFile else {
                let set = [
                    ("tls_certificate", tlsCertificateFile), ("tls_key", tlsKeyFile),
                    ("tls_client_ca", tlsClientAuthorityFile),
                ].filter { $0.1 != nil }.map(\.0)
                guard set.isEmpty else {
                    throw ConfigurationError([
                        "\(set.joined(separator: " and ")) without "
                            + (tlsCertificateFile == nil ? "tls_certificate" : "tls_key")
                            + "; TLS needs a certificate and its key"
                    ])
                }
                return nil
            }
            var tls = TLSConfiguration(certificateFile: certificate, keyFile: key)
            tls.clientAuthorityFile = tlsClientAuthorityFile
            tls.clientAuthentication = tlsClientAuthentication == .optional ? .optional : .required
            tls.minVersion = tlsMinVersion == .tls13 ? .tls13 : .tls12
            if tlsClientAuthentication == .optional && tlsClientAuthorityFile == nil {
                throw ConfigurationError(["tls_client_auth is optional without tls_client_ca: nobody is asked at all"])
            }
            return tls
        }
    }
}

extension Flag {
    /// The name of a file, which is not looked at here.
    static func file(_ property: Property<String?>) -> Apply {
        { configuration, text in
            if text.isEmpty { return "must name a file" }
            configuration[keyPath: property] = text
            return nil
        }
    }
}
