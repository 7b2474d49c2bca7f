import Dispatch
import Testing

@testable import DunlinTracing

@Suite struct TraceQueueTests {
    private func numbers(_ taken: TraceQueue<Int>.Taken) -> [Int]? {
        if case .elements(let numbers) = taken { numbers } else { nil }
    }

    @Test func thereIsRoomForSoManyAndNoMore() {
        let queue = TraceQueue<Int>(limit: 2)
        #expect(queue.push(1) && queue.push(2) && !queue.push(3))
        #expect(numbers(queue.take(most: 1)) == [1])
        #expect(queue.push(4) && !queue.push(5))
        #expect(numbers(queue.take(most: 5)) == [2, 4])
    }

    @Test func aClosedQueueGivesWhatItHasAndTakesNothing() {
        let queue = TraceQueue<Int>(limit: 2)
        #expect(queue.push(1))
        queue.close()
        #expect(!queue.push(2))
        #expect(numbers(queue.take(5, most: 5)) == [1])
        guard case .end = queue.take(most: 1) else {
            Issue.record("the queue has not ended")
            return
        }
        #expect(queue.sleep(until: .max))
    }

    @Test func aBatchThatIsNotFullIsTakenInTime() {
        let queue = TraceQueue<Int>(limit: 5)
        guard case .timeIsUp = queue.take(2, most: 2, until: 1) else {
            Issue.record("nothing was there")
            return
        }
        #expect(queue.push(1))
        #expect(numbers(queue.take(2, most: 2, until: 1)) == [1])
    }

    @Test func whatComesWakesTheTaker() {
        let queue = TraceQueue<Int>(limit: 5)
        DispatchQueue.global().async { for number in 1...3 { _ = queue.push(number) } }
        #expect(numbers(queue.take(3, most: 3)) == [1, 2, 3])
    }
}
