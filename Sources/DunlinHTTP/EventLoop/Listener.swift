import CDunlinSystem
import Glibc
import Synchronization

/// The listening socket that all loops of a server accept from.
final class Listener: Sendable {
    /// Connections the kernel keeps for us while we are busy.
    static let backlog: Int32 = 1024

    let descriptor: Int32
    let port: Int
    private let userCount: Atomic<Int>

    init(address: String, port: Int, userCount: Int) throws(HTTPServerError) {
        guard let socketAddress = SocketAddress(address, port: UInt16(clamping: port)) else {
            throw HTTPServerError("address is '\(address)'; it must be an IPv4 or IPv6 address or 'localhost'")
        }
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(socketAddress.family, type, 0)
        guard descriptor >= 0 else { throw Self.failure(address, port) }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        let bound = socketAddress.withSockaddr { bind(descriptor, $0, $1) }
        guard bound == 0, listen(descriptor, Self.backlog) == 0 else {
            let failure = Self.failure(address, port)
            close(descriptor)
            throw failure
        }
        self.descriptor = descriptor
        self.port = SocketAddress.boundPort(of: descriptor)
        self.userCount = Atomic(userCount)
    }

    /// Says that one loop accepts no more. True for the last one, which must call `close`.
    func leave() -> Bool {
        userCount.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0
    }

    func closeSocket() { close(descriptor) }

    private static func failure(_ address: String, _ port: Int) -> HTTPServerError {
        HTTPServerError("cannot listen on \(address) port \(port): \(String(cString: strerror(errno)))")
    }
}
