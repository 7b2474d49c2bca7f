package import DunlinBytes

/// One complete request. Slices share the memory the request was received into.
package struct HTTPRequest: Sendable {
    package enum Version: UInt8, Sendable { case http10, http11 }

    package var method: HTTPMethod
    /// The path as received, still percent-encoded, without the query; starts with "/" (or is "*" for `OPTIONS *`).
    package var path: Bytes
    /// What follows the "?"; `nil` when there is none.
    package var query: Bytes?
    package var headers: HTTPHeaders
    /// The whole body, chunks already joined; it, or its byte at the offset that
    /// `HTTPServerConfiguration.alignedOffsetField` says, starts at a multiple of 16 in memory.
    package var body: Bytes
    package var version: Version
    package var peer: PeerAddress
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
