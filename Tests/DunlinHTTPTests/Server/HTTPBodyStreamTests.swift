import DunlinBytes
import Synchronization
import Testing

@testable import DunlinHTTP

@Suite struct HTTPBodyStreamTests {
    private final class Seen: Sendable {
        let events = Mutex<[HTTPBodyStream.Event]>([])
        func add(_ event: HTTPBodyStream.Event) { events.withLock { $0.append(event) } }
        var all: [HTTPBodyStream.Event] { events.withLock { $0 } }
    }

    @Test func whatCameBeforeIsKeptInOrder() {
        let stream = HTTPBodyStream()
        let seen = Seen()
        stream.deliver(.bytes(Bytes("a")))
        stream.deliver(.bytes(Bytes("b")))
        stream.receive { seen.add($0) }
        #expect(seen.all == [.bytes(Bytes("a")), .bytes(Bytes("b"))])
        stream.deliver(.end)
        #expect(seen.all == [.bytes(Bytes("a")), .bytes(Bytes("b")), .end])
    }

    @Test func whatComesMeanwhileFollows() {
        let stream = HTTPBodyStream()
        let seen = Seen()
        stream.deliver(.bytes(Bytes("a")))
        stream.receive { event in
            seen.add(event)
            if event == .bytes(Bytes("a")) { stream.deliver(.bytes(Bytes("b"))) }
        }
        #expect(seen.all == [.bytes(Bytes("a")), .bytes(Bytes("b"))])
    }

    @Test func whatIsUsedUpIsTold() {
        let count = Mutex(0)
        let stream = HTTPBodyStream { more in count.withLock { $0 += more } }
        stream.consumed(3)
        stream.consumed(4)
        #expect(count.withLock { $0 } == 7)
    }

    @Test func nobodyIsToldOnceItIsAbandoned() {
        let stream = HTTPBodyStream()
        let seen = Seen()
        stream.receive { seen.add($0) }
        stream.abandon()
        stream.deliver(.end)
        #expect(seen.all.isEmpty)
    }
}
