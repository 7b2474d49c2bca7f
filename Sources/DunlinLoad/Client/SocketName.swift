import Glibc

/// Where a server listens: an address of any family.
struct SocketName: Sendable {
    private var storage = sockaddr_storage()
    private let byteCount: socklen_t

    /// `nil` for what is no address.
    init?(_ address: UnsafePointer<sockaddr>?, _ byteCount: socklen_t) {
        guard let address, Int(byteCount) <= MemoryLayout<sockaddr_storage>.size else { return nil }
        self.byteCount = byteCount
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(byteCount)))
        }
    }

    init(_ address: sockaddr_un) {
        byteCount = socklen_t(MemoryLayout<sockaddr_un>.size)
        withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_un.self) }
    }

    init(_ address: sockaddr_in) {
        byteCount = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_in.self) }
    }

    /// How long one address of several may take to answer before the next is tried.
    static let patienceMilliseconds: Int32 = 2000

    /// The first of several that takes a connection: a name may stand for `::1` and 127.0.0.1, and a server listen on one of
    /// them. The first of all when none does, and when there is only one, which is not tried.
    ///
    /// - Precondition: There is one.
    static func answering(_ names: [SocketName]) -> SocketName {
        guard names.count > 1 else { return names[0] }
        return names.first(where: \.answers) ?? names[0]
    }

    private var answers: Bool {
        guard case .success(let (descriptor, isConnected)) = connect() else { return false }
        defer { close(descriptor) }
        if isConnected { return true }
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&waiting, 1, Self.patienceMilliseconds) == 1 else { return false }
        var problem: Int32 = 0
        var count = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &count) == 0 && problem == 0
    }

    /// Opens a socket and begins to connect; it does not block then or later.
    ///
    /// - Returns: The descriptor, and whether the connection is there already; or `errno`.
    func connect() -> Result<(descriptor: Int32, isConnected: Bool), SystemFailure> {
        let descriptor = socket(Int32(storage.ss_family), Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return .failure(SystemFailure(errno)) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        if Int32(storage.ss_family) != AF_UNIX {
            var one: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        }
        let status = withUnsafeBytes(of: storage) {
            Glibc.connect(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), byteCount)
        }
        if status == 0 { return .success((descriptor, true)) }
        if errno == EINPROGRESS { return .success((descriptor, false)) }
        let failure = SystemFailure(errno)
        close(descriptor)
        return .failure(failure)
    }
}

/// A failed system call.
struct SystemFailure: Error {
    let code: Int32
    init(_ code: Int32) { self.code = code }
    var text: String { String(cString: strerror(code)) }
}
