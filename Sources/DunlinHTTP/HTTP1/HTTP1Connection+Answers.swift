import DunlinBytes
import DunlinTelemetry
import Synchronization

/// Answers: their order, their form on the wire, and what the client is slow to take.
extension HTTP1Connection {
    /// Takes a part of an answer; written now when it is its turn.
    func give(_ sequence: UInt64, _ part: AnswerPart) {
        loop.assertCurrent()
        guard !isClosed, let first = exchanges.first, sequence >= first.sequence,
            sequence - first.sequence < exchanges.count
        else { return }
        let index = Int(sequence - first.sequence)
        if index > 0 {
            exchanges[index].held.append(part)
            heldByteCount += part.byteCount
            // What is held alone may be as large as it likes: it is a single answer.
            if heldByteCount > part.byteCount && heldByteCount > loop.configuration.maxBufferedResponseByteCount {
                closeSlowReader()
            }
            return
        }
        loop.claimGather(self)
        if write(part) { writeHeldAnswers() }
        if isClosed || isProceeding { return }
        flush()
        proceed()
    }

    /// Writes what waited behind the answer that is complete now, as far as it is there.
    private func writeHeldAnswers() {
        while !isClosed, !exchanges.isEmpty, !exchanges[0].held.isEmpty {
            let parts = exchanges[0].held
            exchanges[0].held = []
            var isComplete = false
            for part in parts where !isClosed {
                heldByteCount -= part.byteCount
                isComplete = write(part)
            }
            if !isComplete { break }
        }
        sendContinueIfOwed()
    }

    /// Writes a part of the oldest answer; true when that answer is complete with it.
    private func write(_ part: AnswerPart) -> Bool {
        let exchange = exchanges[0]
        exchange.sending?.begin(part)
        switch part {
        case .whole(let response):
            writeWhole(response, exchange)
        case .begin(let response):
            let isChunked = exchange.version == .http11
            exchanges[0].isChunked = isChunked
            let connection: ResponseHead.Connection = isChunked && !closes(after: exchange) ? .implied : .close
            if connection == .close { sayClose() }
            loop.gatherHead(response, framing: isChunked ? .chunked : .none, connection: connection)
            return false
        case .bytes(let segments):
            if exchange.isHead { return false }
            if exchange.isChunked { loop.gatherChunkSize(part.byteCount) }
            loop.gather(segments, to: self)
            if exchange.isChunked && !isClosed { loop.gatherText("\r\n") }
            return false
        case .end:
            if exchange.isChunked && !exchange.isHead { loop.gatherText("0\r\n\r\n") }
        case .abandoned:
            // The client can only learn from a connection that breaks off that the answer is not whole.
            close()
            return false
        }
        // Writing may have found the client gone.
        guard !isClosed else { return false }
        exchanges.removeFirst()
        if let sending = exchange.sending { sendings.append(sending) }
        if exchange.isCounted { loop.state.inFlightCount.wrappingSubtract(1, ordering: .relaxed) }
        if hasSaidClose { dropExchanges() }
        return true
    }

    private func writeWhole(_ response: HTTPResponse, _ exchange: Exchange) {
        let closes = closes(after: exchange)
        if closes { sayClose() }
        let connection: ResponseHead.Connection =
            closes ? .close : exchange.version == .http10 ? .keepAlive : .implied
        let hasBody = response.status != 204 && response.status != 304
        loop.gatherHead(response, framing: hasBody ? .length(response.bodyByteCount) : .none, connection: connection)
        if hasBody && !exchange.isHead { loop.gather(response.body, to: self) }
    }

    /// While draining the last answer owed closes the connection: after it said so nothing else may follow.
    private func closes(after exchange: Exchange) -> Bool {
        if !exchange.keepsAlive { return true }
        return loop.state.isDraining.load(ordering: .relaxed) && exchanges.count == 1 && pendingInput.isEmpty
            && parser.phase == .idle
    }

    private func sayClose() {
        hasSaidClose = true
        isInputDone = true
    }

    func sendContinueIfOwed() {
        guard owesContinue, !isHeld, exchanges.isEmpty, !isClosed else { return }
        owesContinue = false
        loop.claimGather(self)
        loop.gatherText("HTTP/1.1 100 Continue\r\n\r\n")
    }
}
