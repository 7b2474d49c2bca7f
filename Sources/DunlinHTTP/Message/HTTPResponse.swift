package import DunlinBytes
import Glibc

/// One answer: status, headers and body. `Content-Length` and `Connection` are added when it is written.
package struct HTTPResponse: Sendable {
    /// 200...599
    package var status: Int
    /// `nil` sends no `Content-Type`.
    package var contentType: HTTPContentType?
    /// Further fields; no framing fields (`Content-Length`, `Transfer-Encoding`, `Connection`).
    package var headers: [(name: String, value: String)]
    /// The body in segments; they are written one after another and never joined when they are large.
    package var body: [Bytes]
    /// Fields that follow the body over HTTP/2; HTTP/1 leaves them out.
    package var trailers: [(name: String, value: String)]
    /// Whether the body is sent as it is, whatever the client accepts.
    package var staysPlain = false
    /// What the body is compressed with; `nil` when that depends on nothing the client says. Set on the way out.
    var coding: ContentCoding?

    package init(
        status: Int = 200, contentType: HTTPContentType? = nil, headers: [(name: String, value: String)] = [],
        body: [Bytes] = [], trailers: [(name: String, value: String)] = []
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
        self.trailers = trailers
    }

    /// `{"error":"…"}` with the message escaped.
    package static func error(
        _ status: Int, _ message: String, headers: [(name: String, value: String)] = []
    ) -> HTTPResponse {
        HTTPResponse(status: status, contentType: .json, headers: headers, body: [ErrorBody.json(message)])
    }

    package var bodyByteCount: Int {
        var total = 0
        for segment in body { total += segment.count }
        return total
    }
}

/// A media type that is written without making a string.
package struct HTTPContentType: Sendable {
    package let value: StaticString

    package init(_ value: StaticString) { self.value = value }

    var isGRPC: Bool {
        Self.isGRPC(UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    }

    /// Whether `value` is `application/grpc`, with `+proto` or parameters or without, in letters of any case.
    package static func isGRPC(_ value: UnsafeRawBufferPointer) -> Bool {
        guard hasPrefix(value, Self.grpc.value) else { return false }
        var rest = UnsafeRawBufferPointer(rebasing: value[Self.grpc.value.utf8CodeUnitCount...])
        if hasPrefix(rest, "+proto") { rest = UnsafeRawBufferPointer(rebasing: rest[6...]) }
        return rest.isEmpty || rest[0] == UInt8(ascii: ";")
    }

    /// - Parameter prefix: In small letters.
    private static func hasPrefix(_ value: UnsafeRawBufferPointer, _ prefix: StaticString) -> Bool {
        let count = prefix.utf8CodeUnitCount
        guard value.count >= count else { return false }
        if memcmp(value.baseAddress!, prefix.utf8Start, count) == 0 { return true }
        return (0..<count).allSatisfy { index in
            let byte = value[index]
            return prefix.utf8Start[index] == ((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
        }
    }

    package static let json = HTTPContentType("application/json")
    package static let octetStream = HTTPContentType("application/octet-stream")
    package static let plainText = HTTPContentType("text/plain; charset=utf-8")
    package static let html = HTTPContentType("text/html; charset=utf-8")
    package static let prometheus = HTTPContentType("text/plain; version=0.0.4; charset=utf-8")
    package static let grpc = HTTPContentType("application/grpc")
    package static let eventStream = HTTPContentType("text/event-stream; charset=utf-8")
}
