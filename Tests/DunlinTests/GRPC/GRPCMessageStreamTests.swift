import Dispatch
import DunlinBytes
import DunlinHTTP
import DunlinInference
import Synchronization
import Testing

@testable import Dunlin

@Suite struct GRPCMessageStreamTests {
    /// A stream, what it was told and what it has said.
    private final class Setting: Sendable {
        let body: HTTPBodyStream
        let stream: GRPCMessageStream
        /// Where large messages are read, once a test has opened the gate.
        private let queue = DispatchQueue(label: "large messages")
        private let gate = DispatchSemaphore(value: 0)
        private let seen: Seen

        final class Seen: Sendable {
            let consumed = Mutex<[[Int]]>([])
            let messages = Mutex<[String]>([])
            let answers = Mutex<[String]>([])
        }

        /// - Parameters:
        ///   - isLarge: Messages that are read on the queue.
        ///   - compressing: The item that is compressed.
        init(isLarge: @escaping @Sendable (String) -> Bool = { _ in false }, compressing: String = "") {
            let seen = Seen()
            self.seen = seen
            body = HTTPBodyStream { count, kept in seen.consumed.withLock { $0.append([count, kept]) } }
            let output = GRPCMessageStream.Output(
                write: { segments in
                    seen.answers.withLock { $0.append(segments.map(\.string).joined()) }
                    return segments.reduce(0) { $0 + $1.count }
                }, end: { status in seen.answers.withLock { $0.append("end \(status.first?.value ?? "")") } },
                isCompressible: { $0 == [Bytes(compressing)] }, compressed: { [Bytes("small ")] + $0 })
            stream = GRPCMessageStream(
                body, output, maxByteCount: 1 << 20, queue: queue, isLarge: { isLarge($0.string) }, inflate: { $0 }
            ) { message, _, _ in
                seen.messages.withLock { $0.append(message.string) }
            }
            queue.async { [gate] in gate.wait() }
            stream.receive()
        }

        deinit { gate.signal() }

        var consumedByteCount: Int { seen.consumed.withLock { $0.reduce(0) { $0 + $1[0] } } }
        var keptByteCount: Int { seen.consumed.withLock { $0.reduce(0) { $0 + $1[1] } } }
        var messages: [String] { seen.messages.withLock { $0 } }
        var answers: [String] { seen.answers.withLock { $0 } }

        func come(_ bytes: [UInt8]) { body.deliver(.bytes(Bytes(bytes))) }
        func come(_ texts: String...) { for text in texts { come(GRPCMessageStreamTests.frame(text)) } }

        /// Lets the queue do what it has, and waits for it.
        func runQueue() {
            gate.signal()
            queue.sync {}
        }
    }

    fileprivate static func frame(_ text: String) -> [UInt8] {
        [0, 0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8)
    }

    @Test func messagesAreAnsweredInTheirOrder() {
        let setting = Setting()
        setting.come("a", "b")
        setting.body.deliver(.end)
        #expect(setting.messages == ["a", "b"])
        setting.stream.answer(1, .item([Bytes("B")]))
        #expect(setting.answers.isEmpty)
        setting.stream.answer(0, .item([Bytes("A")]))
        #expect(setting.answers == ["A", "B", "end 0"])
    }

    /// Compression takes its time, elsewhere; what follows waits for it.
    @Test func answersAreCompressedOnTheQueueAndKeepTheirOrder() {
        let setting = Setting(compressing: "A")
        setting.come("a", "b")
        setting.body.deliver(.end)
        setting.stream.answer(0, .item([Bytes("A")]))
        setting.stream.answer(1, .item([Bytes("B")]))
        #expect(setting.answers.isEmpty)
        setting.runQueue()
        #expect(setting.answers == ["small A", "B", "end 0"])
    }

