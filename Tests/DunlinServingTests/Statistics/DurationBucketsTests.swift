import Testing

@testable import DunlinServing

@Suite struct DurationBucketsTests {
    @Test func aTimeFallsIntoTheFirstBucketThatHoldsIt() {
        #expect(DurationBuckets.index(of: 0) == 0)
        for (index, bound) in DurationBuckets.bounds.enumerated() {
            #expect(DurationBuckets.index(of: bound) == index)
            #expect(DurationBuckets.index(of: bound + 1) == index + 1)
        }
        #expect(DurationBuckets.index(of: .max) == DurationBuckets.bounds.count)
    }

    @Test func timesAreCountedAndSummed() {
        var buckets = DurationBuckets()
        for time: UInt64 in [1, 2_500, 2_501, 60_000_000_000] { buckets.add(time) }
        #expect(buckets.counts.first == 2 && buckets.counts[1] == 1 && buckets.counts.last == 1)
        #expect(buckets.counts.reduce(0, +) == 4 && buckets.sum == 60_000_005_002)
    }

    @Test func boundsAreExportedInSeconds() {
        #expect(DurationBuckets.boundsInSeconds.first == 2.5e-6 && DurationBuckets.boundsInSeconds.last == 10)
        #expect(zip(DurationBuckets.bounds, DurationBuckets.bounds.dropFirst()).allSatisfy(<))
    }
}
