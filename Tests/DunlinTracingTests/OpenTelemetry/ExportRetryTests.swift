import Testing

@testable import DunlinTracing

@Suite struct ExportRetryTests {
    @Test(
        "only what may pass is tried again",
        arguments: [
            (200, ExportRetry.Outcome.taken), (204, .taken), (400, .refused), (404, .refused), (413, .refused),
            (429, .later(seconds: 7)), (500, .refused), (502, .later(seconds: 7)), (503, .later(seconds: 7)),
            (504, .later(seconds: 7)),
        ])
    func onlyWhatMayPassIsTriedAgain(status: Int, outcome: ExportRetry.Outcome) {
        #expect(ExportRetry.outcome(status: status, retryAfter: 7) == outcome)
    }

    @Test func itWaitsTwiceAsLongEachTimeAndGivesUp() {
        var retry = ExportRetry()
        let steps = (1...ExportRetry.maxTryCount).map { _ in retry.next(.later(seconds: nil)) }
        let waits: [ExportRetry.Step] = [1, 2, 4, 8].map { .wait(nanoseconds: $0 * 1_000_000_000) }
        #expect(steps == waits + [.giveUp])
    }

    @Test func theCollectorMaySayWhenButNotForever() {
        var retry = ExportRetry()
        let outcomes: [ExportRetry.Outcome] = [.later(seconds: 3), .later(seconds: .max), .taken, .refused]
        let steps = outcomes.map { retry.next($0) }
        #expect(
            steps == [
                .wait(nanoseconds: 3_000_000_000), .wait(nanoseconds: ExportRetry.maxDelay), .done, .giveUp,
            ])
    }
}
