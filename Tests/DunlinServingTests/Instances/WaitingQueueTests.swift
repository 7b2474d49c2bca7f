import Testing

@testable import DunlinServing

@Suite struct WaitingQueueTests {
    @Test func keepsTheOrderThroughManyTurns() {
        var queue = WaitingQueue<Int>()
        var next = 0
        var taken = 0
        for round in 1...300 {
            for _ in 0..<(round % 7) {
                queue.append(next)
                next += 1
            }
            for _ in 0..<(round % 5) where queue.count > 0 {
                #expect(queue.popFirst() == taken)
                taken += 1
            }
            #expect(queue.count == next - taken)
        }
        #expect(queue.removeAll() == Array(taken..<next))
        #expect(queue.count == 0)
        #expect(queue.popFirst() == nil)
    }
}
