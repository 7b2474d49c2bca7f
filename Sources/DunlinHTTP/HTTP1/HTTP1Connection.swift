import DunlinBytes
import DunlinTelemetry
import Synchronization

/// A connection that speaks HTTP/1.1 or 1.0: its parser and the answers it is owed.
///
/// `@unchecked Sendable` because its base class is: everything is touched on the loop's thread only, and the entries
/// check it.
final class HTTP1Connection: Connection, BodyReceiver, @unchecked Sendable {
    var parser: RequestParser
    /// Answers owed, oldest first; sequences are consecutive.
    var exchanges: [Exchange] = []
    var nextSequence: UInt64 = 0
    /// Input that was read but may not be parsed yet.
    var pendingInput = Bytes()
    var owesContinue = false
    private var isRefused = false
    /// An answer has told the client that the connection ends with it.
    var hasSaidClose = false
    /// What this connection has of the server's memory for arriving bodies.
    private var accountedByteCount = 0
    /// It waits for more of that memory.
    private(set) var isHeld = false
    /// Content of answers that wait for an earlier one.
    var heldByteCount = 0
    /// When the parser entered `timedPhase`, or was last held up by us.
    private var phaseStart: Int64
    private var timedPhase = RequestParser.Phase.idle
    private var timedSequence: UInt64 = 0
    private var wasPaused = false
    /// When the first byte of the request was read that is arriving; 0 when nobody wants to know.
    private var receiveStart: UInt64 = 0
    #if GRPC
        /// How much of HTTP/2's preface has come and nothing else yet; `nil` once something else has.
        private var matchedPreface: Int? = 0
    #endif
    /// Answers that a close has dropped, until those who wait for them are told.
    private var dropped: [Exchange] = []

    override init(loop: EventLoop, token: UInt64, stream: SocketStream, peer: PeerAddress) {
        parser = RequestParser(limits: loop.limits, pool: loop.state.pool)
        phaseStart = loop.now
        super.init(loop: loop, token: token, stream: stream, peer: peer)
    }

    /// Nothing is half done: neither a request nor an answer.
    var isIdle: Bool {
        exchanges.isEmpty && output.isEmpty && pendingInput.isEmpty && !hasBegun && lingerDeadline == nil
    }

    /// Requests wait for answers, answers for the client: reading on would only fill memory.
    private var isPaused: Bool {
        isHeld || exchanges.count >= loop.configuration.maxPipelinedRequests || !output.isEmpty
    }

    // MARK: Entries

    override func answer(_ sequence: UInt64, _ part: AnswerPart) { give(sequence, part) }

    override func watch(_ sequence: UInt64, _ action: @escaping @Sendable () -> Void) { join(sequence, action) }

    override func watch(_ sequence: UInt64, _ sending: Sending) {
        loop.assertCurrent()
        guard let first = exchanges.first, sequence >= first.sequence, sequence - first.sequence < exchanges.count
        else { return sending.finish(isSent: false) }
        exchanges[Int(sequence - first.sequence)].sending = sending
    }

    /// Reads, parses and answers until the socket is empty, the budget is used up or the client must wait.
    override func proceed() {
        loop.assertCurrent()
        guard !isClosed, !isProceeding else { return }
        guard !loop.isProceeding else {
            // Another connection's input lies in the loop's read buffer.
            loop.markReady(self)
            return
        }
        isProceeding = true
        loop.isProceeding = true
        if !output.isEmpty { flush() }
        if wasPaused && !isPaused { phaseStart = loop.now }
        var budget = Self.readBudget
        while !isClosed && lingerDeadline == nil && !isInputDone && !isPaused {
            if !pendingInput.isEmpty {
                let input = pendingInput
                pendingInput = Bytes()
                let consumed = input.withUnsafeBytes { consume($0) }
                pendingInput = input.dropFirst(consumed)
            } else if !isReadable {
                break
            } else if budget <= 0 {
                loop.markReady(self)
                break
            } else {
                budget -= receive()
            }
        }
        if lingerDeadline != nil && !isClosed { discardInput() }
        flush()
        isProceeding = false
        loop.isProceeding = false
        if owesProbe { probe() }
        finishIfDone()
        restartTimer()
    }

