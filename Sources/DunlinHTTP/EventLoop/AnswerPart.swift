import DunlinBytes

/// One step of an answer, on its way to the loop that writes it.
enum AnswerPart: Sendable {
    /// A complete answer.
    case whole(HTTPResponse)
    /// The head of a streamed answer; its `body` is not looked at.
    case begin(HTTPResponse)
    /// A piece of a streamed answer, which may lie in several places.
    case bytes([Bytes])
    /// Trailers are sent over HTTP/2; HTTP/1 leaves them out.
    case end(trailers: [(name: String, value: String)])
    /// Nothing more will come, though the answer has no end.
    case abandoned
}

extension AnswerPart {
    /// Bytes of content this part keeps in memory.
    var byteCount: Int {
        switch self {
        case .whole(let response): response.bodyByteCount
        case .bytes(let segments): segments.reduce(0) { $0 + $1.count }
        case .begin, .end, .abandoned: 0
        }
    }
}

/// What another thread asks of a loop.
enum LoopMessage: Sendable {
    case answer(Connection, sequence: UInt64, AnswerPart)
    case watch(Connection, sequence: UInt64, @Sendable () -> Void)
    case watchSending(Connection, sequence: UInt64, Sending)
    case watchTaking(Connection, sequence: UInt64, @Sendable (Int) -> Void)
    /// Serve a connection that another loop has accepted.
    case adopt(descriptor: Int32, PeerAddress)
    /// Memory for the body that the connection receives may have become free.
    case resume(Connection)
    /// A request's body that is handed over in pieces: the client may send so many bytes more, and `kept` more are kept.
    case consumed(Connection, sequence: UInt64, Int, kept: Int)
    case drain
    /// Close what is idle, wait for the rest until `deadline` (milliseconds of the loop's clock), then end.
    case stop(deadline: Int64)
}
