import DunlinHTTP

/// Lets web pages of other origins use the server (CORS).
///
/// A page is allowed by its `Origin`; what comes from elsewhere gets no word about it, and the browser keeps the answer from
/// its page. Cookies play no part: keys are sent in the field `Authorization`, so no answer allows credentials.
///
/// - SeeAlso: [Fetch, CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol)
struct CrossOrigin: Sendable {
    /// How long a browser may remember the answer to a preflight: two hours, which is the most that browsers take.
    static let maxAgeSeconds = 7200

    /// Fields that pages may send, besides those that they always may.
    static let requestHeaders = [
        "authorization", "content-type", "content-encoding", "inference-header-content-length", "request-timeout",
        "traceparent", "tracestate", "x-request-id",
    ]

    /// Fields that pages may read, besides those that they always may.
    static let exposedHeaders = [
        "inference-header-content-length", "content-encoding", "retry-after", "www-authenticate", "x-request-id",
    ]

    private let patterns: [OriginPattern]
    private let allowedHeaders: String

    /// `nil` when no origin is allowed.
    ///
    /// - Parameter headers: Fields that pages may send, besides the usual ones.
    init?(_ origins: [String], headers: [String]) {
        guard !origins.isEmpty else { return nil }
        patterns = origins.compactMap(OriginPattern.init)
        precondition(patterns.count == origins.count, "an origin that was not checked")
        let usual = Self.requestHeaders
        allowedHeaders = (usual + headers.map { $0.lowercased() }.filter { !usual.contains($0) }).joined(
            separator: ", ")
    }

    /// The origin of a request, if pages of it are allowed.
    func allowed(_ request: HTTPRequest) -> String? {
        guard let origin = request.headers["origin"], patterns.contains(where: { $0.matches(origin) }) else {
            return nil
        }
        return origin
    }

    /// Whether a browser asks with this request for leave to send another.
    static func isPreflight(_ request: HTTPRequest) -> Bool {
        request.method == .options && request.headers.bytes("origin") != nil
            && request.headers.bytes("access-control-request-method") != nil
    }

    /// The answer to a preflight.
    func preflight(_ origin: String?) -> HTTPResponse {
        var headers: [(name: String, value: String)] = [
            ("Allow", "GET, HEAD, POST, OPTIONS"),
            ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
        ]
        if let origin {
            headers += [
                ("Access-Control-Allow-Origin", origin),
                ("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS"),
                ("Access-Control-Allow-Headers", allowedHeaders),
                ("Access-Control-Max-Age", String(Self.maxAgeSeconds)),
            ]
        }
        return HTTPResponse(status: 204, headers: headers)
    }

    /// What every other answer says as well. Caches must know that it depends on the origin, also where none is allowed.
    static func headers(_ origin: String?) -> [(name: String, value: String)] {
        guard let origin else { return [("Vary", "Origin")] }
        return [
            ("Vary", "Origin"),
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", exposedHeaders.joined(separator: ", ")),
        ]
    }
}
