import DunlinBytes
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Synchronization
import Testing

@testable import DunlinServing

@Suite struct ResponseCacheTests {
    private func tensor(_ values: [Float], _ name: String = "x", shape: Shape? = nil) -> NamedTensor {
        NamedTensor(name, Tensor(values, shape: shape ?? [1, values.count]))
    }

    private func key(_ values: [Float], model: UInt64 = 1) -> ResponseKey {
        ResponseKey(model: model, inputs: [tensor(values)])
    }

    private func values(_ finding: ResponseCache.Finding) -> [Float]? {
        if case .hit(let outputs) = finding { outputs[0].tensor.elements(as: Float.self) } else { nil }
    }

    private func isMiss(_ finding: ResponseCache.Finding, first: Bool) -> Bool {
        if case .miss(isFirst: first) = finding { true } else { false }
    }

    @Test func anAnswerIsFoundUnderItsInputsAlone() {
        let cache = ResponseCache(maxByteCount: 1 << 20)
        #expect(isMiss(cache.find(key([1, 2]), nil), first: true))
        cache.settle(key([1, 2]), .init(result: .success([tensor([9])])))
        #expect(values(cache.find(key([1, 2]), nil)) == [9])
        let others = [
            key([1, 3]), key([1, 2], model: 2), key([1]),
            ResponseKey(model: 1, inputs: [tensor([1, 2], "z")]),
            ResponseKey(model: 1, inputs: [tensor([1, 2], shape: [2, 1])]),
            ResponseKey(model: 1, inputs: [tensor([1, 2]), tensor([1, 2])]),
        ]
        for other in others { #expect(isMiss(cache.find(other, nil), first: true), "\(other)") }
    }

    @Test func whoComesMeanwhileGetsTheSameAnswer() {
        let cache = ResponseCache(maxByteCount: 1 << 20)
        let answers = Outcome<[Float]?>()
        func find(_ value: Float) -> ResponseCache.Finding {
            cache.find(key([value]), waiter(key([value])) { end in answers.receive(self.values(end)) })
        }
        #expect(isMiss(find(1), first: true))
        for _ in 0..<2 { #expect(find(1).isJoined) }
        #expect(isMiss(cache.find(key([1]), nil), first: false))
        cache.settle(key([1]), .init(result: .success([tensor([5])])))
        #expect(answers.all == [[5], [5]])

        #expect(isMiss(find(2), first: true))
        #expect(find(2).isJoined)
        cache.settle(key([2]), .init(result: .failure(InferError(.internal, "no"))))
        #expect(answers.all == [[5], [5], nil])
        #expect(isMiss(find(2), first: true))
    }

    private func values(_ end: ScheduledRequest.End) -> [Float]? {
        (try? end.result.get())?[0].tensor.elements(as: Float.self)
    }

    /// A waiter for a request of its own.
    private func waiter(
        _ key: ResponseKey, _ receive: @escaping @Sendable (ScheduledRequest.End) -> Void = { _ in },
        lead: @escaping @Sendable () -> Bool = { false }
    ) -> ResponseCache.Waiter {
        ResponseCache.Waiter(id: ObjectIdentifier(TestRequest()), key: key, receive: receive, lead: lead)
    }

    @Test func whenTheFirstIsNotRunOneOfTheOthersIs() {
        let budget = ServingBudget(maxQueuedCount: 10, maxByteCount: 100)
        let cache = ResponseCache(maxByteCount: 1 << 20, budget: budget)
        let led = Outcome<String>()
        let answers = Outcome<String>()
        #expect(isMiss(cache.find(key([1]), nil), first: true))
        for (name, isTaken) in [("refused", false), ("taken", true), ("waits", true)] {
            let waiter = waiter(key([1])) { _ in
                answers.receive(name)
            } lead: {
                led.receive(name)
                return isTaken
            }
            #expect(cache.find(key([1]), waiter).isJoined)
        }
        #expect(budget.heldByteCount == 12 && budget.queuedCount == 3)
        cache.pass(key([1]))
        #expect(led.all == ["refused", "taken"] && answers.count == 0)
        #expect(budget.heldByteCount == 4 && budget.queuedCount == 1)
        #expect(isMiss(cache.find(key([1]), nil), first: false), "it is computed still")
        cache.settle(key([1]), .init(result: .success([tensor([5])])))
        #expect(answers.all == ["waits"] && budget.heldByteCount == 0 && budget.queuedCount == 0)

        #expect(isMiss(cache.find(key([2]), nil), first: true))
        cache.pass(key([2]))
        #expect(isMiss(cache.find(key([2]), nil), first: true), "nobody computes it")
    }

    @Test func theInputsOfOneThatIsGoneAreNotKeptForTheOthers() {
        let cache = ResponseCache(maxByteCount: 1 << 20)
        var bytes = Bytes([1, 2, 3, 4])
        func key(_ bytes: Bytes) -> ResponseKey {
            ResponseKey(model: 1, inputs: [NamedTensor("x", Tensor(dataType: .fp32, shape: [1], bytes: bytes))])
        }
        #expect(isMiss(cache.find(key(bytes), nil), first: true))
        for _ in 0..<2 {
            let other = key(Bytes([1, 2, 3, 4]))
            #expect(cache.find(other, waiter(other, lead: { true })).isJoined)
        }
        var isFreed = bytes.isSoleOwner()
        #expect(!isFreed)
        cache.pass(key(Bytes([1, 2, 3, 4])))
        isFreed = bytes.isSoleOwner()
        #expect(isFreed)
    }

    @Test func whatWaitsHasPlacesAndMemoryOfTheServer() {
        for (maxQueuedCount, maxByteCount) in [(1, 100), (10, 7)] {
            let budget = ServingBudget(maxQueuedCount: maxQueuedCount, maxByteCount: maxByteCount)
            let cache = ResponseCache(maxByteCount: 1 << 20, budget: budget)
            _ = cache.find(key([1]), nil)
            let first = waiter(key([1]))
            #expect(cache.find(key([1]), first).isJoined)
            #expect(isMiss(cache.find(key([1]), waiter(key([1]))), first: false))
            #expect(budget.heldByteCount == 4 && budget.queuedCount == 1)
            #expect(cache.leave(key([1]), first.id))
            #expect(budget.heldByteCount == 0 && budget.queuedCount == 0)
            #expect(cache.find(key([1]), waiter(key([1]))).isJoined)
        }
    }

    @Test func aWaiterThatLeavesIsNotCalled() {
        let cache = ResponseCache(maxByteCount: 1 << 20)
        let answers = Outcome<String>()
        let requests = [TestRequest(), TestRequest()]
        let waiters = zip(requests, ["first", "second"]).map { request, name in
            ResponseCache.Waiter(id: ObjectIdentifier(request), key: key([1])) { _ in
                answers.receive(name)
            } lead: {
                false
            }
        }
        #expect(isMiss(cache.find(key([1]), nil), first: true))
        #expect(!cache.leave(key([1]), waiters[0].id), "it has not joined")
        for waiter in waiters { #expect(cache.find(key([1]), waiter).isJoined) }
        #expect(cache.leave(key([1]), waiters[0].id))
        #expect(!cache.leave(key([1]), waiters[0].id))
        cache.settle(key([1]), .init(result: .success([tensor([5])])))
        #expect(answers.all == ["second"])
        #expect(!cache.leave(key([1]), waiters[1].id), "it was called")
    }

    @Test func waitersAreLimited() {
        let cache = ResponseCache(maxByteCount: 1 << 20)
        let called = Atomic(0)
        _ = cache.find(key([1]), nil)
        for _ in 0..<CachedResponses.maxWaiterCount {
            let waiter = waiter(key([1])) { _ in called.add(1, ordering: .relaxed) }
            #expect(cache.find(key([1]), waiter).isJoined)
        }
        #expect(isMiss(cache.find(key([1]), waiter(key([1]))), first: false))
        cache.settle(key([1]), .init(result: .success([])))
        #expect(called.load(ordering: .relaxed) == CachedResponses.maxWaiterCount)
    }

    @Test func whatWasUsedLongestAgoGoesFirst() {
        let entry = ResponseKey.overhead + 8
        let cache = ResponseCache(maxByteCount: 3 * entry)
        func keep(_ value: Float) { cache.settle(key([value]), .init(result: .success([tensor([-value])]))) }
        for value: Float in [1, 2, 3] { keep(value) }
        #expect(cache.count == 3 && cache.byteCount == 3 * entry)
        #expect(values(cache.find(key([1]), nil)) == [-1])
        keep(4)
        #expect(cache.count == 3 && cache.byteCount == 3 * entry)
        #expect(values(cache.find(key([2]), nil)) == nil)
        #expect([1, 3, 4].map { values(cache.find(key([$0]), nil)) } == [[-1], [-3], [-4]])
        // Many uses of few entries leave the order as it is.
        for _ in 0..<1000 { _ = cache.find(key([3]), nil) }
        keep(5)
        #expect(values(cache.find(key([1]), nil)) == nil)
        #expect(values(cache.find(key([3]), nil)) == [-3])
    }

    @Test func aKeyGoesWithItsEntry() {
        let entry = ResponseKey.overhead + 8
        var cache = CachedResponses()
        func key(_ bytes: Bytes, model: UInt64 = 1) -> ResponseKey {
            ResponseKey(model: model, inputs: [NamedTensor("x", Tensor(dataType: .fp64, shape: [1], bytes: bytes))])
        }
        func bytes(_ value: UInt8) -> Bytes { Bytes([UInt8](repeating: value, count: 8)) }
        func keep(_ key: ResponseKey) { _ = cache.keep([], for: key, maxByteCount: 2 * entry) }
        var (pushedOut, replaced, forgotten) = (bytes(1), bytes(2), bytes(3))
        keep(key(pushedOut))
        _ = cache.use(key(pushedOut))
        keep(key(replaced))
        keep(key(forgotten, model: 2))
        var isFreed = pushedOut.isSoleOwner()
        #expect(isFreed, "two entries have room")
        keep(key(bytes(2)))
        keep(key(bytes(4)))
        isFreed = forgotten.isSoleOwner()
        #expect(cache.count == 2 && isFreed, "the oldest by now")
        keep(key(bytes(5)))
        isFreed = replaced.isSoleOwner()
        #expect(isFreed)
        var last = bytes(6)
        keep(key(last, model: 3))
        _ = cache.forget(model: 3)
        isFreed = last.isSoleOwner()
        #expect(isFreed)
    }

    @Test func whatIsLargerThanTheCacheIsNotKept() {
        let cache = ResponseCache(maxByteCount: ResponseKey.overhead + 8)
        cache.settle(key([1]), .init(result: .success([tensor([1])])))
        cache.settle(key([2, 3]), .init(result: .success([tensor([1])])))
        #expect(cache.count == 1)
        #expect(values(cache.find(key([1]), nil)) == [1])
        cache.settle(key([1]), .init(result: .success([tensor([2])])))
        #expect(cache.count == 1 && values(cache.find(key([1]), nil)) == [2])
    }

    @Test func aModelThatGoesTakesItsAnswersAlong() {
        let cache = ResponseCache(maxByteCount: 1 << 20)
        for model: UInt64 in [1, 2] {
            cache.settle(key([1], model: model), .init(result: .success([tensor([Float(model)])])))
        }
        cache.forget(model: 1)
        #expect(values(cache.find(key([1], model: 1), nil)) == nil)
        #expect(values(cache.find(key([1], model: 2), nil)) == [2])
        #expect(cache.count == 1)
    }
}

/// The cache behind a served model.
@Suite struct CachedServingTests {
    private func fixture(
        _ gate: Gate, _ runs: Outcome<Float>, _ change: (inout ServingConfiguration) -> Void = { _ in }
    ) throws -> RegistryFixture {
        let fixture = RegistryFixture(change: change) { _ throws(InferError) in
            FakeModel { inputs throws(InferError) in
                let elements = inputs[0].tensor.elements(as: Float.self)
                runs.receive(elements[0])
                gate.pass()
                if elements[0] < 0 { throw InferError(.internal, "negative") }
                return [NamedTensor("y", Tensor(elements.map { $0 + 1 }, shape: inputs[0].tensor.shape))]
            }
        }
        fixture.directory.write("m/config.pbtxt", "response_cache { enable: true }")
        fixture.directory.write("m/1/model.onnx", "")
        try fixture.load("m")
        return fixture
    }

    private func request(_ value: Float, id: String) -> InferRequest {
        InferRequest(
            model: "m", id: id, inputs: [NamedTensor("x", Tensor([value, value], shape: [1, 2]))])
    }

    @Test func equalRequestsRunOnce() throws {
        let (gate, runs) = (Gate(), Outcome<Float>())
        let fixture = try fixture(gate, runs)
        let answers = Outcome<Result<InferResponse, InferError>>()
        for id in ["a", "b", "c"] { fixture.registry.infer(request(1, id: id)) { answers.receive($0) } }
        #expect(gate.awaitArrivals())
        gate.open()
        for _ in 0..<3 { _ = answers.wait() }
        let responses = try answers.all.map { try $0.get() }
        #expect(responses.compactMap(\.id).sorted() == ["a", "b", "c"])
        #expect(responses.allSatisfy { $0.outputs[0].tensor.elements(as: Float.self) == [2, 2] })
        #expect(try fixture.infer(request(1, id: "d")).id == "d")
        #expect(runs.all == [1])
        fixture.settle()
        let statistics = try #require(try fixture.registry.statistics(model: "m").first)
        #expect(statistics.successCount == 4 && statistics.executionCount == 1)
        #expect(statistics.cacheHit.count == 3 && statistics.cacheMiss.count == 1)
    }

    @Test func theModelsErrorIsEverybodys() throws {
        let (gate, runs) = (Gate(), Outcome<Float>())
        let fixture = try fixture(gate, runs)
        let answers = Outcome<Result<InferResponse, InferError>>()
        for id in ["a", "b", "c"] { fixture.registry.infer(request(-1, id: id)) { answers.receive($0) } }
        gate.open(3)
        for _ in 0..<3 { _ = answers.wait() }
        #expect(runs.all == [-1])
        #expect(answers.all.allSatisfy { $0.failure?.message == "negative" })
        fixture.settle()
        let statistics = try #require(try fixture.registry.statistics(model: "m").first)
        #expect(statistics.rejectionCount(.failed) == 3 && statistics.cacheMiss.count == 3)
    }

    @Test func whenTheFirstIsGoneTheNextIsRunForAll() throws {
        let (gate, runs) = (Gate(), Outcome<Float>())
        let fixture = try fixture(gate, runs)
        let (answers, refused) = (Outcome<String?>(), Outcome<InferError.Code?>())
        fixture.registry.infer(request(7, id: "before")) { _ in }
        #expect(gate.awaitArrivals())
        let clients = [Cancellation(), Cancellation()]
        for cancellation in clients {
            var request = request(1, id: "gone")
            request.cancellation = cancellation
            fixture.registry.infer(request) { refused.receive($0.failure?.code) }
        }
        for id in ["a", "b", "c"] {
            fixture.registry.infer(request(1, id: id)) { answers.receive((try? $0.get())?.id) }
        }
        // The second becomes the first, and goes as well.
        for cancellation in clients { cancellation.cancel() }
        #expect(refused.all == [.cancelled, .cancelled])
        gate.open(4)
        for _ in 0..<3 { _ = answers.wait() }
        #expect(answers.all.compactMap { $0 }.sorted() == ["a", "b", "c"])
        fixture.settle()
        #expect(runs.all == [7, 1])
        let statistics = try #require(try fixture.registry.statistics(model: "m").first)
        #expect(statistics.cacheHit.count == 2 && statistics.cacheMiss.count == 4)
        #expect(fixture.registry.budget.heldByteCount == 0 && fixture.registry.budget.queuedCount == 0)
    }

    @Test func whatWaitsEndsWithTheServer() throws {
        let (gate, runs) = (Gate(), Outcome<Float>())
        let fixture = try fixture(gate, runs)
        let answers = Outcome<InferError.Code?>()
        fixture.registry.infer(request(7, id: "before")) { _ in }
        #expect(gate.awaitArrivals())
        for id in ["a", "b", "c"] { fixture.registry.infer(request(1, id: id)) { answers.receive($0.failure?.code) } }
        #expect(!fixture.registry.stop(grace: .zero))
        for _ in 0..<3 { _ = answers.wait() }
        #expect(answers.all == [.unavailable, .unavailable, .unavailable])
        gate.open()
        fixture.settle()
        #expect(runs.all == [7])
    }

    @Test func joinersCountAsMemoryAndAsWaiting() throws {
        let (gate, runs) = (Gate(), Outcome<Float>())
        let fixture = try fixture(gate, runs) { $0.maxInFlightByteCount = 1024 }
        let budget = fixture.registry.budget
        let answers = Outcome<InferError.Code?>()
        func send(_ cancellation: Cancellation? = nil) {
            let input = NamedTensor("x", Tensor([Float](repeating: 1, count: 64), shape: [32, 2]))
            var request = InferRequest(model: "m", inputs: [input])
            request.cancellation = cancellation
            fixture.registry.infer(request) { answers.receive($0.failure?.code) }
        }
        send()
        #expect(gate.awaitArrivals())
        #expect(budget.heldByteCount == 256 && budget.queuedCount == 0)
        let gone = Cancellation()
        send(gone)
        send()
        send()
        #expect(budget.heldByteCount == 1024 && budget.queuedCount == 3)
        send()
        #expect(answers.all == [.resourceExhausted])
        gone.cancel()
        #expect(budget.heldByteCount == 768 && budget.queuedCount == 2)
        gate.open()
        for _ in 0..<5 { _ = answers.wait() }
        fixture.settle()
        #expect(answers.all.compactMap { $0 } == [.resourceExhausted, .cancelled] && runs.all == [1])
        #expect(budget.heldByteCount == 0 && budget.queuedCount == 0)
    }

    @Test func placesForJoinersAreThoseOfTheServer() throws {
        let (gate, runs) = (Gate(), Outcome<Float>())
        let fixture = try fixture(gate, runs) { $0.maxQueuedRequestCount = 1 }
        let answers = Outcome<InferError.Code?>()
        for id in ["a", "b", "c"] {
            fixture.registry.infer(request(1, id: id)) { answers.receive($0.failure?.code) }
            if id == "a" { #expect(gate.awaitArrivals()) }
        }
        #expect(answers.all == [.resourceExhausted])
        gate.open()
        for _ in 0..<3 { _ = answers.wait() }
        #expect(answers.all == [.resourceExhausted, nil, nil])
        #expect(runs.all == [1])
    }

    @Test func everyRequestIsAHitOrAMiss() throws {
        let (gate, runs) = (Gate(), Outcome<Float>())
        let fixture = try fixture(gate, runs)
        let answers = Outcome<Result<InferResponse, InferError>>()
        var hurried = request(1, id: "hurried")
        hurried.deadline = monotonicNanoseconds() + 3_600_000_000_000
        for each in [request(1, id: "first"), hurried, request(1, id: "joins")] {
            fixture.registry.infer(each) { answers.receive($0) }
        }
        gate.open(2)
        for _ in 0..<3 { _ = answers.wait() }
        fixture.settle()
        #expect(runs.all == [1, 1])
        let statistics = try #require(try fixture.registry.statistics(model: "m").first)
        #expect(statistics.cacheHit.count == 1 && statistics.cacheMiss.count == 2)
    }

    @Test func aJoinerWhoseClientIsGoneIsLetGo() throws {
        let (gate, runs) = (Gate(), Outcome<Float>())
        let fixture = try fixture(gate, runs)
        let answers = Outcome<(String, InferError.Code?)>()
        func send(_ id: String, _ cancellation: Cancellation?) {
            var request = request(1, id: id)
            request.cancellation = cancellation
            fixture.registry.infer(request) { result in
                if case .failure(let error) = result {
                    answers.receive((id, error.code))
                } else {
                    answers.receive((id, nil))
                }
            }
        }
        let (gone, early) = (Cancellation(), Cancellation())
        early.cancel()
        send("first", nil)
        #expect(gate.awaitArrivals())
        send("gone", gone)
        send("stays", Cancellation())
        send("early", early)
        #expect(answers.all.map(\.0) == ["early"], "it had gone before")
        gone.cancel()
        #expect(answers.all.map(\.0) == ["early", "gone"], "while the answer is computed")
        gate.open()
        for _ in 0..<4 { _ = answers.wait() }
        #expect(answers.all.map(\.1) == [.cancelled, .cancelled, nil, nil])
        fixture.settle()
        let statistics = try #require(try fixture.registry.statistics(model: "m").first)
        #expect(statistics.rejectionCount(.cancelled) == 2 && statistics.successCount == 2)
        #expect(runs.all == [1])
    }

    @Test func aReloadedModelIsAskedAnew() throws {
        let (gate, runs) = (Gate(), Outcome<Float>())
        let fixture = try fixture(gate, runs)
        gate.open(2)
        _ = try fixture.infer(request(1, id: "a"))
        fixture.directory.write("m/1/model.onnx", "changed")
        try fixture.load("m")
        _ = try fixture.infer(request(1, id: "b"))
        #expect(runs.all == [1, 1])
    }

    @Test func withoutMemoryNothingIsKept() throws {
        let (gate, runs) = (Gate(), Outcome<Float>())
        let fixture = try fixture(gate, runs) { $0.responseCacheByteCount = 0 }
        gate.open(2)
        for id in ["a", "b"] { _ = try fixture.infer(request(1, id: id)) }
        #expect(runs.all == [1, 1])
    }
}
