import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols
import Glibc

/// The server that is asked, and the model.
struct LoadTarget: Sendable {
    let scheme: LoadScheme
    /// What the header field `Host` says.
    let authority: String
    /// Before `/v2`, without a slash at its end.
    let prefix: String
    /// The rest of the path of every request about the model; not gRPC's, which names it in messages.
    let modelPath: String
    let model: String
    let version: String?
    private let host: String
    private let tls: TLSClientContext?
    private let address: SocketName

    /// - Parameters:
    ///   - url: `SCHEME://HOST[:PORT][/PREFIX]`.
    ///   - unixSocket: The path of a socket that is connected to in place of the URL's host.
    ///   - trust: For TLS; what is offered by ALPN is set here.
    /// - Throws: `.invalidArgument` or `.unavailable`, naming what cannot be used or what this build lacks.
    init(
        url: String, unixSocket: String?, model: String, version: String?,
        trust: TLSClientContext.Configuration = .init(protocols: [])
    ) throws(InferError) {
        let parts = try URLParts(url)
        scheme = parts.scheme
        authority = parts.authority
        prefix = parts.prefix
        host = parts.host
        modelPath = "/v2/models/\(Self.quoted(model))" + (version.map { "/versions/\(Self.quoted($0))" } ?? "")
        self.model = model
        self.version = version
        if scheme.isGRPC && !HTTP2Library.isBuiltIn {
            throw InferError(
                .invalidArgument, "--url '\(url)' needs gRPC, which this build does not have (package trait GRPC)")
        }
        if scheme.isTLS {
            guard TLSLibrary.isBuiltIn else {
                throw InferError(
                    .invalidArgument, "--url '\(url)' needs TLS, which this build does not have (package trait TLS)")
            }
            var trust = trust
            trust.protocols = [scheme.isGRPC ? Self.http2Name : "http/1.1"]
            do throws(TLSError) { tls = try TLSClientContext(trust) } catch {
                throw InferError(.invalidArgument, error.message)
            }
        } else {
            tls = nil
        }
        if let unixSocket {
            address = try Self.unixAddress(unixSocket)
        } else {
            address = SocketName.answering(try Self.resolve(parts.host, parts.port))
        }
    }

    /// HTTP/2 over TLS, in the words of ALPN.
    private static let http2Name = "h2"

    /// The way to and from the server on a socket; `nil` when there is no memory for it.
    func stream(_ descriptor: Int32) -> SocketStream? { SocketStream(descriptor: descriptor, host: host, tls) }

    /// Why what TLS has agreed on is of no use; `nil` when it is.
    func protocolProblem(_ stream: SocketStream) -> String? {
        guard scheme == .grpcs, stream.agreedProtocol != Self.http2Name else { return nil }
        return "the server does not agree on HTTP/2 over TLS (ALPN h2), which gRPC needs"
    }

    /// The fields of requests to a method of the service, for HTTP/2.
    func fields(_ method: String, headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
        [
            (":method", "POST"), (":scheme", scheme.isTLS ? "https" : "http"),
            (":path", prefix + GRPCClientMessages.service + method), (":authority", authority), ("te", "trailers"),
            ("content-type", "application/grpc"), ("user-agent", "dunlin-bench"),
        ] + headers.map { ($0.name.lowercased(), $0.value) }
    }

    /// Opens a socket and begins to connect; it does not block then or later.
    ///
    /// - Returns: The descriptor, and whether the connection is there already; or `errno`.
    func connect() -> Result<(descriptor: Int32, isConnected: Bool), SystemFailure> {
        address.connect()
    }

    /// A whole request message without body, or with one.
    func message(
        _ method: String, _ path: String, headers: [(name: String, value: String)] = [], contentType: String? = nil,
        body: Bytes? = nil
    ) -> Bytes {
        var builder = BytesBuilder(capacity: 256 + (body?.count ?? 0))
        builder.append(utf8: "\(method) \(prefix)\(path) HTTP/1.1\r\nHost: \(authority)\r\n")
        for header in headers { builder.append(utf8: "\(header.name): \(header.value)\r\n") }
        if let contentType { builder.append(utf8: "Content-Type: \(contentType)\r\n") }
        if let body { builder.append(utf8: "Content-Length: \(body.count)\r\n") }
        builder.append("\r\n")
        if let body { builder.append(body) }
        return builder.finish()
    }

    /// Percent-encodes what may not stand in one segment of a path.
    static func quoted(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                result.unicodeScalars.append(.init(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.utf8.count < 2 ? "0" : "") + digits
            }
        }
        return result
    }

    /// All addresses of the host, the preferred ones first.
    private static func resolve(_ host: String, _ port: Int) throws(InferError) -> [SocketName] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        let found = sequence(first: list, next: { $0?.pointee.ai_next }).prefix { $0 != nil }.compactMap { entry in
            entry.flatMap { SocketName($0.pointee.ai_addr, $0.pointee.ai_addrlen) }
        }
        guard status == 0, !found.isEmpty else {
            throw InferError(.unavailable, "host '\(host)': \(String(cString: gai_strerror(status)))")
        }
        return found
    }

    private static func unixAddress(_ path: String) throws(InferError) -> SocketName {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        let bytes = Array(path.utf8)
        guard (1...room).contains(bytes.count), !bytes.contains(0) else {
            throw InferError(
                .invalidArgument, "--unix-socket '\(path)' has \(bytes.count) bytes; it must have 1 to \(room)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return SocketName(address)
    }
}
