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

    /// Sends the only message, framed, and that all went well.
    func send(_ segments: [Bytes]) {
        guard coding != .identity, segments.reduce(0, { $0 + $1.count }) >= Self.minCompressedByteCount else {
            return http.send(HTTPResponse(contentType: .grpc, body: segments, trailers: Self.ok))
        }
        let (body, isCompressed) = compressed(segments)
        http.send(
            HTTPResponse(
                contentType: .grpc, headers: isCompressed ? [(Self.encodingField, "\(coding.name)")] : [], body: body,
                trailers: Self.ok))
    }

    func send(_ message: Bytes) { send([message]) }

    func fail(_ error: InferError) {
        http.send(HTTPResponse(contentType: .grpc, headers: Self.status(error)))
    }

    /// Answers a request that names a model which is not its own.
    func forbid(_ model: String) { http.send(HTTPResponse(contentType: .grpc, headers: Self.forbidden(model))) }

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

    /// Sends a framed message; returns how many bytes it has on the wire.
    @discardableResult
    func write(_ segments: [Bytes]) -> Int {
        var (body, count) = (segments, segments.reduce(0) { $0 + $1.count })
        if coding != .identity && count >= Self.minCompressedByteCount {
            body = compressed(segments).body
            count = body.reduce(0) { $0 + $1.count }
        }
        http.write(body)
        return count
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

    static func forbidden(_ model: String) -> [(name: String, value: String)] {
        status(.permissionDenied, forbiddenMessage(model))
    }

    static func forbiddenMessage(_ model: String) -> String { "the API key is not good for the model '\(model)'" }

    private static func status(_ status: GRPCStatus, _ message: String) -> [(name: String, value: String)] {
        [("grpc-status", String(status.rawValue)), ("grpc-message", GRPCMessage.encoded(message))]
    }

    /// The framed message compressed, with a frame of its own; as it was where that makes it no smaller.
    private func compressed(_ segments: [Bytes]) -> (body: [Bytes], isCompressed: Bool) {
        var plain = segments
        plain[0] = plain[0].dropFirst(GRPCFrame.prefixByteCount)
        guard let body = http.compressed(plain, coding) else { return (segments, false) }
        let frame = GRPCFrame(isCompressed: true, byteCount: body.reduce(0) { $0 + $1.count })
        let prefix = Bytes(uninitializedCount: GRPCFrame.prefixByteCount) { frame.write(to: $0.baseAddress!) }
        return ([prefix] + body, true)
    }
}
