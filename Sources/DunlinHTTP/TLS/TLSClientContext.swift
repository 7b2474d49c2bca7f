#if TLS
    import COpenSSL
#endif

/// What the connections of a client begin with: whom it trusts, what it proves itself with, what it wants to speak.
///
/// `@unchecked Sendable` because the library's object is changed in `init` only; to make sessions from it is allowed on any
/// thread.
package final class TLSClientContext: @unchecked Sendable {
    package struct Configuration: Sendable, Equatable {
        /// PEM: the authorities whose servers are trusted. `nil`: those of the system. Default: `nil`.
        package var authorityFile: String?
        /// Whether the server must prove who it is. Default: it must.
        package var verifiesServer = true
        /// PEM: the client's own certificate, for servers that ask for one, and its key. Default: none.
        package var certificateFile: String?
        package var keyFile: String?
        /// What is offered by ALPN, the best first. A server that agrees on none of them may be refused by the caller.
        package var protocols: [String]

        package init(protocols: [String]) { self.protocols = protocols }
    }

    /// Certificates between a server's and an authority's.
    static let maxServerChainCount: Int32 = 8

    #if TLS
        /// `SSL_CTX`.
        let pointer: OpaquePointer
    #endif

    /// - Throws: The first thing wrong with the files, by name, or that this build has no TLS.
    package init(_ configuration: Configuration) throws(TLSError) {
        #if TLS
            TLSLibrary.start
            guard let pointer = SSL_CTX_new(TLS_client_method()) else {
                throw TLSError("TLS cannot be set up: \(TLSLibrary.takeErrors())")
            }
            self.pointer = pointer
            ERR_clear_error()
            TLSContext.setModes(of: pointer)
            guard dunlin_ssl_ctx_set_min_proto_version(pointer, TLS1_2_VERSION) == 1 else {
                throw TLSError("TLS cannot be set up: \(TLSLibrary.takeErrors())")
            }
            let names = configuration.protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
            // Zero is success here, unlike everywhere else in the library.
            guard names.isEmpty || SSL_CTX_set_alpn_protos(pointer, names, UInt32(names.count)) == 0 else {
                throw TLSError("TLS cannot be set up: \(TLSLibrary.takeErrors())")
            }
            if configuration.verifiesServer { try trust(configuration.authorityFile) }
            if let path = configuration.certificateFile { try show(path, key: configuration.keyFile ?? path) }
        #else
            throw TLSError.notBuiltIn
        #endif
    }

    #if TLS
        deinit { SSL_CTX_free(pointer) }

        private func trust(_ path: String?) throws(TLSError) {
            if let path {
                let store = SSL_CTX_get_cert_store(pointer)
                for authority in try PEM(contentsOf: path).certificates() {
                    guard X509_STORE_add_cert(store, authority.pointer) == 1 else {
                        throw TLSError("\(path): \(authority.subject) cannot be used: \(TLSLibrary.takeErrors())")
                    }
                }
            } else {
                guard SSL_CTX_set_default_verify_paths(pointer) == 1 else {
                    throw TLSError("the system's authorities cannot be read: \(TLSLibrary.takeErrors())")
                }
            }
            SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
            SSL_CTX_set_verify_depth(pointer, Self.maxServerChainCount)
        }

        private func show(_ path: String, key keyPath: String) throws(TLSError) {
            let chain = try PEM(contentsOf: path).certificates()
            let key = try PEM(contentsOf: keyPath).privateKey()
            defer { EVP_PKEY_free(key) }
            try TLSContext.use(chain, of: path, key, of: keyPath, in: pointer)
        }
    #endif
}
