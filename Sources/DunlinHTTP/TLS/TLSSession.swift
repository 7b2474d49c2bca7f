#if TLS
    import CDunlinSystem
    import COpenSSL
    import DunlinBytes
    import Glibc

    /// TLS on one connection: the library's object between the socket and what is sent and received.
    ///
    /// Touched on the thread of the connection's loop only. The socket belongs to the connection; this reads and writes it
    /// and never closes it. While nothing is on its way the library holds no buffers.
    final class TLSSession {
        /// The most content of one record (RFC 8446, 5.1).
        static let recordByteCount = 16 << 10
        /// Records without content that may come one after another: key updates, warnings, empty ones. Honest peers send
        /// one in a great while, and each costs work without end in sight.
        static let maxControlRecordCount = 32
        private static let handshakeRecord: UInt8 = 22

        private enum Phase {
            case handshake
            case open
            /// The peer speaks something else, or the handshake has failed: bytes pass as they are.
            case clear
            /// Nothing more can be received or sent.
            case broken
        }

        /// `SSL`; holds the context it was made from.
        private let pointer: OpaquePointer
        private let descriptor: Int32
        /// This side began the connection, and judges the server's certificate.
        private let isClient: Bool
        private var phase = Phase.handshake
        private var controlRecordCount = 0
        /// What was found behind content that is delivered first.
        private var delayed: SocketStream.Input?
        private var hasReceived = false
        private var isPlain = false
        private var hasSaidFarewell = false
        /// The last read of the socket took all there was.
        fileprivate(set) var hasEmptiedSocket = false
        /// The peer has ended its side of the socket, with TLS's farewell or without.
        fileprivate var hasEnded = false
        /// The library's last call found nothing in the socket.
        private var hasFoundNothing = false
        /// The library wants to write before it reads on.
        private(set) var waitsForOutput = false

        /// The side of a server.
        convenience init?(_ context: TLSContext, descriptor: Int32) {
            self.init(context.pointer, descriptor, isClient: false)
            SSL_set_accept_state(pointer)
        }

        /// The side of a client.
        ///
        /// - Parameter host: The name or address that the server's certificate must be for, where it is judged.
        convenience init?(_ client: TLSClientContext, host: String, descriptor: Int32) {
            self.init(client.pointer, descriptor, isClient: true)
            SSL_set_connect_state(pointer)
            let parameters = SSL_get0_param(pointer)
            // An address is looked for among the certificate's addresses, and is no name to be told to the server.
            if X509_VERIFY_PARAM_set1_ip_asc(parameters, host) != 1 {
                guard dunlin_ssl_set_tlsext_host_name(pointer, host) == 1, SSL_set1_host(pointer, host) == 1 else {
                    ERR_clear_error()
                    return nil
                }
            }
            ERR_clear_error()
        }

        /// - Parameter context: `SSL_CTX`; the session holds on to it.
        private init?(_ context: OpaquePointer, _ descriptor: Int32, isClient: Bool) {
            ERR_clear_error()
            guard let pointer = SSL_new(context) else {
                ERR_clear_error()
                return nil
            }
            guard let bio = BIO_new(SocketBIO.method) else {
                SSL_free(pointer)
                ERR_clear_error()
                return nil
            }
            self.pointer = pointer
            self.descriptor = descriptor
            self.isClient = isClient
            BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
            BIO_set_init(bio, 1)
            SSL_set_bio(pointer, bio, bio)
        }

        deinit { SSL_free(pointer) }

        var isHandshaking: Bool { phase == .handshake }

        /// What ALPN has agreed on; `nil` before the end of the handshake and where the client asked for nothing.
        var agreedProtocol: String? {
            var name: UnsafePointer<UInt8>?
            var count: UInt32 = 0
            SSL_get0_alpn_selected(pointer, &name, &count)
            guard let name, count > 0 else { return nil }
            return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
        }

        /// Whether there may be more to receive without a further event of the socket.
        var mayHaveMore: Bool {
            if phase == .clear || delayed != nil { return true }
            return !hasFoundNothing && (!hasEmptiedSocket || SSL_has_pending(pointer) == 1)
        }

        // MARK: Receiving

        /// Content that has arrived, as much as there is and `space` holds.
        func receive(into space: UnsafeMutableRawBufferPointer) -> SocketStream.Input {
            if let input = delayed.take() { return input }
            switch phase {
            case .handshake:
                if let input = shakeHands() { return input }
            case .open: break
            case .clear: return SocketStream.receive(descriptor, into: space)
            case .broken: return .broken
            }
            var total = 0
            while total < space.count {
                var count = 0
                ERR_clear_error()
                waitsForOutput = false
                hasFoundNothing = false
                let result = SSL_read_ex(pointer, space.baseAddress! + total, space.count - total, &count)
                if result == 1 {
                    total += count
                    controlRecordCount = 0
                    // A further read would only find the socket empty.
                    if mayHaveMore { continue }
                    break
                }
                guard let input = inputAfterFailure(result) else { continue }
                if total > 0 {
                    if input != .nothing { delayed = input }
                    break
                }
                return input
            }
            return .bytes(total)
        }

        /// What a read that brought no content means; `nil` to go on.
        private func inputAfterFailure(_ result: Int32) -> SocketStream.Input? {
            switch SSL_get_error(pointer, result) {
            case SSL_ERROR_WANT_READ:
                if hasFoundNothing { return .nothing }
                // It has read a record without content, and more may lie behind that in its buffer already.
                controlRecordCount += 1
                guard controlRecordCount > Self.maxControlRecordCount else { return nil }
                phase = .broken
                return .broken
            case SSL_ERROR_WANT_WRITE:
                waitsForOutput = true
                return .nothing
            case SSL_ERROR_ZERO_RETURN:
                return .end
            default:
                ERR_clear_error()
                phase = .broken
                return .broken
            }
        }

        /// Goes on with the handshake; `nil` when it is done.
        private func shakeHands() -> SocketStream.Input? {
            ERR_clear_error()
            waitsForOutput = false
            let result = SSL_do_handshake(pointer)
            if result == 1 {
                phase = .open
                return nil
            }
            switch SSL_get_error(pointer, result) {
            case SSL_ERROR_WANT_READ: return .nothing
            case SSL_ERROR_WANT_WRITE:
                waitsForOutput = true
                return .nothing
            default:
                if isPlain {
                    ERR_clear_error()
                    phase = .clear
                    return .plainText
                }
                var reason = TLSLibrary.takeErrors()
                let verdict = SSL_get_verify_result(pointer)
                if isClient, verdict != X509_V_OK {
                    reason =
                        "the server's certificate is not trusted: "
                        + String(cString: X509_verify_cert_error_string(verdict))
                }
                // The peer may have gone in the middle of it.
                let isOver = hasEmptiedSocket && SSL_get_shutdown(pointer) & SSL_RECEIVED_SHUTDOWN != 0
                phase = .clear
                return isOver ? .end : .noHandshake(reason)
            }
        }

        // MARK: Sending

        /// Sends what it can of `bytes`. What could not be sent must come again, with the same bytes first.
        func send(_ bytes: UnsafeRawBufferPointer, most: Int = Int.max) -> SocketStream.Output {
            switch phase {
            case .handshake: return .blocked
            case .open: break
            case .clear: return SocketStream.send(descriptor, bytes)
            case .broken: return .broken
            }
            var sent = 0
            while sent < min(bytes.count, most) {
                var count = 0
                ERR_clear_error()
                // One record, or what is left of one that the socket did not take.
                let result = SSL_write_ex(pointer, bytes.baseAddress! + sent, bytes.count - sent, &count)
                if result == 1 {
                    sent += count
                    continue
                }
                if sent > 0 { break }
                switch SSL_get_error(pointer, result) {
                case SSL_ERROR_WANT_WRITE, SSL_ERROR_WANT_READ: return .blocked
                default:
                    ERR_clear_error()
                    phase = .broken
                    return .broken
                }
            }
            return .bytes(sent)
        }

        /// Sends what it can from the front of `segments`: a large one as it is, small ones together in one record.
        func send(_ segments: ArraySlice<Bytes>, most: Int) -> SocketStream.Output {
            let first = segments[segments.startIndex]
            guard first.count < Self.recordByteCount, segments.count > 1 else {
                return first.withUnsafeBytes { send($0, most: most) }
            }
            return withUnsafeTemporaryAllocation(byteCount: Self.recordByteCount, alignment: 16) { record in
                var count = 0
                for segment in segments {
                    let part = min(segment.count, record.count - count)
                    (record.baseAddress! + count).copyMemory(from: segment.base!, byteCount: part)
                    count += part
                    if count == record.count { break }
                }
                return send(UnsafeRawBufferPointer(rebasing: record[..<count]))
            }
        }

        /// Tells the peer that nothing follows, so that it knows the last answer is whole. Says it once, and does not wait.
        func sayFarewell() {
            guard phase == .open, !hasSaidFarewell else { return }
            hasSaidFarewell = true
            ERR_clear_error()
            SSL_shutdown(pointer)
            ERR_clear_error()
        }
    }

    extension TLSSession {
        /// Reads the socket for the library. A first byte that begins no handshake is not given to it: a letter is the
        /// method of a request that was sent without TLS.
        fileprivate func readSocket(_ buffer: UnsafeMutablePointer<CChar>, _ count: Int) -> Int {
            while true {
                let received = recv(descriptor, buffer, count, dunlin_receive_flags)
                if received < 0 && errno == EINTR { continue }
                hasEmptiedSocket = received < count
                hasFoundNothing = received < 0
                hasEnded = received == 0
                if received > 0 && !hasReceived {
                    hasReceived = true
                    let first = UInt8(bitPattern: buffer[0])
                    isPlain = first != Self.handshakeRecord && (0x41...0x5A).contains(first)
                    if isPlain {
                        errno = EPROTO
                        return -1
                    }
                }
                return received
            }
        }

        fileprivate func writeSocket(_ buffer: UnsafePointer<CChar>, _ count: Int) -> Int {
            while true {
                let sent = Glibc.send(descriptor, buffer, count, dunlin_send_flags)
                if sent < 0 && errno == EINTR { continue }
                return sent
            }
        }
    }

    /// How the library reaches a session's socket: not by file functions of its own, whose writes would raise SIGPIPE.
    private enum SocketBIO {
        private static let retryFlags = BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_IO_SPECIAL | BIO_FLAGS_SHOULD_RETRY

        /// Unsafe only in name: the library's table of functions, which nobody changes once it is made.
        nonisolated(unsafe) static let method: OpaquePointer? = {
            let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "dunlin socket")
            BIO_meth_set_read(method) { bio, buffer, count in
                guard let bio, let buffer else { return -1 }
                let received = session(bio).readSocket(buffer, Int(count))
                return finish(bio, received, BIO_FLAGS_READ)
            }
            BIO_meth_set_write(method) { bio, buffer, count in
                guard let bio, let buffer else { return -1 }
                let sent = session(bio).writeSocket(buffer, Int(count))
                return finish(bio, sent, BIO_FLAGS_WRITE)
            }
            BIO_meth_set_ctrl(method) { bio, command, _, _ in
                switch command {
                // Nothing is held back here, so that there is nothing to flush.
                case BIO_CTRL_FLUSH: 1
                case BIO_CTRL_EOF: bio.map { session($0).hasEnded } == true ? 1 : 0
                default: 0
                }
            }
            return method
        }()

        private static func session(_ bio: OpaquePointer) -> TLSSession {
            Unmanaged<TLSSession>.fromOpaque(BIO_get_data(bio)).takeUnretainedValue()
        }

        private static func finish(_ bio: OpaquePointer, _ count: Int, _ direction: Int32) -> Int32 {
            let reason = errno
            BIO_clear_flags(bio, retryFlags)
            if count < 0 && (reason == EAGAIN || reason == ENOBUFS || reason == ENOMEM) {
                BIO_set_flags(bio, direction | BIO_FLAGS_SHOULD_RETRY)
            }
            return Int32(count)
        }
    }
#endif
