import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import DunlinServing

@Suite struct InferenceTests {
    private static let signature = ModelSignature(
        inputs: [
            TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 2]),
            TensorMetadata(name: "n", dataType: .int64, shape: [-1]),
        ],
        outputs: [
            TensorMetadata(name: "first", dataType: .fp32, shape: [-1, 2]),
            TensorMetadata(name: "second", dataType: .int64, shape: [-1]),
        ])

    private func fixture(_ configuration: String = "") throws -> RegistryFixture {
        let fixture = RegistryFixture { _ throws(InferError) in
            FakeModel(Self.signature) { inputs throws(InferError) in
                if inputs[1].tensor.elements(as: Int64.self).first == 13 {
                    throw InferError(.internal, "unlucky")
                }
                return [NamedTensor("first", inputs[0].tensor), NamedTensor("second", inputs[1].tensor)]
            }
        }
        fixture.directory.write("m/config.pbtxt", configuration)
        fixture.directory.write("m/1/model.onnx", "")
        try fixture.load("m")
        return fixture
    }

    private func request(rows: Int = 1, numbers: Int? = nil, number: Int64 = 7) -> InferRequest {
        var request = RegistryFixture.request("m", rows: rows)
        let values = [Int64](repeating: number, count: numbers ?? rows)
        request.inputs.append(NamedTensor("n", Tensor(values, shape: [values.count])))
        request.id = "42"
        return request
    }

    @Test func answersAllOutputsUnderModelVersionAndId() throws {
        let response = try fixture().infer(request())
        #expect(response.model == "m")
        #expect(response.version == "1")
        #expect(response.id == "42")
        #expect(response.outputs.map(\.name) == ["first", "second"])
        #expect(response.outputs[1].tensor.elements(as: Int64.self) == [7])
    }

    @Test func inputsMayComeInAnyOrder() throws {
        var swapped = request()
        swapped.inputs.reverse()
        #expect(try fixture().infer(swapped).outputs[1].tensor.dataType == .int64)
    }

    @Test(
        "answers the outputs asked for, in that order",
        arguments: [["second"], ["second", "first"], ["first", "second"]])
    func answersTheOutputsAskedFor(names: [String]) throws {
        var request = request()
        request.outputs = names.map { RequestedOutput($0) }
        #expect(try fixture().infer(request).outputs.map(\.name) == names)
    }

    @Test func refusesOutputsItHasNotAndTwice() throws {
        let fixture = try fixture()
        var request = request()
        request.outputs = [RequestedOutput("third")]
        #expect(
            fixture.message { _ = try fixture.infer(request) }
                == "model 'm' has no output 'third'; its outputs are ['first', 'second']")
        request.outputs = [RequestedOutput("first"), RequestedOutput("first")]
        #expect(
            fixture.message { _ = try fixture.infer(request) }
                == "model 'm': output 'first' is requested more than once")
    }

    @Test func aConfigurationMayLeaveOutputsOut() throws {
        let fixture = try fixture("output { name: \"second\" data_type: TYPE_INT64 dims: -1 }")
        #expect(try fixture.infer(request()).outputs.map(\.name) == ["second"])
        var first = request()
        first.outputs = [RequestedOutput("first")]
        #expect(fixture.message { _ = try fixture.infer(first) }.contains("its outputs are ['second']"))
        #expect(try fixture.registry.metadata(model: "m").outputs.map(\.name) == ["second"])
    }

    @Test func aWrongInputIsRefusedByName() throws {
        let fixture = try fixture()
        var wrong = request()
        wrong.inputs[0] = NamedTensor("x", Tensor([Float(1)], shape: [1, 1]))
        #expect(
            fixture.message { _ = try fixture.infer(wrong) } == "input 'x': expected shape [-1,2], received [1,1]")
    }

    @Test func batchesAreLimitedByTheConfiguration() throws {
        let fixture = try fixture("max_batch_size: 3")
        _ = try fixture.infer(request(rows: 3))
        #expect(
            fixture.message { _ = try fixture.infer(request(rows: 4)) }
                == "model 'm': a batch of 4 is more than max_batch_size 3")
        #expect(
            fixture.message { _ = try fixture.infer(request(rows: 2, numbers: 1)) }
                == "model 'm': input 'n' has 1 rows, input 'x' has 2")
    }

    @Test func whatTheModelThrowsIsAnswered() throws {
        let fixture = try fixture()
        #expect(throws: InferError(.internal, "unlucky")) { try fixture.infer(request(number: 13)) }
        #expect(try fixture.infer(request()).outputs.count == 2)
    }

    @Test func aModelThatGivesTooFewOutputsIsAnError() throws {
        let fixture = RegistryFixture { _ throws(InferError) in FakeModel { _ throws(InferError) in [] } }
        fixture.directory.write("m/1/model.onnx", "")
        try fixture.load("m")
        #expect(throws: InferError(.internal, "model 'm' gave 0 outputs instead of 1")) { try fixture.answer("m") }
    }

    @Test func countsWhatItDoes() throws {
        let fixture = try fixture()
        _ = try fixture.infer(request(rows: 3))
        _ = try fixture.infer(request())
        _ = fixture.message { _ = try fixture.infer(request(number: 13)) }
        _ = fixture.message { _ = try fixture.infer(RegistryFixture.request("m")) }
        let all = try fixture.registry.statistics()
        #expect(all.count == 1)
        #expect(all[0].model == "m")
        #expect(all[0].version == "1")
        #expect(all[0].successCount == 2)
        #expect(all[0].failureCount == 2)
        #expect(all[0].inferenceCount == 4)
        #expect(all[0].executionCount == 3)
        #expect(
            all[0].success.nanoseconds >= all[0].queue.nanoseconds + all[0].computeInfer.nanoseconds)
        #expect(all[0].lastInferenceMilliseconds > 1_500_000_000_000)
        #expect(try fixture.registry.statistics(model: "m", version: "1").count == 1)
        #expect(throws: InferError.modelNotFound("x")) { try fixture.registry.statistics(model: "x") }
    }

    @Test func aFullQueueIsSaid() throws {
        let gate = Gate()
        let fixture = RegistryFixture(change: { $0.maxQueueSize = 1 }) { _ throws(InferError) in
            FakeModel { inputs throws(InferError) in
                gate.pass()
                return [NamedTensor("y", inputs[0].tensor)]
            }
        }
        fixture.directory.write("m/1/model.onnx", "")
        try fixture.load("m")
        let outcome = Outcome<Result<InferResponse, InferError>>()
        for _ in 0..<2 { fixture.registry.infer(RegistryFixture.request("m")) { outcome.receive($0) } }
        #expect(gate.awaitArrivals())
        let error = InferError(.resourceExhausted, "model 'm' is busy: its queue is full; try again later")
        #expect(throws: error) { try fixture.answer("m") }
        gate.open(2)
        for _ in 0..<2 { _ = try #require(outcome.wait()).get() }
    }
}
