import CDunlinSystem
import DunlinBytes
import DunlinTelemetry
import Glibc
import Synchronization

/// One client: its socket, the bytes it has not taken yet, and its end. What is spoken on it is a subclass's affair:
/// `HTTP1Connection`, or `HTTP2Connection` in its place once the client has said so.
///
/// `@unchecked Sendable` because everything but `isCancelled` is touched on the thread of `loop` only: other
/// threads hold the object to name it in a message. The entries (`answer`, `socketEvent`, `proceed`, `checkTime`)
/// check it with `loop.assertCurrent`.
class Connection: @unchecked Sendable {
    /// Bytes read in one turn before other connections get theirs.
    static let readBudget = 256 << 10
    /// How long a closing connection may still send before it is reset, so that it can read its last answer.
    static let lingerMilliseconds: Int64 = 2000

    final let loop: EventLoop
    final let token: UInt64
    final let isCancelled = Atomic<Bool>(false)
    final let peer: PeerAddress
    /// -1 once another connection has taken it over.
    private final var descriptor: Int32

    final var output: OutputQueue
    /// The socket may have input; epoll is edge-triggered, so this is remembered.
    final var isReadable = false
    /// No further request is read: the client ended its side, or the connection closes after the answers.
    final var isInputDone = false
    private(set) final var hasSeenEnd = false
    /// The client has ended its side, and whether it still reads is not known.
    final var owesProbe = false
    final var isProceeding = false
    final var isMarkedReady = false
    /// What the answer has that began to wait: a single answer may be larger than the limit.
    private final var allowance = 0
    private(set) final var isClosed = false
    /// Until when what still comes is read and dropped; the last answer is out.
    private(set) final var lingerDeadline: Int64?
    /// Answers that are written but may not be sent yet, and are watched.
    final var sendings: [Sending] = []

    init(loop: EventLoop, token: UInt64, descriptor: Int32, peer: PeerAddress) {
        self.loop = loop
        self.token = token
        self.descriptor = descriptor
        self.peer = peer
        output = OutputQueue(descriptor: descriptor)
    }

    /// Goes on with the socket of `other`, which is used no more.
    ///
    /// - Precondition: Nothing was written to `other` that waits, and no answer is owed.
    init(inPlaceOf other: Connection) {
        loop = other.loop
        token = other.token
        peer = other.peer
        descriptor = other.descriptor
        output = OutputQueue(descriptor: other.descriptor)
        isReadable = other.isReadable
        isInputDone = other.isInputDone
        hasSeenEnd = other.hasSeenEnd
        owesProbe = other.owesProbe
        other.descriptor = -1
        other.isClosed = true
    }

    // MARK: What a protocol does

    /// Reads, understands and answers until the socket is empty, the budget is used up or the client must wait.
    func proceed() { preconditionFailure("a connection speaks a protocol") }

    /// Takes a part of the answer that `sequence` names; written now when it is its turn.
    func answer(_ sequence: UInt64, _ part: AnswerPart) { preconditionFailure("a connection speaks a protocol") }

    /// Calls `action` when the answer `sequence` can reach nobody any more; at once when that is so already.
    func watch(_ sequence: UInt64, _ action: @escaping @Sendable () -> Void) {
        preconditionFailure("a connection speaks a protocol")
    }

    /// Watches the answer `sequence`; what has gone out or been dropped already is told as not sent.
    func watch(_ sequence: UInt64, _ sending: Sending) { preconditionFailure("a connection speaks a protocol") }

    /// `byteCount` bytes of the streamed body of the request `sequence` are used up.
    func consumed(_ sequence: UInt64, _ byteCount: Int) {}

    /// Called when memory for bodies may have become free.
    func resumeReceiving() {}

    /// Writes what the answers of this turn have left to write together (`EventLoop.flushLater`).
    func flushAnswers() {}

    /// Turns a fresh connection away: one answer, then it is closed.
    func refuseBusy() { close() }

    /// Called by the loop now and then.
    func checkTime() { preconditionFailure("a connection speaks a protocol") }