    @Test func nothingFollowsTheEnd() {
        let setting = Setting()
        setting.come("a", "b", "c")
        setting.stream.answer(1, .item([Bytes("B")]))
        setting.stream.answer(0, .end([(name: "grpc-status", value: "3")]))
        setting.stream.answer(2, .item([Bytes("C")]))
        setting.body.deliver(.end)
        #expect(setting.answers == ["end 3"])
    }

    /// The client's window bounds what waits behind a message that takes long to read.
    @Test func nothingIsGivenBackWhileAMessageIsReadElsewhere() {
        let setting = Setting(isLarge: { $0 == "large" })
        setting.come("a")
        #expect(setting.consumedByteCount == 6)
        setting.come("large", "b", "c")
        #expect(setting.consumedByteCount == 6 && setting.messages == ["a"])
        setting.runQueue()
        #expect(setting.consumedByteCount == 28 && setting.messages == ["a", "large", "b", "c"])
    }

    @Test func whileTooManyMessagesAreUnansweredNothingIsGivenBack() {
        let setting = Setting()
        for _ in 0..<GRPCMessageStream.maxOpenCount { setting.come("a") }
        let before = setting.consumedByteCount
        setting.come("b")
        #expect(setting.consumedByteCount == before && setting.messages.count == GRPCMessageStream.maxOpenCount)
        setting.stream.answer(0, .item([Bytes("A")]))
        #expect(setting.consumedByteCount == before + 6 && setting.messages.last == "b")
    }

    @Test func whatIsKeptOfAMessageIsTold() {
        let setting = Setting()
        let message = Self.frame("message")
        setting.come(Array(message[..<3]))
        #expect(setting.consumedByteCount == 3 && setting.keptByteCount == 3)
        setting.come(Array(message[3..<10]))
        #expect(setting.consumedByteCount == 10 && setting.keptByteCount == 10)
        setting.come(Array(message[10...]) + [0])
        #expect(setting.consumedByteCount == 13 && setting.keptByteCount == 1 && setting.messages == ["message"])
    }

    /// It is whole, or would be if it were read.
    @Test func whatWaitsForAnswersIsNotKept() {
        let setting = Setting()
        for _ in 1..<GRPCMessageStream.maxOpenCount { setting.come("a") }
        setting.come(Self.frame("b") + [0])
        #expect(setting.messages.last == "b" && setting.keptByteCount == 0)
        setting.stream.answer(0, .item([Bytes("A")]))
        #expect(setting.keptByteCount == 1)
    }

    @Test func answersWaitForAClientThatTakesTooLittle() {
        let setting = Setting()
        let large = String(repeating: "x", count: GRPCMessageStream.maxWaitingByteCount - 1)
        setting.come("a", "b", "c", "d")
        setting.body.deliver(.end)
        // One answer may be larger, and what is below the limit is sent.
        setting.stream.answer(0, .item([Bytes(large)]))
        setting.stream.answer(1, .item([Bytes("B")]))
        setting.stream.answer(2, .item([Bytes("C")]))
        #expect(setting.answers == [large, "B"])
        setting.stream.taken(1)
        #expect(setting.answers == [large, "B", "C"])
        setting.stream.taken(large.utf8.count - 1)
        setting.stream.answer(3, .item([Bytes("D")]))
        #expect(setting.answers.suffix(2) == ["D", "end 0"])
    }

    @Test func nothingMoreIsReadForAClientThatTakesTooLittle() {
        let setting = Setting()
        let large = String(repeating: "x", count: GRPCMessageStream.maxWaitingByteCount)
        for _ in 0..<GRPCMessageStream.maxOpenCount { setting.come("a") }
        setting.stream.answer(0, .item([Bytes(large)]))
        setting.stream.answer(1, .item([Bytes("B")]))
        setting.come("b", "c")
        #expect(setting.messages.last == "b" && setting.messages.count == GRPCMessageStream.maxOpenCount + 1)
        setting.stream.taken(1)
        #expect(setting.messages.last == "c")
    }
}
