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
    private let address: sockaddr_storage
    private let addressByteCount: socklen_t

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
            (address, addressByteCount) = try Self.unixAddress(unixSocket)
        } else {
            (address, addressByteCount) = try Self.resolve(parts.host, parts.port)
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
        let descriptor = socket(Int32(address.ss_family), Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return .failure(SystemFailure(errno)) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        if Int32(address.ss_family) != AF_UNIX {
            var one: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        }
        let status = withUnsafeBytes(of: address) {
            Glibc.connect(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), addressByteCount)
        }
        if status == 0 { return .success((descriptor, true)) }
        if errno == EINPROGRESS { return .success((descriptor, false)) }
        let failure = SystemFailure(errno)
        close(descriptor)
        return .failure(failure)
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

    private static func resolve(_ host: String, _ port: Int) throws(InferError) -> (sockaddr_storage, socklen_t) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard status == 0, let first = list?.pointee, let from = first.ai_addr,
            Int(first.ai_addrlen) <= MemoryLayout<sockaddr_storage>.size
        else { throw InferError(.unavailable, "host '\(host)': \(String(cString: gai_strerror(status)))") }
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: from, count: Int(first.ai_addrlen)))
        }
        return (storage, first.ai_addrlen)
    }

    private static func unixAddress(_ path: String) throws(InferError) -> (sockaddr_storage, socklen_t) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        let bytes = Array(path.utf8)
        guard (1...room).contains(bytes.count), !bytes.contains(0) else {
            throw InferError(
                .invalidArgument, "--unix-socket '\(path)' has \(bytes.count) bytes; it must have 1 to \(room)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_un.self) }
        return (storage, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
}

/// A failed system call.
struct SystemFailure: Error {
    let code: Int32
    init(_ code: Int32) { self.code = code }
    var text: String { String(cString: strerror(code)) }
}
