import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Synchronization
import Testing

@testable import DunlinServing

/// Runs that end early, or never begin, because nobody waits for them any more.
@Suite struct ModelSchedulerRunningTests {
    /// Runs until nobody wants it, or as many steps as it has.
    private final class LongInstance: ModelInstance {
        private let stepCount: Int
        private let rows: Outcome<Int>?
        private let step: @Sendable (Int) -> Void

        /// - Parameter rows: Told of each run's size.
        init(stepCount: Int, rows: Outcome<Int>?, step: @escaping @Sendable (Int) -> Void) {
            self.stepCount = stepCount
            self.rows = rows
            self.step = step
        }

        func execute(_ inputs: [NamedTensor]) throws(InferError) -> [NamedTensor] {
            try execute(inputs, while: { true })
        }

        func execute(_ inputs: [NamedTensor], while isWanted: () -> Bool) throws(InferError) -> [NamedTensor] {
            rows?.receive(inputs[0].tensor.shape[0])
            for number in 0..<stepCount {
                guard isWanted() else { throw InferError(.cancelled, "ended in step \(number)") }
                step(number)
            }
            return inputs
        }
    }

    private func scheduler(
        stepCount: Int, clock: ManualClock = ManualClock(step: 0), maxRows: Int = 1,
        rows: Outcome<Int>? = nil, step: @escaping @Sendable (Int) -> Void
    ) -> ModelScheduler {
        var options = SchedulingOptions()
        options.model = "m"
        options.inlineThreshold = 0
        options.plan = BatchPlan(maxRows: maxRows)
        let worker = InstanceWorker(
            label: "dunlin.instance.test", instance: LongInstance(stepCount: stepCount, rows: rows, step: step))
        return ModelScheduler([worker], options, budget: ServingBudget(cpuCount: 8), clock: { clock.read() })
    }

    private func request(
        deadline: UInt64 = .max, cancellation: Cancellation? = nil, _ end: Outcome<ScheduledRequest.End>
    ) -> ScheduledRequest {
        TestRequest(value: 1, arrived: 1, deadline: deadline, cancellation: cancellation) { end.receive($0) }
    }

    private func awaitIdle(_ scheduler: ModelScheduler) {
        #expect(eventually { scheduler.leaseCount == 0 })
    }

    /// What a request ended with; that it did not end is an error too.
    private func error(_ end: ScheduledRequest.End?) -> InferError? {
        switch end?.result {
        case .failure(let error): error
        case .success: nil
        case nil: InferError(.internal, "no end was told")
        }
    }

    @Test func aRunEndsBetweenStepsWhenItsClientLeaves() throws {
        let cancellation = Cancellation()
        let steps = Outcome<Int>()
        let scheduler = scheduler(stepCount: 10) { number in
            steps.receive(number)
            if number == 3 { cancellation.cancel() }
        }
        let end = Outcome<ScheduledRequest.End>()
        #expect(scheduler.submit(request(cancellation: cancellation, end)).word == .accepted)
        let told = try #require(end.wait())
        #expect(told.rejection == .cancelled)
        #expect(error(told)?.code == .cancelled)
        #expect(steps.all.last == 3)
        awaitIdle(scheduler)
        // The instance serves the next one.
        let next = Outcome<ScheduledRequest.End>()
        #expect(scheduler.submit(request(next)).word == .accepted)
        #expect(error(next.wait()) == nil)
    }

    @Test func aRunEndsBetweenStepsWhenItsTimeIsOver() throws {
        let clock = ManualClock(step: 0)
        let steps = Outcome<Int>()
        let scheduler = scheduler(stepCount: 10, clock: clock) { number in
            steps.receive(number)
            clock.advance(100)
        }
        let end = Outcome<ScheduledRequest.End>()
        #expect(scheduler.submit(request(deadline: clock.read() + 250, end)).word == .accepted)
        let told = try #require(end.wait())
        #expect(told.rejection == .expired)
        #expect(error(told)?.code == .deadlineExceeded)
        #expect(steps.all.last == 2)
    }

