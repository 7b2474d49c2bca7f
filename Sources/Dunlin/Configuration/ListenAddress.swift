/// A place to listen on that is written as one text: `HOST:PORT`, `[v6]:PORT` or `unix:PATH`.
struct ListenAddress: Sendable, Equatable {
    static let expectation = "ADDRESS:PORT, such as 127.0.0.1:8002 or [::1]:8002, or unix:PATH"

    /// As `HTTPServerConfiguration.address` takes it.
    let address: String
    /// 0 for a path, and for any free port.
    let port: Int

    init?(_ text: String) {
        if text.hasPrefix("unix:") {
            guard text.utf8.count > 5 else { return nil }
            (address, port) = (text, 0)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("[") && host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        (address, self.port) = (String(host), port)
    }

    /// Whether only this machine's processes reach an address.
    static func isLocal(_ address: String) -> Bool {
        address.hasPrefix("unix:") || address == "localhost" || address == "::1"
            || address.hasPrefix("127.") || address.lowercased().hasPrefix("::ffff:127.")
    }
}
