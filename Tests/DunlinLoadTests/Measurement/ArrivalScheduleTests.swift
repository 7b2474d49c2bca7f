import Testing

@testable import DunlinLoad

@Suite struct ArrivalScheduleTests {
    @Test func constantGapsDoNotDrift() {
        var schedule = ArrivalSchedule(rate: 3, kind: .constant)
        let times = (0..<300_001).map { _ in schedule.next() }
        #expect(times[0] == 0)
        #expect(times[1] == 333_333_333)
        #expect(times[3] == 1_000_000_000)
        #expect(times[300_000] == 100_000_000_000_000)
    }

    @Test func poissonArrivalsHaveTheRateAndTheSpreadOfExponentialGaps() {
        var schedule = ArrivalSchedule(rate: 1000, kind: .poisson, seed: 5)
        let count = 100_000
        var last: UInt64 = 0
        var gaps: [Double] = []
        for _ in 0..<count {
            let time = schedule.next()
            #expect(time >= last)
            gaps.append(Double(time - last) * 1e-6)
            last = time
        }
        let mean = gaps.reduce(0, +) / Double(count)
        let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        // An exponential gap has the variance of its mean squared; 100,000 of them know both to about 1 %.
        #expect(abs(mean - 1) < 0.02)
        #expect(abs(variance - 1) < 0.05)
    }

    @Test func aSeedGivesTheSameTimesAndAnotherSeedGivesOthers() {
        func times(_ seed: UInt64) -> [UInt64] {
            var schedule = ArrivalSchedule(rate: 10, kind: .poisson, seed: seed)
            return (0..<10).map { _ in schedule.next() }
        }
        #expect(times(1) == times(1))
        #expect(times(1) != times(2))
    }
}
