import DunlinBytes

/// The status codes of gRPC that answers of HTTP itself are given as.
///
/// - SeeAlso: [Status codes and their use in gRPC](https://grpc.io/docs/guides/status-codes/)
package enum GRPCStatus: Int, Sendable, CaseIterable {
    case ok = 0, cancelled, unknown, invalidArgument, deadlineExceeded, notFound, alreadyExists, permissionDenied
    case resourceExhausted, failedPrecondition, aborted, outOfRange, unimplemented, `internal`, unavailable, dataLoss
    case unauthenticated

    /// As gRPC writes it: `DEADLINE_EXCEEDED`.
    package var name: String {
        switch self {
        case .ok: "OK"
        case .cancelled: "CANCELLED"
        case .unknown: "UNKNOWN"
        case .invalidArgument: "INVALID_ARGUMENT"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .notFound: "NOT_FOUND"
        case .alreadyExists: "ALREADY_EXISTS"
        case .permissionDenied: "PERMISSION_DENIED"
        case .resourceExhausted: "RESOURCE_EXHAUSTED"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .aborted: "ABORTED"
        case .outOfRange: "OUT_OF_RANGE"
        case .unimplemented: "UNIMPLEMENTED"
        case .internal: "INTERNAL"
        case .unavailable: "UNAVAILABLE"
        case .dataLoss: "DATA_LOSS"
        case .unauthenticated: "UNAUTHENTICATED"
        }
    }

    /// What an answer of this server with the HTTP status `httpStatus` means to a gRPC client.
    ///
    /// Where the text of gRPC's own mapping, which is for answers of proxies, says less than this server knows (400 is what
    /// the caller did, 413 a limit), this says more.
    package init(httpStatus: Int) {
        switch httpStatus {
        case 200..<300: self = .ok
        case 400, 415, 422: self = .invalidArgument
        case 401: self = .unauthenticated
        case 403: self = .permissionDenied
        case 404, 405, 501: self = .unimplemented
        case 408, 504: self = .deadlineExceeded
        case 409: self = .aborted
        case 412: self = .failedPrecondition
        case 413, 414, 429, 431: self = .resourceExhausted
        case 499: self = .cancelled
        case 500: self = .internal
        case 502, 503: self = .unavailable
        default: self = .unknown
        }
    }
}

extension HTTPResponse {
    /// A refusal as gRPC clients read it: HTTP 200 whose headers alone are the answer, with `grpc-status` and
    /// `grpc-message`. Answers that are gRPC's already, and those that refuse nothing, stay as they are.
    package var inGRPC: HTTPResponse {
        guard status >= 300, !headers.contains(where: { $0.name == "grpc-status" }) else { return self }
        let code = GRPCStatus(httpStatus: status)
        var fields = headers
        fields.append(("grpc-status", String(code.rawValue)))
        let message = errorMessage
        if !message.isEmpty { fields.append(("grpc-message", GRPCMessage.encoded(message))) }
        return HTTPResponse(contentType: .grpc, headers: fields)
    }

    /// The sentence in a body such as `{"error":"…"}` or `{"error":{"message":"…"}}`; else the body's text.
    private var errorMessage: String {
        var builder = BytesBuilder(capacity: bodyByteCount)
        for segment in body { builder.append(segment) }
        let text = builder.finish()
        guard let value = try? JSONValue(parsing: text) else { return text.string }
        switch value["error"] {
        case .string(let message)?: return message
        case let inner?: if case .string(let message)? = inner["message"] { return message }
        case nil: break
        }
        return text.string
    }
}

/// The text of `grpc-message`: UTF-8 whose bytes outside of printable ASCII, and the percent sign, are percent-encoded.
///
/// - SeeAlso: [gRPC over HTTP/2](https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md)
package enum GRPCMessage {
    /// Longer texts are cut and end with `ellipsis`: clients take 8 KiB of fields in all, and nothing of an answer with more.
    package static let maxByteCount = 4096
    private static let ellipsis: StaticString = "..."

    package static func encoded(_ message: String) -> String {
        if message.utf8.count <= maxByteCount, message.utf8.allSatisfy({ isPlain($0) }) { return message }
        var builder = BytesBuilder(capacity: min(message.utf8.count + 32, maxByteCount + 16))
        // Where a cut would leave room for what says so.
        var cut = 0
        for scalar in message.unicodeScalars {
            for byte in UTF8.encode(scalar)! {
                if isPlain(byte) {
                    builder.append(byte)
                } else {
                    builder.append(UInt8(ascii: "%"))
                    builder.append(hexDigit(byte >> 4))
                    builder.append(hexDigit(byte & 15))
                }
            }
            if builder.count <= maxByteCount - ellipsis.utf8CodeUnitCount { cut = builder.count }
            guard builder.count <= maxByteCount else {
                let whole = builder.finish()
                return whole[0..<cut].string + "\(ellipsis)"
            }
        }
        return builder.finish().string
    }

    /// The text that `encoded` makes this of; what is not percent-encoded as it should be stands for itself.
    package static func decoded(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            if byte == UInt8(ascii: "%"), digits.count == 2 {
                text.append(UInt8(digits[0] << 4 | digits[1]))
                rest = rest.dropFirst(2)
            } else {
                text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "%") }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x41 + value - 10 }
}
