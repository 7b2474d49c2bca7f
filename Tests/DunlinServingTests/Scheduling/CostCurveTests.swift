import Testing

@testable import DunlinServing

@Suite struct CostCurveTests {
    private func curve(_ costs: [Int: UInt64]) -> CostCurve {
        var curve = CostCurve()
        for (rows, nanoseconds) in costs {
            for _ in 0..<CostCurve.samplesNeeded { curve.record(rows: rows, nanoseconds: nanoseconds) }
        }
        return curve
    }

    @Test func sizesArePowersOfTwo() {
        #expect([0, 1, 2, 3, 4, 5, 8, 9, 16, 17].map(CostCurve.sizeClass) == [0, 0, 1, 2, 2, 3, 3, 4, 4, 5])
    }

    @Test func anUnknownModelHasNoEstimate() {
        #expect(CostCurve().estimate(rows: 1) == nil)
        #expect(!CostCurve().isMeasured(rows: 1))
        var once = CostCurve()
        once.record(rows: 1, nanoseconds: 10)
        #expect(!once.isMeasured(rows: 1))
        #expect(once.estimate(rows: 1) == 10)
    }

    @Test func timesBetweenTwoSizesLieOnALine() {
        let curve = curve([2: 100, 8: 400])
        #expect(curve.estimate(rows: 2) == 100)
        #expect(curve.estimate(rows: 5) == 250)
        #expect(curve.estimate(rows: 8) == 400)
    }

    @Test func beyondWhatWasMeasuredRowsCostTheSame() {
        let curve = curve([4: 100])
        #expect(curve.estimate(rows: 1) == 25)
        #expect(curve.estimate(rows: 8) == 200)
    }

    @Test func oneLongRunIsNotBelieved() throws {
        var curve = curve([1: 100])
        curve.record(rows: 1, nanoseconds: 1_000_000)
        #expect(try #require(curve.estimate(rows: 1)) <= 100 * (1 + CostCurve.sampleLimit * CostCurve.weight))
    }

    @Test func theFirstSlowRunIsForgotten() throws {
        var curve = CostCurve()
        for nanoseconds: UInt64 in [10_000, 100, 100, 100] { curve.record(rows: 1, nanoseconds: nanoseconds) }
        #expect(try #require(curve.estimate(rows: 1)) == 100)
    }

    @Test func timesThatChangeAreFollowed() throws {
        var curve = curve([1: 100])
        for _ in 0..<60 { curve.record(rows: 1, nanoseconds: 1000) }
        #expect(try #require(curve.estimate(rows: 1)) > 990)
        for _ in 0..<60 { curve.record(rows: 1, nanoseconds: 100) }
        #expect(try #require(curve.estimate(rows: 1)) < 110)
    }

    @Test func rowsOfOtherSizesHaveOtherCosts() {
        var table = CostTable()
        let short = CostTable.rowClass(byteCount: 400, rows: 4)
        let long = CostTable.rowClass(byteCount: 40_000, rows: 4)
        #expect(short != long)
        table.record(rowClass: short, rows: 4, nanoseconds: 10)
        #expect(table[short].estimate(rows: 4) == 10)
        #expect(table[long].isEmpty)
        #expect(table[64].isEmpty)
    }

    @Test func onlyRefusalsWithoutARunBetweenThemAskForATrial() {
        var table = CostTable()
        func asks(_ rowClass: Int) -> Bool { table.takesTrial(rowClass: rowClass) }
        table.countRefusal(rowClass: 3)
        table.record(rowClass: 3, rows: 1, nanoseconds: 10)
        for _ in 1..<CostTable.refusalsBeforeTrial { table.countRefusal(rowClass: 3) }
        #expect(!asks(3))
        table.record(rowClass: 3, rows: 1, nanoseconds: 10)
        table.countRefusal(rowClass: 3)
        #expect(!asks(3))
        for _ in 1..<CostTable.refusalsBeforeTrial { table.countRefusal(rowClass: 3) }
        #expect(!asks(2))
        #expect(asks(3))
        #expect(!asks(3))
    }
}
