import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinServing

@Suite struct RequestQueueTests {
    private func request(
        _ value: Float = 0, rows: Int = 1, timeout: UInt64 = .max, deadline: UInt64 = .max, level: Int = 0
    ) -> TestRequest {
        let request = TestRequest(
            value: value, rows: rows, arrived: UInt64(value), deadline: deadline, queueTimeout: timeout, level: level)
        request.hashShapes()
        return request
    }

    /// A request of one row with `width` columns.
    private func wide(_ width: Int) -> TestRequest {
        let request = TestRequest(
            inputs: [NamedTensor("x", Tensor([Float](repeating: 0, count: width), shape: [1, width]))])
        request.hashShapes()
        return request
    }

    private func values(_ requests: [ScheduledRequest]) -> [Float] {
        requests.map { $0.inputs[0].tensor.elements(as: Float.self)[0] }
    }

    private func drain(_ queue: inout RequestQueue) -> [Float] { values(queue.removeAll()) }

    private func expire(_ queue: inout RequestQueue, at now: UInt64, delays: Bool) -> [Float] {
        values(queue.expire(at: now) { _ in delays })
    }

    @Test func isFirstInFirstOutAcrossItsCompactions() {
        var queue = RequestQueue()
        var expected: Float = 0
        for round in 0..<200 {
            for step in 0..<7 { queue.append(request(Float(round * 7 + step))) }
            for _ in 0..<6 {
                let first = queue.popFirst()
                #expect(first.map { values([$0]) } == [expected])
                expected += 1
            }
        }
        #expect(queue.count == 200 && queue.rowCount == 200)
        #expect(drain(&queue) == (0..<200).map { expected + Float($0) })
        let none = queue.popFirst()
        #expect(queue.isEmpty && queue.rowCount == 0 && none == nil && queue.first == nil)
    }

    @Test func higherPrioritiesGoFirst() {
        var queue = RequestQueue(levelCount: 3)
        for (value, level) in [(1, 2), (2, 0), (3, 1), (4, 0)] { queue.append(request(Float(value), level: level)) }
        #expect([0, 1, 2].map { queue.count(ofLevel: $0) } == [2, 1, 1])
        #expect(values([queue.first!]) == [2])
        #expect(drain(&queue) == [2, 4, 3, 1])
        #expect([0, 1, 2].map { queue.count(ofLevel: $0) } == [0, 0, 0])
    }

    @Test func candidatesShareTheFirstOnesShape() {
        var queue = RequestQueue()
        queue.append(request(1, rows: 2))
        queue.append(wide(3))
        queue.append(request(2))
        queue.append(request(3, rows: 4))
        #expect(
            queue.candidates(maxRows: 16) == .init(rows: [2, 1, 4], isBlocked: true, oldest: 1))
        #expect(queue.candidates(maxRows: 3) == .init(rows: [2, 1], isBlocked: true, oldest: 1))
        #expect(values(queue.take(2, maxRows: 16)) == [1, 2])
        #expect(queue.count == 2 && queue.rowCount == 5)
        #expect(queue.candidates(maxRows: 16).rows == [1])
    }

    @Test func aSmallRequestFillsTheGapALargeOneLeaves() {
        var queue = RequestQueue()
        for rows in [3, 4, 1] { queue.append(request(Float(rows), rows: rows)) }
        #expect(queue.candidates(maxRows: 4) == .init(rows: [3, 1], isBlocked: true, oldest: 1))
        #expect(values(queue.take(2, maxRows: 4)) == [3, 1])
    }

    @Test func aLoneRequestMayBeLargerThanABatch() {
        var queue = RequestQueue()
        queue.append(request(1, rows: 9))
        queue.append(request(2))
        #expect(queue.candidates(maxRows: 4).rows == [9])
    }

    @Test func anythingCanBeTakenOutOfTheMiddle() {
        var queue = RequestQueue(levelCount: 2)
        let requests = (0..<100).map { request(Float($0), level: $0 % 2) }
        for request in requests { queue.append(request) }
        for index in stride(from: 0, to: 100, by: 3) {
            let isRemoved = queue.remove(requests[index])
            #expect(isRemoved)
        }
        let isRemovedTwice = queue.remove(requests[0])
        #expect(!isRemovedTwice)
        let left = (0..<100).filter { $0 % 3 != 0 }
        #expect(queue.count == left.count)
        #expect(drain(&queue) == (left.filter { $0 % 2 == 0 } + left.filter { $0 % 2 == 1 }).map(Float.init))
    }

    @Test func whatIsDueIsTakenOut() {
        var queue = RequestQueue()
        queue.append(request(1, deadline: 30))
        queue.append(request(2, timeout: 10))
        queue.append(request(3))
        #expect(queue.nextEvent == 10)
        #expect(expire(&queue, at: 9, delays: false) == [])
        #expect(expire(&queue, at: 10, delays: false) == [2])
        #expect(queue.nextEvent == 30)
        #expect(expire(&queue, at: 31, delays: false) == [1])
        #expect(queue.nextEvent == .max)
        #expect(drain(&queue) == [3])
    }

    @Test func aDelayedRequestGoesBehindItsPriorityAndBeforeLowerOnes() {
        var queue = RequestQueue(levelCount: 2)
        queue.append(request(1, timeout: 10, deadline: 50))
        queue.append(request(2))
        queue.append(request(3, level: 1))
        #expect(expire(&queue, at: 20, delays: true) == [])
        #expect(queue.nextEvent == 50)
        queue.append(request(4))
        #expect(queue.count == 4 && queue.count(ofLevel: 0) == 3)
        #expect(queue.candidates(maxRows: 8).rows.count == 4)
        var copy = queue
        #expect(drain(&copy) == [2, 4, 1, 3])
        #expect(expire(&queue, at: 50, delays: true) == [1])
    }

    @Test func whatMustHaveBegunIsNotDelayedAnyFurther() {
        var queue = RequestQueue()
        for value: Float in [1, 2] {
            let one = request(value, timeout: 10)
            if value == 2 { one.latestStart = 20 }
            queue.append(one)
        }
        #expect(expire(&queue, at: 10, delays: true).isEmpty)
        #expect(queue.nextEvent == 20)
        #expect(expire(&queue, at: 20, delays: true) == [2])
        #expect(queue.nextEvent == .max && drain(&queue) == [1])
    }

    @Test func whatGoesBeforeIsCountedByPriority() {
        var queue = RequestQueue(levelCount: 3)
        for level in [2, 1, 1, 0] { queue.append(request(rows: level + 1, level: level)) }
        #expect((0..<3).map { queue.ahead(ofLevel: $0).count } == [1, 3, 4])
        #expect((0..<3).map { queue.ahead(ofLevel: $0).rowCount } == [1, 5, 8])
        _ = queue.popFirst()
        #expect(queue.ahead(ofLevel: 1) == (2, 4))
    }
}
