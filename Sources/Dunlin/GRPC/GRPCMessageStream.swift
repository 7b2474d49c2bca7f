import Dispatch
import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols
import Synchronization

/// The messages of one streamed request, one after the other, and the answers to them in the same order.
///
/// What a message is answered with may be there before what earlier ones are; it then waits, as it does while the client takes
/// too little of the answers. While `maxOpenCount` messages are unanswered no more are read, and the client's flow control
/// holds it back.
final class GRPCMessageStream: Sendable {
    /// Messages of one stream that may be unanswered.
    static let maxOpenCount = 64
    /// Bytes of answers that may wait for the client; those behind them are not sent before. One answer may be larger.
    static let maxWaitingByteCount = 256 << 10

    /// What to do with a message, which has a number. `answer` is to be called once for it, from any thread.
    typealias Action = @Sendable (_ message: Bytes, _ number: Int, _ stream: GRPCMessageStream) -> Void

    private struct State: ~Copyable {
        var frames: GRPCFrameReader
        /// Bytes that the client has not been given back.
        var owedByteCount = 0
        /// Bytes of a message that is not whole, as far as they were told of.
        var keptByteCount = 0
        /// The next message's number, and the number of the next answer to be sent.
        var received = 0
        var sent = 0
        var early: [Int: Answer] = [:]
        /// Bytes of answers that were sent and that the client has not taken.
        var waitingByteCount = 0
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

        /// Keeps so many bytes of a message that is not whole; returns how many more than before.
        mutating func keep(_ byteCount: Int) -> Int {
            defer { keptByteCount = byteCount }
            return byteCount - keptByteCount
        }
    }

    /// What a message is answered with.
    enum Answer: Sendable {
        case item([Bytes])
        /// The stream ends with this status.
        case end([(name: String, value: String)])
    }

    /// Where the answers go.
    struct Output: Sendable {
        /// Sends an item, and returns how many bytes it has on the wire.
        let write: @Sendable ([Bytes]) -> Int
        let end: @Sendable ([(name: String, value: String)]) -> Void
        /// Whether an item is to be compressed, and what it is then.
        var isCompressible: @Sendable ([Bytes]) -> Bool = { _ in false }
        var compressed: @Sendable ([Bytes]) -> [Bytes] = { $0 }
    }

    private let body: HTTPBodyStream
    private let output: Output
    private let inflate: @Sendable (Bytes) throws(InferError) -> Bytes
    private let queue: DispatchQueue
    private let isLarge: @Sendable (Bytes) -> Bool
    private let action: Action
    private let state: Mutex<State>

