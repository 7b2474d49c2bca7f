import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Glibc
import Testing

@testable import DunlinServing

@Suite struct ModelSchedulerTests {
    private final class Instance: ModelInstance {
        private let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
        func execute(_ inputs: [NamedTensor]) throws(InferError) -> [NamedTensor] {
            run()
            return inputs
        }
    }

    private func worker(_ run: @escaping @Sendable () -> Void = {}) -> InstanceWorker {
        InstanceWorker(label: "dunlin.instance.test", instance: Instance(run))
    }

    private func pool(
        _ count: Int = 1, maxQueueSize: Int = 16, inlineThreshold: UInt64 = 0, clock: ManualClock? = nil,
        run: @escaping @Sendable () -> Void = {}
    ) -> ModelScheduler {
        let read: MonotonicClock = if let clock { { clock.read() } } else { monotonicNanoseconds }
        let workers = (0..<count).map { _ in worker(run) }
        var options = SchedulingOptions()
        options.maxQueueSize = maxQueueSize
        options.inlineThreshold = inlineThreshold
        return ModelScheduler(workers, options, budget: ServingBudget(cpuCount: 8), clock: read)
    }

    /// A job that tells the thread it was finished on.
    private func job(_ name: String = "", _ outcome: Outcome<(String, pthread_t)>) -> ScheduledRequest {
        TestRequest(inputs: [NamedTensor(name, Tensor([UInt8(1)], shape: [1]))]) { end in
            outcome.receive(((try? end.result.get())?.first?.name ?? "failed", pthread_self()))
        }
    }

    @Test func aDearModelRunsOnItsQueue() throws {
        let outcome = Outcome<(String, pthread_t)>()
        #expect(pool().submit(job("a", outcome)).word == .accepted)
        let (name, thread) = try #require(outcome.wait())
        #expect(name == "a")
        #expect(thread != pthread_self())
    }

    @Test func aCheapModelRunsOnTheCallersThreadOnceItIsKnown() throws {
        let clock = ManualClock(step: 1000)
        let pool = pool(inlineThreshold: 10_000, clock: clock)
        for _ in 0..<InlinePolicy.samplesNeeded {
            let outcome = Outcome<(String, pthread_t)>()
            _ = pool.submit(job("a", outcome))
            let (_, thread) = try #require(outcome.wait())
            #expect(thread != pthread_self())
            awaitIdle(pool)
        }
        let outcome = Outcome<(String, pthread_t)>()
        #expect(pool.submit(job("b", outcome)).word == .accepted)
        #expect(outcome.value?.1 == pthread_self())

        clock.setStep(1_000_000)
        for _ in 0..<8 {
            _ = pool.submit(job("c", Outcome()))
            awaitIdle(pool)
        }
        let dear = Outcome<(String, pthread_t)>()
        _ = pool.submit(job("d", dear))
        #expect(try #require(dear.wait()).1 != pthread_self())
    }

    /// The lease ends just after the completion returns.
    private func awaitIdle(_ pool: ModelScheduler) {
        #expect(eventually { pool.leaseCount == 0 })
    }

    @Test func aBusyPoolQueuesInOrderThenRefuses() throws {
        let gate = Gate()
        let pool = pool(maxQueueSize: 2) { gate.pass() }
        let outcomes = (0..<4).map { _ in Outcome<(String, pthread_t)>() }
        let order = Outcome<String>()
        func submit(_ index: Int) -> Accepted {
            pool.submit(
                TestRequest { _ in
                    order.receive("\(index)")
                    outcomes[index].receive(("", pthread_self()))
                }
            ).word
        }
        #expect(submit(0) == .accepted)
        #expect(gate.awaitArrivals())
        #expect(submit(1) == .accepted)
        #expect(submit(2) == .accepted)
        #expect(pool.counts.waiting == 2)
        #expect(submit(3) == .full)
        #expect(outcomes[3].count == 0)
        for expected in ["0", "1", "2"] {
            gate.open()
            #expect(order.wait() == expected)
        }
        #expect(outcomes[3].count == 0)
    }

    @Test func aQueueOfZeroStillRunsWhatFits() throws {
        let gate = Gate()
        let pool = pool(2, maxQueueSize: 0) { gate.pass() }
        let outcome = Outcome<(String, pthread_t)>()
        #expect(pool.submit(job("a", outcome)).word == .accepted)
        #expect(pool.submit(job("b", outcome)).word == .accepted)
        #expect(pool.submit(job("c", outcome)).word == .full)
        #expect(gate.awaitArrivals(2))
        gate.open(2)
        _ = try #require(outcome.wait())
        _ = try #require(outcome.wait())
    }

    @Test func drainsAfterTheLastCompletionHasReturned() throws {
        let gate = Gate()
        let pool = pool { gate.pass() }
        let outcome = Outcome<(String, pthread_t)>()
        let drained = Outcome<Int>()
        _ = pool.submit(job("a", outcome))
        _ = pool.submit(job("b", outcome))
        pool.close { drained.receive(outcome.count) }
        #expect(pool.submit(job("c", outcome)).word == .closed)
        #expect(drained.count == 0)
        gate.open(2)
        #expect(drained.wait() == 2)
        pool.close { Issue.record("drained twice") }
    }

    @Test func anIdlePoolDrainsAtOnce() {
        let drained = Outcome<Int>()
        pool().close { drained.receive(1) }
        #expect(drained.count == 1)
    }

    @Test func abandonedRequestsFailAndThoseThatRunEnd() throws {
        let gate = Gate()
        let pool = pool { gate.pass() }
        let running = Outcome<(String, pthread_t)>()
        let waiting = Outcome<(String, pthread_t)>()
        let drained = Outcome<Int>()
        _ = pool.submit(job("a", running))
        #expect(gate.awaitArrivals())
        _ = pool.submit(job("b", waiting))
        pool.close { drained.receive(1) }
        pool.abandonWaiting(InferError(.unavailable, "stopping"))
        #expect(waiting.value?.0 == "failed")
        #expect(drained.count == 0)
        gate.open()
        #expect(try #require(running.wait()).0 == "a")
        #expect(drained.wait() == 1)
    }

    @Test func anAddedInstanceTakesTheFirstInLine() throws {
        let gate = Gate()
        let pool = pool { gate.pass() }
        let outcome = Outcome<(String, pthread_t)>()
        _ = pool.submit(job("a", Outcome()))
        #expect(gate.awaitArrivals())
        _ = pool.submit(job("b", outcome))
        pool.add(worker())
        #expect(try #require(outcome.wait()).0 == "b")
        #expect(pool.instanceCount == 2)
        gate.open()
    }

    @Test func aRemovedInstanceEndsItsRequestFirst() throws {
        let gate = Gate()
        let pool = pool(2) { gate.pass() }
        let outcome = Outcome<(String, pthread_t)>()
        for _ in 0..<2 { _ = pool.submit(job("a", outcome)) }
        #expect(gate.awaitArrivals(2))
        _ = pool.submit(job("a", outcome))
        pool.removeInstance()
        pool.removeInstance()
        #expect(pool.instanceCount == 1)
        gate.open(3)
        for _ in 0..<3 { _ = try #require(outcome.wait()) }
    }

    @Test func aCompletionMaySubmitAgain() throws {
        let pool = pool(inlineThreshold: 1_000_000)
        let outcome = Outcome<(String, pthread_t)>()
        for _ in 0..<20 {
            _ = pool.submit(TestRequest { _ in _ = pool.submit(job("again", outcome)) })
            #expect(try #require(outcome.wait()).0 == "again")
        }
    }
}
