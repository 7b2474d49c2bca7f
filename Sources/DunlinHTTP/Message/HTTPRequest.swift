package import DunlinBytes

/// One complete request. Slices share the memory the request was received into.
package struct HTTPRequest: Sendable {
    package enum Version: UInt8, Sendable { case http10, http11, http2 }

    package var method: HTTPMethod
    /// The path as received, still percent-encoded, without the query; starts with "/" (or is "*" for `OPTIONS *`).
    package var path: Bytes
    /// What follows the "?"; `nil` when there is none.
    package var query: Bytes?
    package var headers: HTTPHeaders
    /// The whole body, chunks already joined; it, or its byte at the offset that
    /// `HTTPServerConfiguration.alignedOffsetField` says, starts at a multiple of 16 in memory.
    package var body: Bytes
    /// The body of a request that is handed over before its body is there (`HTTPServerConfiguration.streamedPathSuffixes`);
    /// `body` is empty then. `nil` for all others.
    package var bodyStream: HTTPBodyStream?
    package var version: Version
    package var peer: PeerAddress
    /// Nanoseconds of the monotonic clock when its last byte was there, as far as its loop knows: it may have waited
    /// behind other requests since. 0 when it came over no socket.
    package var received: UInt64 = 0
    /// Whether `Content-Encoding` says what the body is compressed with; false once it is inflated.
    package var hasContentEncoding = false
    /// What the client wants a large answer compressed with.
    package var acceptedCoding = ContentCoding.identity
    /// When its first and its last byte were read, in nanoseconds of `CLOCK_MONOTONIC`; 0 unless `TimingSwitch` is on.
    package var receiveStart: UInt64 = 0
    package var receiveEnd: UInt64 = 0

    package init(
        method: HTTPMethod, path: Bytes, query: Bytes? = nil, headers: HTTPHeaders = HTTPHeaders(),
        body: Bytes = Bytes(), version: Version = .http11, peer: PeerAddress = PeerAddress()
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.version = version
        self.peer = peer
    }
}
