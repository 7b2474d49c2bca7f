/// Why a request is refused before anyone sees it. The connection is closed after the answer.
package struct RequestError: Error, Sendable, Equatable {
    /// 400, 408, 413, 414, 417, 431, 501, 503 or 505.
    package let status: Int
    /// A sentence for the client.
    package let message: String

    init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }

    static func bad(_ message: String) -> RequestError { RequestError(400, message) }

    static func bodyTooLarge(limit: Int) -> RequestError {
        RequestError(413, "the request body is larger than \(limit) bytes")
    }
}
