import DunlinBytes
import Testing

@testable import DunlinHTTP

@Suite struct SegmentQueueTests {
    @Test func whatIsTakenIsWhatCame() {
        var queue = SegmentQueue()
        for text in ["ab", "", "cdef", "g"] { queue.append(Bytes(text)) }
        #expect(queue.byteCount == 7 && !queue.isEmpty && queue.waiting.count == 3)
        var pieces: [String] = []
        for count in [1, 3, 0, 3] { queue.take(count) { pieces.append($0.string) } }
        #expect(pieces == ["a", "b", "cd", "ef", "g"])
        #expect(queue.isEmpty && queue.waiting.isEmpty)
    }

    @Test func whatWaitsBeginsWithWhatIsLeft() {
        var queue = SegmentQueue()
        queue.append(Bytes("abc"))
        queue.append(Bytes("de"))
        queue.take(2)
        #expect(queue.waiting.map(\.string) == ["c", "de"])
        queue.removeAll()
        #expect(queue.isEmpty && queue.waiting.isEmpty)
    }

    /// One that is never empty does not grow, and does not move all it has each time.
    @Test func usedUpPlacesAreRemovedWhenTheyAreHalf() {
        var queue = SegmentQueue()
        var most = 0
        for number in 0..<10_000 {
            queue.append(Bytes([UInt8(truncatingIfNeeded: number)]))
            if number >= 10 { queue.take(1) { #expect($0[0] == UInt8(truncatingIfNeeded: number - 10)) } }
            most = max(most, queue.waiting.startIndex)
        }
        #expect(queue.byteCount == 10 && most == SegmentQueue.minRemovedCount - 1)
    }
}
