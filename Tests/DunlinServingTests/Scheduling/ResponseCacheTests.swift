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
        cache.settle(key([1, 2]), [tensor([9])])
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
        let waiter = waiter { answers.receive($0?[0].tensor.elements(as: Float.self)) }
        #expect(isMiss(cache.find(key([1]), waiter), first: true))
        for _ in 0..<2 {
            if case .joined = cache.find(key([1]), waiter) {} else { Issue.record("not joined") }
        }
        #expect(isMiss(cache.find(key([1]), nil), first: false))
        cache.settle(key([1]), [tensor([5])])
        #expect(answers.all == [[5], [5]])

        #expect(isMiss(cache.find(key([2]), waiter), first: true))
        _ = cache.find(key([2]), waiter)
        cache.settle(key([2]), nil)
        #expect(answers.all == [[5], [5], nil])
        #expect(isMiss(cache.find(key([2]), waiter), first: true))
    }

    /// A waiter for a request of its own.
    private func waiter(_ call: @escaping @Sendable ([NamedTensor]?) -> Void) -> ResponseCache.Waiter {
        ResponseCache.Waiter(id: ObjectIdentifier(TestRequest()), call: call)
    }

    @Test func aWaiterThatLeavesIsNotCalled() {
        let cache = ResponseCache(maxByteCount: 1 << 20)
        let answers = Outcome<String>()
        let requests = [TestRequest(), TestRequest()]
        let waiters = zip(requests, ["first", "second"]).map { request, name in
            ResponseCache.Waiter(id: ObjectIdentifier(request)) { _ in answers.receive(name) }
        }
        #expect(isMiss(cache.find(key([1]), nil), first: true))
        #expect(!cache.leave(key([1]), waiters[0].id), "it has not joined")
        for waiter in waiters { #expect(cache.find(key([1]), waiter).isJoined) }
        #expect(cache.leave(key([1]), waiters[0].id))
        #expect(!cache.leave(key([1]), waiters[0].id))
        cache.settle(key([1]), [tensor([5])])
        #expect(answers.all == ["second"])
        #expect(!cache.leave(key([1]), waiters[1].id), "it was called")
    }

    @Test func waitersAreLimited() {
        let cache = ResponseCache(maxByteCount: 1 << 20)
        let called = Atomic(0)
        _ = cache.find(key([1]), nil)
        for _ in 0..<CachedResponses.maxWaiterCount {
            if case .joined = cache.find(key([1]), waiter { _ in called.add(1, ordering: .relaxed) }) {
            } else {
                Issue.record("not joined")
            }
        }
        #expect(isMiss(cache.find(key([1]), waiter { _ in }), first: false))
        cache.settle(key([1]), nil)
        #expect(called.load(ordering: .relaxed) == CachedResponses.maxWaiterCount)
    }

    @Test func whatWasUsedLongestAgoGoesFirst() {
        let entry = ResponseKey.overhead + 8
        let cache = ResponseCache(maxByteCount: 3 * entry)
        func keep(_ value: Float) { cache.settle(key([value]), [tensor([-value])]) }
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

    @Test func whatIsLargerThanTheCacheIsNotKept() {
        let cache = ResponseCache(maxByteCount: ResponseKey.overhead + 8)
        cache.settle(key([1]), [tensor([1])])
        cache.settle(key([2, 3]), [tensor([1])])
        #expect(cache.count == 1)
        #expect(values(cache.find(key([1]), nil)) == [1])
        cache.settle(key([1]), [tensor([2])])
        #expect(cache.count == 1 && values(cache.find(key([1]), nil)) == [2])
    }

    @Test func aModelThatGoesTakesItsAnswersAlong() {
        let cache = ResponseCache(maxByteCount: 1 << 20)
        for model: UInt64 in [1, 2] { cache.settle(key([1], model: model), [tensor([Float(model)])]) }
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

    @Test func aFailureIsNobodyElses() throws {
        let (gate, runs) = (Gate(), Outcome<Float>())
        let fixture = try fixture(gate, runs)
        let answers = Outcome<Result<InferResponse, InferError>>()
        for id in ["a", "b"] { fixture.registry.infer(request(-1, id: id)) { answers.receive($0) } }
        gate.open(2)
        for _ in 0..<2 { _ = answers.wait() }
        #expect(runs.all == [-1, -1])
        #expect(answers.all.allSatisfy { (try? $0.get()) == nil })
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
