import CDunlinSystem
import DunlinBytes
import Glibc

/// One connection to the server and the request that is under way on it.
///
/// Owned by the generator's thread, which is the caller's.
final class LoadConnection {
    enum State: Equatable {
        /// No descriptor.
        case closed
        case connecting
        case idle
        case busy
        /// After a failed connect: not used before this time.
        case resting(until: UInt64)
    }

    let index: Int
    /// Goes up with each descriptor, so that an event for a former one is known for what it is.
    private(set) var generation: UInt32 = 0
    private(set) var descriptor: Int32 = -1
    var state = State.closed
    var parser = ResponseParser()
    /// The message under way, and how much of it was sent.
    private var message = Bytes()
    private var sentCount = 0
    /// When the request was meant to start: what its latency is counted from.
    var intended: UInt64 = 0

    init(index: Int) { self.index = index }

    /// What comes back with the events of the present descriptor.
    var token: UInt64 { UInt64(generation) << 32 | UInt64(index) }

    var hasRequest: Bool { state == .busy || state == .connecting }

    /// Takes on a request; it is sent by `flush`.
    func begin(_ message: Bytes, intended: UInt64) {
        self.message = message
        self.intended = intended
        sentCount = 0
        parser.reset()
    }

    func open(_ descriptor: Int32, isConnected: Bool, epoll: Int32) -> Bool {
        generation &+= 1
        self.descriptor = descriptor
        state = isConnected ? .busy : .connecting
        let events = dunlin_epoll_in | dunlin_epoll_out | dunlin_epoll_rdhup | dunlin_epoll_edge
        return dunlin_epoll_add(epoll, descriptor, events, token) == 0
    }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
        state = .closed
        message = Bytes()
    }

    /// The outcome of a connect that was begun; `nil` while it is under way.
    func connectError() -> Int32 {
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 else { return errno }
        return error
    }

    /// Sends as much as the socket takes. 0, or the `errno` of a broken connection.
    func flush() -> Int32 {
        while sentCount < message.count, let base = message.base {
            let sent = send(descriptor, base + sentCount, message.count - sentCount, Int32(dunlin_send_flags))
            if sent >= 0 {
                sentCount += sent
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                return 0
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}
