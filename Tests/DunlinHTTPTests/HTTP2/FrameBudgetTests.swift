import Testing

@testable import DunlinHTTP

@Suite struct FrameBudgetTests {
    private func taken(_ most: Int, at now: Int64, _ take: (Int64) -> Bool) -> Int {
        (0..<most).prefix { _ in take(now) }.count
    }

    @Test func asManyControlFramesAsTheBurstMayComeAtOnce() {
        var budget = FrameBudget()
        #expect(taken(5000, at: 0) { budget.takeControl(at: $0) } == FrameBudget.maxControlCount)
    }

    @Test func timeGivesFurtherControlFrames() {
        var budget = FrameBudget()
        _ = taken(5000, at: 0) { budget.takeControl(at: $0) }
        #expect(taken(5000, at: 1000) { budget.takeControl(at: $0) } == FrameBudget.controlCountPerSecond)
        #expect(taken(5000, at: 1_000_000) { budget.takeControl(at: $0) } == FrameBudget.maxControlCount)
    }

    @Test func slowFramesArePaidInFull() {
        var budget = FrameBudget()
        _ = taken(5000, at: 0) { budget.takeControl(at: $0) }
        // Each alone earns nothing; together they do.
        let accepted = (1...1000).filter { budget.takeControl(at: Int64($0)) }.count
        #expect(accepted == FrameBudget.controlCountPerSecond)
    }

    @Test func requestsAndAnswersGiveFurtherControlFrames() {
        var budget = FrameBudget()
        _ = taken(5000, at: 0) { budget.takeControl(at: $0) }
        budget.addRequest()
        #expect(taken(5000, at: 0) { budget.takeControl(at: $0) } == FrameBudget.controlCountPerRequest)
        budget.addPiece()
        #expect(taken(5000, at: 0) { budget.takeControl(at: $0) } == FrameBudget.controlCountPerRequest)
        for _ in 0..<10 { budget.addAnswer(byteCount: FrameBudget.answerByteCountPerControl / 2) }
        #expect(taken(5000, at: 0) { budget.takeControl(at: $0) } == 5)
    }

    @Test func resetsAreCountedApart() {
        var budget = FrameBudget()
        #expect(taken(5000, at: 0) { budget.takeReset(at: $0) } == FrameBudget.maxResetCount)
        let hasControl = budget.takeControl(at: 0)
        budget.addRequest()
        let hasReset = budget.takeReset(at: 0)
        #expect(hasControl && !hasReset)
        #expect(taken(5000, at: 1000) { budget.takeReset(at: $0) } == FrameBudget.resetCountPerSecond)
    }
}
