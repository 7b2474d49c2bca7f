import CDunlinSystem
import DunlinBytes
import Glibc

/// The way to and from one peer: its socket, and TLS on it where that is spoken.
///
/// Copies mean the same socket and the same session. All of it is used on the thread of the connection's loop, or of whoever
/// is the client.
package struct SocketStream {
    /// What a read brought.
    package enum Input: Equatable {
        case bytes(Int)
        /// Nothing now; an event of the socket says when there is.
        case nothing
        /// The client has ended its side.
        case end
        case broken
        /// A request without TLS where TLS is spoken. From now on bytes pass as they are.
        case plainText
        /// No TLS came about, and why; the client has been told. From now on bytes pass as they are.
        case noHandshake(String)
    }

    /// What a write did.
    package enum Output: Equatable {
        case bytes(Int)
        /// The socket takes no more; an event of it says when it does.
        case blocked
        case broken
    }

    package let descriptor: Int32
    #if TLS
        private let session: TLSSession?
    #endif

    /// Without TLS.
    init(descriptor: Int32) {
        self.descriptor = descriptor
        #if TLS
            session = nil
        #endif
    }

    /// With TLS where there are credentials; `nil` when there is no memory for it.
    init?(descriptor: Int32, _ credentials: TLSCredentials?) {
        self.descriptor = descriptor
        #if TLS
            session = credentials?.session(descriptor)
            if credentials != nil && session == nil { return nil }
        #endif
    }

    /// The side of a client: with TLS where `client` is given; `nil` when there is no memory for it, or `host` is no name.
    ///
    /// With TLS the handshake goes on with each `receive`, the first of which begins it.
    package init?(descriptor: Int32, host: String, _ client: TLSClientContext?) {
        self.descriptor = descriptor
        #if TLS
            session = client.flatMap { TLSSession($0, host: host, descriptor: descriptor) }
            if client != nil && session == nil { return nil }
        #endif
    }

    /// TLS is spoken, and the peer has not yet proved that it does.
    @inline(__always) package var isHandshaking: Bool {
        #if TLS
            session?.isHandshaking ?? false
        #else
            false
        #endif
    }

    /// Reading waits until the socket takes output.
    @inline(__always) package var readsAfterOutput: Bool {
        #if TLS
            session?.waitsForOutput ?? false
        #else
            false
        #endif
    }

    /// The protocol that TLS has agreed on (ALPN), such as `h2`; `nil` where the client asked for none.
    package var agreedProtocol: String? {
        #if TLS
            session?.agreedProtocol
        #else
            nil
        #endif
    }

    /// Whether there may be more to read without a further event, after a read of `space` bytes brought `count`.
    @inline(__always) package func mayHaveMore(after count: Int, of space: Int) -> Bool {
        #if TLS
            if let session { return session.mayHaveMore }
        #endif
        // A short read has emptied the socket; the next byte makes a new event.
        return count == space
    }

    @inline(__always) package func receive(into space: UnsafeMutableRawBufferPointer) -> Input {
        #if TLS
            if let session { return session.receive(into: space) }
        #endif
        return Self.receive(descriptor, into: space)
    }

    @inline(__always) package func send(_ bytes: UnsafeRawBufferPointer) -> Output {
        #if TLS
            if let session { return session.send(bytes) }
        #endif
        return Self.send(descriptor, bytes)
    }

    /// Sends from the front of `segments`, of which none is empty, about `most` bytes and no more than the socket takes.
    ///
    /// What was not sent must come again, with the same bytes first: some of it may be sealed already.
    func send(_ segments: ArraySlice<Bytes>, most: Int) -> Output {
        #if TLS
            if let session { return session.send(segments, most: most) }
        #endif
        let count = min(segments.count, OutputQueue.maxSegmentCount)
        let sent = withUnsafeTemporaryAllocation(of: iovec.self, capacity: count) { vectors in
            var used = 0
            var total = 0
            while used < count && total < most {
                let bytes = segments[segments.startIndex + used]
                let length = min(bytes.count, most - total)
                vectors[used] = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.base), iov_len: length)
                total += length
                used += 1
            }
            var message = msghdr()
            message.msg_iov = vectors.baseAddress
            message.msg_iovlen = used
            return sendmsg(descriptor, &message, dunlin_send_flags)
        }
        return Self.judge(sent)
    }

    /// Ends this side; the client may still send.
    ///
    /// - Precondition: The last answer is out.
    func endSending() {
        #if TLS
            session?.sayFarewell()
        #endif
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// - Parameter isWhole: Nothing that was owed is missing. If not, TLS ends without its farewell, so that the client
    ///   does not take a part for the whole.
    package func close(isWhole: Bool) {
        #if TLS
            if isWhole { session?.sayFarewell() }
        #endif
        Glibc.close(descriptor)
    }

    // MARK: The socket itself

    @inline(__always) static func receive(_ descriptor: Int32, into space: UnsafeMutableRawBufferPointer) -> Input {
        while true {
            let count = recv(descriptor, space.baseAddress, space.count, dunlin_receive_flags)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .nothing
            default: return .broken
            }
        }
    }

    @inline(__always) static func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Output {
        judge(Glibc.send(descriptor, bytes.baseAddress, bytes.count, dunlin_send_flags))
    }

    @inline(__always) private static func judge(_ sent: Int) -> Output {
        if sent >= 0 { return .bytes(sent) }
        switch errno {
        case EINTR: return .bytes(0)
        case EAGAIN, ENOBUFS, ENOMEM: return .blocked
        default: return .broken
        }
    }
}
