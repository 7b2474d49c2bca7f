/// Where spans are posted: a plain HTTP address.
package struct OTLPEndpoint: Sendable, Equatable {
    /// A name or an address, without the brackets of IPv6.
    package let host: String
    package let port: Int
    /// With its query.
    package let path: String

    /// OpenTelemetry's, and Triton's.
    package static let `default` = OTLPEndpoint(host: "localhost", port: 4318, path: "/v1/traces")

    private init(host: String, port: Int, path: String) { (self.host, self.port, self.path) = (host, port, path) }

    /// Bytes of a URL, at most.
    static let maxByteCount = 2048

    /// Reads `http://host[:port][/path]`, or `host:port`, which stands for its usual path.
    package static func parse(_ text: String) -> Result<OTLPEndpoint, TextProblem> {
        let form = TextProblem("must be http://HOST:PORT/PATH")
        guard text.utf8.count <= maxByteCount, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return .failure(form)
        }
        let lowered = text.lowercased()
        if lowered.hasPrefix("https:") {
            return .failure(
                TextProblem("must be plain http: TLS is not spoken here; put a collector on this machine before it"))
        }
        let hasScheme = lowered.hasPrefix("http://")
        if !hasScheme, text.contains("://") { return .failure(form) }
        let rest = text.dropFirst(hasScheme ? 7 : 0)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        var path = String(rest.dropFirst(authority.count).prefix { $0 != "#" })
        if path.isEmpty { path = hasScheme ? "/" : OTLPEndpoint.default.path }
        if !path.hasPrefix("/") { path = "/" + path }
        guard let (host, port) = split(authority) else { return .failure(form) }
        return .success(OTLPEndpoint(host: host, port: port ?? (hasScheme ? 80 : 4318), path: path))
    }

    /// With `suffix` after the path.
    package func appending(_ suffix: String) -> OTLPEndpoint {
        OTLPEndpoint(host: host, port: port, path: (path.hasSuffix("/") ? String(path.dropLast()) : path) + suffix)
    }

    /// As in the `Host` field.
    var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    package var description: String { "http://\(authority)\(path)" }

    /// No user, a host that is not empty, a port in 1...65535.
    private static func split(_ authority: Substring) -> (host: String, port: Int?)? {
        guard !authority.contains("@") else { return nil }
        var host = authority
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty else { return nil }
        guard let port else { return (String(host), nil) }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(port),
            (1...65_535).contains(number)
        else { return nil }
        return (String(host), number)
    }
}