    @Test func aRunGoesOnWhileAnyOfItsRequestsIsWanted() throws {
        let gate = Gate()
        let left = Cancellation()
        let steps = Outcome<Int>()
        let scheduler = scheduler(stepCount: 4, maxRows: 4) { number in
            steps.receive(number)
            gate.pass()
        }
        let first = Outcome<ScheduledRequest.End>()
        _ = scheduler.submit(request(first))
        #expect(gate.awaitArrivals())
        // These two wait for the instance and run as one batch.
        let (gone, staying) = (Outcome<ScheduledRequest.End>(), Outcome<ScheduledRequest.End>())
        _ = scheduler.submit(request(cancellation: left, gone))
        _ = scheduler.submit(request(staying))
        gate.open(4)
        #expect(error(first.wait()) == nil)
        #expect(gate.awaitArrivals())
        left.cancel()
        gate.open(100)
        #expect(error(staying.wait()) == nil)
    }

    @Test func aLongBatchIsEndedForThoseThatAreWantedWhenTheyAreServedSoonerAlone() throws {
        let clock = ManualClock(step: 0)
        let gate = Gate()
        let sizes = Outcome<Int>()
        let isHeld = Atomic(false)
        // Ten steps, each three milliseconds and one for every row.
        let scheduler = scheduler(stepCount: 10, clock: clock, maxRows: 4, rows: sizes) { number in
            if number == 0, isHeld.load(ordering: .relaxed) { gate.pass() }
            clock.advance(1_000_000 * UInt64(3 + (sizes.all.last ?? 0)))
        }
        // Runs of one and of four rows become known.
        for rows in [1, 1, 4, 4] {
            let end = Outcome<ScheduledRequest.End>()
            _ = scheduler.submit(TestRequest(value: 1, rows: rows, arrived: 1) { end.receive($0) })
            #expect(error(end.wait()) == nil)
            awaitIdle(scheduler)
        }
        isHeld.store(true, ordering: .relaxed)
        let blocker = Outcome<ScheduledRequest.End>()
        _ = scheduler.submit(request(blocker))
        #expect(gate.awaitArrivals())
        let staying = Outcome<ScheduledRequest.End>()
        _ = scheduler.submit(request(staying))
        let cancellations = (0..<3).map { _ in Cancellation() }
        let left = cancellations.map { cancellation in
            let end = Outcome<ScheduledRequest.End>()
            _ = scheduler.submit(request(cancellation: cancellation, end))
            return end
        }
        gate.open()
        #expect(error(blocker.wait()) == nil)
        #expect(gate.awaitArrivals())
        let size = try #require(sizes.all.last)
        #expect(size > 1)
        for cancellation in cancellations { cancellation.cancel() }
        gate.open(10)
        #expect(error(staying.wait()) == nil)
        for end in left { #expect(end.wait()?.rejection == .cancelled) }
        #expect(sizes.all.suffix(2) == [size, 1])
    }

    @Test func aRequestThatCannotBeReadyInTimeAnyMoreIsNotRun() throws {
        let clock = ManualClock(step: 0)
        let gate = Gate()
        let steps = Outcome<Int>()
        let scheduler = scheduler(stepCount: 1, clock: clock) { number in
            steps.receive(number)
            clock.advance(1000)
            gate.pass()
        }
        gate.open(CostCurve.samplesNeeded)
        for _ in 0..<CostCurve.samplesNeeded {
            let end = Outcome<ScheduledRequest.End>()
            _ = scheduler.submit(request(end))
            #expect(end.wait() != nil)
            awaitIdle(scheduler)
        }
        let running = Outcome<ScheduledRequest.End>()
        _ = scheduler.submit(request(running))
        #expect(gate.awaitArrivals(CostCurve.samplesNeeded + 1))
        let now = clock.read()
        let late = Outcome<ScheduledRequest.End>()
        let request = TestRequest(value: 1, arrived: now, deadline: now + 1500) { late.receive($0) }
        #expect(scheduler.submit(request).word == .accepted)
        // The run before it takes longer than it should: 500 ns are left for 1000.
        clock.advance(1000)
        gate.open(100)
        #expect(error(running.wait()) == nil)
        let told = try #require(late.wait())
        #expect(told.rejection == .unattainable)
        #expect(
            error(told)?.message
                == "model 'm': the answer would take about 0.0 ms (0 requests wait), the deadline is in 0.0 ms")
    }
}
