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

    /// Segments of the longest path that is looked at; longer ones match nothing.
    package static var maxSegmentCount: Int { 32 }

    private struct Node: Sendable {
        var fixed: [(segment: String, node: Int)] = []
        /// Longest rest first; the plain parameter, with an empty rest, is last.
        var parameters: [(rest: String, node: Int)] = []
        var endpoints: [(method: HTTPMethod, endpoint: Endpoint, names: [String])] = []
    }

    private var nodes = [Node()]

    package init() {}

    /// Adds a route.
    ///
    /// - Precondition: `pattern` is well formed, and `method` is not taken there. Programmer errors: traps.
    package mutating func insert(_ method: HTTPMethod, _ pattern: String, _ endpoint: Endpoint) {
        precondition(pattern.utf8.first == UInt8(ascii: "/"), "route \(pattern) does not start with /")
        precondition(method != .other, "route \(pattern) has no method")
        var names: [String] = []
        var node = 0
        let segments = pattern == "/" ? [] : pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        precondition(segments.count <= Self.maxSegmentCount, "route \(pattern) has too many segments")
        for segment in segments {
            precondition(!segment.isEmpty, "route \(pattern) has an empty segment")
            if segment.first == "{" {
                guard let close = segment.firstIndex(of: "}") else { preconditionFailure("route \(pattern) lacks }") }
                names.append(String(segment[segment.index(after: segment.startIndex)..<close]))
                node = parameterChild(of: node, rest: String(segment[segment.index(after: close)...]))
            } else {
                precondition(!segment.contains("{"), "route \(pattern): a parameter must begin its segment")
                node = fixedChild(of: node, String(segment))
            }
        }
        precondition(!nodes[node].endpoints.contains { $0.method == method }, "route \(pattern) is there twice")
        nodes[node].endpoints.append((method, endpoint, names))
    }

    /// The endpoint for `method` at `path` (percent-encoded, without query). `HEAD` falls back to `GET`.
    package func match(_ method: HTTPMethod, _ path: Bytes) -> Match {
        guard let segments = PathSegments.split(path, limit: Self.maxSegmentCount) else { return .notFound }
        var values: [String] = []
        guard let node = find(segments, 0, from: 0, &values) else { return .notFound }
        let endpoints = nodes[node].endpoints
        let found =
            endpoints.first { $0.method == method }
            ?? (method == .head ? endpoints.first { $0.method == .get } : nil)
        guard let found else { return .methodNotAllowed(allowed: Self.allowed(endpoints.map(\.method))) }
        return .found(found.endpoint, PathParameters(names: found.names, values: values))
    }

    /// The same for text.
    package func match(_ method: HTTPMethod, _ path: String) -> Match { match(method, Bytes(path)) }

    private func find(_ segments: [String], _ index: Int, from node: Int, _ values: inout [String]) -> Int? {
        if index == segments.count { return nodes[node].endpoints.isEmpty ? nil : node }
        let segment = segments[index]
        for child in nodes[node].fixed where child.segment == segment {
            if let found = find(segments, index + 1, from: child.node, &values) { return found }
        }
        guard segment != ".", segment != ".." else { return nil }
        for child in nodes[node].parameters {
            guard segment.utf8.count > child.rest.utf8.count, child.rest.isEmpty || segment.hasSuffix(child.rest)
            else { continue }
            values.append(child.rest.isEmpty ? segment : String(segment.dropLast(child.rest.count)))
            if let found = find(segments, index + 1, from: child.node, &values) { return found }
            values.removeLast()
        }
        return nil
    }

    private static func allowed(_ methods: [HTTPMethod]) -> [HTTPMethod] {
        var allowed = methods
        if allowed.contains(.get) && !allowed.contains(.head) { allowed.append(.head) }
        if !allowed.contains(.options) { allowed.append(.options) }
        return allowed.sorted { $0.rawValue < $1.rawValue }
    }

    private mutating func fixedChild(of node: Int, _ segment: String) -> Int {
        if let child = nodes[node].fixed.first(where: { $0.segment == segment }) { return child.node }
        nodes.append(Node())
        nodes[node].fixed.append((segment, nodes.count - 1))
        return nodes.count - 1
    }

    private mutating func parameterChild(of node: Int, rest: String) -> Int {
        if let child = nodes[node].parameters.first(where: { $0.rest == rest }) { return child.node }
        nodes.append(Node())
        nodes[node].parameters.append((rest, nodes.count - 1))
        nodes[node].parameters.sort { $0.rest.utf8.count > $1.rest.utf8.count }
        return nodes.count - 1
    }
}

/// What a path said in the places of a route's parameters, percent-decoded.
package struct PathParameters: Sendable {
    private let names: [String]
    private let values: [String]

    package init(names: [String] = [], values: [String] = []) {
        self.names = names
        self.values = values
    }

    /// The value of `name`; `nil` when the route has no such parameter.
    package subscript(name: String) -> String? {
        names.firstIndex(of: name).map { values[$0] }
    }

    package var isEmpty: Bool { names.isEmpty }
}
