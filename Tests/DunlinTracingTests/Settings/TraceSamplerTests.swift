import Testing

@testable import DunlinTracing

@Suite struct TraceSamplerTests {
    private func sampler(
        rate: Int = 1, count: Int = -1, level: TraceSetting.Level = .timestamps, followsCallers: Bool = false
    ) -> TraceSampler {
        var setting = TraceSetting()
        (setting.rate, setting.count, setting.level) = (rate, count, level)
        return TraceSampler(setting, followsCallers: followsCallers)
    }

    private func change(_ body: (inout TraceChange) -> Void) -> TraceChange {
        var change = TraceChange()
        body(&change)
        return change
    }

    /// Which of so many requests are traced.
    private func traced(_ sampler: inout TraceSampler, _ model: String = "m", of count: Int) -> [Int] {
        (1...count).filter { _ in sampler.sample(model) != nil }
    }

    @Test func everySoManiethRequestIsTraced() {
        var sampler = sampler(rate: 3)
        #expect(traced(&sampler, of: 10) == [3, 6, 9])
    }

    @Test func theCountRunsOut() {
        var sampler = sampler(rate: 2, count: 2)
        #expect(sampler.isActive)
        #expect(traced(&sampler, of: 10) == [2, 4])
        #expect(sampler.setting(of: nil).count == 0 && !sampler.isActive)
    }

    @Test func theLastOneOfACountIsMarked() {
        var sampler = sampler(count: 2)
        let samplings = [sampler.sample("m"), sampler.sample("m")]
        #expect(samplings.map { $0?.isLast } == [false, true])
    }

    @Test func nothingIsTracedWhileTheLevelIsOff() {
        var sampler = sampler(level: .off)
        #expect(traced(&sampler, of: 5).isEmpty && !sampler.isActive)
    }

    @Test func aModelMayHaveSettingsOfItsOwn() {
        var sampler = sampler(rate: 2)
        let changed1 = sampler.change(change { $0.rate = .set(1) }, model: "a")
        #expect(changed1)
        #expect(traced(&sampler, "a", of: 3) == [1, 2, 3])
        #expect(traced(&sampler, "b", of: 4) == [2, 4])
        let scopes = [sampler.sample("a"), sampler.sample("b"), sampler.sample("b")].map { $0?.scope }
        #expect(scopes == ["a", nil, nil])
        let changed2 = sampler.change(change { $0.level = .set(.off) }, model: nil)
        #expect(changed2)
        #expect(traced(&sampler, "a", of: 3).isEmpty, "what the model has not set follows")
        let changed3 = sampler.change(change { $0.rate = .clear }, model: "a")
        #expect(changed3)
        #expect(sampler.setting(of: "a") == sampler.setting(of: nil))
    }

    @Test func onlyOneModelMayBeTraced() {
        var sampler = sampler(level: .off)
        let changed4 = sampler.change(change { $0.level = .set(.timestamps) }, model: "a")
        #expect(changed4)
        #expect(sampler.isActive)
        #expect(traced(&sampler, "b", of: 2).isEmpty)
        #expect(traced(&sampler, "a", of: 2) == [1, 2])
    }

    @Test func whatIsClearedIsAsAtTheStart() {
        var sampler = sampler(rate: 5, count: 3)
        var first = TraceChange()
        (first.rate, first.count, first.logFrequency) = (.set(1), .set(9), .set(4))
        let changed5 = sampler.change(first, model: nil)
        #expect(changed5)
        #expect(sampler.setting(of: nil).rate == 1 && sampler.setting(of: "m").count == 9)
        var second = TraceChange()
        (second.rate, second.count) = (.clear, .clear)
        let changed6 = sampler.change(second, model: nil)
        #expect(changed6)
        let setting = sampler.setting(of: nil)
        #expect(setting.rate == 5 && setting.count == 3 && setting.logFrequency == 4)
    }

    @Test func aModelIsTracedOnWhenTheRateOfAllBecomesSmaller() {
        var sampler = sampler(rate: 1000, level: .off)
        let isOwn = sampler.change(change { $0.level = .set(.timestamps) }, model: "m")
        #expect(isOwn)
        #expect(traced(&sampler, of: 500).isEmpty)
        let isChanged = sampler.change(change { $0.rate = .set(100) }, model: nil)
        #expect(isChanged)
        #expect(traced(&sampler, of: 201) == [1, 101, 201])
    }

    @Test func theCallersDecisionCountsWhereSpansAreExported() {
        func isTraced(_ sampler: TraceSampler, callerTraces: Bool) -> Bool {
            var sampler = sampler
            return sampler.sample("m", callerTraces: callerTraces) != nil
        }
        for follows in [sampler(rate: 0, followsCallers: true), sampler(count: 0, followsCallers: true)] {
            #expect(follows.isActive)
            #expect(!isTraced(follows, callerTraces: false))
            #expect(isTraced(follows, callerTraces: true))
        }
        for deaf in [sampler(rate: 0), sampler(level: .off, followsCallers: true)] {
            #expect(!deaf.isActive)
            #expect(!isTraced(deaf, callerTraces: true))
        }
    }

    @Test func soManyModelsMayHaveSettingsAndNoMore() {
        var sampler = sampler()
        let rate = change { $0.rate = .set(7) }
        for index in 0..<TraceSampler.maxModelCount {
            let isTaken = sampler.change(rate, model: "m\(index)")
            #expect(isTaken)
        }
        let changed7 = sampler.change(rate, model: "one more")
        #expect(!changed7)
        let changed8 = sampler.change(rate, model: "m0")
        #expect(changed8)
        let changed9 = sampler.change(change { $0.rate = .clear }, model: "m1")
        #expect(changed9)
        let changed10 = sampler.change(rate, model: "one more")
        #expect(changed10)
    }
}
