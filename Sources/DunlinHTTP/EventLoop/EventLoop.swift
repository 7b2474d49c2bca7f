import CDunlinSystem
import DunlinBytes
import DunlinTelemetry
import Glibc
import Synchronization

/// One thread that waits for sockets and serves them: accepts, reads, parses, answers and keeps time.
///
/// `@unchecked Sendable` because other threads use `post` and `isCurrent` only, which work on a `Mutex`, an
/// `Atomic` and constants. Everything else is touched on the loop's own thread; `assertCurrent` checks it.
final class EventLoop: @unchecked Sendable {
    static let readBufferByteCount = 64 << 10
    /// Answers up to this size are copied together before they are sent.
    static let maxCopiedByteCount = 16 << 10
    static let gatherByteCount = 64 << 10
    /// Connections beyond the limit that are told so at the same time; further ones are closed without a word.
    static let maxRefusedConnections = 128
    /// How long accepting rests when the process has no descriptor left.
    static let acceptPauseMilliseconds: Int64 = 100
    /// The log says so at most this often.
    static let acceptWarningMilliseconds: Int64 = 10_000
    /// Memory of large bodies that is not used for so long, and up to twice, is given back to the system.
    static let releaseMilliseconds: Int64 = 5000
    /// Connections whose times are checked in one turn.
    private static let scanSlotCount = 512
    /// Sockets that one turn serves: as many as may be ready, so that what is not served in a turn came during it.
    private static let eventCount = 4096
    /// Handshakes that one turn goes on with. Each may be a private key's work for a millisecond, in which no other
    /// connection is served.
    static let maxHandshakeCount = 4
    /// After so many sockets of a turn the answers of other threads are looked at.
    private static let mailInterval = 64
    private static let listenerToken = UInt64.max
    private static let wakeToken = UInt64.max - 1

    private let index: Int
    let configuration: HTTPServerConfiguration
    let limits: RequestParser.Limits
    let streamedPathSuffixes: [[UInt8]]
    let logger: Logger
    let state: ServerState
    let respond: @Sendable (HTTPRequest, HTTPReply) -> Void
    let idleTimeout, headerTimeout, bodyTimeout, writeTimeout: Int64
    let pace: Pace

    private let listener: Listener
    private let epoll: Int32
    private let wake: Int32
    private let threadID = Atomic<UInt>(0)
    private let mailbox = Mutex(Mailbox())
    /// Connections that this loop has, or that are on their way to it.
    private let load = Atomic<Int>(0)
    /// All loops of the server, this one too. Set before the threads start, and let go when the loop ends.
    var siblings: [EventLoop] = []

    /// Milliseconds of the monotonic clock, taken once per turn.
    private(set) var now: Int64
    private var turnClock = TurnClock()
    /// When what is served now became ready, in nanoseconds of the monotonic clock.
    private(set) var arrival: UInt64 = 0
    let readBuffer: UnsafeMutableRawBufferPointer
    /// A connection is reading; others must not touch the read buffer.
    var isProceeding = false
    private(set) var isStopping = false
    private var connections = ConnectionTable()
    private var ready: [Connection] = []
    /// Connections whose handshake waits for a turn that has time for it, oldest first.
    private var postponed: [Connection] = []
    private var handshakeCount = 0
    private var unflushed: [Connection] = []
    private var gatherBuffer = BytesBuilder(capacity: EventLoop.gatherByteCount)
    private var gatherOwner: Connection?
    private var isAccepting = false
    private var acceptResume: Int64?
    private var nextAcceptWarning = Int64.min
    private var hasLeftListener = false
    private var stopDeadline = Int64.max
    private var lastScan: Int64 = 0
    private var lastRelease: Int64 = 0
    /// The slot that a scan goes on with; `nil` between two scans.
    private var scanSlot: Int?
    private let tick: Int64

    private struct Mailbox {
        var messages: [LoopMessage] = []
        var isOpen = true
    }

