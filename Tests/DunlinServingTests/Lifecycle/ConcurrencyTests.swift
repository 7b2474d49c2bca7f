import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Dispatch
import Synchronization
import Testing

@testable import DunlinServing

/// Reload, unload and stop while requests run, held in place by gates.
@Suite struct ConcurrencyTests {
    /// A model whose runs wait at `gate`, and that tells `released` when its memory goes.
    private func gated(_ number: Float, _ gate: Gate, _ released: Outcome<Float> = Outcome()) -> FakeModel {
        FakeModel(onRelease: { released.receive(number) }) { inputs throws(InferError) in
            gate.pass()
            return [NamedTensor("y", Tensor([number, number], shape: [1, 2]))]
        }
    }

    private func begin(_ fixture: RegistryFixture, _ model: String = "m") -> Outcome<Result<InferResponse, InferError>>
    {
        let outcome = Outcome<Result<InferResponse, InferError>>()
        fixture.registry.infer(RegistryFixture.request(model)) { outcome.receive($0) }
        return outcome
    }

    /// A thread of its own: serial queues do not share the global pool's few.
    private static func client(_ number: Int) -> DispatchQueue { DispatchQueue(label: "dunlin.test.client.\(number)") }

    private func number(_ outcome: Outcome<Result<InferResponse, InferError>>) throws -> Float {
        try #require(outcome.wait()).get().outputs[0].tensor.elements(as: Float.self)[0]
    }

    @Test func anUnloadWaitsForTheRequestsInFlight() throws {
        let gate = Gate()
        let released = Outcome<Float>()
        let fixture = RegistryFixture { _ throws(InferError) in self.gated(1, gate, released) }
        fixture.directory.write("m/1/model.onnx")
        try fixture.load("m")
        let running = begin(fixture)
        let waiting = begin(fixture)
        #expect(gate.awaitArrivals())
        try fixture.unload("m")
        #expect(fixture.index() == ["m|1|UNLOADING|"])
        #expect(fixture.message { _ = try fixture.answer("m") } == "model 'm' is not ready (state: UNLOADING)")
        #expect(released.count == 0)
        gate.open(2)
        #expect(try number(running) == 1)
        #expect(try number(waiting) == 1)
        #expect(released.wait() == 1)
        fixture.settle()
        #expect(fixture.index() == ["m|1|UNAVAILABLE|unloaded"])
    }

    @Test func aReloadSwapsUnderTheRequestsInFlight() throws {
        let gate = Gate()
        let released = Outcome<Float>()
        let next = Mutex<Float>(0)
        let fixture = RegistryFixture { _ throws(InferError) in
            self.gated(
                next.withLock {
                    $0 += 1; return $0
                }, gate, released)
        }
        fixture.directory.write("m/1/model.onnx")
        try fixture.load("m")
        let old = begin(fixture)
        #expect(gate.awaitArrivals())
        fixture.directory.write("m/1/model.onnx", "changed")
        try fixture.load("m")
        let new = begin(fixture)
        #expect(gate.awaitArrivals())
        #expect(released.count == 0)
        gate.open(2)
        #expect(try number(old) == 1)
        #expect(try number(new) == 2)
        #expect(released.wait() == 1)
        #expect(fixture.index() == ["m|1|READY|"])
    }

    @Test func theOldVersionAnswersWhileTheNewOneLoads() throws {
        let gate = Gate()
        let next = Mutex<Float>(0)
        let fixture = RegistryFixture { _ throws(InferError) in
            let number = next.withLock {
                $0 += 1; return $0
            }
            if number == 2 { gate.pass() }
            return .adding(number)
        }
        fixture.directory.write("m/1/model.onnx")
        fixture.directory.write("n/1/model.onnx")
        try fixture.load("m")
        fixture.directory.write("m/1/model.onnx", "changed")
        let reloaded = Outcome<Result<Void, InferError>>()
        fixture.registry.load("m") { reloaded.receive($0) }
        #expect(gate.awaitArrivals())
        #expect(try fixture.answer("m") == 1)
        #expect(fixture.index() == ["m|1|READY|", "n|||"])
        #expect(reloaded.count == 0)
        gate.open()
        try #require(reloaded.wait()).get()
        #expect(try fixture.answer("m") == 2)
    }

    @Test func aModelThatLoadsIsNotReadyAndNeitherIsTheServer() throws {
        let gate = Gate()
        let fixture = RegistryFixture { _ throws(InferError) in
            gate.pass()
            return .adding(1)
        }
        try fixture.start()
        fixture.directory.write("m/1/model.onnx")
        let loaded = Outcome<Result<Void, InferError>>()
        fixture.registry.load("m") { loaded.receive($0) }
        #expect(gate.awaitArrivals())
        #expect(fixture.index() == ["m|1|LOADING|"])
        #expect(try !fixture.registry.isReady(model: "m"))
        #expect(!fixture.registry.isReady)
        #expect(fixture.message { _ = try fixture.answer("m") } == "model 'm' is not ready (state: LOADING)")
        gate.open()
        try #require(loaded.wait()).get()
        #expect(fixture.registry.isReady)
    }

