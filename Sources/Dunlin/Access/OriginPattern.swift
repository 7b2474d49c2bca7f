/// An origin of web pages that may use the server: `https://app.example.com`, `https://*.example.com`,
/// `http://localhost:*`, `null`, or `*` for all.
///
/// `*` stands for one or more characters of one label of the host, so that `*.example.com` is not `a.b.example.com`; as
/// the port it stands for any, and for none. An origin has no path, and the port of its scheme is not written.
struct OriginPattern: Sendable, Equatable {
    static let maxByteCount = 512
    /// A pattern with more of them would only take longer to compare.
    static let maxStarCount = 8

    private enum Port: Sendable, Equatable { case same(String), any }

    private let scheme: String
    private let labels: [String]
    private let port: Port
    private let isEverything: Bool

    /// `nil` when `text` is none of them.
    init?(_ text: String) {
        guard text.utf8.count <= Self.maxByteCount, text.utf8.filter({ $0 == 0x2A }).count <= Self.maxStarCount else {
            return nil
        }
        isEverything = text == "*"
        if text == "*" || text == "null" {
            (scheme, labels, port) = (text, [], .same(""))
            return
        }
        guard let origin = Origin(text), !origin.scheme.contains("*"), origin.labels.allSatisfy({ !$0.isEmpty }),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        guard origin.port == "*" || origin.port.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        scheme = origin.scheme
        labels = origin.labels
        port = origin.port == "*" ? .any : .same(origin.port)
    }

    func matches(_ text: String) -> Bool {
        if isEverything { return true }
        guard text.utf8.count <= Self.maxByteCount else { return false }
        if labels.isEmpty { return text == scheme }
        guard let origin = Origin(text), origin.scheme == scheme, origin.labels.count == labels.count else {
            return false
        }
        if case .same(let wanted) = port, wanted != origin.port { return false }
        return zip(labels, origin.labels).allSatisfy { Self.matches(Array($0.utf8)[...], Array($1.utf8)[...]) }
    }

    /// Whether a label is what a pattern says. At most `maxStarCount` stars: it cannot take long.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ label: ArraySlice<UInt8>) -> Bool {
        var (pattern, label) = (pattern, label)
        var star: (rest: ArraySlice<UInt8>, label: ArraySlice<UInt8>)?
        while true {
            if let first = pattern.first, first == UInt8(ascii: "*") {
                // One character at least.
                guard !label.isEmpty else { return false }
                pattern = pattern.dropFirst()
                label = label.dropFirst()
                star = (pattern, label)
            } else if let first = pattern.first, let next = label.first, first == next {
                pattern = pattern.dropFirst()
                label = label.dropFirst()
            } else if pattern.isEmpty, label.isEmpty {
                return true
            } else if let last = star, !last.label.isEmpty {
                star = (last.rest, last.label.dropFirst())
                (pattern, label) = (last.rest, last.label.dropFirst())
            } else {
                return false
            }
        }
    }
}

/// The parts of an origin, in lower case.
private struct Origin {
    let scheme: String
    let labels: [String]
    /// Empty for the one of the scheme.
    let port: String

    init?(_ text: String) {
        let text = text.lowercased()
        guard let separator = text.utf8.firstIndex(of: UInt8(ascii: ":")), text[separator...].hasPrefix("://") else {
            return nil
        }
        let scheme = String(text[..<separator])
        var host = text[separator...].dropFirst(3)
        var port = ""
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return nil }
            let rest = host[host.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            port = String(rest.dropFirst())
            host = host[...end]
        } else if let colon = host.firstIndex(of: ":") {
            port = String(host[host.index(after: colon)...])
            if port.isEmpty { return nil }
            host = host[..<colon]
        }
        guard !scheme.isEmpty, !host.isEmpty, !host.contains("/"), !host.contains("?"), !host.contains("@") else {
            return nil
        }
        self.scheme = scheme
        // The port of the scheme is the same as none.
        self.port = (scheme == "http" && port == "80") || (scheme == "https" && port == "443") ? "" : port
        labels = host.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }
}
