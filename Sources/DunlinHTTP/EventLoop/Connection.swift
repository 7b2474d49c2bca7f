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
    /// Not used any more once another connection has taken it over.
    final let stream: SocketStream
    private final let began: Int64
    /// The handshake waits for a turn that has time for it.
    private final var isPostponed = false

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

    init(loop: EventLoop, token: UInt64, stream: SocketStream, peer: PeerAddress) {
        self.loop = loop
        self.token = token
        self.stream = stream
        self.peer = peer
        began = loop.now
        output = OutputQueue(stream)
    }

    /// Goes on with the socket of `other`, which is used no more.
    ///
    /// - Precondition: Nothing was written to `other` that waits, and no answer is owed.
    init(inPlaceOf other: Connection) {
        loop = other.loop
        token = other.token
        peer = other.peer
        stream = other.stream
        began = other.began
        output = OutputQueue(stream)
        isReadable = other.isReadable
        isInputDone = other.isInputDone
        hasSeenEnd = other.hasSeenEnd
        owesProbe = other.owesProbe
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

    /// Calls `action` with how many bytes the client has taken of the streamed answer `sequence`, as it goes on.
    func watchTaking(_ sequence: UInt64, _ action: @escaping @Sendable (Int) -> Void) {}

    /// `byteCount` bytes of the streamed body of the request `sequence` are used up, and `kept` more are kept.
    func consumed(_ sequence: UInt64, _ byteCount: Int, kept: Int) {}

    /// Called when memory for bodies may have become free.
    func resumeReceiving() {}

    /// Writes what the answers of this turn have left to write together (`EventLoop.flushLater`).
    func flushAnswers() {}

    /// Turns a fresh connection away: one answer, then it is closed.
    func refuseBusy() { close() }

    /// Answers a request that came without TLS where TLS is spoken, in the clear, then closes.
    func refusePlainText() { close() }

    /// Called by the loop now and then.
    func checkTime() { preconditionFailure("a connection speaks a protocol") }

    /// The server takes no new connections: clients are to go elsewhere when their answers are there.
    func drain() {}

    /// Answers are not complete.
    var owesAnswers: Bool { false }

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
        if events & dunlin_epoll_out != 0 {
            output.isBlocked = false
            if stream.readsAfterOutput { isReadable = true }
        }
        proceed()
    }

    /// Called by a stopping loop: what is on its way is still read, then an idle connection is closed.
    func stop() {
        isReadable = true
        proceed()
    }

    /// 0 when there is nothing to read now; then `isReadable`, `isInputDone` or `isClosed` says why.
    final func read(into space: UnsafeMutableRawBufferPointer) -> Int {
        if stream.isHandshaking && !loop.takesHandshake() {
            isReadable = false
            if !isPostponed { loop.postpone(self) }
            isPostponed = true
            return 0
        }
        switch stream.receive(into: space) {
        case .bytes(let count):
            if !hasSeenEnd && !stream.mayHaveMore(after: count, of: space.count) { isReadable = false }
            return count
        case .nothing: isReadable = false
        case .end:
            isReadable = false
            isInputDone = true
            seeEnd()
        case .broken: close()
        case .plainText: refusePlainText()
        case .noHandshake(let reason):
            loop.logger.debug("no TLS handshake", ["peer": peer, "reason": reason])
            isInputDone = true
            linger()
        }
        return 0
    }

    /// Goes on with a handshake that an earlier turn had no time for.
    final func resumeHandshake() {
        isPostponed = false
        guard !isClosed else { return }
        isReadable = true
        proceed()
    }

    /// Whether the client is still to prove that it speaks TLS; one that takes too long over it is let go.
    final func awaitsHandshake() -> Bool {
        guard stream.isHandshaking else { return false }
        if loop.now - began >= loop.headerTimeout { close() }
        return true
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

    /// Sends gathered bytes and segments after what already waits; false when the connection is to be closed. Called by the
    /// loop, which owns the gather and closes when that is free.
    final func transmit(_ gathered: UnsafeRawBufferPointer, _ segments: ArraySlice<Bytes>) -> Bool {
        guard !isClosed else { return true }
        let limit = max(loop.configuration.maxBufferedResponseByteCount, output.isEmpty ? Int.max : allowance)
        if output.isEmpty { allowance = gathered.count + segments.reduce(0) { $0 + $1.count } }
        guard output.send(gathered, segments) else { return false }
        if output.byteCount > limit { logSlowReader() }
        return output.byteCount <= limit
    }

    final func closeSlowReader() {
        logSlowReader()
        close()
    }

    private final func logSlowReader() {
        loop.logger.debug("connection closed", ["peer": peer, "reason": "the client does not take its answers"])
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
        stream.endSending()
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
        let isWhole = output.isEmpty && !owesAnswers
        isClosed = true
        isCancelled.store(true, ordering: .relaxed)
        letGo()
        output.removeAll()
        // The count first: who sees the end of the connection also sees the count without it.
        loop.remove(self)
        stream.close(isWhole: isWhole)
        tellOfEnd()
        tellSendings(areSent: false)
    }
}
