import DunlinBytes
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Synchronization
import Testing

@testable import DunlinServing

/// Sequences through the registry: the model adds its input to its state and answers the sum.
@Suite struct SequenceSchedulerTests {
    private static let signature = ModelSignature(
        inputs: ["x", "state_in"].map { TensorMetadata(name: $0, dataType: .fp32, shape: [-1, 1]) },
        outputs: ["y", "state_out"].map { TensorMetadata(name: $0, dataType: .fp32, shape: [-1, 1]) })

    /// A negative input makes the model fail; `gate` holds each run, `rows` gets its rows.
    private func fixture(
        _ sequences: String = "direct { }", batch: Int = 4, gate: Gate? = nil, rows: Outcome<Int> = Outcome(),
        instances: Int = 1, change: (inout ServingConfiguration) -> Void = { _ in }
    ) throws -> RegistryFixture {
        let fixture = RegistryFixture(change: change) { _ throws(InferError) in
            FakeModel(Self.signature) { inputs throws(InferError) in
                rows.receive(inputs[0].tensor.shape[0])
                gate?.pass()
                let x = inputs[0].tensor.elements(as: Float.self)
                guard !x.contains(where: { $0 < 0 }) else { throw InferError(.unsupported, "below zero") }
                let sums = zip(x, inputs[1].tensor.elements(as: Float.self)).map { $0 + $1 }
                let tensor = Tensor(sums, shape: inputs[0].tensor.shape)
                return [NamedTensor("y", tensor), NamedTensor("state_out", tensor)]
            }
        }
        let dims = batch == 0 ? "1, 1" : "1"
        fixture.directory.write(
            "m/config.pbtxt",
            """
            max_batch_size: \(batch)
            instance_group { count: \(instances) }
            sequence_batching {
              max_sequence_idle_microseconds: 3600000000
              \(sequences)
              state { input_name: "state_in" output_name: "state_out" data_type: TYPE_FP32 dims: [ \(dims) ] }
            }
            """)
        fixture.directory.write("m/1/model.onnx")
        try fixture.load("m")
        return fixture
    }

    private func request(_ id: Int64, _ value: Float, start: Bool = false, end: Bool = false) -> InferRequest {
        var request = InferRequest(model: "m", inputs: [NamedTensor("x", Tensor([value], shape: [1, 1]))])
        request.parameters["sequence_id"] = .int(id)
        if start { request.parameters["sequence_start"] = .bool(true) }
        if end { request.parameters["sequence_end"] = .bool(true) }
        return request
    }

    private func answer(_ fixture: RegistryFixture, _ request: InferRequest) throws -> Float {
        let response = try fixture.infer(request)
        #expect(response.outputs.map(\.name) == ["y"])
        return response.outputs[0].tensor.elements(as: Float.self)[0]
    }

    private func scheduler(_ fixture: RegistryFixture) throws -> SequenceScheduler {
        try #require(try fixture.registry.served("m", nil).scheduler as? SequenceScheduler)
    }

    /// Sequences with a slot or waiting for one.
    private func sequenceCount(_ scheduler: SequenceScheduler) -> Int {
        scheduler.state.withLock { $0.table.sequences.count }
    }

    @Test(arguments: [0, 4])
    func eachSequenceHasItsState(batch: Int) throws {
        let fixture = try fixture("oldest { max_candidate_sequences: 4 }", batch: batch)
        #expect(try answer(fixture, request(1, 10, start: true)) == 10)
        #expect(try answer(fixture, request(2, 100, start: true)) == 100)
        #expect(try answer(fixture, request(1, 1)) == 11)
        #expect(try answer(fixture, request(2, 2)) == 102)
        #expect(try answer(fixture, request(1, 5, end: true)) == 16)
        #expect(try answer(fixture, request(2, 3, start: true)) == 3)
        let metadata = try fixture.registry.metadata(model: "m")
        #expect(metadata.inputs.map(\.name) == ["x"])
        #expect(metadata.outputs.map(\.name) == ["y"])
        fixture.settle()
        #expect(try sequenceCount(scheduler(fixture)) == 1)
        let counters = try fixture.registry.statistics(model: "m")[0]
        #expect([counters.success.count, counters.executionCount] == [6, 6])
    }

