import Testing

@testable import DunlinHTTP

@Suite struct TurnClockTests {
    @Test("the first turn's sockets became ready when it began")
    func firstTurn() {
        var clock = TurnClock()
        clock.wait(at: 1_000_000)
        clock.begin(at: 1_000_500, count: 2)
        #expect(clock.start == 1_000_500)
        #expect(clock.arrival(0) == 1_000_500)
        #expect(clock.arrival(1) == 1_000_500)
    }

    @Test("what was ready without a wait came one after another during the turn before")
    func busy() {
        var clock = TurnClock()
        clock.wait(at: 500)
        clock.begin(at: 1000, count: 1)
        clock.wait(at: 9000)
        clock.begin(at: 9100, count: 4)
        #expect((0..<4).map(clock.arrival) == [1000, 3000, 5000, 7000])
        #expect(clock.start == 9100)
    }

    @Test(
        "a wait longer than a look tells that the sockets have just become ready",
        arguments: [100_000, 100_001] as [UInt64], [1000] as [UInt64])
    func waited(nanoseconds: UInt64, started: UInt64) {
        var clock = TurnClock()
        clock.begin(at: started, count: 1)
        clock.wait(at: 9000)
        clock.begin(at: 9000 + nanoseconds, count: 2)
        #expect(clock.arrival(0) == (nanoseconds > TurnClock.lookNanoseconds ? 9000 + nanoseconds : started))
    }

    @Test("a turn without sockets, and one behind it")
    func nothingReady() {
        var clock = TurnClock()
        clock.begin(at: 1000, count: 0)
        #expect(clock.arrival(0) == 1000)
        clock.wait(at: 2000)
        clock.begin(at: 2010, count: 1)
        #expect(clock.arrival(0) == 1000)
    }
}
