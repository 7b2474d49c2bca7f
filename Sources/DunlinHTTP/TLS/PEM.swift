#if TLS
    import COpenSSL
    import DunlinBytes
    import Glibc

    /// Certificates and keys in their usual text form.
    struct PEM {
        /// The largest file of certificates or keys: every authority of the usual lists is 300 KiB.
        static let maxByteCount = 4 << 20

        let path: String
        private let text: Bytes

        /// - Throws: When the file cannot be read or is too large.
        init(contentsOf path: String) throws(TLSError) {
            do throws(FileError) {
                text = try Bytes(copyingFile: path, most: Self.maxByteCount + 1)
            } catch { throw TLSError("\(error)") }
            guard text.count <= Self.maxByteCount else {
                throw TLSError("\(path): a file of certificates or keys may have \(Self.maxByteCount) bytes")
            }
            self.path = path
        }

        /// All certificates, in the order of the file; at least one.
        func certificates() throws(TLSError) -> [Certificate] {
            var found: [Certificate] = []
            let failure: String? = withReader { reader in
                ERR_clear_error()
                while let certificate = PEM_read_bio_X509(reader, nil, nil, nil) {
                    found.append(Certificate(adopting: certificate))
                }
                // The end is an error like others: nothing more that begins.
                let code = ERR_peek_last_error()
                let isEnd = dunlin_err_is_no_start_line(code) != 0
                defer { ERR_clear_error() }
                return isEnd ? nil : TLSLibrary.takeErrors()
            }
            if let failure { throw TLSError("\(path): certificate \(found.count + 1) cannot be read: \(failure)") }
            guard !found.isEmpty else {
                throw TLSError("\(path): expected certificates in PEM form (-----BEGIN CERTIFICATE-----), found none")
            }
            return found
        }

        /// The private key; the caller frees it with `EVP_PKEY_free`.
        func privateKey() throws(TLSError) -> OpaquePointer {
            ERR_clear_error()
            var isEncrypted = false
            let key: OpaquePointer? = withReader { reader in
                withUnsafeMutablePointer(to: &isEncrypted) { flag in
                    // Without this the library asks at the terminal for a passphrase.
                    PEM_read_bio_PrivateKey(
                        reader, nil,
                        { _, _, _, flag in
                            flag?.assumingMemoryBound(to: Bool.self).pointee = true
                            return -1
                        }, flag)
                }
            }
            let reason = TLSLibrary.takeErrors()
            if let key { return key }
            if isEncrypted {
                throw TLSError(
                    "\(path): the private key has a passphrase; take it off (openssl pkey) or use another key")
            }
            guard contains("PRIVATE KEY-----") else {
                throw TLSError("\(path): expected a private key in PEM form (-----BEGIN PRIVATE KEY-----), found none")
            }
            throw TLSError("\(path): the private key cannot be read: \(reason)")
        }

        private func withReader<Result>(_ body: (OpaquePointer) -> Result) -> Result {
            let reader = BIO_new_mem_buf(text.base, Int32(text.count))!
            defer { BIO_free(reader) }
            return body(reader)
        }

        private func contains(_ word: String) -> Bool {
            text.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }.contains(word)
        }
    }

    /// One certificate.
    final class Certificate {
        let pointer: OpaquePointer

        /// Takes over a reference.
        init(adopting pointer: OpaquePointer) { self.pointer = pointer }

        deinit { X509_free(pointer) }

        /// Whom it is about: `/CN=localhost`.
        var subject: String {
            var text = [CChar](repeating: 0, count: 512)
            X509_NAME_oneline(X509_get_subject_name(pointer), &text, Int32(text.count))
            return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        }

        /// The last second it is good for, as `2026-11-21T15:00:00Z`.
        var end: String { Self.describe(X509_get0_notAfter(pointer)) }

        /// Why it is not good at this moment; `nil` when it is.
        var timeProblem: String? {
            if X509_cmp_current_time(X509_get0_notAfter(pointer)) < 0 { return "has expired on \(end)" }
            let begin = X509_get0_notBefore(pointer)
            if X509_cmp_current_time(begin) > 0 { return "is not valid before \(Self.describe(begin))" }
            return nil
        }

        private static func describe(_ time: UnsafePointer<ASN1_TIME>?) -> String {
            var parts = tm()
            guard ASN1_TIME_to_tm(time, &parts) == 1 else { return "an unknown day" }
            var text = [CChar](repeating: 0, count: 32)
            strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
            return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        }
    }
#endif