    @Test func errorsAreTritons() throws {
        let fixture = try fixture()
        func message(_ change: (inout InferRequest) -> Void) -> String {
            var request = request(3, 1)
            change(&request)
            return fixture.message { _ = try fixture.infer(request) }
        }
        #expect(
            message { $0.parameters = [:] }
                == "inference request to model 'm' must specify a non-zero or non-empty correlation ID (parameter "
                + "'sequence_id')")
        #expect(
            message { _ in }
                == "inference request for sequence 3 to model 'm' must specify the START flag on the first request of the "
                + "sequence (parameter 'sequence_start')")
        #expect(
            message { $0.inputs = [NamedTensor("x", Tensor([1, 2] as [Float], shape: [2, 1]))] }
                == "inference request to model 'm' must specify batch-size 1 due to requirements of sequence batcher")
        #expect(try fixture.registry.statistics(model: "m")[0].rejectionCount(.invalid) == 3)
    }

    @Test func aFailedRequestLeavesTheStateAsItWas() throws {
        let fixture = try fixture()
        #expect(try answer(fixture, request(1, 10, start: true)) == 10)
        #expect(fixture.message { _ = try answer(fixture, request(1, -1)) } == "below zero")
        #expect(try answer(fixture, request(1, 1)) == 11)
        #expect(fixture.message { _ = try answer(fixture, request(2, -1, start: true)) } == "below zero")
        fixture.settle()
        #expect(fixture.message { _ = try answer(fixture, request(2, 1)) }.contains("must specify the START flag"))
    }

    @Test func requestsOfOneSequenceRunInTheirOrder() throws {
        let gate = Gate()
        let fixture = try fixture(gate: gate, instances: 2)
        let answers = Outcome<Float>()
        for step in 0..<5 {
            fixture.registry.infer(request(1, 1, start: step == 0, end: step == 4)) { result in
                answers.receive((try? result.get())?.outputs[0].tensor.elements(as: Float.self)[0] ?? -1)
            }
        }
        gate.open(5)
        for _ in 0..<5 { _ = answers.wait() }
        #expect(answers.all == [1, 2, 3, 4, 5])
        fixture.settle()
        #expect(try sequenceCount(scheduler(fixture)) == 0)
    }

    @Test func sequencesAreMergedToBatches() throws {
        let rows = Outcome<Int>()
        let fixture = try fixture(
            "oldest { max_candidate_sequences: 4 preferred_batch_size: [ 3 ] max_queue_delay_microseconds: 60000000 }",
            rows: rows)
        let answers = Outcome<Float>()
        for id in 1...3 {
            fixture.registry.infer(request(Int64(id), Float(id), start: true)) { result in
                answers.receive((try? result.get())?.outputs[0].tensor.elements(as: Float.self)[0] ?? -1)
            }
        }
        for _ in 0..<3 { _ = answers.wait() }
        #expect(answers.all.sorted() == [1, 2, 3])
        #expect(rows.all == [3])
    }

    @Test func aSequenceWithoutASlotWaitsForOne() throws {
        let fixture = try fixture("oldest { max_candidate_sequences: 1 }")
        #expect(try answer(fixture, request(1, 1, start: true)) == 1)
        let waiting = Outcome<Float>()
        fixture.registry.infer(request(2, 7, start: true)) { result in
            waiting.receive((try? result.get())?.outputs[0].tensor.elements(as: Float.self)[0] ?? -1)
        }
        #expect(waiting.count == 0)
        #expect(try scheduler(fixture).counts.waiting == 1)
        #expect(try answer(fixture, request(1, 1, end: true)) == 2)
        #expect(waiting.wait() == 7)
    }

    @Test func waitingIsBounded() throws {
        let fixture = try fixture("oldest { max_candidate_sequences: 1 }") { $0.maxQueueSize = 1 }
        #expect(try answer(fixture, request(1, 1, start: true)) == 1)
        let waiting = Outcome<Result<InferResponse, InferError>>()
        fixture.registry.infer(request(2, 7, start: true)) { waiting.receive($0) }
        let error = #expect(throws: InferError.self) { try fixture.infer(request(3, 7, start: true)) }
        #expect(error?.code == .resourceExhausted)
        fixture.registry.stop(grace: .zero)
        #expect(throws: ModelRegistry.stopping) { try #require(waiting.wait()).get() }
        #expect(fixture.registry.budget.queuedCount == 0)
        // States go with the scheduler, which whoever uses it last lets go.
        #expect(eventually { fixture.registry.budget.heldByteCount == 0 })
    }

    @Test func aClientThatIsGoneLeavesItsPlace() throws {
        let fixture = try fixture("oldest { max_candidate_sequences: 1 }")
        #expect(try answer(fixture, request(1, 1, start: true)) == 1)
        var gone = request(2, 7, start: true)
        let cancellation = Cancellation()
        gone.cancellation = cancellation
        let (first, second) = (
            Outcome<Result<InferResponse, InferError>>(), Outcome<Result<InferResponse, InferError>>()
        )
        fixture.registry.infer(gone) { first.receive($0) }
        fixture.registry.infer(request(2, 1)) { second.receive($0) }
        cancellation.cancel()
        #expect(throws: ModelScheduler.cancelled) { try #require(first.wait()).get() }
        let error = #expect(throws: InferError.self) { try #require(second.wait()).get() }
        #expect(
            error?.message
                == "inference request for sequence 2 to model 'm': the request that starts the sequence failed")
        fixture.settle()
        #expect(try sequenceCount(scheduler(fixture)) == 1)
        #expect(fixture.registry.budget.queuedCount == 0)
        #expect(fixture.registry.budget.heldByteCount == 4, "the state of the sequence that is open")
    }

    @Test func unloadingWaitsForWhatWaits() throws {
        let gate = Gate()
        let fixture = try fixture(gate: gate)
        let answers = Outcome<Float>()
        for step in 0..<3 {
            fixture.registry.infer(request(1, 1, start: step == 0)) { result in
                answers.receive((try? result.get())?.outputs[0].tensor.elements(as: Float.self)[0] ?? -1)
            }
        }
        try fixture.unload("m")
        #expect(fixture.message { _ = try fixture.infer(request(2, 1, start: true)) }.contains("is not ready"))
        gate.open(3)
        for _ in 0..<3 { _ = answers.wait() }
        #expect(answers.all == [1, 2, 3])
        fixture.settle()
        #expect(fixture.index() == ["m|1|UNAVAILABLE|unloaded"])
    }

    @Test func timeEndsIdleSequencesAndWaiting() throws {
        let clock = ManualClock()
        let alarm = NotedAlarm()
        let worker = ClosureInstance.worker { inputs throws(InferError) in [inputs[0], inputs[1]] }
        let inner = ModelScheduler(
            [worker], SchedulingOptions(model: "m", maxRows: 1, nil), clock: clock.read,
            makeAlarm: { _ in NotedAlarm() })
        var configuration = ModelConfiguration()
        configuration.maxBatchSize = 0
        let layout = try SequenceLayout(Self.signature, configuration, .init()) { _ throws(InferError) in .init() }
        let scheduler = SequenceScheduler(
            inner, layout, .init(slotCount: 1, idle: 1000), makeAlarm: { _ in alarm })
        func submit(_ id: Int64, deadline: UInt64 = .max, _ end: Outcome<ScheduledRequest.End>) -> Accepted {
            let tensors = ["x", "state_in"].map { NamedTensor($0, Tensor([1] as [Float], shape: [1, 1])) }
            let request = TestRequest(inputs: tensors, deadline: deadline) { end.receive($0) }
            request.parameters = ["sequence_id": .int(id), "sequence_start": .bool(true)]
            return scheduler.submit(request).word
        }
        let (first, second, third) = (
            Outcome<ScheduledRequest.End>(), Outcome<ScheduledRequest.End>(), Outcome<ScheduledRequest.End>()
        )
        #expect(submit(1, first) == .accepted)
        _ = first.wait()
        #expect(eventually { scheduler.leaseCount == 0 })
        #expect(alarm.moments == [1001])
        #expect(submit(2, deadline: 500, second) == .accepted)
        #expect(submit(3, third) == .accepted)
        #expect(alarm.moments == [1001, 500])
        clock.advance(499)
        scheduler.wake()
        #expect(second.wait()?.rejection == .expired)
        #expect(third.count == 0)
        #expect(sequenceCount(scheduler) == 2)
        clock.advance(501)
        scheduler.wake()
        // The idle one made room.
        #expect(third.wait()?.rejection == nil)
        #expect(third.count == 1)
    }

    @Test func alongLineOfCheapRequestsNeedsNoDeepStack() throws {
        let gate = Gate()
        let fixture = try fixture(gate: gate, instances: 2) {
            $0.inlineThreshold = .milliseconds(1)
            $0.maxQueueSize = 2000
        }
        let answers = Outcome<Float>()
        gate.open(2000)
        for step in 0..<1500 {
            fixture.registry.infer(request(1, 1, start: step == 0)) { result in
                answers.receive((try? result.get())?.outputs[0].tensor.elements(as: Float.self)[0] ?? -1)
            }
        }
        for _ in 0..<1500 { _ = answers.wait() }
        #expect(answers.all == (1...1500).map { Float($0) })
    }

    @Test func aStateKeepsNoMoreMemoryThanItCounts() throws {
        let released = Atomic(0)
        let worker = ClosureInstance.worker { inputs throws(InferError) in
            // As a batch's outputs are: a part of what others got as well.
            let floats = UnsafeMutableBufferPointer<Float>.allocate(capacity: 8)
            floats.initialize(repeating: 3)
            let address = UInt(bitPattern: floats.baseAddress)
            let all = Bytes(foreign: floats.baseAddress, count: 32) {
                UnsafeMutablePointer<Float>(bitPattern: address)?.deallocate()
                released.add(1, ordering: .relaxed)
            }
            return [inputs[0], NamedTensor("state_out", Tensor(dataType: .fp32, shape: [1, 1], bytes: all[4..<8]))]
        }
        let inner = ModelScheduler([worker], SchedulingOptions(model: "m", maxRows: 1, nil))
        var batching = ModelConfiguration.SequenceBatching()
        var state = ModelConfiguration.SequenceState()
        (state.inputName, state.outputName, state.dataType) = ("state_in", "state_out", .fp32)
        (state.dimensions, state.initialDimensions) = ([1, 1], [1, 1])
        batching.states = [state]
        let layout = try SequenceLayout(Self.signature, ModelConfiguration(), batching) { _ throws(InferError) in
            .init()
        }
        let scheduler = SequenceScheduler(inner, layout, .init(), makeAlarm: { _ in NotedAlarm() })
        let end = Outcome<Bool>()
        let request = TestRequest(inputs: [NamedTensor("x", Tensor([1] as [Float], shape: [1, 1]))]) {
            end.receive((try? $0.result.get()) != nil)
        }
        request.parameters = ["sequence_id": .int(1), "sequence_start": .bool(true)]
        #expect(scheduler.submit(request).word == .accepted)
        #expect(end.wait() == true)
        #expect(eventually { scheduler.leaseCount == 0 && inner.leaseCount == 0 })
        #expect(inner.budget.heldByteCount == 4, "the state")
        #expect(released.load(ordering: .relaxed) == 1)
    }

    @Test(
        "direct runs its batches as Triton does",
        arguments: [
            // Without a least part the delay is ignored: a lone sequence never waits.
            ("max_queue_delay_microseconds: 60000000", 1, [1]),
            ("max_queue_delay_microseconds: 60000000 minimum_slot_utilization: 0", 1, [1]),
            // At least half of four: all that are ready run.
            ("max_queue_delay_microseconds: 60000000 minimum_slot_utilization: 0.5", 2, [2]),
        ])
    func directRunsItsBatchesAsTritonDoes(strategy: String, sequences: Int, batches: [Int]) throws {
        let rows = Outcome<Int>()
        let fixture = try fixture("direct { \(strategy) }", rows: rows)
        let answers = Outcome<Bool>()
        for id in 1...sequences {
            fixture.registry.infer(request(Int64(id), 1, start: true)) { answers.receive($0.failure == nil) }
        }
        for _ in 0..<sequences { #expect(answers.wait() == true) }
        #expect(rows.all == batches)
    }

    @Test func statesCountAsMemoryInFlight() throws {
        let fixture = try fixture { $0.maxInFlightByteCount = 1024 }
        let budget = fixture.registry.budget
        _ = try answer(fixture, request(1, 1, start: true))
        _ = try answer(fixture, request(2, 1, start: true))
        fixture.settle()
        #expect(budget.heldByteCount == 8, "one float for each sequence")
        _ = try answer(fixture, request(1, 1))
        fixture.settle()
        #expect(budget.heldByteCount == 8)
        _ = try answer(fixture, request(1, 1, end: true))
        fixture.settle()
        #expect(budget.heldByteCount == 4)
        try fixture.unload("m")
        fixture.settle()
        // The last batch still holds on to the scheduler for a moment.
        #expect(eventually { budget.heldByteCount == 0 }, "states go with the model")
    }
}
