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
