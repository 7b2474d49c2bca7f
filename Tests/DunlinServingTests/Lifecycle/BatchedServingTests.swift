import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Synchronization
import Testing

@testable import DunlinServing

/// What configuration, request and model make of batching, through the registry.
@Suite struct BatchedServingTests {
    /// A model that adds one to every element; `log` gets the rows of each run.
    private func fixture(
        _ configuration: String = "", rowsDefault: Int = 8, signature: ModelSignature = FakeModel.signature,
        _ log: Outcome<Int> = Outcome(), depends: Bool = false
    ) throws -> RegistryFixture {
        let fixture = RegistryFixture(change: { $0.batchRowsDefault = rowsDefault }) { _ throws(InferError) in
            FakeModel(signature) { inputs throws(InferError) in
                let tensor = inputs[0].tensor
                log.receive(tensor.shape[0])
                let shift: Float = depends ? Float(tensor.shape[0]) : 1
                return [
                    NamedTensor("y", Tensor(tensor.elements(as: Float.self).map { $0 + shift }, shape: tensor.shape))
                ]
            }
        }
        fixture.directory.write("m/config.pbtxt", configuration)
        fixture.directory.write("m/1/model.onnx", "")
        try fixture.load("m")
        return fixture
    }

    private func batching(_ fixture: RegistryFixture) throws -> String {
        try fixture.registry.metadata(model: "m").properties["batching"] ?? ""
    }

