import Testing

@testable import DunlinHTTP

@Suite struct PaceTests {
    @Test(
        "judges a client's pace",
        arguments: [
            (rate: 240, count: 0, milliseconds: Pace.grace - 1, isTooSlow: false),
            (rate: 240, count: 2399, milliseconds: Pace.grace, isTooSlow: true),
            (rate: 240, count: 2400, milliseconds: Pace.grace, isTooSlow: false),
            (rate: 240, count: 14_399, milliseconds: 60_000, isTooSlow: true),
            (rate: 240, count: 14_400, milliseconds: 60_000, isTooSlow: false),
            (rate: 0, count: 0, milliseconds: Int64.max, isTooSlow: false),
            (rate: Int.max, count: Int.max, milliseconds: 60_000, isTooSlow: true),
        ])
    func judges(rate: Int, count: Int, milliseconds: Int64, isTooSlow: Bool) {
        #expect(Pace(byteCountPerSecond: rate).isTooSlow(count, in: milliseconds) == isTooSlow)
    }
}
