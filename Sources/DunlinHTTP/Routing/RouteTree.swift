import DunlinBytes
import Glibc

/// What `RouteTrie` searches: patterns and the numbers of their routes. Not generic, so that the search is compiled for
/// what it works on: memory, no text.
struct RouteTree: Sendable {
    enum Match {
        /// The route that was inserted with this number.
        case found(Int, PathParameters)
        case methodNotAllowed(allowed: [HTTPMethod])
        case notFound
    }

    /// Segments of the longest path that is looked at; longer ones match nothing.
    static let maxSegmentCount = 32

    private struct Node: Sendable {
        var fixed: [(segment: [UInt8], node: Int)] = []
        /// Longest rest first; the plain parameter, with an empty rest, is last.
        var parameters: [(rest: [UInt8], node: Int)] = []
        var routes: [(method: HTTPMethod, number: Int, names: [String])] = []
    }

    private var nodes = [Node()]

    /// Adds a route.
    ///
    /// - Precondition: `pattern` is well formed, and `method` is not taken there. Programmer errors: traps.
    mutating func insert(_ method: HTTPMethod, _ pattern: String, number: Int) {
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
        precondition(!nodes[node].routes.contains { $0.method == method }, "route \(pattern) is there twice")
        nodes[node].routes.append((method, number, names))
    }

    /// The route for `method` at `path` (percent-encoded, without query). `HEAD` falls back to `GET`.
    func match(_ method: HTTPMethod, _ path: Bytes) -> Match {
        let found = PathSegments.withSegments(of: path, limit: Self.maxSegmentCount) { segments -> Match? in
            withUnsafeTemporaryAllocation(of: UnsafeRawBufferPointer.self, capacity: Self.maxSegmentCount) { space in
                var values = Values(space: space)
                guard let node = find(segments, 0, from: 0, &values) else { return nil }
                return match(method, nodes[node], values)
            }
        }
        return found ?? .notFound
    }

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
        for (index, candidate) in node.routes.enumerated() where found == nil && candidate.method == method {
            found = index
        }
        if found == nil, method == .head { found = node.routes.firstIndex { $0.method == .get } }
        guard let found else { return .methodNotAllowed(allowed: Self.allowed(node.routes.map(\.method))) }
        parameters.names = node.routes[found].names
        return .found(node.routes[found].number, parameters)
    }

    private func find(
        _ segments: UnsafeBufferPointer<UnsafeRawBufferPointer>, _ index: Int, from node: Int, _ values: inout Values
    ) -> Int? {
        if index == segments.count { return nodes[node].routes.isEmpty ? nil : node }
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
