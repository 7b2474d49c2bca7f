package import DunlinBytes
import Glibc

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
        var fixed: [(segment: [UInt8], node: Int)] = []
        /// Longest rest first; the plain parameter, with an empty rest, is last.
        var parameters: [(rest: [UInt8], node: Int)] = []
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
        let found = PathSegments.withSegments(of: path, limit: Self.maxSegmentCount) { segments -> Match? in
            withUnsafeTemporaryAllocation(of: UnsafeRawBufferPointer.self, capacity: Self.maxSegmentCount) { space in
                var values = Values(space: space)
                guard let node = find(segments, 0, from: 0, &values) else { return nil }
                return match(method, nodes[node], values)
            }
        }
        return found ?? .notFound
    }

    /// The same for text.
    package func match(_ method: HTTPMethod, _ path: String) -> Match { match(method, Bytes(path)) }

    /// What stood in the places of parameters so far.
    private struct Values {
        let space: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>
        var count = 0

        mutating func append(_ value: UnsafeRawBufferPointer) {
            space.initializeElement(at: count, to: value)
            count += 1
        }

        mutating func removeLast() { count -= 1 }
    }

    /// `nil` when a parameter is not UTF-8.
    private func match(_ method: HTTPMethod, _ node: Node, _ values: Values) -> Match? {
        var parameters = PathParameters()
        for index in 0..<values.count {
            guard let text = String(validating: values.space[index], as: UTF8.self) else { return nil }
            parameters.append(text)
        }
        var found: Int?
        for (index, candidate) in node.endpoints.enumerated() where found == nil && candidate.method == method {
            found = index
        }
        if found == nil, method == .head { found = node.endpoints.firstIndex { $0.method == .get } }
        guard let found else { return .methodNotAllowed(allowed: Self.allowed(node.endpoints.map(\.method))) }
        parameters.names = node.endpoints[found].names
        return .found(node.endpoints[found].endpoint, parameters)
    }

    private func find(
        _ segments: UnsafeBufferPointer<UnsafeRawBufferPointer>, _ index: Int, from node: Int, _ values: inout Values
    ) -> Int? {
        if index == segments.count { return nodes[node].endpoints.isEmpty ? nil : node }
        let segment = segments[index]
        for child in nodes[node].fixed where child.segment.count == segment.count && Self.ends(segment, child.segment) {
            if let found = find(segments, index + 1, from: child.node, &values) { return found }
        }
        // "." and "..".
        if segment[0] == 0x2E, segment.count == 1 || segment.count == 2 && segment[1] == 0x2E { return nil }
        for child in nodes[node].parameters where segment.count > child.rest.count && Self.ends(segment, child.rest) {
            values.append(UnsafeRawBufferPointer(rebasing: segment[..<(segment.count - child.rest.count)]))
            if let found = find(segments, index + 1, from: child.node, &values) { return found }
            values.removeLast()
        }
        return nil
    }

    /// Whether `segment` ends with `rest`.
    private static func ends(_ segment: UnsafeRawBufferPointer, _ rest: [UInt8]) -> Bool {
        rest.withUnsafeBytes { rest in
            guard let wanted = rest.baseAddress, let base = segment.baseAddress else { return true }
            return memcmp(base + segment.count - rest.count, wanted, rest.count) == 0
        }
    }

    private static func allowed(_ methods: [HTTPMethod]) -> [HTTPMethod] {
        var allowed = methods
        if allowed.contains(.get) && !allowed.contains(.head) { allowed.append(.head) }
        if !allowed.contains(.options) { allowed.append(.options) }
        return allowed.sorted { $0.rawValue < $1.rawValue }
    }

    private mutating func fixedChild(of node: Int, _ segment: String) -> Int {
        let segment = Array(segment.utf8)
        if let child = nodes[node].fixed.first(where: { $0.segment == segment }) { return child.node }
        nodes.append(Node())
        nodes[node].fixed.append((segment, nodes.count - 1))
        return nodes.count - 1
    }

    private mutating func parameterChild(of node: Int, rest: String) -> Int {
        let rest = Array(rest.utf8)
        if let child = nodes[node].parameters.first(where: { $0.rest == rest }) { return child.node }
        nodes.append(Node())
        nodes[node].parameters.append((rest, nodes.count - 1))
        nodes[node].parameters.sort { $0.rest.count > $1.rest.count }
        return nodes.count - 1
    }
}

/// What a path said in the places of a route's parameters, percent-decoded.
package struct PathParameters: Sendable {
    fileprivate(set) var names: [String]
    /// Most routes have one parameter or two: they need no array.
    private var first: String?
    private var second: String?
    private var others: [String] = []

    package init(names: [String] = [], values: [String] = []) {
        self.names = names
        for value in values { append(value) }
    }

    fileprivate mutating func append(_ value: String) {
        if first == nil {
            first = value
        } else if second == nil {
            second = value
        } else {
            others.append(value)
        }
    }

    /// The value of `name`; `nil` when the route has no such parameter.
    package subscript(name: String) -> String? {
        guard let index = names.firstIndex(of: name) else { return nil }
        return index == 0 ? first : index == 1 ? second : others[index - 2]
    }

    package var isEmpty: Bool { names.isEmpty }
}
