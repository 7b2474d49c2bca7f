import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols

/// One request and its answer, whole, on a connection of its own.
protocol LoadDialogue: AnyObject {
    /// Sends what the socket takes; false when the connection is broken.
    func send(on stream: SocketStream) -> Bool
    /// Whether there is more to send than the socket took.
    var isSending: Bool { get }
    func receive(_ input: UnsafeRawBufferPointer) throws(ResponseParser.Malformed)
    /// The server sends no more.
    func receiveEnd() throws(ResponseParser.Malformed)
    /// `nil` until the answer is complete.
    var answer: LoadAnswer? { get }
}

/// An answer that was waited for.
struct LoadAnswer {
    var outcome: LoadOutcome
    /// Of a success: the body, over gRPC the message.
    var body: Bytes

    /// What is there instead of a success; `nil` for a success.
    var refusal: String? {
        switch outcome {
        case .success: nil
        case .refusal(let kind, let example): "\(kind): \(example)"
        case .failure(_, let example): example
        }
    }
}

final class HTTP1Dialogue: LoadDialogue {
    private let message: Bytes
    private var sentCount = 0
    private var parser = ResponseParser(keepsBody: true)

    /// - Parameter message: All of the request.
    init(_ message: Bytes) { self.message = message }

    var isSending: Bool { sentCount < message.count }

    func send(on stream: SocketStream) -> Bool {
        while isSending {
            switch message.withUnsafeBytes({ stream.send(UnsafeRawBufferPointer(rebasing: $0[sentCount...])) }) {
            case .bytes(let count): sentCount += count
            case .blocked: return true
            case .broken: return false
            }
        }
        return true
    }

    func receive(_ input: UnsafeRawBufferPointer) throws(ResponseParser.Malformed) { _ = try parser.consume(input) }

    func receiveEnd() throws(ResponseParser.Malformed) {
        guard parser.close() else { throw ResponseParser.Malformed("the connection was closed") }
    }

    var answer: LoadAnswer? {
        guard parser.isComplete else { return nil }
        let body = Bytes(parser.excerpt)
        guard (200..<300).contains(parser.status) else {
            let text = String(body.string.prefix(ResponseParser.maxExcerptByteCount))
            return LoadAnswer(outcome: .refusal(kind: String(parser.status), example: text), body: Bytes())
        }
        return LoadAnswer(outcome: .success, body: body)
    }
}

#if GRPC
    final class GRPCDialogue: LoadDialogue, HTTP2ClientEvents {
        private var session: HTTP2ClientSession?
        private var content = GRPCAnswer(keepsBody: true)
        private(set) var answer: LoadAnswer?

        /// - Parameter message: Framed.
        init(_ fields: [(name: String, value: String)], _ message: Bytes) {
            session = HTTP2ClientSession(fields: fields, events: self)
            _ = session?.begin(message, ticket: 0)
        }

        /// What flow control lets go waits for the server's words, not for the socket.
        var isSending: Bool { false }

        func send(on stream: SocketStream) -> Bool { session?.flush(stream) ?? false }

        func receive(_ input: UnsafeRawBufferPointer) throws(ResponseParser.Malformed) {
            if let problem = session?.receive(input) { throw ResponseParser.Malformed(problem) }
            if answer == nil, session?.isOver != false {
                throw ResponseParser.Malformed("the server does not keep to HTTP/2")
            }
        }

        func receiveEnd() throws(ResponseParser.Malformed) {
            throw ResponseParser.Malformed("the connection was closed")
        }

        func field(_ ticket: Int, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
            content.field(name, value)
        }

        func body(_ ticket: Int, _ bytes: UnsafeRawBufferPointer) { content.body(bytes) }

        func ended(_ ticket: Int, _ code: HTTP2ErrorCode) {
            let outcome = content.outcome(code)
            let body = outcome == .success ? Bytes(content.excerpt).dropFirst(GRPCFrame.prefixByteCount) : Bytes()
            answer = LoadAnswer(outcome: outcome, body: body)
        }
    }
#endif
