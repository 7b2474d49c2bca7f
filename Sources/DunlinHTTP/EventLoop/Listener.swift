import CDunlinSystem
import Glibc
import Synchronization

/// The listening socket that all loops of a server accept from.
///
/// One socket and not one for each loop (`SO_REUSEPORT`): a connection goes to a loop that has time for it and not to the
/// one that a hash of its address names, and none is lost with the queue of a socket that closes first.
final class Listener: Sendable {
    /// Connections the kernel keeps for us while we are busy.
    static let backlog: Int32 = 1024

    let descriptor: Int32
    /// 0 for a Unix-domain socket.
    let port: Int
    /// TCP holds small pieces back unless it is told not to.
    let isTCP: Bool
    private let file: SocketFile?
    private let userCount: Atomic<Int>

    /// - Parameter socketMode: The permissions of a Unix-domain socket.
    init(address: String, port: Int, socketMode: Int, userCount: Int) throws(HTTPServerError) {
        guard let socketAddress = SocketAddress(address, port: UInt16(clamping: port)) else {
            throw HTTPServerError("address is '\(address)'; it must be \(SocketAddress.expectation)")
        }
        let place = socketAddress.path == nil ? "\(address) port \(port)" : address
        if let path = socketAddress.path { try SocketFile.removeStale(socketAddress, path: path) }
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(socketAddress.family, type, 0)
        guard descriptor >= 0 else { throw .system("cannot listen on \(place)") }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var isListening = socketAddress.withSockaddr { bind(descriptor, $0, $1) } == 0
        var file: SocketFile?
        if isListening, let path = socketAddress.path {
            file = SocketFile(made: path, mode: socketMode)
            isListening = file != nil
        }
        guard isListening, listen(descriptor, Self.backlog) == 0 else {
            let failure = HTTPServerError.system("cannot listen on \(place)")
            file?.remove()
            close(descriptor)
            throw failure
        }
        self.descriptor = descriptor
        self.port = SocketAddress.boundPort(of: descriptor)
        self.file = file
        isTCP = socketAddress.path == nil
        self.userCount = Atomic(userCount)
    }

    /// Says that one loop accepts no more. True for the last one, which must call `close`.
    func leave() -> Bool {
        userCount.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0
    }

    func closeSocket() {
        file?.remove()
        close(descriptor)
    }
}
