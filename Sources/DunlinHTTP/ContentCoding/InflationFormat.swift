import DunlinBytes

/// How a compressed body is wrapped, and how that was found out.
enum InflationFormat: Sendable, CaseIterable {
    /// RFC 1952, one member or several.
    case gzip
    /// `deflate` as HTTP means it: RFC 1950.
    case zlib
    /// `deflate` as some clients send it: RFC 1951 alone.
    case rawDeflate
    /// No `Content-Encoding`, but the body begins like this and no JSON does: AMD's clients send it.
    case unannouncedZlib, unannouncedGzip

    /// What messages call the body.
    var name: String {
        switch self {
        case .gzip: "gzip body"
        case .zlib, .rawDeflate: "deflate body"
        case .unannouncedZlib: "body, which begins like zlib data although no Content-Encoding says so,"
        case .unannouncedGzip: "body, which begins like gzip data although no Content-Encoding says so,"
        }
    }

    /// zlib's parameter of this name, which also chooses the wrapping.
    var windowBits: Int32 {
        switch self {
        case .gzip, .unannouncedGzip: 15 + 16
        case .zlib, .unannouncedZlib: 15
        case .rawDeflate: -15
        }
    }

    /// Whether one run of compressed data may follow another.
    var hasMembers: Bool { windowBits == 15 + 16 }

    /// `deflate` with its wrapping, or without when the body does not begin with one.
    init(deflate body: Bytes) {
        self = body.withUnsafeBytes(Self.isZlib) ? .zlib : .rawDeflate
    }

    /// The format of a body that no header announces; `nil` for all that may be meant as it is.
    init?(unannounced body: Bytes) {
        guard body.count > 2 else { return nil }
        switch (body[0], body[1]) {
        case (0x1F, 0x8B): self = .unannouncedGzip
        case (0x78, _) where body.withUnsafeBytes(Self.isZlib): self = .unannouncedZlib
        default: return nil
        }
    }

    /// Compression method 8 with a window of at most 32 KiB, and the check of both bytes.
    private static func isZlib(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= 2 else { return false }
        return bytes[0] & 15 == 8 && bytes[0] >> 4 <= 7 && (Int(bytes[0]) << 8 | Int(bytes[1])) % 31 == 0
    }
}
