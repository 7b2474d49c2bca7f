import Glibc

/// Where a connection comes from. Text is only made when it is asked for.
package struct PeerAddress: Sendable, Equatable, CustomStringConvertible {
    private enum Family: UInt8 { case none, v4, v6, unix }

    private var family = Family.none
    /// Network byte order; IPv4 uses the first four bytes of `high`.
    private var high: UInt64 = 0
    private var low: UInt64 = 0
    package private(set) var port: UInt16 = 0

    /// No address: a request made in this process.
    package init() {}

    init(_ storage: sockaddr_storage) {
        var storage = storage
        let family = Int32(storage.ss_family)
        withUnsafeBytes(of: &storage) { bytes in
            switch family {
            case AF_INET:
                let address = bytes.load(as: sockaddr_in.self)
                self.family = .v4
                high = UInt64(address.sin_addr.s_addr)
                port = UInt16(bigEndian: address.sin_port)
            case AF_INET6:
                let address = bytes.load(as: sockaddr_in6.self)
                self.family = .v6
                withUnsafeBytes(of: address.sin6_addr) {
                    high = $0.load(as: UInt64.self)
                    low = $0.load(fromByteOffset: 8, as: UInt64.self)
                }
                port = UInt16(bigEndian: address.sin6_port)
            case AF_UNIX: self.family = .unix
            default: break
            }
        }
    }

    /// `127.0.0.1:5000`, `[::1]:5000`, `unix`, or `in-process`.
    package var description: String {
        if family == .none { return "in-process" }
        if family == .unix { return "unix" }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        var words = (high, low)
        let isV6 = family == .v6
        inet_ntop(isV6 ? AF_INET6 : AF_INET, &words, &text, socklen_t(text.count))
        let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return isV6 ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}
