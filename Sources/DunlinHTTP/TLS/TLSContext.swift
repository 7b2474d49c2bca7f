#if TLS
    import COpenSSL

    /// What every session of a server begins with: its certificates, its key and its rules, as of one reading of the files.
    ///
    /// Sessions hold on to the context they began with, so that a new one takes nothing from them. Tickets by which clients
    /// resume are sealed with a key of the context's own and kept by the clients alone: the server remembers no session, and
    /// a new context takes no ticket of an earlier one.
    ///
    /// `@unchecked Sendable` because the library's object is changed in `init` only; to make sessions from it is allowed
    /// on any thread.
    final class TLSContext: @unchecked Sendable {
        /// AEAD with forward secrecy alone; those that processors have instructions for come first.
        private static let tls12Ciphers =
            "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
            + "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
        private static let tls13Ciphers =
            "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
        private static let groups = "X25519:P-256:P-384"
        /// Memory for records that have arrived and are not read yet, of connections that are receiving.
        private static let readBufferByteCount = 64 << 10
        /// Certificates between a client's and an authority's.
        private static let maxClientChainCount: Int32 = 8
        /// Bytes of the certificates that a client shows.
        private static let maxClientChainByteCount = 64 << 10

        /// `SSL_CTX`.
        let pointer: OpaquePointer
        /// The server's own certificate.
        let certificate: Certificate
        /// What works, and should be looked at.
        let warnings: [String]

        /// - Throws: The first thing wrong with the files; the message names the file.
        init(_ configuration: TLSConfiguration) throws(TLSError) {
            TLSLibrary.start
            let chain = try PEM(contentsOf: configuration.certificateFile).certificates()
            let key = try PEM(contentsOf: configuration.keyFile).privateKey()
            defer { EVP_PKEY_free(key) }
            guard let pointer = SSL_CTX_new(TLS_server_method()) else {
                throw TLSError("TLS cannot be set up: \(TLSLibrary.takeErrors())")
            }
            self.pointer = pointer
            certificate = chain[0]
            warnings = chain.enumerated().compactMap { index, certificate in
                certificate.timeProblem.map {
                    "\(configuration.certificateFile): certificate \(index + 1) (\(certificate.subject)) \($0)"
                }
            }
            ERR_clear_error()
            try setRules(configuration)
            try Self.use(
                chain, of: configuration.certificateFile, key, of: configuration.keyFile, in: pointer)
            if let path = configuration.clientAuthorityFile { try trust(path, configuration.clientAuthentication) }
            // A table of constants: it lives as long as the process.
            SSL_CTX_set_alpn_select_cb(
                pointer, configuration.offersHTTP2 ? Self.chooseProtocol : Self.chooseHTTP1, nil)
        }

        deinit { SSL_CTX_free(pointer) }

        private func setRules(_ configuration: TLSConfiguration) throws(TLSError) {
            let version = configuration.minVersion == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
            dunlin_ssl_ctx_set_max_proto_version(pointer, TLS1_3_VERSION)
            guard dunlin_ssl_ctx_set_min_proto_version(pointer, version) == 1,
                SSL_CTX_set_cipher_list(pointer, Self.tls12Ciphers) == 1,
                SSL_CTX_set_ciphersuites(pointer, Self.tls13Ciphers) == 1,
                dunlin_ssl_ctx_set1_groups_list(pointer, Self.groups) == 1
            else { throw TLSError("TLS cannot be set up: \(TLSLibrary.takeErrors())") }
            SSL_CTX_set_options(
                pointer,
                dunlin_ssl_op_no_renegotiation | dunlin_ssl_op_no_compression | dunlin_ssl_op_cipher_server_preference
                    | dunlin_ssl_op_prioritize_chacha
                    // Requests say themselves where they end: a connection that ends without a farewell hides nothing.
                    | dunlin_ssl_op_ignore_unexpected_eof)
            Self.setModes(of: pointer)
            dunlin_ssl_ctx_set_session_cache_mode(pointer, Int(SSL_SESS_CACHE_OFF))
            SSL_CTX_set_num_tickets(pointer, 1)
            // Sessions with client certificates are resumed only with one.
            SSL_CTX_set_session_id_context(pointer, "dunlin", 6)
        }

        /// How sessions of either side read and write, so that the one who owns the socket stays in charge.
        static func setModes(of pointer: OpaquePointer) {
            dunlin_ssl_ctx_set_mode(
                pointer,
                dunlin_ssl_mode_enable_partial_write | dunlin_ssl_mode_accept_moving_write_buffer
                    | dunlin_ssl_mode_release_buffers)
            // Records that carry no data are counted, and the loop stays in charge: see TLSSession.
            dunlin_ssl_ctx_clear_mode(pointer, dunlin_ssl_mode_auto_retry)
            dunlin_ssl_ctx_set_read_ahead(pointer, 1)
            SSL_CTX_set_default_read_buffer_len(pointer, Self.readBufferByteCount)
        }

        /// Lets sessions of `pointer` show the first certificate of `chain`, with the others behind it.
        ///
        /// - Throws: When they cannot be used, or the key is not that of the first; the message names the files.
        static func use(
            _ chain: [Certificate], of path: String, _ key: OpaquePointer, of keyPath: String,
            in pointer: OpaquePointer
        ) throws(TLSError) {
            guard SSL_CTX_use_certificate(pointer, chain[0].pointer) == 1 else {
                throw TLSError("\(path): the certificate cannot be used: \(TLSLibrary.takeErrors())")
            }
            for certificate in chain.dropFirst() {
                X509_up_ref(certificate.pointer)
                dunlin_ssl_ctx_add0_chain_cert(pointer, certificate.pointer)
            }
            guard X509_check_private_key(chain[0].pointer, key) == 1 else {
                ERR_clear_error()
                throw TLSError(
                    "\(keyPath): the private key is not that of the first certificate in \(path) (\(chain[0].subject))")
            }
            guard SSL_CTX_use_PrivateKey(pointer, key) == 1 else {
                throw TLSError("\(keyPath): the private key cannot be used: \(TLSLibrary.takeErrors())")
            }
        }

        /// Asks clients for certificates of the authorities in a file.
        private func trust(_ path: String, _ need: TLSConfiguration.ClientAuthentication) throws(TLSError) {
            let store = SSL_CTX_get_cert_store(pointer)
            for authority in try PEM(contentsOf: path).certificates() {
                // The names tell clients which of their certificates to show.
                guard X509_STORE_add_cert(store, authority.pointer) == 1,
                    SSL_CTX_add_client_CA(pointer, authority.pointer) == 1
                else {
                    throw TLSError("\(path): \(authority.subject) cannot be used: \(TLSLibrary.takeErrors())")
                }
            }
            let isRequired = need == .required
            SSL_CTX_set_verify(
                pointer, SSL_VERIFY_PEER | (isRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nil)
            SSL_CTX_set_verify_depth(pointer, Self.maxClientChainCount)
            dunlin_ssl_ctx_set_max_cert_list(pointer, Self.maxClientChainByteCount)
        }

        // MARK: ALPN

        private typealias ProtocolChoice =
            @convention(c) (
                OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
                UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
            ) -> Int32

        private static let chooseProtocol: ProtocolChoice = { _, chosen, count, offer, offerCount, _ in
            choose(["h2", "http/1.1"], offer, offerCount, chosen, count)
        }

        private static let chooseHTTP1: ProtocolChoice = { _, chosen, count, offer, offerCount, _ in
            choose(["http/1.1"], offer, offerCount, chosen, count)
        }

        /// Takes the first of `names` that the client offers; the handshake fails when it offers none of them (RFC 7301).
        private static func choose(
            _ names: [StaticString], _ offer: UnsafePointer<UInt8>?, _ offerCount: UInt32,
            _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ count: UnsafeMutablePointer<UInt8>?
        ) -> Int32 {
            let offered = UnsafeBufferPointer(start: offer, count: Int(offerCount))
            for name in names {
                let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
                var position = 0
                while position < offered.count {
                    let end = position + 1 + Int(offered[position])
                    guard end <= offered.count else { break }
                    if offered[(position + 1)..<end].elementsEqual(wanted) {
                        chosen?.pointee = offer?.advanced(by: position + 1)
                        count?.pointee = offered[position]
                        return SSL_TLSEXT_ERR_OK
                    }
                    position = end
                }
            }
            return SSL_TLSEXT_ERR_ALERT_FATAL
        }
    }
#endif