    @Test func theMetadataTellsWhetherRequestsAreMerged() throws {
        #expect(try batching(fixture()) == "up to 8 rows, found out by trial")
        #expect(try batching(fixture(rowsDefault: 1)) == "off: by default")
        #expect(try batching(fixture("max_batch_size: 4")) == "up to 4 rows, as configured")
        #expect(try batching(fixture("max_batch_size: 1")) == "off: max_batch_size is 1")
        #expect(try batching(fixture("max_batch_size: 0")) == "off: max_batch_size is 0")
        #expect(try batching(fixture("dynamic_batching { }", depends: true)) == "up to 8 rows, as configured")
        #expect(
            try batching(fixture("dynamic_batching { preferred_batch_size: [2, 16] }"))
                == "up to 16 rows, as configured")
        #expect(
            try batching(fixture(depends: true))
                == "off: output 'y' has other rows when they are computed together")
        var fixed = FakeModel.signature
        fixed.outputs[0].shape = [3, 2]
        #expect(try batching(fixture(signature: fixed)) == "off: an input or output has a fixed first extent")
    }

    private func request(_ values: [Float]) -> InferRequest {
        InferRequest(
            model: "m",
            inputs: [NamedTensor("x", Tensor(values.flatMap { [$0, -$0] }, shape: [values.count, 2]))])
    }

    @Test func anOversizedRequestRunsInPartsWhereThatIsSet() throws {
        let runs = Outcome<Int>()
        let split = "parameters { key: \"split_oversized\" value { string_value: \"true\" } }"
        let fixture = try fixture("max_batch_size: 2 \(split)", runs)
        let response = try fixture.infer(request([1, 2, 3, 4, 5]))
        #expect(response.outputs[0].tensor.shape == [5, 2])
        #expect(response.outputs[0].tensor.elements(as: Float.self) == [2, 0, 3, -1, 4, -2, 5, -3, 6, -4])
        #expect(runs.all.sorted() == [1, 2, 2])
        #expect(try fixture.infer(request([1, 2])).outputs[0].tensor.shape == [2, 2])
        let statistics = try #require(try fixture.registry.statistics(model: "m").first)
        #expect(statistics.successCount == 4 && statistics.inferenceCount == 7)
    }

    @Test func rowsThatNobodyCanCountAreRefused() throws {
        var open = FakeModel.signature
        open.inputs[0].shape = [-1, -1]
        open.outputs[0].shape = [-1, -1]
        func message(_ configuration: String, rows: Int) throws -> String {
            let fixture = try fixture(configuration, rowsDefault: 1, signature: open)
            let input = NamedTensor("x", Tensor([Float](), shape: [rows, 0]))
            return fixture.message { _ = try fixture.infer(InferRequest(model: "m", inputs: [input])) }
        }
        let split = "parameters { key: \"split_oversized\" value { string_value: \"true\" } }"
        let most = ServedModel.maxRowCount
        #expect(
            try message("max_batch_size: 1 \(split)", rows: most).hasPrefix(
                "model 'm': a batch of \(most) would be run in \(most) parts of max_batch_size 1; at most "))
        for configuration in ["", "max_batch_size: 1 \(split)", "max_batch_size: 1"] {
            for rows in [most + 1, .max] {
                #expect(
                    try message(configuration, rows: rows)
                        == "model 'm': input 'x' has \(rows) rows; the limit is \(most)")
            }
        }
        #expect(try message("", rows: most) == "")
    }

    /// One instance that `gate` holds; a negative element makes the model fail.
    private func split(_ gate: Gate, _ runs: Outcome<[Float]>) throws -> RegistryFixture {
        let fixture = RegistryFixture(change: { $0.maxQueueSize = 4 }) { _ throws(InferError) in
            FakeModel { inputs throws(InferError) in
                let elements = inputs[0].tensor.elements(as: Float.self)
                runs.receive(stride(from: 0, to: elements.count, by: 2).map { elements[$0] })
                gate.pass()
                if elements[0] < 0 { throw InferError(.internal, "negative") }
                return [NamedTensor("y", inputs[0].tensor)]
            }
        }
        fixture.directory.write(
            "m/config.pbtxt",
            "max_batch_size: 2 parameters { key: \"split_oversized\" value { string_value: \"true\" } }")
        fixture.directory.write("m/1/model.onnx", "")
        try fixture.load("m")
        return fixture
    }

    @Test func aRequestOfMorePartsThanMayWaitIsRefused() throws {
        let (gate, runs) = (Gate(), Outcome<[Float]>())
        let fixture = try split(gate, runs)
        gate.open(5)
        #expect(try fixture.infer(request([1, 2, 3, 4, 5, 6, 7, 8])).outputs[0].tensor.shape == [8, 2])
        let error = #expect(throws: InferError.self) {
            try fixture.infer(request([1, 2, 3, 4, 5, 6, 7, 8, 9]))
        }
        #expect(error?.code == .invalidArgument)
        #expect(
            error?.message
                == "model 'm': a batch of 9 would be run in 5 parts of max_batch_size 2; at most 4 requests may wait")
        fixture.settle()
        let statistics = try #require(try fixture.registry.statistics(model: "m").first)
        #expect(statistics.rejectionCount(.invalid) == 1 && runs.count == 4)
    }

    @Test func whenAPartFailsTheOthersAreNotRun() throws {
        let (gate, runs) = (Gate(), Outcome<[Float]>())
        let fixture = try split(gate, runs)
        let answer = Outcome<String>()
        fixture.registry.infer(request([-1, 2, 3, 4, 5])) { answer.receive($0.failure?.message ?? "") }
        #expect(gate.awaitArrivals())
        gate.open(3)
        #expect(answer.wait() == "negative")
        fixture.settle()
        #expect(runs.all == [[-1, 2]])
    }

    @Test func allPartsLeaveTheQueueWithTheirClient() throws {
        let (gate, runs) = (Gate(), Outcome<[Float]>())
        let fixture = try split(gate, runs)
        let answers = Outcome<InferError.Code?>()
        fixture.registry.infer(request([1])) { answers.receive($0.failure?.code) }
        #expect(gate.awaitArrivals())
        var large = request([2, 3, 4, 5, 6])
        let client = Cancellation()
        large.cancellation = client
        fixture.registry.infer(large) { answers.receive($0.failure?.code) }
        #expect(try fixture.registry.statistics(model: "m").first?.pendingCount == 3)
        client.cancel()
        #expect(try fixture.registry.statistics(model: "m").first?.pendingCount == 0)
        #expect(answers.all == [.cancelled])
        var late = request([2, 3, 4, 5, 6])
        late.cancellation = client
        fixture.registry.infer(late) { answers.receive($0.failure?.code) }
        #expect(answers.all == [.cancelled, .cancelled], "it had gone before")
        gate.open()
        for _ in 0..<3 { _ = answers.wait() }
        fixture.settle()
        #expect(runs.all == [[1]] && fixture.registry.budget.heldByteCount == 0)
    }

    @Test(
        "refuses a split that makes no sense",
        arguments: [
            ("max_batch_size: 2", "maybe", "model 'm': split_oversized is 'maybe'; it must be true or false"),
            ("", "true", "model 'm': split_oversized needs a max_batch_size above 0"),
        ])
    func refusesASplitThatMakesNoSense(size: String, value: String, message: String) throws {
        do {
            _ = try fixture("\(size) parameters { key: \"split_oversized\" value { string_value: \"\(value)\" } }")
            Issue.record("loaded")
        } catch {
            #expect((error as? InferError)?.message == message)
        }
    }

    @Test func anOversizedRequestIsRefusedOtherwise() throws {
        let fixture = try fixture("max_batch_size: 2")
        #expect(
            fixture.message { _ = try fixture.infer(request([1, 2, 3])) }
                == "model 'm': a batch of 3 is more than max_batch_size 2")
    }

    @Test func aModelReplacedBetweenTwoPartsLosesNone() throws {
        let loads = Outcome<Int>()
        let swap = Mutex<(@Sendable () -> Void)?>(nil)
        let fixture = RegistryFixture(change: { $0.inlineThreshold = .milliseconds(1) }) { _ throws(InferError) in
            loads.receive(0)
            let number = Float(loads.count)
            return FakeModel { inputs throws(InferError) in
                let body = swap.withLock { $0.take() }
                body?()
                let tensor = inputs[0].tensor
                let sums = tensor.elements(as: Float.self).map { $0 + number }
                return [NamedTensor("y", Tensor(sums, shape: tensor.shape))]
            }
        }
        let split = "parameters { key: \"split_oversized\" value { string_value: \"true\" } }"
        fixture.directory.write("m/config.pbtxt", "max_batch_size: 1 \(split)")
        fixture.directory.write("m/1/model.onnx", "")
        try fixture.load("m")
        // Until it is known as cheap: then the first part has run before the second is submitted.
        for _ in 0..<20 {
            _ = try fixture.infer(request([1]))
            fixture.settle()
        }
        swap.withLock {
            $0 = {
                fixture.directory.write("m/1/model.onnx", "changed")
                try? fixture.load("m")
            }
        }
        let response = try fixture.infer(request([1, 2]))
        #expect(response.outputs[0].tensor.elements(as: Float.self) == [3, 1, 4, 0])
    }

    @Test func parametersOfARequestAreChecked() throws {
        let fixture = try fixture()
        for key in ["timeout", "priority"] {
            var request = request([1])
            request.parameters[key] = .string("soon")
            #expect(
                fixture.message { _ = try fixture.infer(request) }
                    == "parameter '\(key)' must be a whole number of 0 or more, received 'soon'")
        }
        let statistics = try #require(try fixture.registry.statistics(model: "m").first)
        #expect(statistics.rejectionCount(.invalid) == 2 && statistics.failureCount == 2)
    }

    @Test func aRequestThatComesTooLateIsCounted() throws {
        let fixture = try fixture()
        var late = request([1])
        late.deadline = 1
        let outcome = Outcome<Result<InferResponse, InferError>>()
        fixture.registry.infer(late) { outcome.receive($0) }
        let result = try #require(outcome.wait())
        #expect(throws: InferError.self) { try result.get() }
        if case .failure(let error) = result { #expect(error.code == .deadlineExceeded) }
        let statistics = try #require(try fixture.registry.statistics(model: "m").first)
        #expect(statistics.rejectionCount(.expired) == 1)
        #expect(statistics.pendingCount == 0 && statistics.instanceCount == 1)
    }
}
