/// What a request asks for. Methods that no route can name are `other`.
package enum HTTPMethod: UInt8, Sendable, Hashable, CaseIterable {
    case get, head, post, put, delete, patch, options, other

    /// As on the wire; empty for `other`.
    package var name: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .other: ""
        }
    }

    /// The method of this token; methods are case-sensitive.
    package init(token: UnsafeRawBufferPointer) {
        for method in Self.allCases where method != .other {
            if token.count == method.name.utf8CodeUnitCount,
                token.elementsEqual(UnsafeBufferPointer(start: method.name.utf8Start, count: token.count))
            {
                self = method
                return
            }
        }
        self = .other
    }
}

/// The value of an `Allow` header: `GET, HEAD`.
package func allowHeaderValue(_ methods: [HTTPMethod]) -> String {
    methods.map { "\($0.name)" }.joined(separator: ", ")
}
