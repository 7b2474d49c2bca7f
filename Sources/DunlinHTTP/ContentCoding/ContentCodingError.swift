/// Why a compressed body is not taken. The message was whole, so the connection goes on.
package struct ContentCodingError: Error, Sendable, Equatable {
    /// 400, 413, 501 or 503.
    package let status: Int
    /// A sentence for the client.
    package let message: String

    init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }

    /// With what a client can do about it: the codings there are, or when to come again.
    var response: HTTPResponse {
        switch status {
        case 501: .error(status, message, headers: [("Accept-Encoding", ContentCoding.accepted)])
        case 503: .error(status, message, headers: [("Retry-After", "1")])
        default: .error(status, message)
        }
    }
}
