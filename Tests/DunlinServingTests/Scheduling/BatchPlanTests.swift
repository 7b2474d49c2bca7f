import DunlinInference
import Testing

@testable import DunlinServing

@Suite struct BatchPlanTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        var maxRows = 8
        var preferred: [Int] = []
        var least = 0
        var delay = 0
        let rows: [Int]
        var isBlocked = false
        var age: UInt64 = 0
        let step: BatchPlan.Step

        init(
            _ name: String, maxRows: Int = 8, preferred: [Int] = [], least: Int = 0, delay: Int = 0,
            rows: [Int],
            isBlocked: Bool = false, age: UInt64 = 0, _ step: BatchPlan.Step
        ) {
            testDescription = name
            (self.maxRows, self.preferred, self.delay, self.rows) = (maxRows, preferred, delay, rows)
            (self.isBlocked, self.age, self.step, self.least) = (isBlocked, age, step, least)
        }
    }

    private static let came: UInt64 = 1_000_000

    @Test(
        "follows dynamic_batching",
        arguments: [
            Row("an empty queue has nothing to run", rows: [], .idle),
            Row("without a delay what waits runs at once", rows: [1, 1, 1], .run(3)),
            Row("a full batch runs", rows: [4, 4], .run(2)),
            Row("a preferred size runs at once", preferred: [2, 4], delay: 100, rows: [1, 1], .run(2)),
            Row("the largest preferred size is taken", preferred: [2, 4], delay: 100, rows: [1, 1, 1, 1], .run(4)),
            Row("what is beyond a preferred size stays", preferred: [2, 4], delay: 100, rows: [1, 1, 1], .run(2)),
            Row(
                "a size between preferred ones waits for the delay", preferred: [4], delay: 100, rows: [1, 1, 1],
                .wait(until: came + 100_000)),
            Row(
                "one nanosecond before the end of the delay it waits", preferred: [4], delay: 100, rows: [1, 1],
                age: 99_999, .wait(until: came + 100_000)),
            Row(
                "at the end of the delay everything runs", preferred: [4], delay: 100, rows: [1, 1], age: 100_000,
                .run(2)),
            Row(
                "after the delay more than the preferred size runs", preferred: [2], delay: 100, rows: [1, 1, 1],
                age: 100_001, .run(3)),
            Row(
                "a request that would pass the largest preferred size stays", preferred: [4], delay: 100,
                rows: [3, 3], .run(1)),
            Row("without a delay a preferred size is cut off", preferred: [4], rows: [1, 1, 1, 1, 1], .run(4)),
            Row("without a delay less than a preferred size runs", preferred: [4], rows: [1, 1], .run(2)),
            Row(
                "without preferred sizes the largest batch is awaited", delay: 100, rows: [1],
                .wait(until: came + 100_000)),
            Row("others that cannot join end the wait", delay: 100, rows: [1, 1], isBlocked: true, .run(2)),
            Row(
                "more rows than a preferred size run when they come at once", preferred: [4], delay: 100, rows: [6],
                .run(1)),
            Row(
                "with least rows all that wait runs", least: 4, delay: 100, rows: [1, 1, 1, 1, 1, 1],
                .run(6)),
            Row("the least rows are enough", least: 4, delay: 100, rows: [1, 1, 1, 1], .run(4)),
            Row(
                "fewer than the least wait for the delay", least: 4, delay: 100, rows: [1, 1, 1],
                .wait(until: came + 100_000)),
            Row("and not longer", least: 4, delay: 100, rows: [1, 1, 1], age: 100_000, .run(3)),
            Row(
                "fewer than the least run where others cannot join", least: 4, delay: 100, rows: [1],
                isBlocked: true, .run(1)),
            Row("a model without batches runs one", maxRows: 1, rows: [1], .run(1)),
        ])
    func followsDynamicBatching(row: Row) {
        var batching = ModelConfiguration.DynamicBatching()
        batching.preferredBatchSizes = row.preferred
        batching.maxQueueDelayMicroseconds = row.delay
        var plan = BatchPlan(batching, maxRows: row.maxRows)
        plan.leastRows = row.least
        let waiting = BatchPlan.Waiting(rows: row.rows, isBlocked: row.isBlocked, oldest: Self.came)
        #expect(plan.next(waiting, now: Self.came + row.age) == row.step)
    }

    struct Tuned: CustomTestStringConvertible {
        let testDescription: String
        let rows: [Int]
        /// Microseconds by rows.
        let cost: [Int: UInt64]
        var isTrial = false
        let count: Int

        init(_ name: String, rows: [Int], cost: [Int: UInt64], isTrial: Bool = false, _ count: Int) {
            (testDescription, self.rows, self.cost, self.isTrial, self.count) = (name, rows, cost, isTrial, count)
        }
    }

    @Test(
        "tunes itself",
        arguments: [
            Tuned("a lone request runs", rows: [1], cost: [:], 1),
            Tuned("nothing is known: one runs", rows: [1, 1, 1], cost: [:], 1),
            Tuned("one is known: two are tried", rows: [1, 1, 1, 1], cost: [1: 100], 2),
            Tuned("a size is tried once the one below is known", rows: [1, 1, 1, 1, 1], cost: [1: 100, 2: 110], 4),
            Tuned("the last of a class is taken", rows: [1, 1, 1], cost: [1: 100, 2: 110], 3),
            Tuned("a batch that costs no more is taken whole", rows: [1, 1, 1, 1], cost: [1: 100, 2: 100, 4: 100], 4),
            Tuned(
                "a batch that costs more than its rows alone is not made", rows: [1, 1, 1, 1],
                cost: [1: 100, 2: 250, 4: 600], 1),
            Tuned(
                "rows that cost the same together as apart run apart", rows: [1, 1, 1, 1],
                cost: [1: 1000, 2: 2000, 4: 4000], 1),
            Tuned(
                "what cheap rows gain is the overhead", rows: [1, 1, 1, 1], cost: [1: 2, 2: 4, 4: 8], 4),
            Tuned(
                "a size that pays is found behind one that does not", rows: [1, 1, 1, 1],
                cost: [1: 100, 2: 250, 4: 200], 4),
            Tuned(
                "a larger size that does not pay is left", rows: [1, 1, 1, 1], cost: [1: 100, 2: 120, 4: 500], 2),
            Tuned("rows count, not requests", rows: [4, 4], cost: [4: 100, 8: 300], 1),
            Tuned("a trial takes all", rows: [1, 1, 1, 1], cost: [1: 100, 2: 250, 4: 600], isTrial: true, 4),
        ])
    func tunesItself(row: Tuned) {
        var cost = CostCurve()
        for (rows, microseconds) in row.cost {
            for _ in 0..<CostCurve.samplesNeeded { cost.record(rows: rows, nanoseconds: microseconds * 1000) }
        }
        let plan = BatchPlan(nil, maxRows: 64)
        let waiting = BatchPlan.Waiting(rows: row.rows, isBlocked: false, oldest: 0)
        #expect(plan.next(waiting, now: 5, cost: cost, isTrial: row.isTrial) == .run(row.count))
    }

    @Test func instancesThatStartTogetherShareTheQueue() {
        var cost = CostCurve()
        for rows in [1, 2, 4, 8] {
            for _ in 0..<CostCurve.samplesNeeded { cost.record(rows: rows, nanoseconds: 1000) }
        }
        let plan = BatchPlan(nil, maxRows: 64)
        func count(_ waitingCount: Int, starting: Int, isTrial: Bool = false) -> BatchPlan.Step {
            let waiting = BatchPlan.Waiting(rows: Array(repeating: 1, count: waitingCount), oldest: 0)
            return plan.next(waiting, now: 5, cost: cost, startingCount: starting, isTrial: isTrial)
        }
        #expect(count(8, starting: 0) == .run(8))
        #expect(count(8, starting: 1) == .run(4))
        #expect(count(2, starting: 1) == .run(1))
        #expect(count(1, starting: 3) == .run(1))
        #expect(count(8, starting: 3, isTrial: true) == .run(2))
        let configured = BatchPlan(.init(), maxRows: 64)
        let waiting = BatchPlan.Waiting(rows: [1, 1], oldest: 0)
        #expect(configured.next(waiting, now: 5, startingCount: 1) == .run(2))
    }

    @Test func onlyADelayKeepsAFreeInstanceWaiting() {
        #expect(BatchPlan(nil, maxRows: 8).startsAtOnce)
        #expect(BatchPlan(.init(), maxRows: 8).startsAtOnce)
        var batching = ModelConfiguration.DynamicBatching()
        batching.maxQueueDelayMicroseconds = 1
        #expect(!BatchPlan(batching, maxRows: 8).startsAtOnce)
        #expect(BatchPlan(batching, maxRows: 1).startsAtOnce)
    }
}
