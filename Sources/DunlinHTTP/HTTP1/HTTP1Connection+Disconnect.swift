import Synchronization

/// Clients that go away: how that is found out, and who is told.
///
/// A reset, or the end of both sides, means that nobody reads any more, and the connection is closed. The end of the
/// client's side alone says nothing: HTTP/1.1 allows a client to end its side and to go on reading (RFC 9112, 9.6), and
/// over TCP a closed socket looks the same. So a client that ends its side while its answer is pending is sent
/// `100 Continue`, which every HTTP/1.1 client must expect before an answer (RFC 9110, 15.2): one that reads passes
/// over it, and for one that is gone its kernel answers with a reset.
extension HTTP1Connection {
    /// Sends an interim answer to a client that has ended its side, when nothing else is on its way to it.
    ///
    /// Not to HTTP/1.0, which knows no interim answers, and not in the middle of an answer, which does the same.
    /// A request that is still being read is waited for: the end of a client that sent much and left is seen before it.
    func probe() {
        guard !isClosed, let first = exchanges.first else { return }
        owesProbe = false
        guard first.version == .http11, !first.isChunked, output.isEmpty else { return }
        loop.claimGather(self)
        loop.gatherText("HTTP/1.1 100 Continue\r\n\r\n")
        flush()
    }

    /// Calls `action` when this connection ends before the answer `sequence` is complete; at once when it has ended.
    func join(_ sequence: UInt64, _ action: @escaping @Sendable () -> Void) {
        loop.assertCurrent()
        guard let first = exchanges.first, sequence >= first.sequence, sequence - first.sequence < exchanges.count
        else {
            if isClosed || hasSaidClose { action() }
            return
        }
        let index = Int(sequence - first.sequence)
        guard let earlier = exchanges[index].onDisconnect else {
            exchanges[index].onDisconnect = action
            return
        }
        exchanges[index].onDisconnect = {
            earlier()
            action()
        }
    }

    /// Nobody will read the answers that are owed.
    func dropExchanges() {
        let dropped = takeExchanges()
        Self.tell(dropped)
    }

    func takeExchanges() -> [Exchange] {
        for exchange in exchanges where exchange.isCounted {
            loop.state.inFlightCount.wrappingSubtract(1, ordering: .relaxed)
        }
        defer { exchanges = [] }
        return exchanges
    }

    /// Tells who wanted to know. They may use their replies, which finds nothing to do.
    static func tell(_ dropped: [Exchange]) {
        for exchange in dropped {
            exchange.onDisconnect?()
            exchange.sending?.finish(isSent: false)
        }
    }
}