    /// The server takes no new connections: clients are to go elsewhere when their answers are there.
    func drain() {}

    /// The connection is closed: gives back what it has of the server's, and forgets what was on its way.
    func letGo() {}

    /// After `letGo`, when the connection counts no more: tells those who wait for it.
    func tellOfEnd() {}

    // MARK: Events

    final func socketEvent(_ events: UInt32) {
        loop.assertCurrent()
        // A hang-up that this side did not begin means that nothing can be written any more.
        if events & dunlin_epoll_err != 0 || events & dunlin_epoll_hup != 0 && lingerDeadline == nil {
            close()
            return
        }
        if events & dunlin_epoll_rdhup != 0 {
            seeEnd()
        }
        if events & (dunlin_epoll_in | dunlin_epoll_rdhup) != 0 { isReadable = true }
        if events & dunlin_epoll_out != 0 { output.isBlocked = false }
        proceed()
    }

    /// Called by a stopping loop: what is on its way is still read, then an idle connection is closed.
    func stop() {
        isReadable = true
        proceed()
    }

    /// 0 when there is nothing to read now; then `isReadable` or `isInputDone` says why.
    final func read(into space: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            let count = recv(descriptor, space.baseAddress, space.count, dunlin_receive_flags)
            if count > 0 {
                // A short read has emptied the socket; the next byte makes a new event.
                if count < space.count && !hasSeenEnd { isReadable = false }
                return count
            }
            isReadable = false
            if count == 0 {
                isInputDone = true
                seeEnd()
            } else if errno == EINTR {
                continue
            } else if errno != EAGAIN {
                close()
            }
            return 0
        }
    }

    private final func seeEnd() {
        guard !hasSeenEnd else { return }
        hasSeenEnd = true
        owesProbe = true
    }

    // MARK: Output

    /// Gives the socket what was gathered and what waits, as much as it takes.
    final func flush() {
        loop.flushGather(of: self)
        if !isClosed, !output.isEmpty, !output.isBlocked {
            guard output.drain() else {
                close()
                return
            }
            if !output.isEmpty && !output.isBlocked { loop.markReady(self) }
        }
        if output.isEmpty { tellSendings(areSent: true) }
    }

    /// Sends gathered bytes and segments after what already waits. Called by the loop, which owns the gather.
    final func transmit(_ gathered: UnsafeRawBufferPointer, _ segments: ArraySlice<Bytes>) {
        guard !isClosed else { return }
        let limit = max(loop.configuration.maxBufferedResponseByteCount, output.isEmpty ? Int.max : allowance)
        if output.isEmpty { allowance = gathered.count + segments.reduce(0) { $0 + $1.count } }
        guard output.send(gathered, segments) else {
            close()
            return
        }
        if output.byteCount > limit { closeSlowReader() }
    }

    final func closeSlowReader() {
        loop.logger.debug("connection closed", ["peer": peer, "reason": "the client does not take its answers"])
        close()
    }

    final func tellSendings(areSent: Bool) {
        guard !sendings.isEmpty else { return }
        let told = sendings
        sendings = []
        for sending in told { sending.finish(isSent: areSent) }
    }

    // MARK: End

    /// Ends this side and reads on for a while: closing with unread input would reset the connection and could take
    /// the last answer with it.
    final func linger() {
        shutdown(descriptor, Int32(SHUT_WR))
        lingerDeadline = loop.now + Self.lingerMilliseconds
        discardInput()
    }

    final func discardInput() {
        var budget = Self.readBudget
        while !isClosed && isReadable {
            guard budget > 0 else {
                loop.markReady(self)
                return
            }
            budget -= read(into: loop.readBuffer)
        }
        if hasSeenEnd && !isReadable { close() }
    }

    final func close() {
        guard !isClosed else { return }
        isClosed = true
        isCancelled.store(true, ordering: .relaxed)
        letGo()
        output.removeAll()
        // The count first: who sees the end of the connection also sees the count without it.
        loop.remove(self)
        Glibc.close(descriptor)
        tellOfEnd()
        tellSendings(areSent: false)
    }
}
