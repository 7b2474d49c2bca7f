import DunlinBytes
import DunlinTelemetry
import Dispatch
import Glibc
import Synchronization

@testable import DunlinHTTP

/// A server on a free port with the answers the tests need.
///
/// `/hold/...` keeps the reply until a test releases it, `/elsewhere/...` is answered with its path from another
/// thread, `/plain` with its body, inflated where it came compressed, and every other path is echoed as `method path body`.
/// A large body to `/unwanted` is refused before it comes.
final class RunningServer: Sendable {
    let server: HTTPServer
    private let replies: Replies

    init(tls: TLSCredentials? = nil, _ change: (inout HTTPServerConfiguration) -> Void = { _ in }) throws {
        var configuration = HTTPServerConfiguration()
        configuration.port = 0
        change(&configuration)
        let replies = Replies()
        self.replies = replies
        let logger = Logger(level: .error)
        let refusal: @Sendable (HTTPRequest) -> HTTPResponse? = { request in
            request.path.string == "/unwanted" ? .error(401, "not from \(request.headers["x-who"] ?? "you")") : nil
        }
        server = HTTPServer(configuration: configuration, logger: logger, tls: tls, refusal: refusal) {
            request, reply in
            let path = request.path.string
            if path.hasPrefix("/hold/") {
                replies.add(path, reply)
            } else if path.hasPrefix("/elsewhere/") {
                DispatchQueue.global().async { reply.send(HTTPResponse(body: [Bytes(path)])) }
            } else if path == "/drop" {
                // Let go without an answer.
            } else if path == "/plain" {
                reply.withPlainBody(of: request) { plain in
                    reply.send(HTTPResponse(contentType: .plainText, body: [Bytes("plain "), plain.body]))
                }
            } else if path == "/large" {
                reply.send(HTTPResponse(body: Self.largeBody))
            } else if path == "/nothing" {
                reply.send(HTTPResponse(status: 204))
            } else if path == "/split" {
                reply.send(
                    HTTPResponse(headers: [("X-Echo", request.query?.string ?? ""), ("X-Bad", "a\r\nSet: b\0")]))
            } else if path == "/stream" {
                reply.begin(status: 200, contentType: .eventStream)
                for index in 0..<3 { reply.write(Bytes("part \(index);")) }
                reply.write(Bytes())
                reply.end()
            } else {
                reply.send(
                    HTTPResponse(
                        contentType: .plainText,
                        body: [
                            Bytes("\(request.method) \(path)"), Bytes(request.body.isEmpty ? "" : " "), request.body,
                        ]))
            }
        }
        try server.start()
    }

    /// Two large segments with small ones around: 3 MiB and a bit.
    static let largeBody: [Bytes] = [
        Bytes("head"), Bytes([UInt8](repeating: 0x41, count: 1 << 20)), Bytes("middle"),
        Bytes([UInt8](repeating: 0x42, count: 2 << 20)), Bytes("tail"),
    ]

    static let largeByteCount = largeBody.reduce(0) { $0 + $1.count }

    func client(receiveBufferByteCount: Int32? = nil) throws -> RawClient {
        try RawClient(port: server.port, receiveBufferByteCount: receiveBufferByteCount)
    }

    struct NotHeld: Error { let path: String }

    /// The reply of a `/hold/` request; waits until the request is there.
    func held(_ path: String) throws -> HTTPReply {
        guard let reply = replies.take(path) else { throw NotHeld(path: path) }
        return reply
    }

    func stop(grace: Duration = .zero) { server.stop(grace: grace) }

    /// Waits for something other threads bring about; the tests' only wait without an event.
    static func eventually(_ condition: () -> Bool) -> Bool {
        for _ in 0..<10_000 {
            if condition() { return true }
            usleep(1000)
        }
        return false
    }
}

private final class Replies: Sendable {
    private let held = Mutex<[String: HTTPReply]>([:])

    func add(_ path: String, _ reply: HTTPReply) { held.withLock { $0[path] = reply } }

    /// `nil` when no such request comes.
    func take(_ path: String) -> HTTPReply? {
        var found: HTTPReply?
        _ = RunningServer.eventually {
            found = held.withLock { $0.removeValue(forKey: path) }
            return found != nil
        }
        return found
    }
}
