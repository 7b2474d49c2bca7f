import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Synchronization
import Testing

@testable import DunlinServing

/// Batches, deadlines, cancellation and priorities, with time in the tests' hands.
@Suite struct ModelSchedulerBatchingTests {
    /// A scheduler of one instance that stands at a gate, and what it ran.
    private final class Fixture: Sendable {
        let gate = Gate()
        let clock = ManualClock()
        let alarm = NotedAlarm()
        private let runs = Runs()
        let scheduler: ModelScheduler
        let budget: ServingBudget

        /// - Parameter fails: Rows of this value fail.
        init(
            _ options: SchedulingOptions, budget: ServingBudget = ServingBudget(cpuCount: 8), fails: Float? = nil,
            failsTogether: Bool = false, dropsRows: Bool = false, log: ServingLog = .silent
        ) {
            let (gate, clock, alarm, runs) = (gate, clock, alarm, runs)
            self.budget = budget
            let worker = ClosureInstance.worker { inputs throws(InferError) in
                let elements = inputs[0].tensor.elements(as: Float.self)
                let rows = stride(from: 0, to: elements.count, by: 2).map { elements[$0] }
                runs.rows.withLock { $0.append(rows) }
                gate.pass()
                clock.advance(1000)
                if rows.contains(where: { $0 == fails }) { throw InferError(.internal, "row \(fails ?? 0)") }
                if failsTogether, rows.count > 1 { throw InferError(.internal, "together") }
                let sums = rows.map { $0 + 1 }
                let kept = dropsRows && rows.count > 1 ? Array(sums.dropLast()) : sums
                return [NamedTensor("y", Tensor(kept, shape: [kept.count, 1]))]
            }
            scheduler = ModelScheduler(
                [worker], options, budget: budget, log: log, clock: { clock.read() }, makeAlarm: { _ in alarm })
        }

        private final class Runs: Sendable {
            let rows = Mutex<[[Float]]>([])
        }

        /// The first element of each row, run by run.
        var ran: [[Float]] { runs.rows.withLock { $0 } }
    }

    private typealias Ends = Outcome<(Float, ScheduledRequest.End)>

    private func request(
        _ value: Float, rows: Int = 1, deadline: UInt64 = .max, queueTimeout: UInt64 = .max, level: Int = 0,
        cancellation: Cancellation? = nil, arrived: UInt64 = 1, _ ends: Ends
    ) -> TestRequest {
        TestRequest(
            value: value, rows: rows, arrived: arrived, deadline: deadline, queueTimeout: queueTimeout, level: level,
            cancellation: cancellation
        ) { ends.receive((value, $0)) }
    }

    private func options(maxRows: Int = 8, _ change: (inout ModelConfiguration.DynamicBatching) -> Void = { _ in })
        -> SchedulingOptions
    {
        var batching = ModelConfiguration.DynamicBatching()
        change(&batching)
        return SchedulingOptions(model: "m", maxRows: maxRows, batching)
    }

    private func answer(_ end: ScheduledRequest.End) -> [Float]? {
        (try? end.result.get())?.first?.tensor.elements(as: Float.self)
    }

    private func error(_ end: ScheduledRequest.End) -> InferError? {
        if case .failure(let error) = end.result { error } else { nil }
    }

    private func settle(_ scheduler: ModelScheduler) {
        #expect(eventually { scheduler.leaseCount == 0 })
    }

    @Test func whatWaitsRunsAsOneBatchWhenTheInstanceIsFree() throws {
        let fixture = Fixture(options())
        let ends = Ends()
        _ = fixture.scheduler.submit(request(0, ends))
        #expect(fixture.gate.awaitArrivals())
        for value: Float in [1, 2, 3] { _ = fixture.scheduler.submit(request(value, rows: Int(value), ends)) }
        #expect(fixture.scheduler.counts == (3, 1, 1))
        fixture.gate.open(2)
        var answers: [Float: ([Float]?, ScheduledRequest.End)] = [:]
        settle(fixture.scheduler)
        for _ in 0..<4 { _ = ends.wait() }
        for (value, end) in ends.all { answers[value] = (answer(end), end) }
        #expect(fixture.ran == [[0], [1, 2, 2, 3, 3, 3]])
        for value: Float in [1, 2, 3] {
            #expect(answers[value]?.0 == [Float](repeating: value + 1, count: Int(value)))
            #expect(answers[value]?.1.execution.rows == 6)
        }
        #expect(ends.all.filter { $0.1.countsExecution }.count == 2)
        #expect(fixture.budget.queuedCount == 0 && fixture.budget.heldByteCount == 0)
    }

