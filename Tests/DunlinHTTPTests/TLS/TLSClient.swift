#if TLS
    import COpenSSL
    import Glibc

    /// A blocking client that speaks TLS and trusts whatever it is shown.
    final class TLSClient {
        struct Options {
            var certificate: String?
            var key: String?
            var maxVersion = TLS1_3_VERSION
            var protocols: [String] = []
            var receiveBufferByteCount: Int32?
        }

        enum Failure: Error { case notConnected, noHandshake, endedEarly, notHTTP(String) }

        struct Answer: Equatable {
            let status: Int
            let body: [UInt8]
            var text: String { String(decoding: body, as: UTF8.self) }
        }

        private let context = SSL_CTX_new(TLS_client_method())
        private let pointer: OpaquePointer?
        private let descriptor: Int32
        private var received: [UInt8] = []

        init(port: Int, _ options: Options = Options()) throws {
            dunlin_ssl_ctx_set_max_proto_version(context, options.maxVersion)
            if let certificate = options.certificate, let key = options.key {
                SSL_CTX_use_certificate_file(context, certificate, SSL_FILETYPE_PEM)
                SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM)
            }
            let names = options.protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
            if !names.isEmpty { SSL_CTX_set_alpn_protos(context, names, UInt32(names.count)) }
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
            if var size = options.receiveBufferByteCount {
                setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
            }
            var timeout = timeval(tv_sec: 20, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(port).bigEndian
            inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
            pointer = SSL_new(context)
            let result = withUnsafeBytes(of: &address) { [descriptor] in
                connect(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
            }
            guard result == 0 else { throw Failure.notConnected }
            // The library's own socket functions raise SIGPIPE where a server closes early.
            signal(SIGPIPE, SIG_IGN)
            SSL_set_fd(pointer, descriptor)
            ERR_clear_error()
            guard SSL_connect(pointer) == 1 else { throw Failure.noHandshake }
        }

        deinit {
            SSL_free(pointer)
            SSL_CTX_free(context)
            Glibc.close(descriptor)
        }

        var version: String { String(cString: SSL_get_version(pointer)) }
        var cipher: String { String(cString: SSL_CIPHER_get_name(SSL_get_current_cipher(pointer))) }

        var agreedProtocol: String {
            var name: UnsafePointer<UInt8>?
            var count: UInt32 = 0
            SSL_get0_alpn_selected(pointer, &name, &count)
            return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
        }

        /// Whom the server's certificate is about.
        var serverSubject: String {
            let certificate = SSL_get1_peer_certificate(pointer)
            defer { X509_free(certificate) }
            var text = [CChar](repeating: 0, count: 256)
            X509_NAME_oneline(X509_get_subject_name(certificate), &text, Int32(text.count))
            return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        }

        /// Whether the server has said that nothing follows.
        var hasFarewell: Bool { SSL_get_shutdown(pointer) & SSL_RECEIVED_SHUTDOWN != 0 }

        /// One record, or several where it is too much for one.
        func send(_ text: String) { send(Array(text.utf8)) }

        func send(_ bytes: [UInt8]) {
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes {
                    SSL_write(pointer, $0.baseAddress! + sent, Int32($0.count - sent))
                }
                if count <= 0 { return }
                sent += Int(count)
            }
        }

        /// Holds back what is sent until it is uncorked, so that it arrives together.
        func cork(_ isOn: Bool) {
            var value: Int32 = isOn ? 1 : 0
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<Int32>.size))
        }

        /// Ends this side of the connection, and says nothing of it in TLS.
        func shutdownWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

        /// Sends a record that changes the key and carries no content; false when the connection is broken.
        func updateKey() -> Bool {
            SSL_key_update(pointer, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(pointer) == 1
        }

        /// False at the end.
        private func receiveMore() -> Bool {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            ERR_clear_error()
            let count = SSL_read(pointer, &buffer, Int32(buffer.count))
            if count > 0 { received += buffer[..<Int(count)] }
            return count > 0
        }

        /// Everything until the server ends.
        func readToEnd() -> String {
            while receiveMore() {}
            defer { received = [] }
            return String(decoding: received, as: UTF8.self)
        }

        /// One whole answer that says its length.
        func answer() throws -> Answer {
            let head = try head()
            let field = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length: ") }
            guard let status = Int(head.dropFirst(9).prefix(3)), let field, let length = Int(field.dropFirst(16)) else {
                throw Failure.notHTTP(head)
            }
            while received.count < length { guard receiveMore() else { throw Failure.endedEarly } }
            defer { received.removeFirst(length) }
            return Answer(status: status, body: Array(received[..<length]))
        }

        /// The head of an answer, with its end.
        func head() throws -> String {
            while true {
                if let end = received.firstRange(of: Array("\r\n\r\n".utf8)) {
                    defer { received.removeFirst(end.upperBound) }
                    return String(decoding: received[..<end.upperBound], as: UTF8.self)
                }
                guard receiveMore() else { throw Failure.endedEarly }
            }
        }

        func get(_ path: String) throws -> Answer {
            send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
            return try answer()
        }
    }
#endif
