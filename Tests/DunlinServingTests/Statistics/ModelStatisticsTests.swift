import Testing

@testable import DunlinServing

@Suite struct ModelStatisticsTests {
    private func execution(_ rows: Int, began: UInt64 = 100) -> ModelStatistics.Execution {
        .init(rows: rows, began: began, inputNanoseconds: 1, inferNanoseconds: 10, outputNanoseconds: 2)
    }

    @Test func aRequestThatRanAloneIsOneExecution() {
        let statistics = ModelStatistics()
        statistics.countSuccess(arrived: 60, rows: 8, execution(8), countsExecution: true)
        let snapshot = statistics.snapshot(model: "m", version: "1")
        #expect(snapshot.success.count == 1 && snapshot.success.nanoseconds == 53)
        #expect(snapshot.queue.nanoseconds == 40)
        #expect(snapshot.inferenceCount == 8 && snapshot.executionCount == 1)
        #expect(snapshot.computeInput.nanoseconds == 1 && snapshot.computeInfer.nanoseconds == 10)
        #expect(snapshot.computeOutput.nanoseconds == 2)
        #expect(snapshot.batches.map(\.rows) == [8])
        #expect(snapshot.lastInferenceMilliseconds > 0)
    }

    @Test func twoRequestsInOneBatchAreOneExecution() {
        let statistics = ModelStatistics()
        statistics.countExecution(execution(2))
        for _ in 0..<2 { statistics.countSuccess(arrived: 90, rows: 1, execution(2), countsExecution: false) }
        let snapshot = statistics.snapshot(model: "m", version: "1")
        #expect(snapshot.success.count == 2 && snapshot.inferenceCount == 2 && snapshot.executionCount == 1)
        #expect(snapshot.batches.first?.computeInfer.count == 1)
        #expect(snapshot.computeInfer.count == 2)
    }

    @Test func failuresAreCountedByReason() {
        let statistics = ModelStatistics()
        for reason in ModelStatistics.Rejection.allCases {
            for _ in 0...reason.rawValue { statistics.countFailure(reason, nanoseconds: 5) }
        }
        let snapshot = statistics.snapshot(model: "m", version: "1")
        for reason in ModelStatistics.Rejection.allCases {
            #expect(snapshot.rejectionCount(reason) == UInt64(reason.rawValue + 1), "\(reason.name)")
        }
        #expect(snapshot.failure.count == snapshot.rejections.reduce(0, +))
        #expect(snapshot.success.count == 0 && snapshot.lastInferenceMilliseconds == 0)
    }

    @Test func sizesAreKeptApartUpToALimit() {
        let statistics = ModelStatistics()
        for rows in [64, 3, 1, 65] { statistics.countExecution(execution(rows)) }
        #expect(statistics.snapshot(model: "m", version: "1").batches.map(\.rows) == [1, 3, 64, 65])
        for rows in 66..<(65 + ModelStatistics.maxLargeSizeCount) { statistics.countExecution(execution(rows)) }
        #expect(statistics.snapshot(model: "m", version: "1").batches.last?.rows == 320)
        for _ in 0..<3 { statistics.countExecution(execution(700)) }
        let last = statistics.snapshot(model: "m", version: "1").batches.last
        #expect(last?.rows == 1024 && last?.computeInfer.count == 3)
    }

    @Test func theCacheIsCountedApart() {
        let statistics = ModelStatistics()
        statistics.countCacheHit(nanoseconds: 9, lookup: 4)
        statistics.countCacheMiss(nanoseconds: 6)
        let snapshot = statistics.snapshot(model: "m", version: "1")
        #expect(snapshot.success.count == 1 && snapshot.cacheHit.nanoseconds == 4)
        #expect(snapshot.cacheMiss.count == 1 && snapshot.executionCount == 0 && snapshot.inferenceCount == 0)
    }
}