    /// - Parameters:
    ///   - queue: Where messages are read that `isLarge` says so of, and compressed ones, and where answers are compressed.
    init(
        _ body: HTTPBodyStream, _ output: Output, maxByteCount: Int, queue: DispatchQueue,
        isLarge: @escaping @Sendable (Bytes) -> Bool,
        inflate: @escaping @Sendable (Bytes) throws(InferError) -> Bytes, _ action: @escaping Action
    ) {
        (self.body, self.output, self.queue) = (body, output, queue)
        (self.isLarge, self.inflate) = (isLarge, inflate)
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
                    body,
                    Output(
                        write: { grpc.write($0) }, end: { grpc.end($0) },
                        isCompressible: { grpc.isCompressible($0) }, compressed: { grpc.compressed($0).body }),
                    maxByteCount: server.configuration.maxBodyByteCount, queue: server.codecQueue,
                    isLarge: { isLarge($0, server) },
                    inflate: { (message) throws(InferError) in
                        try coding.check()
                        return try coding.inflate(message, grpc.http)
                    }, try make(call, server, grpc))
                grpc.http.onTaken { stream.taken($0) }
                grpc.begin()
                server.openStreams.add(stream)
                stream.receive()
                guard call.request.bodyStream == nil else { return }
                if !call.body.isEmpty { body.deliver(.bytes(call.body)) }
                body.deliver(.end)
            }
        }
    }

    /// Begins to take the messages. Called once.
    func receive() { body.receive { self.take($0) } }

    /// Ends the stream when all that has come is answered; at once where nothing is under way. From any thread.
    func stop() {
        state.withLock { $0.isStopping = true }
        read()
    }

    private func take(_ event: HTTPBodyStream.Event) {
        state.withLock { state in
            switch event {
            case .end: state.hasEnded = !state.hasDropped
            case .bytes(let bytes):
                // What comes after the end of the answer is of no use.
                if state.isOver || state.isStopping {
                    state.hasDropped = true
                    return
                }
                state.frames.append(bytes)
                state.owedByteCount += bytes.count
            }
        }
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
                        let plain = isCompressed ? try self.inflate(message) : message
                        self.action(plain, number, self)
                    } catch { self.answer(number, .end(GRPCReply.status(error))) }
                    self.readOn()
                }
            }
        }
    }

    /// What has come is given back once it is read, and what is not whole at once.
    private func next() -> Step {
        var (owed, kept) = (0, 0)
        let step: Step = state.withLock { state in
            guard !state.isOver, state.received - state.sent < Self.maxOpenCount else {
                // What waits for us is not late, and is not given back.
                kept = state.keep(0)
                owed = max(0, state.owedByteCount - state.frames.byteCount)
                state.owedByteCount -= owed
                state.isReading = false
                return .wait
            }
            do throws(InferError) {
                if let message = try state.frames.next() {
                    kept = state.keep(0)
                    state.received += 1
                    return .message(message, state.received - 1)
                }
                // Of a stream that ends here it need not become whole.
                kept = state.keep(state.isStopping ? 0 : state.frames.byteCount)
                (owed, state.owedByteCount) = (state.owedByteCount, 0)
                guard state.hasEnded || state.isStopping else {
                    state.isReading = false
                    return .wait
                }
                guard state.frames.byteCount == 0 || state.isStopping else {
                    throw InferError(.internal, "gRPC message: the stream ends inside of one")
                }
                // Stays `isReading`: there is nothing more.
                state.isExhausted = true
                return .end
            } catch {
                kept = state.keep(0)
                state.received += 1
                state.hasEnded = true
                state.frames = GRPCFrameReader(maxByteCount: 0)
                return .failure(error, state.received - 1)
            }
        }
        if owed > 0 || kept != 0 { body.consumed(owed, kept: kept) }
        return step
    }

    // MARK: Answers

    /// Answers the message with this number.
    func answer(_ number: Int, _ answer: Answer) {
        guard case .item(let segments) = answer, output.isCompressible(segments) else { return give(number, answer) }
        queue.async { self.give(number, .item(self.output.compressed(segments))) }
    }

    private func give(_ number: Int, _ answer: Answer) {
        state.withLock { if !$0.isOver { $0.early[number] = answer } }
        send()
        read()
    }

    /// The client has taken so many bytes of the answers.
    func taken(_ byteCount: Int) {
        let goesOn = state.withLock { state in
            let wasFull = state.waitingByteCount >= Self.maxWaitingByteCount
            state.waitingByteCount -= byteCount
            return wasFull && state.waitingByteCount < Self.maxWaitingByteCount
        }
        guard goesOn else { return }
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
        var byteCount = 0
        while let answer = nextAnswer(after: byteCount) {
            switch answer {
            case .item(let segments): byteCount = output.write(segments)
            case .end(let status): output.end(status)
            }
        }
    }

    /// - Parameter byteCount: What was sent before it.
    private func nextAnswer(after byteCount: Int) -> Answer? {
        state.withLock { state in
            state.waitingByteCount += byteCount
            guard !state.isOver, state.waitingByteCount < Self.maxWaitingByteCount else {
                state.isSending = false
                return nil
            }
            if let answer = state.early.removeValue(forKey: state.sent) {
                state.sent += 1
                if case .end = answer {
                    state.isOver = true
                    state.early = [:]
                }
                return answer
            }
            if state.hasEnded, state.sent == state.received, state.frames.byteCount == 0 {
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