    @Test func noRequestFailsWhileModelsAreSwapped() throws {
        let next = Mutex<Float>(0)
        let fixture = RegistryFixture(change: {
            $0.instanceCountDefault = 2
            $0.inlineThreshold = .milliseconds(1)
        }) { _ throws(InferError) in
            .adding(
                next.withLock {
                    $0 += 1; return $0
                })
        }
        fixture.directory.write("m/1/model.onnx")
        try fixture.load("m")
        let isDone = Atomic(false)
        let failures = Mutex<[InferError]>([])
        let answered = Atomic(0)
        let group = DispatchGroup()
        let begun = Outcome<Int>()
        for client in 0..<4 {
            Self.client(client).async(group: group) {
                while !isDone.load(ordering: .relaxed) {
                    let pause = DispatchSemaphore(value: 0)
                    fixture.registry.infer(RegistryFixture.request("m")) { result in
                        if case .failure(let error) = result { failures.withLock { $0.append(error) } }
                        if answered.add(1, ordering: .relaxed).oldValue == 0 { begun.receive(0) }
                        pause.signal()
                    }
                    pause.wait()
                }
            }
        }
        _ = try #require(begun.wait())
        for round in 0..<60 {
            fixture.directory.write("m/\(1 + round % 3)/model.onnx", "\(round)")
            try fixture.load("m")
        }
        isDone.store(true, ordering: .relaxed)
        group.wait()
        #expect(failures.withLock { $0 } == [])
        #expect(answered.load(ordering: .relaxed) > 0)
    }

    @Test func loadsAndUnloadsRaceWithRequests() throws {
        let fixture = RegistryFixture(change: { $0.inlineThreshold = .milliseconds(1) }) { _ throws(InferError) in
            .adding(1)
        }
        fixture.directory.write("m/1/model.onnx")
        let isDone = Atomic(false)
        let unexpected = Mutex<[InferError]>([])
        let group = DispatchGroup()
        for client in 0..<3 {
            Self.client(client).async(group: group) {
                while !isDone.load(ordering: .relaxed) {
                    let pause = DispatchSemaphore(value: 0)
                    fixture.registry.infer(RegistryFixture.request("m")) { result in
                        if case .failure(let error) = result, error.code != .unavailable, error.code != .notFound {
                            unexpected.withLock { $0.append(error) }
                        }
                        pause.signal()
                    }
                    pause.wait()
                    _ = fixture.index()
                    _ = fixture.registry.isReady
                    _ = try? fixture.registry.statistics()
                }
            }
        }
        for _ in 0..<60 {
            try fixture.load("m")
            try fixture.unload("m")
        }
        isDone.store(true, ordering: .relaxed)
        group.wait()
        #expect(unexpected.withLock { $0 } == [])
        #expect(fixture.registry.stop(grace: .seconds(10)))
    }

    @Test func stopLetsRequestsInFlightEnd() throws {
        let gate = Gate()
        let released = Outcome<Float>()
        let fixture = RegistryFixture { _ throws(InferError) in self.gated(1, gate, released) }
        fixture.directory.write("m/1/model.onnx")
        try fixture.load("m")
        let running = begin(fixture)
        #expect(gate.awaitArrivals())
        let stopped = Outcome<Bool>()
        Self.client(0).async { stopped.receive(fixture.registry.stop(grace: .seconds(30))) }
        #expect(eventually { !fixture.message { _ = try fixture.registry.signature(model: "m") }.isEmpty })
        #expect(fixture.message { _ = try fixture.answer("m") } == "the server is stopping")
        #expect(stopped.count == 0)
        gate.open()
        #expect(try number(running) == 1)
        #expect(stopped.wait() == true)
        #expect(released.wait() == 1)
        #expect(fixture.message { try fixture.load("m") } == "the server is stopping")
        #expect(!fixture.registry.isReady)
    }

    @Test func stopFailsWhatStillWaitsWhenTheGraceIsOver() throws {
        let gate = Gate()
        let fixture = RegistryFixture { _ throws(InferError) in self.gated(1, gate) }
        fixture.directory.write("m/1/model.onnx")
        try fixture.load("m")
        let running = begin(fixture)
        #expect(gate.awaitArrivals())
        let waiting = begin(fixture)
        #expect(!fixture.registry.stop(grace: .zero))
        #expect(throws: InferError(.unavailable, "the server is stopping")) { try number(waiting) }
        gate.open()
        #expect(try number(running) == 1)
    }
}
