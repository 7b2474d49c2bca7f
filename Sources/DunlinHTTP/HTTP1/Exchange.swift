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