    /// One read; returns how many bytes came.
    private func receive() -> Int {
        askForBody(isTaken: false)
        if isHeld { return 0 }
        if let space = parser.bodySpace() {
            let count = read(into: UnsafeMutableRawBufferPointer(rebasing: space.prefix(Self.readBudget)))
            if count > 0 {
                parser.bodyReceived(count)
                _ = consume(UnsafeRawBufferPointer(start: nil, count: 0))
                askForBody(isTaken: true)
            }
            return count
        }
        let buffer = loop.readBuffer
        let count = read(into: buffer)
        guard count > 0 else { return 0 }
        let input = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        #if GRPC
            if let matched = matchedPreface, recognize(input, after: matched) { return count }
        #endif
        let consumed = consume(input)
        if consumed < count && !isClosed {
            pendingInput = Bytes(copying: UnsafeRawBufferPointer(rebasing: input[consumed...]))
        }
        askForBody(isTaken: true)
        return count
    }

    #if GRPC
        /// Looks whether the client speaks HTTP/2; true when the input belongs to that, or may.
        private func recognize(_ input: UnsafeRawBufferPointer, after matched: Int) -> Bool {
            switch HTTP2Preface.match(input, after: matched) {
            case .none:
                matchedPreface = nil
                // What was taken for the preface was the beginning of something else; it is no whole request.
                if matched > 0 { _ = consume(UnsafeRawBufferPointer(rebasing: HTTP2Preface.bytes[..<matched])) }
                return isClosed || isInputDone
            case .partial(let count):
                if matched == 0 { phaseStart = loop.now }
                matchedPreface = count
            case .whole:
                var received = BytesBuilder(capacity: matched + input.count)
                received.append(UnsafeRawBufferPointer(rebasing: HTTP2Preface.bytes[..<matched]))
                received.append(input)
                handOver(received.finish())
            }
            return true
        }

        /// Lets HTTP/2 go on in the place of this connection, with what was received so far, the preface included. Nothing
        /// was asked or answered yet.
        func handOver(_ input: Bytes) {
            parser.abandon()
            loop.replace(with: HTTP2Connection(inPlaceOf: self, input: input))
        }
    #endif

    /// Whether the beginning of a request, or of HTTP/2, has come and not its end.
    private var hasBegun: Bool {
        #if GRPC
            if let matchedPreface, matchedPreface > 0 { return true }
        #endif
        return parser.phase != .idle
    }

    func resumeLater() { loop.post(.resume(self)) }

    /// Asks for the memory that the body needs next, or tells of what it has taken.
    private func askForBody(isTaken: Bool) {
        let wanted = isClosed ? 0 : isTaken ? parser.bodyCapacity : parser.nextBodyCapacity
        guard wanted != accountedByteCount || isHeld else { return }
        let receiving = loop.state.receiving
        var isAdmitted = true
        if wanted == 0 {
            receiving.release(self)
        } else {
            isAdmitted = isTaken ? receiving.note(self, taken: wanted) : receiving.ask(self, for: wanted)
        }
        if isAdmitted || isTaken { accountedByteCount = wanted }
        isHeld = !isAdmitted
    }

    /// Called when memory for bodies may have become free.
    override func resumeReceiving() {
        loop.assertCurrent()
        guard isHeld, !isClosed else { return }
        askForBody(isTaken: false)
        if isHeld { return }
        sendContinueIfOwed()
        flush()
        proceed()
    }

    /// Parses until the input is used up or the connection must wait; returns how much was consumed.
    private func consume(_ input: UnsafeRawBufferPointer) -> Int {
        var position = 0
        repeat {
            if parser.phase == .idle, position < input.count, loop.state.timing.isOn {
                receiveStart = TimingSwitch.nanoseconds()
            }
            switch parser.next(input, &position) {
            case .needsMore: return position
            case .bodyExpected(let awaitsContinue):
                if let refusal = refusalInAdvance {
                    refuse(refusal)
                    return input.count
                }
                guard awaitsContinue else { break }
                owesContinue = true
                askForBody(isTaken: true)
                sendContinueIfOwed()
            case .failure(let error):
                loop.logger.debug("request refused", ["peer": peer, "status": error.status, "reason": error.message])
                refuse(error)
                return input.count
            case .request(var request, let keepsAlive):
                owesContinue = false
                request.peer = peer
                if receiveStart != 0 {
                    request.receiveStart = receiveStart
                    request.receiveEnd = TimingSwitch.nanoseconds()
                    receiveStart = 0
                }
                dispatch(request, keepsAlive: keepsAlive)
            }
        } while position < input.count && !isClosed && !isInputDone && !isPaused
        return position
    }

