import Testing

@testable import DunlinLoad

@Suite struct LatencyHistogramTests {
    /// Both sides of every edge where the width of buckets changes, and the ends of the range.
    static let values: [UInt64] = {
        var values: [UInt64] = [0, 1, 255, 256, 511, 512, 513, 1023, 1024, 123_456_789, .max - 1, .max]
        for power in 10...63 {
            let edge = UInt64(1) << UInt64(power)
            values += [edge - 1, edge, edge + 1]
        }
        return values
    }()

    @Test("a time is reported at most 1/256 too high, never too low", arguments: values)
    func boundedError(value: UInt64) {
        let index = LatencyHistogram.index(of: value)
        #expect((0..<LatencyHistogram.bucketCount).contains(index))
        let edge = LatencyHistogram.upperEdge(of: index)
        #expect(edge >= value)
        #expect(edge - value <= value >> 8)
        if index > 0 { #expect(LatencyHistogram.upperEdge(of: index - 1) < value) }
    }

    @Test func everyTimeIsExactBelow512() {
        for value in 0..<UInt64(512) {
            #expect(LatencyHistogram.upperEdge(of: LatencyHistogram.index(of: value)) == value)
        }
    }

    @Test(
        arguments: [
            (0.0, 1), (0.005, 1), (0.01, 1), (0.011, 2), (0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100),
        ] as [(Double, UInt64)])
    func aPercentileIsTheTimeThatSoManyAreNotAbove(share: Double, expected: UInt64) {
        var histogram = LatencyHistogram()
        for value in (1...100).reversed() { histogram.record(UInt64(value)) }
        #expect(histogram.percentile(share) == expected)
    }

    @Test func noPercentileIsAboveTheLargestTime() {
        var histogram = LatencyHistogram()
        histogram.record(1_000_001)
        #expect(histogram.percentile(0.5) == 1_000_001)
        #expect(histogram.percentile(1) == 1_000_001)
        #expect(histogram.min == 1_000_001 && histogram.max == 1_000_001 && histogram.mean == 1_000_001)
    }

    @Test func nothingCountedIsZero() {
        let histogram = LatencyHistogram()
        #expect(histogram.percentile(0.99) == 0 && histogram.mean == 0 && histogram.min == 0 && histogram.max == 0)
    }

    @Test func addedHistogramsCountLikeOne() {
        var all = LatencyHistogram()
        var parts = [LatencyHistogram(), LatencyHistogram()]
        for value in stride(from: UInt64(3), to: 5_000_000, by: 7919) {
            all.record(value)
            parts[Int(value % 2)].record(value)
        }
        parts[0].add(parts[1])
        #expect(parts[0] == all)
    }
}
