import DunlinBytes
import Testing

@testable import DunlinHTTP

@Suite struct InflatedBudgetTests {
    @Test func admitsUpToItsLimitAndNotBeyond() {
        let budget = InflatedBudget(limit: 100)
        #expect(budget.reserve(60, own: 0))
        #expect(!budget.reserve(41, own: 0))
        #expect(budget.reserve(40, own: 0))
        #expect(budget.byteCount == 100)
        budget.release(60)
        #expect(budget.reserve(60, own: 40))
    }

    @Test func aSingleBodyIsAlwaysAdmitted() {
        let budget = InflatedBudget(limit: 100)
        #expect(budget.reserve(80, own: 0) && budget.reserve(80, own: 80))
        #expect(budget.byteCount == 160)
        #expect(!budget.reserve(1, own: 0))
    }

    @Test func aBodyCountsUntilItsLastSliceIsGone() throws {
        let budget = InflatedBudget(limit: 1 << 20)
        var slice = Bytes()
        do {
            var buffer = InflationBuffer(limit: 10_000, budget: budget)
            _ = try buffer.grow(forCompressed: 10)
            buffer.base!.initializeMemory(as: UInt8.self, repeating: 7, count: 100)
            slice = buffer.take(from: 16, count: 84)[0..<4]
        }
        #expect(slice.array == [7, 7, 7, 7])
        #expect(budget.byteCount == InflationBuffer.firstByteCount)
        slice = Bytes()
        #expect(budget.byteCount == 0)
    }

    @Test(
        "a buffer grows from a guess to its limit",
        arguments: [
            (1, 10_000, [4096, 8192, 10_000]), (2000, 10_000, [8000, 10_000]), (5000, 10_000, [10_000]),
            (Int.max, 100, [100]), (1, 4096, [4096]),
        ])
    func aBufferGrowsFromAGuessToItsLimit(byteCount: Int, limit: Int, capacities: [Int]) throws {
        let budget = InflatedBudget(limit: limit)
        var found: [Int] = []
        do {
            var buffer = InflationBuffer(limit: limit, budget: budget)
            while try buffer.grow(forCompressed: byteCount) { found.append(buffer.capacity) }
        }
        #expect(found == capacities)
        #expect(budget.byteCount == 0)
    }

    @Test func aBufferThatTheBudgetRefusesKeepsNothing() throws {
        let budget = InflatedBudget(limit: 10_000)
        #expect(budget.reserve(10_000 - 4095, own: 0))
        var status = 0
        do throws(ContentCodingError) {
            var buffer = InflationBuffer(limit: 10_000, budget: budget)
            _ = try buffer.grow(forCompressed: 1)
        } catch { status = error.status }
        #expect(status == 503 && budget.byteCount == 10_000 - 4095)
    }
}
