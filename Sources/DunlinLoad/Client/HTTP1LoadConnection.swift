import DunlinBytes
import DunlinHTTP

/// A connection that speaks HTTP/1.1: one request at a time.
final class HTTP1LoadConnection: LoadConnection {
    private var parser = ResponseParser()
    private var isBusy = false
    /// The message under way, and how much of it was sent.
    private var message = Bytes()
    private var sentCount = 0

    override func begin(_ ticket: Int, _ message: Bytes) {
        self.message = message
        sentCount = 0
        isBusy = true
        parser.reset()
        if state == .open { flush() } else { connect() }
    }

    /// An answer that comes late cannot be told from the next one.
    override func cancel(_ ticket: Int) {
        isBusy = false
        close()
    }

    override func opened() { flush() }

    override func flush() {
        while sentCount < message.count, let stream {
            switch message.withUnsafeBytes({ stream.send(UnsafeRawBufferPointer(rebasing: $0[sentCount...])) }) {
            case .bytes(let count): sentCount += count
            case .blocked: return
            case .broken: return failAfterReading()
            }
        }
    }

    override func received(_ input: UnsafeRawBufferPointer) {
        // An answer to nothing, for example 408 to an idle connection: it is of no use any more.
        guard isBusy else { return close() }
        do throws(ResponseParser.Malformed) {
            let taken = try parser.consume(input)
            if parser.isComplete { finish(mayReuse: taken == input.count) }
        } catch {
            fail("malformed", error.description)
        }
    }

    override func receivedEnd() -> Bool {
        guard isBusy, parser.close() else { return false }
        finish(mayReuse: false)
        return true
    }

    override func abandon() -> [Int] {
        message = Bytes()
        sentCount = 0
        guard isBusy else { return [] }
        isBusy = false
        return [0]
    }

    private func finish(mayReuse: Bool) {
        isBusy = false
        if !mayReuse || !parser.keepsAlive { close() }
        let outcome: LoadOutcome =
            (200..<300).contains(parser.status)
            ? .success
            : .refusal(kind: String(parser.status), example: String(decoding: parser.excerpt, as: UTF8.self))
        generator.ended(lanes[0], outcome)
    }
}
