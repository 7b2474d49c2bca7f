import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import DunlinServing

@Suite struct ServedModelTimesTests {
    private func fixture(_ configuration: String = "") throws -> RegistryFixture {
        let signature = ModelSignature(
            inputs: [TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 2])],
            outputs: [TensorMetadata(name: "y", dataType: .fp32, shape: [-1, 2])])
        let fixture = RegistryFixture { _ throws(InferError) in
            FakeModel(signature) { inputs throws(InferError) in
                if inputs[0].tensor.elements(as: Float.self).first == 13 { throw InferError(.internal, "unlucky") }
                return [NamedTensor("y", inputs[0].tensor)]
            }
        }
        fixture.directory.write("m/config.pbtxt", configuration)
        fixture.directory.write("m/1/model.onnx", "")
        try fixture.load("m")
        return fixture
    }

    private func request(_ value: Float = 0, rows: Int = 1) -> InferRequest {
        var request = RegistryFixture.request("m", rows: rows)
        request.inputs = [NamedTensor("x", Tensor([Float](repeating: value, count: rows * 2), shape: [rows, 2]))]
        request.times = RequestTimes()
        return request
    }

    /// Every moment, in the order they must come.
    private func moments(_ values: RequestTimes.Values) -> [UInt64] {
        [
            values.requestStart, values.queueStart, values.computeStart, values.computeInputEnd,
            values.computeOutputStart, values.computeEnd, values.requestEnd,
        ]
    }

    @Test func theStepsOfARequestAreNotedInOrder() throws {
        let request = request()
        _ = try fixture().infer(request)
        let values = try #require(request.times).values
        #expect(values.model == "m" && values.version == "1" && values.failure == nil)
        #expect(!moments(values).contains(0) && moments(values) == moments(values).sorted(), "\(moments(values))")
    }

    @Test func aFailedRequestSaysWhy() throws {
        let request = request(13)
        #expect(throws: InferError.self) { try fixture().infer(request) }
        let values = try #require(request.times).values
        #expect(values.failure == "unlucky" && values.requestEnd > 0 && values.computeStart > 0)
    }

    @Test func aRequestThatIsNotWhatTheModelTakesHasABeginAndAnEnd() throws {
        var request = request()
        request.inputs = []
        let fixture = try fixture()
        #expect(fixture.message { _ = try fixture.infer(request) } != "")
        let values = try #require(request.times).values
        #expect(values.requestStart > 0 && values.queueStart == 0 && values.computeStart == 0 && values.requestEnd > 0)
    }

    @Test func theBatchesOfALargeRequestAreParts() throws {
        let split = "parameters { key: \"split_oversized\" value { string_value: \"true\" } }"
        let request = request(rows: 3)
        _ = try fixture("max_batch_size: 2\n\(split)").infer(request)
        let times = try #require(request.times)
        #expect(times.parts.count == 2 && times.parts.allSatisfy { $0.values.computeStart > 0 })
        #expect(times.values.requestEnd > 0 && times.values.computeStart == 0)
    }

    @Test func aRequestThatIsNotTracedNotesNothing() throws {
        var request = request()
        request.times = nil
        _ = try fixture().infer(request)
        #expect(request.times == nil)
    }
}