    @Test func requestsOfOtherShapesAreKeptApart() throws {
        let fixture = Fixture(options())
        let ends = Ends()
        fixture.gate.open(9)
        let wide = TestRequest(inputs: [NamedTensor("x", Tensor([Float](repeating: 9, count: 4), shape: [1, 4]))]) {
            ends.receive((9, $0))
        }
        let gate = Gate()
        let blocking = TestRequest(value: 0) { _ in gate.pass() }
        _ = fixture.scheduler.submit(blocking)
        #expect(gate.awaitArrivals())
        _ = fixture.scheduler.submit(request(1, ends))
        _ = fixture.scheduler.submit(wide)
        _ = fixture.scheduler.submit(request(2, ends))
        gate.open()
        settle(fixture.scheduler)
        #expect(fixture.ran == [[0], [1, 2], [9, 9]])
    }

    @Test func aBadRequestHarmsNoOther() throws {
        let fixture = Fixture(options(), fails: 2)
        let ends = Ends()
        _ = fixture.scheduler.submit(request(0, ends))
        #expect(fixture.gate.awaitArrivals())
        for value: Float in [1, 2, 3] { _ = fixture.scheduler.submit(request(value, ends)) }
        fixture.gate.open(9)
        settle(fixture.scheduler)
        #expect(fixture.ran == [[0], [1, 2, 3], [1], [2], [3]])
        for (value, end) in ends.all {
            #expect(answer(end) == (value == 2 ? nil : [value + 1]))
            #expect(end.countsExecution && end.rejection == nil)
        }
        #expect(ends.all.count == 4)
        #expect(fixture.scheduler.state.withLock { $0.plan.maxRows } == 8)
    }

