package import DunlinBytes
import Synchronization

/// The way back to one client for one request. Any thread may use it; it is answered exactly once.
///
/// Either `send`, or `begin`, any number of `write` and `end`. On the thread of the connection's loop the answer
/// is written directly, elsewhere the loop is woken. Answering twice is a programmer error: debug builds trap,
/// release builds ignore it. A reply that is let go unanswered answers 500.
package final class HTTPReply: Sendable {
    private enum State { static let open = 0, streaming = 1, done = 2 }

    private let connection: Connection
    private let sequence: UInt64
    /// Says that this answer alone reaches nobody any more; `nil` when it ends with its connection and not before.
    private let cancellation: ReplyCancellation?
    /// What the client wants a large answer compressed with.
    private let acceptedCoding: ContentCoding
    private let state = Atomic<Int>(State.open)
    /// Set once a part went through the loop's mailbox; later parts then follow it there, to keep the order.
    private let usesMailbox = Atomic<Bool>(false)
    /// Changes the head, or the whole, of the answer before it is sent.
    private let amend: (@Sendable (inout HTTPResponse) -> Void)?

    init(
        connection: Connection, sequence: UInt64, cancellation: ReplyCancellation? = nil,
        acceptedCoding: ContentCoding = .identity,
        amend: (@Sendable (inout HTTPResponse) -> Void)? = nil
    ) {
        self.connection = connection
        self.sequence = sequence
        self.cancellation = cancellation
        self.acceptedCoding = acceptedCoding
        self.amend = amend
    }

    /// A reply in the place of this one, which must not be used any more: what is sent through it goes through `change`
    /// first, and then through what this reply itself amends. Of a streamed answer `change` gets the head, with an empty
    /// body. It must not block, and may run on any thread.
    package func amending(_ change: @escaping @Sendable (inout HTTPResponse) -> Void) -> HTTPReply {
        guard advance(from: State.open, to: State.done) else { return self }
        guard let amend else {
            return HTTPReply(
                connection: connection, sequence: sequence, cancellation: cancellation,
                acceptedCoding: acceptedCoding, amend: change)
        }
        return HTTPReply(
            connection: connection, sequence: sequence, cancellation: cancellation, acceptedCoding: acceptedCoding
        ) { response in
            change(&response)
            amend(&response)
        }
    }

    private func amended(_ response: HTTPResponse) -> HTTPResponse {
        guard let amend else { return response }
        var response = response
        amend(&response)
        return response
    }

    deinit {
        switch state.load(ordering: .relaxed) {
        case State.open:
            let answer = amended(.error(500, "the server did not answer this request"))
            connection.loop.post(.answer(connection, sequence: sequence, .whole(answer)))
        case State.streaming: connection.loop.post(.answer(connection, sequence: sequence, .abandoned))
        default: break
        }
    }

    /// Calls `action` when the client's connection ends, or the request's stream is reset, before this answer is complete, so that work for it is in vain.
    ///
    /// A client that ends its own side and goes on reading is not gone. `action` runs once, on the loop's thread, or
    /// at once on this one when the connection has ended; it must not block. It is let go with the answer, and may
    /// still run when the answer is given at the same moment on another thread. Later actions join earlier ones.
    package func onDisconnect(_ action: @escaping @Sendable () -> Void) {
        let loop = connection.loop
        if loop.isCurrent {
            connection.watch(sequence, action)
        } else if !loop.post(.watch(connection, sequence: sequence, action)) {
            action()
        }
    }

    /// Calls `action` once, on the loop's thread: when the operating system has taken the whole answer, or the connection
    /// has ended before. To be called before the answer is given.
    package func onSent(_ action: @escaping @Sendable (SendingTimes) -> Void) {
        let loop = connection.loop
        let sending = Sending(action)
        if loop.isCurrent {
            connection.watch(sequence, sending)
        } else if !loop.post(.watchSending(connection, sequence: sequence, sending)) {
            sending.finish(isSent: false)
        }
    }

    /// Calls `action`, on the loop's thread, with how many further bytes of this streamed answer its client has taken, so
    /// that a slow one can be waited for. To be called before `begin`; over HTTP/1 nothing is told.
    package func onTaken(_ action: @escaping @Sendable (Int) -> Void) {
        let loop = connection.loop
        if loop.isCurrent {
            connection.watchTaking(sequence, action)
        } else {
            loop.post(.watchTaking(connection, sequence: sequence, action))
        }
    }

    /// Whether the whole answer was given.
    package var isAnswered: Bool { state.load(ordering: .relaxed) == State.done }

    /// Whether the client's connection, or its one request's stream, has ended, so that work for this answer is in vain. Sending is still allowed.
    package var isCancelled: Bool {
        guard let cancellation else { return connection.isCancelled.load(ordering: .relaxed) }
        return cancellation.isSet.load(ordering: .relaxed)
    }

    /// Sends the whole answer, compressed where it is large and the client wants it; that happens on another thread.
    package func send(_ response: HTTPResponse) {
        guard advance(from: State.open, to: State.done) else { return }
        let response = amended(response)
        guard codec.isCompressible(response) else { return deliver(.whole(response)) }
        guard acceptedCoding != .identity else { return deliver(.whole(codec.compress(response, .identity))) }
        codec.later { self.deliver(.whole(self.codec.compress(response, self.acceptedCoding))) }
    }

    var codec: ContentCodec { connection.loop.state.codec }

    /// Starts a streamed answer, never compressed: chunked, or until the connection closes for HTTP/1.0.
    package func begin(
        status: Int, contentType: HTTPContentType? = nil, headers: [(name: String, value: String)] = []
    ) {
        guard advance(from: State.open, to: State.streaming) else { return }
        deliver(.begin(amended(HTTPResponse(status: status, contentType: contentType, headers: headers))))
    }

    /// Sends a piece of a streamed answer at once; empty pieces are skipped.
    package func write(_ bytes: Bytes) { write([bytes]) }

    /// Sends a piece that lies in several places.
    package func write(_ segments: [Bytes]) {
        guard state.load(ordering: .relaxed) == State.streaming else {
            assertionFailure("a piece was written outside begin and end")
            return
        }
        if segments.contains(where: { !$0.isEmpty }) { deliver(.bytes(segments)) }
    }

    /// Ends a streamed answer. Over HTTP/1 the trailers are left out.
    package func end(trailers: [(name: String, value: String)] = []) {
        guard advance(from: State.streaming, to: State.done) else { return }
        deliver(.end(trailers: trailers))
    }

    private func advance(from: Int, to: Int) -> Bool {
        let (exchanged, _) = state.compareExchange(expected: from, desired: to, ordering: .relaxed)
        if !exchanged { assertionFailure("a request was answered twice or in the wrong order") }
        return exchanged
    }

    private func deliver(_ part: AnswerPart) {
        let loop = connection.loop
        if loop.isCurrent && !usesMailbox.load(ordering: .relaxed) {
            connection.answer(sequence, part)
        } else {
            usesMailbox.store(true, ordering: .relaxed)
            loop.post(.answer(connection, sequence: sequence, part))
        }
    }
}
