import DunlinBytes
import DunlinHTTP
import DunlinInference

/// What a call's fields say of how its messages are written.
struct GRPCCoding: Sendable {
    /// `grpc-encoding`; `nil`: none that is known here.
    let ofRequest: ContentCoding?
    /// Answers are compressed as the request is, where the client takes that.
    let ofAnswers: ContentCoding

    /// For `grpc-accept-encoding`.
    static let accepted = ContentCoding.isBuiltIn ? "identity, deflate, gzip" : "identity"

    /// `nil` when the request is no gRPC call; it is then answered: 415 for another content type, 505 below HTTP/2.
    init?(_ call: Call, _ reply: Reply) {
        let headers = call.request.headers
        guard call.request.version == .http2 else {
            reply.send(.error(505, "gRPC needs HTTP/2"))
            return nil
        }
        guard let type = headers.bytes("content-type"), Self.isGRPC(type) else {
            reply.send(.error(415, "expected the content type application/grpc"))
            return nil
        }
        guard let name = headers["grpc-encoding"] else {
            ofRequest = .identity
            ofAnswers = .identity
            return
        }
        let coding = ContentCoding(named: name)
        ofRequest = coding
        let accepts = headers["grpc-accept-encoding"].map { text in
            text.split(separator: ",").contains { $0.drop { $0 == " " } == "\(coding?.name ?? "")" }
        }
        ofAnswers = ContentCoding.isBuiltIn && accepts == true ? coding ?? .identity : .identity
    }

    static func isGRPC(_ contentType: Bytes) -> Bool { contentType.withUnsafeBytes { HTTPContentType.isGRPC($0) } }

    /// - Throws: `.unsupported` when compressed messages cannot be read, `.internal` when none were announced.
    func check() throws(InferError) {
        switch ofRequest {
        case .identity?:
            throw InferError(
                .internal, "gRPC message: it is marked as compressed, and 'grpc-encoding' names no compression")
        case .gzip? where ContentCoding.isBuiltIn, .deflate? where ContentCoding.isBuiltIn: return
        default:
            throw InferError(
                .unsupported, "the compression that 'grpc-encoding' names is not supported; supported: \(Self.accepted)"
            )
        }
    }

    func inflate(_ message: Bytes, _ http: HTTPReply) throws(InferError) -> Bytes {
        do throws(ContentCodingError) { return try http.inflated(message, ofRequest ?? .identity) } catch {
            let code: InferError.Code =
                switch error.status {
                case 413: .resourceExhausted
                case 501: .unsupported
                case 503: .unavailable
                default: .invalidArgument
                }
            throw InferError(code, error.message)
        }
    }
}
