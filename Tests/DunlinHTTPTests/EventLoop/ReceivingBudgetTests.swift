import Synchronization
import Testing

@testable import DunlinHTTP

@Suite struct ReceivingBudgetTests {
    private final class Receiver: BodyReceiver {
        private let count = Atomic<Int>(0)
        var resumeCount: Int { count.load(ordering: .relaxed) }
        func resumeLater() { count.wrappingAdd(1, ordering: .relaxed) }
    }

    private let budget = ReceivingBudget(limit: 100)
    private let receivers = (0..<4).map { _ in Receiver() }

    @Test func asMuchAsTheLimitIsAdmitted() {
        #expect(budget.ask(receivers[0], for: 60) && budget.ask(receivers[1], for: 40))
        #expect(!budget.ask(receivers[2], for: 1))
        #expect(budget.byteCount == 100)
    }

    @Test func theOldestMayAlwaysGoOn() {
        #expect(budget.ask(receivers[0], for: 60) && budget.ask(receivers[1], for: 40))
        #expect(budget.ask(receivers[0], for: 500) && !budget.ask(receivers[1], for: 41))
        budget.release(receivers[0])
        // The next is the oldest now.
        #expect(budget.ask(receivers[1], for: 500) && !budget.ask(receivers[2], for: 1))
        #expect(budget.byteCount == 500)
    }

    @Test func whatIsTakenCountsWhateverTheAnswer() {
        #expect(budget.note(receivers[0], taken: 90))
        #expect(!budget.note(receivers[1], taken: 20) && budget.byteCount == 110)
        #expect(budget.note(receivers[1], taken: 10) && budget.byteCount == 100)
    }

    @Test func whoWaitsIsToldWhenSomethingIsGivenBack() {
        #expect(budget.ask(receivers[0], for: 50) && budget.ask(receivers[1], for: 50))
        #expect(!budget.ask(receivers[2], for: 60) && !budget.ask(receivers[3], for: 10))
        budget.release(receivers[1])
        #expect(receivers.map(\.resumeCount) == [0, 0, 1, 1])
        // Still too much; the younger one is served meanwhile.
        #expect(!budget.ask(receivers[2], for: 60) && budget.ask(receivers[3], for: 10))
        budget.release(receivers[3])
        #expect(receivers.map(\.resumeCount) == [0, 0, 2, 1])
        budget.release(receivers[2])
        budget.release(receivers[0])
        #expect(receivers.map(\.resumeCount) == [0, 0, 2, 1] && budget.byteCount == 0)
    }

    @Test func whoHasNothingGivesNothingBack() {
        #expect(budget.ask(receivers[0], for: 100) && !budget.ask(receivers[1], for: 1))
        budget.release(receivers[2])
        #expect(receivers[1].resumeCount == 0 && budget.byteCount == 100)
    }
}
