package import DunlinBytes

/// Finds the endpoint of a method and a path.
///
/// Patterns are written as in OpenAPI: `/v2/models/{model}/versions/{version}/infer`. A parameter is a whole
/// segment, or a segment's beginning with a fixed rest: `/v1/models/{model}:predict`.
///
/// A path is compared segment by segment, percent-decoded; a decoded "/" stays inside its segment. Fixed
/// segments win over parameters with a rest, and these over plain parameters; where the winner leads to no
/// route, the next is tried. One trailing slash is ignored. Paths with broken escapes, NUL, empty segments or
/// segments that are not UTF-8 match nothing, and neither does "." or ".." as a parameter.
package struct RouteTrie<Endpoint: Sendable>: Sendable {
    package enum Match: Sendable {
        case found(Endpoint, PathParameters)
        /// The path exists for these methods only.
        case methodNotAllowed(allowed: [HTTPMethod])
        case notFound
    }

    private var tree = RouteTree()
    private var endpoints: [Endpoint] = []

    package init() {}

    /// Adds a route.
    ///
    /// - Precondition: `pattern` is well formed, and `method` is not taken there. Programmer errors: traps.
    package mutating func insert(_ method: HTTPMethod, _ pattern: String, _ endpoint: Endpoint) {
        tree.insert(method, pattern, number: endpoints.count)
        endpoints.append(endpoint)
    }

    /// The endpoint for `method` at `path` (percent-encoded, without query). `HEAD` falls back to `GET`.
    package func match(_ method: HTTPMethod, _ path: Bytes) -> Match {
        switch tree.match(method, path) {
        case .found(let number, let parameters): .found(endpoints[number], parameters)
        case .methodNotAllowed(let allowed): .methodNotAllowed(allowed: allowed)
        case .notFound: .notFound
        }
    }

    /// The same for text.
    package func match(_ method: HTTPMethod, _ path: String) -> Match { match(method, Bytes(path)) }
}
