import Dispatch
import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols
import Synchronization

/// The messages of one streamed request, one after the other, and the answers to them in the same order.
///
/// What a message is answered with may be there before what earlier ones are; it then waits. While `maxOpenCount` messages are
/// unanswered no more are read, and the client's flow control holds it back.
final class GRPCMessageStream: Sendable {
    /// Messages of one stream that may be unanswered.
    static let maxOpenCount = 64

    /// What to do with a message, which has a number. `answer` is to be called once for it, from any thread.
    typealias Action = @Sendable (_ message: Bytes, _ number: Int, _ stream: GRPCMessageStream) -> Void

    private struct State: ~Copyable {
        var frames: GRPCFrameReader
        /// Bytes that the client has not been given back.
        var owedByteCount = 0
        /// The next message's number, and the number of the next answer to be sent.
        var received = 0
        var sent = 0
        var early: [Int: Answer] = [:]
        var hasEnded = false
        /// The last answer was sent, or nobody is there to take one.
        var isOver = false
        /// The server stops: what is whole by now is still read and answered, and what comes later is dropped.
        var isStopping = false
        var hasDropped = false
        /// All that is to be read was.
        var isExhausted = false
        /// Whether a thread reads messages, or sends answers, now; who comes meanwhile leaves it to that one.
        var isReading = false
        var isSending = false
    }

    /// What a message is answered with.
    enum Answer: Sendable {
        case item([Bytes])
        /// The stream ends with this status.
        case end([(name: String, value: String)])
    }

    private let body: HTTPBodyStream
    private let reply: GRPCReply
    private let coding: GRPCCoding
    private let queue: DispatchQueue
    private let isLarge: @Sendable (Bytes) -> Bool
    private let action: Action
    private let state: Mutex<State>

    /// - Parameters:
    ///   - queue: Where messages are read that `isLarge` says so of, and compressed ones.
    private init(
        _ body: HTTPBodyStream, _ reply: GRPCReply, _ coding: GRPCCoding, maxByteCount: Int, queue: DispatchQueue,
        isLarge: @escaping @Sendable (Bytes) -> Bool, _ action: @escaping Action
    ) {
        (self.body, self.reply, self.coding, self.queue) = (body, reply, coding, queue)
        self.isLarge = isLarge
        self.action = action
        state = Mutex(State(frames: GRPCFrameReader(maxByteCount: maxByteCount)))
    }

    /// An endpoint for a stream of messages.
    static func endpoint(
        isLarge: @escaping @Sendable (Bytes, Server) -> Bool = { _, _ in false },
        _ make: @escaping @Sendable (Call, Server, GRPCReply) throws(InferError) -> Action
    ) -> Endpoint {
        { call, server, reply in
            guard let coding = GRPCCoding(call, reply) else { return }
            let grpc = GRPCReply(http: reply.http, coding: coding.ofAnswers)
            grpc.answer { () throws(InferError) in
                // A whole body is a stream that came at once.
                let body = call.request.bodyStream ?? HTTPBodyStream()
                let stream = GRPCMessageStream(
                    body, grpc, coding, maxByteCount: server.configuration.maxBodyByteCount, queue: server.codecQueue,
                    isLarge: { isLarge($0, server) }, try make(call, server, grpc))
                grpc.begin()
                server.openStreams.add(stream)
                guard call.request.bodyStream == nil else { return body.receive { stream.take($0) } }
                if !call.body.isEmpty { stream.take(.bytes(call.body)) }
                stream.take(.end)
            }
        }
    }

    /// Ends the stream when all that has come is answered; at once where nothing is under way. From any thread.
    func stop() {
        state.withLock { $0.isStopping = true }
        read()
    }

    private func take(_ event: HTTPBodyStream.Event) {
        let consumed = state.withLock { state in
            switch event {
            case .end: state.hasEnded = !state.hasDropped
            case .bytes(let bytes):
                // What comes after the end of the answer is of no use.
                if state.isOver || state.isStopping {
                    state.hasDropped = true
                    return bytes.count
                }
                state.frames.append(bytes)
                if state.received - state.sent < Self.maxOpenCount { return bytes.count }
                state.owedByteCount += bytes.count
            }
            return 0
        }
        if consumed > 0 { body.consumed(consumed) }
        read()
    }

    // MARK: Messages

    private enum Step { case message(GRPCFrameReader.Message, Int), failure(InferError, Int), end, wait }

    /// Reads the messages that are there.
    private func read() {
        let begins = state.withLock { state in
            guard !state.isReading else { return false }
            state.isReading = true
            return true
        }
        if begins { readOn() }
    }

    private func readOn() {
        while true {
            switch next() {
            case .wait: return
            case .end: return send()
            case .failure(let error, let number): answer(number, .end(GRPCReply.status(error)))
            case .message(let (message, isCompressed), let number):
                guard isCompressed || isLarge(message) else {
                    action(message, number, self)
                    continue
                }
                // Those behind it wait: messages are handed on in their order.
                return queue.async {
                    do throws(InferError) {
                        if isCompressed { try self.coding.check() }
                        let plain = isCompressed ? try self.coding.inflate(message, self.reply.http) : message
                        self.action(plain, number, self)
                    } catch { self.answer(number, .end(GRPCReply.status(error))) }
                    self.readOn()
                }
            }
        }
    }

    private func next() -> Step {
        var owed = 0
        let step: Step = state.withLock { state in
            guard !state.isOver, state.received - state.sent < Self.maxOpenCount else {
                state.isReading = false
                return .wait
            }
            (owed, state.owedByteCount) = (state.owedByteCount, 0)
            do throws(InferError) {
                if let message = try state.frames.next() {
                    state.received += 1
                    return .message(message, state.received - 1)
                }
                guard state.hasEnded || state.isStopping else {
                    state.isReading = false
                    return .wait
                }
                guard !state.frames.isInsideMessage || state.isStopping else {
                    throw InferError(.internal, "gRPC message: the stream ends inside of one")
                }
                // Stays `isReading`: there is nothing more.
                state.isExhausted = true
                return .end
            } catch {
                state.received += 1
                state.hasEnded = true
                state.frames = GRPCFrameReader(maxByteCount: 0)
                return .failure(error, state.received - 1)
            }
        }
        if owed > 0 { body.consumed(owed) }
        return step
    }

    // MARK: Answers

    /// Answers the message with this number.
    func answer(_ number: Int, _ answer: Answer) {
        state.withLock { $0.early[number] = answer }
        send()
        read()
    }

    /// Sends what is there and next, and the end after the last.
    private func send() {
        let begins = state.withLock { state in
            guard !state.isSending, !state.isOver else { return false }
            state.isSending = true
            return true
        }
        guard begins else { return }
        while let answer = nextAnswer() {
            switch answer {
            case .item(let segments): reply.write(segments)
            case .end(let status): reply.end(status)
            }
        }
    }

    private func nextAnswer() -> Answer? {
        state.withLock { state in
            if let answer = state.early.removeValue(forKey: state.sent) {
                state.sent += 1
                if case .end = answer { state.isOver = true }
                return answer
            }
            let isDone = state.hasEnded && state.sent == state.received && !state.frames.isInsideMessage
            if isDone, !state.isOver {
                state.isOver = true
                return .end(GRPCReply.ok)
            }
            if state.isExhausted, state.sent == state.received, !state.isOver {
                state.isOver = true
                return .end(Self.stopped)
            }
            state.isSending = false
            return nil
        }
    }

    /// How calls end that a server which stops has open.
    static let stopped = GRPCReply.status(InferError(.unavailable, "the server stops"))
}
