import DunlinInference

/// How a server is spoken to.
enum LoadScheme: String, CaseIterable {
    case http, https, grpc, grpcs

    var isGRPC: Bool { self == .grpc || self == .grpcs }
    var isTLS: Bool { self == .https || self == .grpcs }

    /// Where a URL names none; that of plain gRPC is Triton's.
    var port: Int {
        switch self {
        case .http: 80
        case .https, .grpcs: 443
        case .grpc: 8001
        }
    }
}

/// The parts of `SCHEME://HOST[:PORT][/PREFIX]`; without a scheme it is `http`.
struct URLParts: Equatable {
    var scheme: LoadScheme
    var host: String
    var port: Int
    var prefix: String
    var authority: String

    init(_ url: String) throws(InferError) {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x23 && $0 != 0x3F && $0 != 0x40 }) else {
            throw Self.problem(url)
        }
        var rest = url[...]
        scheme = .http
        if let end = url.firstRange(of: "://") {
            guard let found = LoadScheme(rawValue: String(url[..<end.lowerBound])) else { throw Self.problem(url) }
            scheme = found
            rest = url[end.upperBound...]
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        authority = String(rest[..<slash])
        var path = rest[slash...]
        while path.hasSuffix("/") { path.removeLast() }
        if path.hasSuffix("/v2") { path.removeLast(3) }
        prefix = String(path)
        var text = authority[...]
        port = scheme.port
        // A colon inside brackets belongs to an IPv6 address.
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            guard let number = Int(text[text.index(after: colon)...]), (1...65535).contains(number) else {
                throw Self.problem(url)
            }
            port = number
            text = text[..<colon]
        }
        if text.hasPrefix("["), text.hasSuffix("]") { text = text.dropFirst().dropLast() }
        host = String(text)
        guard !host.isEmpty else { throw Self.problem(url) }
    }

    private static func problem(_ url: String) -> InferError {
        let schemes = LoadScheme.allCases.map(\.rawValue).joined(separator: ", ")
        return InferError(
            .invalidArgument, "--url '\(url)' is not SCHEME://HOST[:PORT][/PREFIX] with one of the schemes \(schemes)")
    }
}
