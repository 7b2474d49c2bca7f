import CDunlinSystem
import DunlinBytes
import DunlinHTTP
import Glibc

/// One connection to the server, and the requests that are under way on it: one over HTTP/1.1, many over gRPC.
///
/// A request is known by a ticket, from 0 up to the count of `lanes`. Owned by the generator's thread, which is the caller's.
class LoadConnection {
    enum State: Equatable {
        /// No descriptor.
        case closed
        case connecting
        /// TLS is on its way.
        case handshaking
        case open
        /// After a failed connect: not used before this time.
        case resting(until: UInt64)
    }

    let index: Int
    unowned let generator: LoadGenerator
    /// Goes up with each descriptor, so that an event for a former one is known for what it is.
    private(set) var generation: UInt32 = 0
    private(set) var state = State.closed
    private(set) var stream: SocketStream?
    /// The generator's place for the request of each ticket.
    var lanes: [Int] = []
    /// Lanes that wait until the connection has rested.
    var parked: [Int] = []
    /// The generator calls `flush` at the end of its turn.
    var isFlushPending = false

    init(index: Int, generator: LoadGenerator) { (self.index, self.generator) = (index, generator) }

    deinit { stream?.close(isWhole: true) }

    /// What comes back with the events of the present descriptor.
    final var token: UInt64 { UInt64(generation) << 32 | UInt64(index) }

    // MARK: What depends on the protocol

    /// Takes on a request.
    func begin(_ ticket: Int, _ message: Bytes) { preconditionFailure("a connection of no protocol") }
    /// Gives up the request of a ticket; the caller has counted it.
    func cancel(_ ticket: Int) { preconditionFailure("a connection of no protocol") }
    /// The way to the server is there.
    func opened() { preconditionFailure("a connection of no protocol") }
    /// Takes what the server has sent.
    func received(_ input: UnsafeRawBufferPointer) { preconditionFailure("a connection of no protocol") }
    /// The server sends no more; true when that ends the answer to the only request.
    func receivedEnd() -> Bool { false }
    /// Sends what the socket takes.
    func flush() { preconditionFailure("a connection of no protocol") }
    /// The descriptor is closed: what is under way will not be answered. Gives its tickets.
    func abandon() -> [Int] { preconditionFailure("a connection of no protocol") }

    // MARK: Opening and closing

    /// Begins to connect.
    final func connect() {
        switch generator.target.connect() {
        case .failure(let failure): fail("connect", failure.text, rests: true)
        case .success(let (descriptor, isConnected)):
            generator.countConnect()
            generation &+= 1
            guard let stream = generator.target.stream(descriptor) else {
                Glibc.close(descriptor)
                return fail("connect", "no TLS session can be made", rests: true)
            }
            self.stream = stream
            let events = dunlin_epoll_in | dunlin_epoll_out | dunlin_epoll_rdhup | dunlin_epoll_edge
            guard dunlin_epoll_add(generator.epoll, descriptor, events, token) == 0 else {
                return fail("connect", SystemFailure(errno).text, rests: true)
            }
            state = .connecting
            if isConnected { connected() }
        }
    }

    private func connected() {
        guard let stream else { return }
        if stream.isHandshaking {
            state = .handshaking
            read()
        } else {
            state = .open
            opened()
        }
    }

    /// Closes the descriptor without a word; nothing must be under way.
    final func close() {
        stream?.close(isWhole: true)
        stream = nil
        state = .closed
        generation &+= 1
    }

    /// Closes the descriptor, and counts what was under way as failed.
    ///
    /// - Parameter rests: Leaves the connection alone for a while.
    final func fail(_ kind: String, _ example: String, rests: Bool = false) {
        close()
        if rests { state = .resting(until: generator.restEnd) }
        for ticket in abandon() {
            generator.ended(lanes[ticket], .failure(kind: kind, example: example))
        }
    }

    final func endRest() { state = .closed }

    final var isResting: Bool {
        if case .resting = state { true } else { false }
    }

    // MARK: Events

    final func handle(_ events: UInt32) {
        if state == .connecting {
            let error = LoadTarget.connectError(stream?.descriptor ?? -1)
            guard error == 0 else { return fail("connect", SystemFailure(error).text, rests: true) }
            guard events & dunlin_epoll_out != 0 else { return }
            connected()
        }
        let own = generation
        let isEnd = events & (dunlin_epoll_rdhup | dunlin_epoll_hup | dunlin_epoll_err) != 0
        if isEnd || events & dunlin_epoll_in != 0 || stream?.readsAfterOutput == true { read(toTheEnd: isEnd) }
        if events & dunlin_epoll_out != 0, generation == own, state == .open { flush() }
    }

    /// Reads what is there.
    ///
    /// - Parameter toTheEnd: The end may lie behind it: no further event will tell of that.
    final func read(toTheEnd: Bool = false) {
        let own = generation
        while generation == own, let stream {
            let input = stream.receive(into: generator.receiveBuffer)
            let reason = errno
            if state == .handshaking, !stream.isHandshaking {
                switch input {
                case .bytes, .nothing:
                    if let problem = generator.target.protocolProblem(stream) {
                        return fail("tls", problem, rests: true)
                    }
                    state = .open
                    opened()
                    guard generation == own else { return }
                default: break
                }
            }
            switch input {
            case .bytes(let count):
                received(UnsafeRawBufferPointer(rebasing: generator.receiveBuffer[..<count]))
                guard
                    generation == own,
                    toTheEnd || stream.mayHaveMore(after: count, of: generator.receiveBuffer.count)
                else { return }
            case .nothing: return
            case .end:
                guard !receivedEnd() else { return }
                return fail("closed", "the server closed the connection before the answer was complete")
            case .broken: return fail("closed", SystemFailure(reason).text)
            case .plainText: return fail("tls", "the server does not speak TLS on this port", rests: true)
            case .noHandshake(let reason): return fail("tls", reason, rests: true)
            }
        }
    }

    /// The socket takes nothing any more. What the server said before it closed is worth more than that it closed.
    final func failAfterReading() {
        let (own, reason) = (generation, errno)
        read(toTheEnd: true)
        if generation == own { fail("closed", SystemFailure(reason).text) }
    }
}
