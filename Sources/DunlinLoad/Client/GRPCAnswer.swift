import DunlinBytes
import DunlinHTTP
import DunlinProtocols

/// What comes back for one unary call, and what it amounts to. Pure: fields, bytes and an end in, an outcome out.
struct GRPCAnswer {
    private static let ok = Array("0".utf8)

    /// Of HTTP; 0 until it is there.
    private(set) var httpStatus = 0
    /// The value of `grpc-status`, as text.
    private var status: [UInt8] = []
    private var statusMessage: [UInt8] = []
    private var prefix: (UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0)
    private var bodyByteCount = 0
    private(set) var excerpt: [UInt8] = []
    private let keepsBody: Bool

    /// - Parameter keepsBody: Whether `excerpt` is to hold the body, up to `ResponseParser.maxBodyByteCount`.
    init(keepsBody: Bool = false) { self.keepsBody = keepsBody }

    /// Ready for the next answer.
    mutating func reset() {
        httpStatus = 0
        status.removeAll(keepingCapacity: true)
        statusMessage.removeAll(keepingCapacity: true)
        bodyByteCount = 0
        excerpt.removeAll(keepingCapacity: true)
    }

    mutating func field(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        // The lengths of :status, grpc-status and grpc-message; most fields are none of them.
        switch name.count {
        case 7 where name.elementsEqual(":status".utf8):
            httpStatus = value.reduce(0) { $0 * 10 + Int($1 &- 0x30) }
        case 11 where name.elementsEqual("grpc-status".utf8):
            status.removeAll(keepingCapacity: true)
            status.append(contentsOf: value.prefix(8))
        case 12 where name.elementsEqual("grpc-message".utf8):
            statusMessage = Array(value.prefix(ResponseParser.maxExcerptByteCount))
        default: break
        }
    }

    mutating func body(_ bytes: UnsafeRawBufferPointer) {
        if bodyByteCount < GRPCFrame.prefixByteCount {
            withUnsafeMutableBytes(of: &prefix) { prefix in
                for (index, byte) in bytes.prefix(prefix.count - bodyByteCount).enumerated() {
                    prefix[bodyByteCount + index] = byte
                }
            }
        }
        bodyByteCount += bytes.count
        let limit = keepsBody ? ResponseParser.maxBodyByteCount : ResponseParser.maxExcerptByteCount
        guard keepsBody || httpStatus != 200, excerpt.count < limit else { return }
        excerpt.append(contentsOf: bytes.prefix(limit - excerpt.count))
    }

    /// The stream is over.
    func outcome(_ code: HTTP2ErrorCode) -> LoadOutcome {
        guard status.isEmpty else { return status == Self.ok ? outcomeOfMessage : refusal }
        switch code {
        case .none where httpStatus == 200 || httpStatus == 0:
            return .failure(kind: "malformed", example: "the answer has no grpc-status")
        case .none:
            return .refusal(kind: String(httpStatus), example: String(decoding: excerpt, as: UTF8.self))
        case .refusedStream:
            return .failure(kind: "refused", example: "the server refused the stream (\(code.name))")
        default: return .failure(kind: "reset", example: "the server reset the stream (\(code.name))")
        }
    }

    private var refusal: LoadOutcome {
        let text = String(decoding: status, as: UTF8.self)
        return .refusal(
            kind: Int(text).flatMap { GRPCStatus(rawValue: $0)?.name } ?? "grpc-status \(text)",
            example: GRPCMessage.decoded(statusMessage))
    }

    /// Status OK: there must be one whole message.
    private var outcomeOfMessage: LoadOutcome {
        guard bodyByteCount >= GRPCFrame.prefixByteCount else {
            return .failure(kind: "malformed", example: "the answer has status OK and no message")
        }
        let length = withUnsafeBytes(of: prefix) {
            Int(UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
        }
        guard length == bodyByteCount - GRPCFrame.prefixByteCount else {
            return .failure(
                kind: "malformed",
                example:
                    "the answer's message has \(bodyByteCount - GRPCFrame.prefixByteCount) bytes where it says \(length)"
            )
        }
        return .success
    }
}