    @Test func batchesThatFailThoughTheirRequestsDoNotAreGivenUp() throws {
        let warnings = Mutex<[String]>([])
        let fixture = Fixture(
            options(), failsTogether: true, log: ServingLog { _, text in warnings.withLock { $0.append(text) } })
        let ends = Ends()
        fixture.gate.open(100)
        for round in 0..<(ModelScheduler.maxFailedBatchCount + 1) {
            let gate = Gate()
            _ = fixture.scheduler.submit(TestRequest(value: 0) { _ in gate.pass() })
            #expect(gate.awaitArrivals())
            for value: Float in [1, 2] { _ = fixture.scheduler.submit(request(value, ends)) }
            gate.open()
            settle(fixture.scheduler)
            let isOff = fixture.scheduler.state.withLock { $0.plan.maxRows } == 1
            #expect(isOff == (round + 1 >= ModelScheduler.maxFailedBatchCount), "round \(round)")
        }
        #expect(ends.all.allSatisfy { answer($0.1) == [$0.0 + 1] })
        #expect(fixture.ran.filter { $0.count > 1 }.count == ModelScheduler.maxFailedBatchCount)
        #expect(
            warnings.withLock { $0 } == [
                "model 'm' runs its requests one by one from now on: batches fail although their requests do not: together"
            ])
    }

    @Test func outputsWithTooFewRowsEndBatching() throws {
        let fixture = Fixture(options(), dropsRows: true)
        let ends = Ends()
        _ = fixture.scheduler.submit(request(0, ends))
        #expect(fixture.gate.awaitArrivals())
        for value: Float in [1, 2] { _ = fixture.scheduler.submit(request(value, ends)) }
        fixture.gate.open(9)
        settle(fixture.scheduler)
        #expect(ends.all.allSatisfy { answer($0.1) == [$0.0 + 1] })
        #expect(fixture.scheduler.state.withLock { $0.plan.maxRows } == 1)
    }

    @Test func aQueueDelayAwaitsCompany() throws {
        let fixture = Fixture(
            options {
                $0.preferredBatchSizes = [2]
                $0.maxQueueDelayMicroseconds = 100
            })
        let ends = Ends()
        fixture.gate.open(9)
        _ = fixture.scheduler.submit(request(1, ends))
        #expect(fixture.scheduler.counts == (1, 0, 1))
        #expect(fixture.alarm.moments == [100_001])
        _ = fixture.scheduler.submit(request(2, ends))
        settle(fixture.scheduler)
        #expect(fixture.ran == [[1, 2]])

        let now = fixture.clock.read()
        _ = fixture.scheduler.submit(request(3, arrived: now, ends))
        fixture.clock.advance(99_999)
        fixture.scheduler.wake()
        #expect(fixture.scheduler.counts.waiting == 1)
        fixture.clock.advance(1)
        fixture.scheduler.wake()
        settle(fixture.scheduler)
        #expect(fixture.ran == [[1, 2], [3]])
    }

    @Test func anExpiredRequestLeavesTheQueueByItsTimer() throws {
        let fixture = Fixture(options())
        let ends = Ends()
        _ = fixture.scheduler.submit(TestRequest(value: 0))
        #expect(fixture.gate.awaitArrivals())
        _ = fixture.scheduler.submit(request(1, deadline: 500, ends))
        _ = fixture.scheduler.submit(request(2, queueTimeout: 800, ends))
        _ = fixture.scheduler.submit(request(3, ends))
        #expect(fixture.alarm.moments == [500])
        fixture.clock.advance(499)
        fixture.scheduler.wake()
        #expect(ends.all.map(\.0) == [1])
        #expect(fixture.alarm.moments == [500, 800])
        let end = try #require(ends.all.first).1
        #expect(end.rejection == .expired)
        #expect(error(end)?.code == .deadlineExceeded)
        #expect(error(end)?.message == "model 'm': the request's time was over before it ran (it waited 0.0 ms)")
        fixture.clock.advance(300)
        fixture.scheduler.wake()
        #expect(ends.all.map(\.0) == [1, 2])
        fixture.gate.open(2)
        settle(fixture.scheduler)
        #expect(fixture.ran == [[0], [3]])
        #expect(fixture.budget.queuedCount == 0)
    }

    @Test func aDelayedRequestRunsAfterTheOthers() throws {
        let fixture = Fixture(options(maxRows: 2) { $0.defaultQueuePolicy.timeoutAction = .delay })
        let ends = Ends()
        _ = fixture.scheduler.submit(TestRequest(value: 0))
        #expect(fixture.gate.awaitArrivals())
        _ = fixture.scheduler.submit(request(1, queueTimeout: 500, ends))
        fixture.clock.advance(600)
        fixture.scheduler.wake()
        for value: Float in [2, 3] { _ = fixture.scheduler.submit(request(value, ends)) }
        #expect(ends.all.isEmpty)
        fixture.gate.open(9)
        settle(fixture.scheduler)
        #expect(fixture.ran == [[0], [2, 3], [1]])
    }

    @Test func aCancelledRequestDoesNotRun() throws {
        let fixture = Fixture(options(maxRows: 1))
        let ends = Ends()
        let early = Cancellation()
        early.cancel()
        _ = fixture.scheduler.submit(TestRequest(value: 0))
        #expect(fixture.gate.awaitArrivals())
        let cancellation = Cancellation()
        let refused = fixture.scheduler.submit(request(1, cancellation: early, ends))
        #expect(refused.rejection == .cancelled)
        _ = fixture.scheduler.submit(request(2, cancellation: cancellation, ends))
        _ = fixture.scheduler.submit(request(3, ends))
        cancellation.cancel()
        #expect(ends.all.map(\.0) == [2])
        #expect(ends.all.first?.1.rejection == .cancelled)
        #expect(fixture.scheduler.counts == (1, 1, 1))
        fixture.gate.open(2)
        settle(fixture.scheduler)
        #expect(fixture.ran == [[0], [3]])
        #expect(fixture.budget.queuedCount == 0 && fixture.budget.heldByteCount == 0)
        cancellation.cancel()
    }

    @Test func aRequestThatCannotMakeItsDeadlineIsRefusedAtOnce() throws {
        let fixture = Fixture(options(maxRows: 1))
        let ends = Ends()
        fixture.gate.open(100)
        for _ in 0..<CostCurve.samplesNeeded {
            _ = fixture.scheduler.submit(request(0, ends))
            settle(fixture.scheduler)
        }
        let now = fixture.clock.read()
        let late = fixture.scheduler.submit(request(1, deadline: now + 999, arrived: now, ends))
        #expect(late.rejection == .unattainable)
        #expect(
            late.error?.message
                == "model 'm': the answer would take about 0.0 ms (0 requests wait), the deadline is in 0.0 ms")
        #expect(late.error?.code == .deadlineExceeded)
        #expect(fixture.scheduler.submit(request(2, deadline: now + 1001, arrived: now, ends)).word == .accepted)
        settle(fixture.scheduler)
        let over = fixture.clock.read()
        #expect(fixture.scheduler.submit(request(3, deadline: over, arrived: over, ends)).rejection == .expired)
        #expect(fixture.ran.count == CostCurve.samplesNeeded + 1)
    }

    @Test func afterManyRefusalsOneRunsToMeasureTheModelAnew() throws {
        let fixture = Fixture(options(maxRows: 1))
        let ends = Ends()
        fixture.gate.open(100)
        func submit(_ value: Float) -> ModelScheduler.Submission {
            let now = fixture.clock.read()
            return fixture.scheduler.submit(request(value, deadline: now + 1, arrived: now, ends))
        }
        for _ in 0..<CostCurve.samplesNeeded {
            _ = fixture.scheduler.submit(request(0, ends))
            settle(fixture.scheduler)
        }
        for _ in 0..<2 {
            for _ in 0..<CostTable.refusalsBeforeTrial { #expect(submit(1).rejection == .unattainable) }
            #expect(submit(2).word == .accepted)
            settle(fixture.scheduler)
            #expect(fixture.ran.last == [2])
        }
        let trials = ends.all.filter { $0.0 == 2 }
        #expect(trials.count == 2 && trials.allSatisfy { answer($0.1) == [3] })
    }

    /// A model whose batches take as long as a lone request, measured, with one request running and one waiting.
    private func flat(_ change: (inout ModelConfiguration.DynamicBatching) -> Void = { _ in }, waitingLevel: Int = 0)
        -> Fixture
    {
        let fixture = Fixture(options(maxRows: 8, change))
        fixture.gate.open(2 * CostCurve.samplesNeeded)
        for _ in 0..<CostCurve.samplesNeeded {
            for rows in [1, 8] {
                _ = fixture.scheduler.submit(TestRequest(value: 0, rows: rows))
                settle(fixture.scheduler)
            }
        }
        for _ in 0..<2 * CostCurve.samplesNeeded { _ = fixture.gate.awaitArrivals() }
        _ = fixture.scheduler.submit(TestRequest(value: 0))
        _ = fixture.gate.awaitArrivals()
        _ = fixture.scheduler.submit(TestRequest(value: 1, level: waitingLevel))
        return fixture
    }

    @Test func aRequestIsNotRefusedForThoseItRunsWith() {
        let fixture = flat()
        let ends = Ends()
        let now = fixture.clock.read()
        #expect(
            fixture.scheduler.submit(request(2, deadline: now + 999, arrived: now, ends)).rejection == .unattainable)
        #expect(fixture.scheduler.submit(request(3, deadline: now + 1500, arrived: now, ends)).word == .accepted)
        // Seven more fill that batch; what comes then is part of the one after it.
        for _ in 0..<6 { #expect(fixture.scheduler.submit(request(4, ends)).word == .accepted) }
        #expect(
            fixture.scheduler.submit(request(5, deadline: now + 1500, arrived: now, ends)).rejection == .unattainable)
        #expect(fixture.scheduler.submit(request(6, deadline: now + 2500, arrived: now, ends)).word == .accepted)
        fixture.gate.open(9)
        settle(fixture.scheduler)
    }

    @Test func aRequestIsNotRefusedForThoseOfLesserPriority() {
        let fixture = flat({ $0.priorityLevels = 2 }, waitingLevel: 1)
        let ends = Ends()
        for _ in 0..<20 { _ = fixture.scheduler.submit(request(2, level: 1, ends)) }
        let now = fixture.clock.read()
        #expect(fixture.scheduler.expectedWait == 0)
        let deadline = now + 1500
        let refused = fixture.scheduler.submit(request(3, deadline: deadline, level: 1, arrived: now, ends))
        #expect(refused.rejection == .unattainable)
        #expect(fixture.scheduler.submit(request(4, deadline: deadline, arrived: now, ends)).word == .accepted)
        fixture.gate.open(9)
        settle(fixture.scheduler)
    }

    @Test func aFailedRunIsNoMeasurement() {
        let fixture = Fixture(options(maxRows: 1), fails: 7)
        let ends = Ends()
        fixture.gate.open(100)
        for _ in 0..<2 * CostCurve.samplesNeeded {
            _ = fixture.scheduler.submit(request(7, ends))
            settle(fixture.scheduler)
        }
        let now = fixture.clock.read()
        #expect(fixture.scheduler.submit(request(1, deadline: now + 1, arrived: now, ends)).word == .accepted)
        settle(fixture.scheduler)
    }

    @Test func prioritiesHaveTheirOwnQueues() throws {
        let fixture = Fixture(
            options(maxRows: 1) {
                $0.priorityLevels = 2
                $0.defaultPriorityLevel = 2
                $0.priorityQueuePolicies[2] = .init()
                $0.priorityQueuePolicies[2]?.maxQueueSize = 1
            })
        let ends = Ends()
        _ = fixture.scheduler.submit(TestRequest(value: 0))
        #expect(fixture.gate.awaitArrivals())
        #expect(fixture.scheduler.submit(request(1, level: 1, ends)).word == .accepted)
        #expect(fixture.scheduler.submit(request(2, level: 1, ends)).word == .full)
        #expect(fixture.scheduler.submit(request(3, level: 0, ends)).word == .accepted)
        fixture.gate.open(9)
        settle(fixture.scheduler)
        #expect(fixture.ran == [[0], [3], [1]])
    }

    @Test func answersKeepTheOrderOfTheirRequests() throws {
        let gates = [Gate(), Gate()]
        let workers = gates.map { gate in
            ClosureInstance.worker { inputs throws(InferError) in
                gate.pass()
                return inputs
            }
        }
        let scheduler = ModelScheduler(
            workers, options { $0.preservesOrdering = true }, budget: ServingBudget(cpuCount: 8))
        let ends = Ends()
        _ = scheduler.submit(request(1, ends))
        #expect(gates[0].awaitArrivals())
        _ = scheduler.submit(request(2, ends))
        #expect(gates[1].awaitArrivals())
        let cancellation = Cancellation()
        _ = scheduler.submit(request(3, cancellation: cancellation, ends))
        cancellation.cancel()
        gates[1].open()
        #expect(eventually { scheduler.state.withLock { !$0.free.isEmpty } })
        #expect(ends.all.isEmpty)
        gates[0].open()
        for _ in 0..<3 { _ = ends.wait() }
        #expect(ends.all.map(\.0) == [1, 2, 3])
        settle(scheduler)
    }

    @Test func allModelsTogetherHaveLimits() throws {
        let budget = ServingBudget(maxQueuedCount: 1, maxByteCount: 40, cpuCount: 8)
        let fixture = Fixture(options(maxRows: 1), budget: budget)
        let ends = Ends()
        #expect(fixture.scheduler.submit(request(0, rows: 6, ends)).error?.code == .invalidArgument)
        _ = fixture.scheduler.submit(request(0, rows: 3, ends))
        #expect(fixture.gate.awaitArrivals())
        #expect(fixture.scheduler.submit(request(1, rows: 3, ends)).error?.code == .resourceExhausted)
        #expect(fixture.scheduler.submit(request(2, ends)).word == .accepted)
        let refused = fixture.scheduler.submit(request(3, ends))
        #expect(
            refused.error?.message == "the server is busy: 1 requests wait, which is the limit; try again later")
        #expect(budget.heldByteCount == 32 && budget.queuedCount == 1)
        fixture.gate.open(2)
        settle(fixture.scheduler)
        #expect(budget.heldByteCount == 0 && budget.queuedCount == 0)
    }

    @Test func aSecondInstanceOfAModelNeedsAnIdleCPUBesideOtherModels() {
        let budget = ServingBudget(cpuCount: 2)
        #expect(budget.start(besides: 0))
        #expect(budget.start(besides: 1))
        #expect(budget.start(besides: 2), "nobody else wants the CPUs")
        budget.stop()
        #expect(budget.start(besides: 0), "another model always has one")
        #expect(!budget.start(besides: 2))
        #expect(!budget.start(besides: 1))
        #expect(budget.runningCount == 3)
        budget.stop()
        budget.stop()
        #expect(budget.start(besides: 1))
    }
}
