import DunlinInference
import DunlinTestSupport
import Synchronization
import Testing

@testable import DunlinServing

/// Fair shares of the CPUs, between schedulers of two instances each.
@Suite struct ServingBudgetTests {
    private func scheduler(_ gate: Gate, _ budget: ServingBudget, instances: Int = 2) -> ModelScheduler {
        let workers = (0..<instances).map { _ in
            ClosureInstance.worker { inputs throws(InferError) in
                gate.pass()
                return inputs
            }
        }
        return ModelScheduler(workers, SchedulingOptions(), budget: budget)
    }

    private func settle(_ schedulers: ModelScheduler...) {
        #expect(eventually { schedulers.allSatisfy { $0.leaseCount == 0 } })
    }

    @Test(arguments: [1, 2])
    func anInstanceThatIsHeldBackStartsWhenAnotherModelIsIdle(cpuCount: Int) {
        let budget = ServingBudget(cpuCount: cpuCount)
        let (busyGate, otherGate) = (Gate(), Gate())
        let busy = scheduler(busyGate, budget)
        let other = scheduler(otherGate, budget)
        _ = other.submit(TestRequest())
        #expect(otherGate.awaitArrivals())
        for _ in 0..<3 { _ = busy.submit(TestRequest()) }
        #expect(busyGate.awaitArrivals())
        #expect(budget.runningCount == 2 && busy.counts.waiting == 2, "the other model has its share")
        otherGate.open()
        #expect(busyGate.awaitArrivals(), "its second instance starts")
        #expect(busy.leaseCount == 3, "and not because one of its own requests has ended")
        busyGate.open(3)
        settle(busy, other)
    }

    @Test func aModelThatHasNothingLeftPassesTheTurnOn() {
        let budget = ServingBudget(cpuCount: 1)
        let (gates, held) = ((0..<2).map { _ in Gate() }, Gate())
        let other = scheduler(held, budget, instances: 1)
        _ = other.submit(TestRequest())
        #expect(held.awaitArrivals())
        let cancellation = Cancellation()
        let first = scheduler(gates[0], budget)
        let second = scheduler(gates[1], budget)
        // Each has one that runs and one that is held back.
        _ = first.submit(TestRequest())
        _ = first.submit(TestRequest(cancellation: cancellation))
        for _ in 0..<2 { _ = second.submit(TestRequest()) }
        #expect(gates[0].awaitArrivals() && gates[1].awaitArrivals())
        cancellation.cancel()
        gates[0].open()
        settle(first)
        #expect(eventually { budget.runningCount <= 2 })
        held.open()
        #expect(gates[1].awaitArrivals(), "only its own instances run now")
        #expect(second.leaseCount == 2)
        gates[1].open(2)
        settle(second, other)
    }

    @Test func whatExistsAnywayLeavesLessRoom() {
        let budget = ServingBudget(maxByteCount: 10)
        budget.holdAnyway(byteCount: 8)
        #expect(!budget.hold(byteCount: 3))
        #expect(budget.hold(byteCount: 2))
        budget.holdAnyway(byteCount: 5)
        #expect(budget.heldByteCount == 15)
        budget.release(byteCount: 15)
        #expect(budget.hold(byteCount: 10))
    }
}

extension ServingBudget {
    /// Executions that run on instances' queues.
    var runningCount: Int { running.load(ordering: .relaxed) }
}
