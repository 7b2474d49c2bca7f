import Glibc

/// An address to listen on: IPv4, IPv6 or a path of a Unix-domain socket.
struct SocketAddress {
    /// What is told of a text that is no address.
    static let expectation =
        "an IPv4 or IPv6 address, 'localhost', or 'unix:' and a path of at most \(maxPathByteCount) bytes"
    /// What fits into `sockaddr_un` with the zero byte at its end.
    static let maxPathByteCount = 107
    private static let unixPrefix = "unix:"

    private(set) var storage = sockaddr_storage()
    let byteCount: socklen_t
    /// Where a Unix-domain socket is in the file system; `nil` for the others.
    let path: String?

    /// `nil` when `address` is none of them.
    ///
    /// - Parameter port: Not used for a path.
    init?(_ address: String, port: UInt16) {
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        let literal = address == "localhost" ? "127.0.0.1" : address
        if address.hasPrefix(Self.unixPrefix) {
            let path = String(address.dropFirst(Self.unixPrefix.count))
            guard (1...Self.maxPathByteCount).contains(path.utf8.count), !path.utf8.contains(0) else { return nil }
            self.path = path
            var unix = sockaddr_un()
            unix.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &unix.sun_path) { $0.copyBytes(from: path.utf8) }
            byteCount = socklen_t(MemoryLayout<sockaddr_un>.size)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: unix, as: sockaddr_un.self) }
            return
        }
        path = nil
        if inet_pton(AF_INET, literal, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            byteCount = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v4, as: sockaddr_in.self) }
        } else if inet_pton(AF_INET6, literal, &v6.sin6_addr) == 1 {
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            byteCount = socklen_t(MemoryLayout<sockaddr_in6>.size)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v6, as: sockaddr_in6.self) }
        } else {
            return nil
        }
    }

    var family: Int32 { Int32(storage.ss_family) }

    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafeBytes(of: storage) { body($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), byteCount) }
    }

    /// The port a bound socket really has; 0 for a Unix-domain socket.
    static func boundPort(of descriptor: Int32) -> Int {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutableBytes(of: &storage) {
            getsockname(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
        }
        return result == 0 ? Int(PeerAddress(storage).port) : 0
    }
}
