import Testing

@testable import DunlinServing

@Suite struct InlinePolicyTests {
    private func policy(_ samples: [UInt64], sizeClass: Int = 5) -> InlinePolicy {
        var policy = InlinePolicy(threshold: 10_000)
        for sample in samples { policy.record(nanoseconds: sample, sizeClass: sizeClass) }
        return policy
    }

    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let samples: [UInt64]
        let isInline: Bool
        init(_ sentence: String, _ samples: [UInt64], _ isInline: Bool) {
            (testDescription, self.samples, self.isInline) = (sentence, samples, isInline)
        }
    }

    @Test(
        "trusts what it measured",
        arguments: [
            Row("an unknown model hops", [], false), Row("three runs are not enough", [2000, 2000, 2000], false),
            Row("four cheap runs are", [2000, 2000, 2000, 2000], true),
            Row("a dear model hops", [20_000, 20_000, 20_000, 20_000], false),
            Row("the threshold itself is dear", Array(repeating: 10_000, count: 4), false),
            Row("one preempted run is forgiven", [2000, 2000, 2000, 2000, 4_000_000], true),
            Row(
                "a model that became dear hops again", [2000, 2000, 2000, 2000] + Array(repeating: 30_000, count: 9),
                false),
            Row(
                "between threshold and hysteresis it stays",
                [9000, 9000, 9000, 9000] + Array(repeating: 14_000, count: 50), true),
            Row("and does not get there", Array(repeating: 14_000, count: 50), false),
            Row("a slow first run is forgotten", [40_000] + Array(repeating: 2000, count: 30), true),
        ])
    func trustsWhatItMeasured(row: Row) {
        #expect(policy(row.samples).runsInline(sizeClass: 5) == row.isInline)
    }

    @Test func sizesAreJudgedApart() {
        var policy = policy([2000, 2000, 2000, 2000], sizeClass: 3)
        for _ in 0..<8 { policy.record(nanoseconds: 5_000_000, sizeClass: 20) }
        #expect(policy.runsInline(sizeClass: 3))
        #expect(!policy.runsInline(sizeClass: 20))
        #expect(!policy.runsInline(sizeClass: 4))
    }

    @Test func aThresholdOfZeroRunsNothingInline() {
        var policy = InlinePolicy(threshold: 0)
        for _ in 0..<10 { policy.record(nanoseconds: 0, sizeClass: 0) }
        #expect(!policy.runsInline(sizeClass: 0))
    }

    @Test(arguments: [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (1023, 10), (1024, 11), (Int.max, 63)])
    func sizeClassesDouble(byteCount: Int, sizeClass: Int) {
        #expect(InlinePolicy.sizeClass(byteCount: byteCount) == sizeClass)
    }
}
