#if Compression
    import CZlib
#endif

/// What a body is compressed with. `identity` is a body as it is.
package enum ContentCoding: UInt8, Sendable, CaseIterable {
    case identity, deflate, gzip

    /// As in `Content-Encoding` and `Accept-Encoding`; older clients write `x-gzip` too.
    package var name: StaticString {
        switch self {
        case .identity: "identity"
        case .deflate: "deflate"
        case .gzip: "gzip"
        }
    }

    /// Whether this build can compress: the package trait `Compression`.
    package static var isBuiltIn: Bool {
        #if Compression
            true
        #else
            false
        #endif
    }

    /// The library that compresses and its version; `nil` in builds without one.
    package static var library: String? {
        #if Compression
            "zlib \(String(cString: zlibVersion()))"
        #else
            nil
        #endif
    }

    /// What is said of the codings that a request may have.
    static let accepted = isBuiltIn ? "gzip, deflate" : "identity"

    /// The coding of this name, without regard to case; `nil` when this server knows none of that name.
    init?(token: UnsafeRawBufferPointer) {
        func isNamed(_ name: StaticString) -> Bool {
            token.count == name.utf8CodeUnitCount
                && ByteClass.isEqualIgnoringCase(token.baseAddress!, name.utf8Start, token.count)
        }
        switch token.count {
        case 4 where isNamed("gzip"): self = .gzip
        case 6 where isNamed("x-gzip"): self = .gzip
        case 7 where isNamed("deflate"): self = .deflate
        case 8 where isNamed("identity"): self = .identity
        default: return nil
        }
    }
}
