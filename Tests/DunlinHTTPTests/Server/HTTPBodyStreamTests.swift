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
        let told = Mutex<[[Int]]>([])
        let stream = HTTPBodyStream { count, kept in told.withLock { $0.append([count, kept]) } }
        stream.consumed(3)
        stream.consumed(4, kept: 2)
        stream.consumed(0, kept: -2)
        #expect(told.withLock { $0 } == [[3, 0], [4, 2], [0, -2]])
    }

    /// What takes the pieces may hold the stream itself, as an answer does.
    @Test(arguments: [false, true]) func whoTakesThePiecesIsLetGoWithTheEnd(_ isEarly: Bool) {
        weak var kept: Seen?
        do {
            let stream = HTTPBodyStream()
            let seen = Seen()
            kept = seen
            if isEarly { stream.deliver(.end) }
            stream.receive { event in
                seen.add(event)
                withExtendedLifetime(stream) {}
            }
            if !isEarly { stream.deliver(.end) }
            #expect(seen.all == [.end])
            stream.deliver(.bytes(Bytes("late")))
            #expect(seen.all == [.end])
        }
        #expect(kept == nil)
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
