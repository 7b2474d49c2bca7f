/// Why a stream or a connection of HTTP/2 ended.
///
/// - SeeAlso: [RFC 9113, 7](https://www.rfc-editor.org/rfc/rfc9113#section-7)
package struct HTTP2ErrorCode: RawRepresentable, Sendable, Equatable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let none = HTTP2ErrorCode(rawValue: 0)
    /// Nothing was done for the request.
    package static let refusedStream = HTTP2ErrorCode(rawValue: 7)

    private static let names = [
        "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
        "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
    ]

    /// As the standard writes it.
    package var name: String {
        rawValue < UInt32(Self.names.count) ? Self.names[Int(rawValue)] : "code \(rawValue)"
    }
}
