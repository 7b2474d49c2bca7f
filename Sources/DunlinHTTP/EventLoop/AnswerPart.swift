import DunlinBytes

/// One step of an answer, on its way to the loop that writes it.
enum AnswerPart: Sendable {
    /// A complete answer.
    case whole(HTTPResponse)
    /// The head of a streamed answer; its `body` is not looked at.
    case begin(HTTPResponse)
    case bytes(Bytes)
    case end
    /// Nothing more will come, though the answer has no end.
    case abandoned
}

/// What another thread asks of a loop.
enum LoopMessage: Sendable {
    case answer(Connection, sequence: UInt64, AnswerPart)
    case watch(Connection, sequence: UInt64, @Sendable () -> Void)
    case watchSending(Connection, sequence: UInt64, Sending)
    /// Serve a connection that another loop has accepted.
    case adopt(descriptor: Int32, PeerAddress)
    /// Memory for the body that the connection receives may have become free.
    case resume(Connection)
    case drain
    /// Close what is idle, wait for the rest until `deadline` (milliseconds of the loop's clock), then end.
    case stop(deadline: Int64)
}

/// An answer that is owed: requests are answered in the order they came, whatever the order of the replies.
struct Exchange {
    let sequence: UInt64
    let isHead: Bool
    let version: HTTPRequest.Version
    /// What the request said about the connection.
    let keepsAlive: Bool
    /// False for answers that HTTP gives itself.
    let isCounted: Bool
    /// Parts that wait for the answers before this one.
    var held: [AnswerPart] = []
    /// Set once the head of a streamed answer is written.
    var isChunked = false
    /// Called when nobody will read this answer any more.
    var onDisconnect: (@Sendable () -> Void)?
    /// Who wants to know when this answer is sent.
    var sending: Sending?
}