    init(
        index: Int, configuration: HTTPServerConfiguration, logger: Logger, state: ServerState, listener: Listener,
        respond: @escaping @Sendable (HTTPRequest, HTTPReply) -> Void
    ) throws(HTTPServerError) {
        self.index = index
        self.configuration = configuration
        limits = RequestParser.Limits(configuration)
        streamedPathSuffixes = configuration.streamedPathSuffixes.map { Array($0.utf8) }
        self.logger = logger
        self.state = state
        self.respond = respond
        self.listener = listener
        idleTimeout = configuration.idleTimeout.milliseconds
        headerTimeout = configuration.headerTimeout.milliseconds
        bodyTimeout = configuration.bodyTimeout.milliseconds
        writeTimeout = configuration.writeTimeout.milliseconds
        pace = Pace(byteCountPerSecond: configuration.minTransferRate)
        tick = max(5, min(500, min(idleTimeout, headerTimeout, bodyTimeout, writeTimeout) / 4))
        now = Self.clock()
        readBuffer = .allocate(byteCount: Self.readBufferByteCount, alignment: 16)
        epoll = dunlin_epoll_create()
        wake = dunlin_eventfd_create()
        guard epoll >= 0, wake >= 0, dunlin_epoll_add(epoll, wake, dunlin_epoll_in, Self.wakeToken) == 0
        else {
            throw HTTPServerError("cannot make an event loop: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        readBuffer.deallocate()
        if epoll >= 0 { close(epoll) }
        if wake >= 0 { close(wake) }
    }

    // MARK: From any thread

    var isCurrent: Bool { threadID.load(ordering: .relaxed) == UInt(pthread_self()) }

    func assertCurrent() { assert(isCurrent, "an event loop was touched from another thread") }

    /// Hands a message over and wakes the loop. After the loop's end messages are dropped: false.
    @discardableResult
    func post(_ message: LoopMessage) -> Bool {
        let (isOpen, mustWake) = mailbox.withLock { mailbox in
            guard mailbox.isOpen else { return (false, false) }
            mailbox.messages.append(message)
            return (true, mailbox.messages.count == 1)
        }
        if mustWake { eventfd_write(wake, 1) }
        return isOpen
    }

    /// Milliseconds that only go forward.
    static func clock() -> Int64 { Int64(nanoseconds() / 1_000_000) }

    private static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    // MARK: The loop

    /// Serves until it is stopped. Called once, on the loop's own thread.
    func run() {
        dunlin_name_thread("dunlin.http.\(index)")
        threadID.store(UInt(pthread_self()), ordering: .relaxed)
        now = Self.clock()
        startAccepting()
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.eventCount) { events in
            while !(isStopping && connections.count == 0 && closeMailbox()) { turn(events) }
        }
        // A stop can come right behind a drain that was never seen.
        leaveListener()
        siblings = []
        gatherOwner = nil
        ready = []
        postponed = []
        unflushed = []
        // Another thread may get the number that this one had.
        threadID.store(0, ordering: .relaxed)
    }

    /// Takes no more messages; false when there are some, which may bring a connection.
    private func closeMailbox() -> Bool {
        mailbox.withLock { mailbox in
            mailbox.isOpen = !mailbox.messages.isEmpty
            return !mailbox.isOpen
        }
    }

    private func turn(_ events: UnsafeMutableBufferPointer<epoll_event>) {
        turnClock.wait(at: Self.nanoseconds())
        let count = max(0, Int(epoll_wait(epoll, events.baseAddress, Int32(events.count), timeout)))
        turnClock.begin(at: Self.nanoseconds(), count: count)
        now = Int64(turnClock.start / 1_000_000)
        var hasMail = false
        proceedPostponed()
        for index in 0..<count {
            arrival = turnClock.arrival(index)
            let token = events[index].data.u64
            switch token {
            // Mail of this very turn may have ended the listening, and its descriptor's number may mean another file now.
            case Self.listenerToken where hasLeftListener: break
            case Self.listenerToken: accept(most: configuration.eventLoopCount == 1 ? 64 : 1)
            case Self.wakeToken: hasMail = true
            default: connections[token]?.socketEvent(events[index].events)
            }
            if (index + 1) % Self.mailInterval == 0 { readMail() }
        }
        if hasMail {
            var count: eventfd_t = 0
            eventfd_read(wake, &count)
        }
        arrival = turnClock.start
        readMail()
        proceedReady()
        if scanSlot != nil || now - lastScan >= tick { scan() }
        flushAnswers()
    }

    private var timeout: Int32 {
        if !ready.isEmpty || !postponed.isEmpty || scanSlot != nil { return 0 }
        let hasNothingToTime = connections.count == 0 && acceptResume == nil && (index > 0 || state.pool.byteCount == 0)
        return hasNothingToTime ? -1 : Int32(tick)
    }

    private func readMail() {
        let messages = mailbox.withLock { mailbox in
            defer { mailbox.messages = [] }
            return mailbox.messages
        }
        for message in messages {
            switch message {
            case .answer(let connection, let sequence, let part): connection.answer(sequence, part)
            case .watch(let connection, let sequence, let action): connection.watch(sequence, action)
            case .watchSending(let connection, let sequence, let sending): connection.watch(sequence, sending)
            case .watchTaking(let connection, let sequence, let action): connection.watchTaking(sequence, action)
            case .adopt(let descriptor, let peer): adopt(descriptor, peer)
            case .resume(let connection): connection.resumeReceiving()
            case .consumed(let connection, let sequence, let count, let kept):
                connection.consumed(sequence, count, kept: kept)
            case .drain:
                leaveListener()
                for connection in connections.all { connection.drain() }
            case .stop(let deadline):
                leaveListener()
                isStopping = true
                stopDeadline = deadline
                for connection in connections.all { connection.stop() }
            }
        }
        flushAnswers()
    }

    private func proceedReady() {
        guard !ready.isEmpty else { return }
        let turn = ready
        ready = []
        for connection in turn {
            connection.isMarkedReady = false
            connection.proceed()
        }
    }

    // MARK: Handshakes

    /// Whether this turn has time for one more.
    func takesHandshake() -> Bool {
        handshakeCount += 1
        return handshakeCount <= Self.maxHandshakeCount
    }

    /// Lets a connection go on with its handshake in a later turn.
    func postpone(_ connection: Connection) { postponed.append(connection) }

    private func proceedPostponed() {
        handshakeCount = 0
        guard !postponed.isEmpty else { return }
        arrival = turnClock.start
        let turn = postponed
        postponed = []
        for connection in turn { connection.resumeHandshake() }
    }

    /// Lets a connection write what it was given to answer, once all answers that are there now were given.
    func flushLater(_ connection: Connection) { unflushed.append(connection) }

    private func flushAnswers() {
        while !unflushed.isEmpty {
            let turn = unflushed
            unflushed = []
            for connection in turn { connection.flushAnswers() }
        }
    }

    /// Lets a connection go on in the next turn.
    func markReady(_ connection: Connection) {
        guard !connection.isMarkedReady else { return }
        connection.isMarkedReady = true
        ready.append(connection)
    }

    /// Keeps time, some connections in each turn, so that thousands of idle ones hold nobody up.
    private func scan() {
        if scanSlot == nil { lastScan = now }
        if index == 0, now - lastRelease >= Self.releaseMilliseconds {
            lastRelease = now
            state.pool.releaseStale()
        }
        let first = scanSlot ?? 0
        let mustEnd = now >= stopDeadline
        let end = min(connections.slotCount, first + Self.scanSlotCount)
        for slot in first..<end {
            guard let connection = connections[slot: slot] else { continue }
            if mustEnd { connection.close() } else { connection.checkTime() }
        }
        scanSlot = end < connections.slotCount ? end : nil
        if let acceptResume, now >= acceptResume { startAccepting() }
    }

    // MARK: Accepting

    private func startAccepting() {
        acceptResume = nil
        guard !hasLeftListener, !isAccepting else { return }
        let events = dunlin_epoll_in | dunlin_epoll_exclusive
        isAccepting = dunlin_epoll_add(epoll, listener.descriptor, events, Self.listenerToken) == 0
    }

    private func accept(most: Int) {
        for _ in 0..<most {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let descriptor = dunlin_accept(listener.descriptor, &storage, &length)
            if descriptor >= 0 {
                share(descriptor, PeerAddress(storage))
                continue
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                if now >= nextAcceptWarning {
                    nextAcceptWarning = now + Self.acceptWarningMilliseconds
                    logger.warning("connections have to wait", ["reason": String(cString: strerror(errno))])
                }
                if isAccepting { _ = dunlin_epoll_remove(epoll, listener.descriptor) }
                isAccepting = false
                acceptResume = now + Self.acceptPauseMilliseconds
                return
            default: return
            }
        }
    }

    /// Gives a new connection to the loop that has the fewest: the kernel would wake the same loop for nearly all.
    private func share(_ descriptor: Int32, _ peer: PeerAddress) {
        var least = self
        for loop in hasLeftListener ? [] : siblings
        where loop.load.load(ordering: .relaxed) < least.load.load(ordering: .relaxed) {
            least = loop
        }
        // One that has ended takes none: the server is stopping, and this loop serves what it has accepted.
        least.load.wrappingAdd(1, ordering: .relaxed)
        if least !== self {
            if least.post(.adopt(descriptor: descriptor, peer)) { return }
            load.wrappingAdd(1, ordering: .relaxed)
        }
        adopt(descriptor, peer)
    }

    private func adopt(_ descriptor: Int32, _ peer: PeerAddress) {
        let open = state.connectionCount.wrappingAdd(1, ordering: .relaxed).newValue
        if listener.isTCP {
            var one: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        }
        let events = dunlin_epoll_in | dunlin_epoll_out | dunlin_epoll_rdhup | dunlin_epoll_edge
        let stream = SocketStream(descriptor: descriptor, state.tls)
        let connection = connections.insert { token in
            HTTP1Connection(
                loop: self, token: token, stream: stream ?? SocketStream(descriptor: descriptor), peer: peer)
        }
        guard stream != nil, open <= configuration.maxConnections + Self.maxRefusedConnections,
            dunlin_epoll_add(epoll, descriptor, events, connection.token) == 0
        else {
            connection.close()
            return
        }
        if open > configuration.maxConnections { connection.refuseBusy() }
        if isStopping { connection.stop() }
    }

    private func leaveListener() {
        guard !hasLeftListener else { return }
        hasLeftListener = true
        acceptResume = nil
        if isAccepting { _ = dunlin_epoll_remove(epoll, listener.descriptor) }
        isAccepting = false
        guard listener.leave() else { return }
        // Who has connected before the drain began is still served.
        accept(most: Int(Listener.backlog))
        acceptResume = nil
        listener.closeSocket()
    }

    /// Serves `connection` in the place of the one that had its token, from this turn on.
    func replace(with connection: Connection) {
        connections.replace(connection)
        markReady(connection)
    }

    /// Forgets a closed connection.
    func remove(_ connection: Connection) {
        connections.remove(connection.token)
        load.wrappingSubtract(1, ordering: .relaxed)
        state.connectionCount.wrappingSubtract(1, ordering: .relaxed)
        // What it gathered is dropped with the next claim.
        if gatherOwner === connection { gatherOwner = nil }
        if acceptResume != nil { startAccepting() }
    }

    // MARK: The gather: small pieces of one connection's output, sent together

    /// Must be called before anything is gathered for `connection`.
    func claimGather(_ connection: Connection) {
        // Who hears that an owner was closed here may have claimed it meanwhile.
        while let owner = gatherOwner, owner !== connection {
            flushGather(of: owner)
            if gatherOwner === owner { gatherOwner = nil }
        }
        guard gatherOwner == nil else { return }
        gatherBuffer.removeAll()
        gatherOwner = connection
    }

    func gatherHead(_ response: HTTPResponse, framing: ResponseHead.Framing, connection: ResponseHead.Connection) {
        ResponseHead.append(response, framing: framing, connection: connection, to: &gatherBuffer)
    }

    func gatherText(_ text: StaticString) { gatherBuffer.append(text) }

    func gatherChunkSize(_ count: Int) {
        gatherBuffer.append(utf8: String(count, radix: 16))
        gatherBuffer.append("\r\n")
    }

    /// Copies small segments; from the first large one on they are sent as they are, with what was gathered. The
    /// connection may be closed by it; then the gather is its own no more.
    func gather(_ segments: [Bytes], to connection: Connection) {
        for index in segments.indices {
            let segment = segments[index]
            if segment.count > Self.maxCopiedByteCount {
                transmitGathered(of: connection, segments[index...])
                return
            }
            gatherBuffer.append(segment)
            if gatherBuffer.count >= Self.gatherByteCount { flushGather(of: connection) }
            if connection.isClosed { return }
        }
    }

    var gatheredByteCount: Int { gatherBuffer.count }

    func gather(_ bytes: UnsafeRawBufferPointer) { gatherBuffer.append(bytes) }

    /// Lets what was gathered wait as the next thing to send; `connection` has the gather.
    func queueGathered(of connection: Connection) {
        guard gatherBuffer.count > 0 else { return }
        gatherBuffer.withUnsafeBytes { connection.output.queue(Bytes(copying: $0)) }
        gatherBuffer.removeAll()
    }

    /// Sends what waits and then what was gathered, as far as the socket takes it; `connection` has the gather. False when
    /// the connection is broken.
    func sendGathered(of connection: Connection) -> Bool {
        guard connection.output.isEmpty else {
            queueGathered(of: connection)
            return connection.output.drain()
        }
        guard gatherBuffer.count > 0 else { return true }
        defer { gatherBuffer.removeAll() }
        return gatherBuffer.withUnsafeBytes { connection.output.send($0, []) }
    }

    /// Sends what was gathered, when it is this connection's.
    func flushGather(of connection: Connection) {
        guard gatherOwner === connection, gatherBuffer.count > 0 else { return }
        transmitGathered(of: connection, [])
    }

    private func transmitGathered(of connection: Connection, _ segments: ArraySlice<Bytes>) {
        let goesOn = gatherBuffer.withUnsafeBytes { connection.transmit($0, segments) }
        gatherBuffer.removeAll()
        // Only now: who hears of the end may gather an answer to another client.
        if !goesOn { connection.close() }
    }
}

extension Duration {
    /// Whole milliseconds, rounded down, within what `Int64` holds.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflowed) = seconds.multipliedReportingOverflow(by: 1000)
        if overflowed { return seconds < 0 ? Int64.min / 2 : Int64.max / 2 }
        return max(Int64.min / 2, min(Int64.max / 2, product)) + attoseconds / 1_000_000_000_000_000
    }
}
