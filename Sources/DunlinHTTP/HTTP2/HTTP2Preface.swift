/// The bytes that every HTTP/2 connection of a client begins with; no HTTP/1 request begins so.
///
/// - SeeAlso: [RFC 9113, 3.4](https://www.rfc-editor.org/rfc/rfc9113#section-3.4)
enum HTTP2Preface {
    static let text: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    static var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    enum Match: Equatable {
        /// Something else, and HTTP/1 has to judge it.
        case none
        /// So many of its bytes are there, and no other.
        case partial(Int)
        /// It is there; what follows is frames.
        case whole
    }

    /// Looks at the first bytes of a connection, of which `matched` were the preface's and are gone.
    static func match(_ input: UnsafeRawBufferPointer, after matched: Int) -> Match {
        let rest = bytes[matched...]
        let count = min(rest.count, input.count)
        for index in 0..<count where input[index] != rest[rest.startIndex + index] { return .none }
        return count == rest.count ? .whole : .partial(matched + count)
    }
}
