import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols
import DunlinServing

/// Where a method puts its answer.
struct GRPCReply: Sendable {
    let http: HTTPReply
    /// What large answers are compressed with: as the request was.
    let coding: ContentCoding

    /// Sends the only message, framed, and that all went well. Compressed where it is large; that happens on another thread.
    func send(_ segments: [Bytes]) {
        guard isCompressible(segments) else {
            return http.send(HTTPResponse(contentType: .grpc, body: segments, trailers: Self.ok))
        }
        http.compressing {
            let (body, isCompressed) = compressed(segments)
            http.send(
                HTTPResponse(
                    contentType: .grpc, headers: isCompressed ? [(Self.encodingField, "\(coding.name)")] : [],
                    body: body, trailers: Self.ok))
        }
    }

    func send(_ message: Bytes) { send([message]) }

    func fail(_ error: InferError) {
        http.send(HTTPResponse(contentType: .grpc, headers: Self.status(error)))
    }

    func refuse(_ refusal: Refusal) { http.send(HTTPResponse(contentType: .grpc, headers: Self.status(refusal))) }

    /// Runs `body` and answers with what it throws.
    func answer(_ body: () throws(InferError) -> Void) {
        do throws(InferError) { try body() } catch { fail(error) }
    }

    // MARK: Several messages

    /// Begins an answer of several messages.
    func begin() {
        let headers = coding == .identity ? [] : [(name: Self.encodingField, value: "\(coding.name)")]
        http.begin(status: 200, contentType: .grpc, headers: headers)
    }

    /// Sends a framed message as it is; returns how many bytes it has.
    @discardableResult
    func write(_ segments: [Bytes]) -> Int {
        http.write(segments)
        return segments.reduce(0) { $0 + $1.count }
    }

    /// Ends it: all went well, or what did not.
    func end(_ status: [(name: String, value: String)] = ok) { http.end(trailers: status) }

    // MARK: Parts

    static let encodingField = "grpc-encoding"
    /// Smaller messages are sent as they are: one packet carries them.
    static let minCompressedByteCount = 1024
    static let ok = [(name: "grpc-status", value: "0")]

    /// The fields that tell of an error; what may succeed later says when to come back.
    static func status(_ error: InferError) -> [(name: String, value: String)] {
        var fields = status(error.code.grpcStatus, error.message)
        if error.code == .resourceExhausted || error.code == .unavailable, let delay = error.retryAfter {
            fields.append(("grpc-retry-pushback-ms", String(min(max(Int(delay / .milliseconds(1)), 1), 60_000))))
        }
        if error.code == .unsupported { fields.append(("grpc-accept-encoding", GRPCCoding.accepted)) }
        return fields
    }

    static func status(_ refusal: Refusal) -> [(name: String, value: String)] {
        let status: GRPCStatus =
            switch refusal.reason {
            case .noKey, .otherScheme, .unknownKey: .unauthenticated
            case .forbidden: .permissionDenied
            case .notFound: .notFound
            }
        return self.status(status, refusal.message)
    }

    private static func status(_ status: GRPCStatus, _ message: String) -> [(name: String, value: String)] {
        [("grpc-status", String(status.rawValue)), ("grpc-message", GRPCMessage.encoded(message))]
    }

    /// Whether a framed message is worth compressing, which its client allows.
    func isCompressible(_ segments: [Bytes]) -> Bool {
        coding != .identity && segments.reduce(0) { $0 + $1.count } >= Self.minCompressedByteCount
    }

    /// The framed message compressed, with a frame of its own; as it was where that makes it no smaller. Takes its time.
    func compressed(_ segments: [Bytes]) -> (body: [Bytes], isCompressed: Bool) {
        var plain = segments
        plain[0] = plain[0].dropFirst(GRPCFrame.prefixByteCount)
        guard let body = http.compressed(plain, coding) else { return (segments, false) }
        let frame = GRPCFrame(isCompressed: true, byteCount: body.reduce(0) { $0 + $1.count })
        let prefix = Bytes(uninitializedCount: GRPCFrame.prefixByteCount) { frame.write(to: $0.baseAddress!) }
        return ([prefix] + body, true)
    }
}
