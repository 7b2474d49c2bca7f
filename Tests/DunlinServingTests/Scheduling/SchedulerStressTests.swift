import Dispatch
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Glibc
import Synchronization
import Testing

@testable import DunlinServing

/// Everything at once, for the thread sanitizer and for the books: each accepted request ends exactly once, with its
/// own answer, and nothing is held afterwards.
@Suite struct SchedulerStressTests {
    private final class Books: Sendable {
        let accepted = Atomic(0)
        let ended = Atomic(0)
        let wrong = Atomic(0)
        let twice = Atomic(0)
    }

    private static let clientCount = 4
    private static let requestCount = 400

    /// An instance that fails for rows of -1 and adds one to the others.
    private static func worker(_ claim: RateClaim? = nil) -> InstanceWorker {
        let instance = ClosureInstance { inputs throws(InferError) in
            let elements = inputs[0].tensor.elements(as: Float.self)
            if elements.contains(-1) { throw InferError(.internal, "a bad row") }
            return [NamedTensor("y", Tensor(elements.map { $0 + 1 }, shape: inputs[0].tensor.shape))]
        }
        return InstanceWorker(label: "dunlin.instance.test", instance: instance, claim: claim)
    }

    @Test func rivalsForAResourceEndEveryRequestOnce() throws {
        let limiter = RateLimiter(limits: ["r": 2])
        let budget = ServingBudget(maxQueuedCount: 1000, maxByteCount: 1 << 20, cpuCount: 2)
        let group = DispatchGroup()
        var rivals: [(ModelScheduler, Books)] = []
        for count in 1...3 {
            var needs = ModelConfiguration.RateLimiter()
            var resource = ModelConfiguration.RateLimiter.Resource()
            (resource.name, resource.count) = ("r", min(count, 2))
            needs.resources = [resource]
            let workers = try (0..<2).map { _ in Self.worker(try limiter.claim(needs, of: "m")) }
            var options = SchedulingOptions(model: "m", maxRows: 16, count == 3 ? nil : .init())
            options.levels = (0..<3).map { _ in SchedulingOptions.Level() }
            let scheduler = ModelScheduler(workers, options, budget: budget)
            rivals.append((scheduler, Books()))
        }
        for (client, (scheduler, books)) in rivals.enumerated() {
            DispatchQueue(label: "dunlin.test.client.\(client)").async(group: group) {
                Self.submitMany(client, scheduler, books)
            }
        }
        group.wait()
        for (scheduler, books) in rivals {
            let drained = Outcome<Int>()
            scheduler.close { drained.receive(books.ended.load(ordering: .sequentiallyConsistent)) }
            #expect(try #require(drained.wait()) == books.accepted.load(ordering: .sequentiallyConsistent))
            #expect(books.wrong.load(ordering: .relaxed) == 0 && books.twice.load(ordering: .relaxed) == 0)
        }
        #expect(budget.queuedCount == 0 && budget.heldByteCount == 0)
    }

    @Test("every request ends once", arguments: [0, 1, 2, 3])
    func everyRequestEndsOnce(variant: Int) throws {
        var batching = ModelConfiguration.DynamicBatching()
        batching.maxQueueDelayMicroseconds = variant == 1 ? 50 : 0
        batching.preferredBatchSizes = variant == 1 ? [4] : []
        batching.preservesOrdering = variant == 2
        batching.priorityLevels = 3
        batching.defaultPriorityLevel = 2
        batching.defaultQueuePolicy.timeoutAction = variant == 2 ? .delay : .reject
        var options = SchedulingOptions(model: "m", maxRows: 16, variant == 3 ? nil : batching)
        if variant == 3 { options.levels = (0..<3).map { _ in SchedulingOptions.Level() } }
        options.maxQueueSize = 64
        options.inlineThreshold = 20_000
        let budget = ServingBudget(maxQueuedCount: 80, maxByteCount: 1 << 20, cpuCount: 2)
        let scheduler = ModelScheduler([Self.worker()], options, budget: budget)
        let books = Books()
        let group = DispatchGroup()
        for client in 0..<Self.clientCount {
            DispatchQueue(label: "dunlin.test.client.\(client)").async(group: group) {
                Self.submitMany(client, scheduler, books)
            }
        }
        DispatchQueue(label: "dunlin.test.operator").async(group: group) {
            for round in 0..<60 {
                if round % 2 == 0 { scheduler.add(Self.worker()) } else { scheduler.removeInstance() }
                _ = scheduler.counts
                scheduler.wake()
            }
        }
        group.wait()
        let drained = Outcome<Int>()
        scheduler.close { drained.receive(books.ended.load(ordering: .sequentiallyConsistent)) }
        #expect(scheduler.submit(TestRequest(value: 1)).word == .closed)
        if variant == 0 { scheduler.abandonWaiting(InferError(.unavailable, "the server is stopping")) }
        let endedCount = try #require(drained.wait())
        #expect(endedCount == books.accepted.load(ordering: .sequentiallyConsistent))
        #expect(endedCount > 0)
        #expect(books.wrong.load(ordering: .relaxed) == 0 && books.twice.load(ordering: .relaxed) == 0)
        #expect(budget.queuedCount == 0 && budget.heldByteCount == 0)
        #expect(scheduler.leaseCount == 0 && scheduler.instanceCount == 1)
    }

    private static func submitMany(_ client: Int, _ scheduler: ModelScheduler, _ books: Books) {
        var random = UInt64(client + 1)
        func next(_ bound: UInt64) -> UInt64 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (random >> 33) % bound
        }
        for _ in 0..<requestCount {
            let value = next(20) == 0 ? Float(-1) : Float(next(1000))
            let rows = Int(next(4)) + 1
            let now = monotonicNanoseconds()
            let cancellation = next(3) == 0 ? Cancellation() : nil
            let hasEnded = Ended()
            let request = TestRequest(
                value: value, rows: rows, arrived: now, deadline: next(4) == 0 ? now + next(400_000) : .max,
                queueTimeout: next(4) == 0 ? now + next(200_000) : .max, level: Int(next(3)),
                cancellation: cancellation
            ) { end in
                if hasEnded.flag.exchange(true, ordering: .relaxed) { books.twice.add(1, ordering: .relaxed) }
                if !isRight(end, value: value, rows: rows) { books.wrong.add(1, ordering: .relaxed) }
                books.ended.add(1, ordering: .sequentiallyConsistent)
            }
            let submission = scheduler.submit(request)
            if submission.word == .accepted { books.accepted.add(1, ordering: .sequentiallyConsistent) }
            if next(2) == 0 { cancellation?.cancel() }
            if next(50) == 0 { sched_yield() }
        }
    }

    private final class Ended: Sendable {
        let flag = Atomic(false)
    }

    private static func isRight(_ end: ScheduledRequest.End, value: Float, rows: Int) -> Bool {
        switch end.result {
        case .success(let outputs):
            return value != -1 && end.rejection == nil
                && outputs[0].tensor.elements(as: Float.self) == [Float](repeating: value + 1, count: rows * 2)
        case .failure(let error):
            switch end.rejection {
            case nil: return value == -1 && error.message == "a bad row"
            case .expired, .unattainable: return error.code == .deadlineExceeded
            case .cancelled: return error.code == .cancelled
            case .stopped: return error.code == .unavailable
            default: return false
            }
        }
    }
}