    private func dispatch(_ request: HTTPRequest, keepsAlive: Bool) {
        let sequence = nextSequence
        nextSequence += 1
        if !keepsAlive { isInputDone = true }
        exchanges.append(
            Exchange(
                sequence: sequence, isHead: request.method == .head, version: request.version, keepsAlive: keepsAlive,
                isCounted: true))
        loop.state.inFlightCount.wrappingAdd(1, ordering: .relaxed)
        var request = request
        request.received = loop.arrival
        loop.respond(request, HTTPReply(connection: self, sequence: sequence, acceptedCoding: request.acceptedCoding))
    }

    /// The answer to a request whatever its large body is, if that is known.
    private var refusalInAdvance: HTTPResponse? {
        guard let refusal = loop.state.refusal, var request = parser.announced else { return nil }
        request.peer = peer
        return refusal(request)
    }

    private func refuse(_ error: RequestError) { refuse(.error(error.status, error.message)) }

    /// Answers for a request that never became one, after the answers before it.
    private func refuse(_ response: HTTPResponse) {
        isInputDone = true
        isRefused = true
        owesContinue = false
        parser.abandon()
        askForBody(isTaken: true)
        pendingInput = Bytes()
        let sequence = nextSequence
        nextSequence += 1
        exchanges.append(
            Exchange(sequence: sequence, isHead: false, version: .http11, keepsAlive: false, isCounted: false))
        answer(sequence, .whole(response))
    }

    /// Turns a fresh connection away: one answer, then it is closed.
    override func refuseBusy() {
        // A handshake costs more than it would say.
        if stream.isHandshaking { return close() }
        refuse(RequestError(503, "the server has \(loop.configuration.maxConnections) connections and takes no more"))
    }

    override func refusePlainText() {
        let error = RequestError(400, "this port speaks TLS and got a request without it: use https")
        loop.logger.debug("request refused", ["peer": peer, "status": error.status, "reason": error.message])
        refuse(error)
    }

    override var owesAnswers: Bool { !exchanges.isEmpty }

    // MARK: Time and end

    /// Called by the loop now and then.
    override func checkTime() {
        loop.assertCurrent()
        let now = loop.now
        if let lingerDeadline {
            if now >= lingerDeadline { close() }
            return
        }
        if awaitsHandshake() { return }
        if !output.isEmpty {
            if !output.keepsPace(loop.pace, timeout: loop.writeTimeout, now: now) { closeSlowReader() }
            return
        }
        if isPaused || isInputDone || isMarkedReady { return }
        let waited = now - phaseStart
        switch parser.phase {
        case .idle where hasBegun: if waited >= loop.headerTimeout { close() }
        case .idle: if exchanges.isEmpty && waited >= loop.idleTimeout { close() }
        case .head: if waited >= loop.headerTimeout { timeOut("header") }
        case .body:
            if waited >= loop.bodyTimeout || loop.pace.isTooSlow(parser.bodyReceivedCount, in: waited) {
                timeOut("body")
            }
        case .failed: break
        }
    }

    private func timeOut(_ part: String) {
        refuse(RequestError(408, "the request \(part) did not arrive in time"))
        proceed()
    }

    private func restartTimer() {
        wasPaused = isPaused
        if parser.phase != timedPhase || nextSequence != timedSequence || !hasBegun {
            timedPhase = parser.phase
            timedSequence = nextSequence
            phaseStart = loop.now
        }
    }

    /// Closes when the last answer is out and nothing more is read.
    private func finishIfDone() {
        guard !isClosed, lingerDeadline == nil else { return }
        if loop.isStopping && isIdle {
            close()
            return
        }
        guard isInputDone, exchanges.isEmpty, output.isEmpty else { return }
        if !isReadable && (hasSeenEnd || !isRefused && pendingInput.isEmpty && parser.phase == .idle) {
            close()
            return
        }
        pendingInput = Bytes()
        linger()
    }

    override func letGo() {
        dropped = takeExchanges()
        pendingInput = Bytes()
        parser.abandon()
        askForBody(isTaken: true)
    }

    override func tellOfEnd() {
        let told = dropped
        dropped = []
        Self.tell(told)
    }
}
