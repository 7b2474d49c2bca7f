import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import DunlinServing

/// Requests of different extents in one batch, through the registry: each gets what it gets alone.
@Suite struct RaggedServingTests {
    /// Loads `m`; runs wait at `gate`, `seen` gets the shape of each run's last input.
    private func fixture(
        _ configuration: String, _ signature: ModelSignature, _ gate: Gate, _ seen: Outcome<Shape>,
        run: @escaping @Sendable ([NamedTensor]) -> [NamedTensor]
    ) throws -> RegistryFixture {
        let fixture = RegistryFixture { _ throws(InferError) in
            FakeModel(signature) { inputs throws(InferError) in
                seen.receive(inputs[inputs.count - 1].tensor.shape)
                gate.pass()
                return run(inputs)
            }
        }
        fixture.directory.write("m/config.pbtxt", configuration)
        fixture.directory.write("m/1/model.onnx")
        try fixture.load("m")
        return fixture
    }

    /// Sends all requests while the first of them is held, then lets them go.
    private func answers(
        _ fixture: RegistryFixture, _ requests: [InferRequest], _ gate: Gate
    ) throws -> [[NamedTensor]] {
        let outcomes = requests.map { _ in Outcome<Result<InferResponse, InferError>>() }
        for (request, outcome) in zip(requests, outcomes) {
            fixture.registry.infer(request) { outcome.receive($0) }
            if outcome === outcomes[0] { #expect(gate.awaitArrivals()) }
        }
        gate.open(requests.count)
        return try outcomes.map { try #require($0.wait()).get().outputs }
    }

    private func alone(
        _ fixture: RegistryFixture, _ requests: [InferRequest], _ gate: Gate
    ) throws -> [[NamedTensor]] {
        gate.open(requests.count)
        return try requests.map { try fixture.infer($0).outputs }
    }

    private func expectEqual(_ one: [[NamedTensor]], _ other: [[NamedTensor]]) {
        #expect(one.count == other.count)
        for (left, right) in zip(one.joined(), other.joined()) {
            #expect(left.name == right.name && left.tensor.shape == right.tensor.shape)
            #expect(left.tensor.bytes == right.tensor.bytes, "\(left.name)")
        }
    }

    private func request(_ rows: [[Float]]) -> InferRequest {
        InferRequest(
            model: "m",
            inputs: [NamedTensor("x", Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count]))])
    }

    private static let ragged = """
        max_batch_size: 8 dynamic_batching { }
        input { name: "x" data_type: TYPE_FP32 dims: -1 allow_ragged_batch: true }
        output [ { name: "sum" data_type: TYPE_FP32 dims: 1 reshape { shape: [ ] } },
          { name: "twice" data_type: TYPE_FP32 dims: -1 } ]
        batch_input { kind: BATCH_ACCUMULATED_ELEMENT_COUNT target_name: "ends" data_type: TYPE_INT32 source_input: "x" }
        batch_output { target_name: "twice" kind: BATCH_SCATTER_WITH_INPUT_SHAPE source_input: "x" }
        """

    private static let raggedModel = ModelSignature(
        inputs: [
            TensorMetadata(name: "ends", dataType: .int32, shape: [-1]),
            TensorMetadata(name: "x", dataType: .fp32, shape: [-1]),
        ],
        outputs: [
            TensorMetadata(name: "sum", dataType: .fp32, shape: [-1]),
            TensorMetadata(name: "twice", dataType: .fp32, shape: [-1]),
        ])

    /// The sum of each request's elements, and all of them doubled.
    private static let sums: @Sendable ([NamedTensor]) -> [NamedTensor] = { inputs in
        let elements = inputs[1].tensor.elements(as: Float.self)
        var begin = 0
        let sums = inputs[0].tensor.elements(as: Int32.self).map { end in
            defer { begin = Int(end) }
            return elements[begin..<Int(end)].reduce(0, +)
        }
        return [
            NamedTensor("sum", Tensor(sums, shape: [sums.count])),
            NamedTensor("twice", Tensor(elements.map { $0 * 2 }, shape: [elements.count])),
        ]
    }

    @Test func raggedRequestsGetWhatTheyGetAlone() throws {
        let (gate, seen) = (Gate(), Outcome<Shape>())
        let fixture = try fixture(Self.ragged, Self.raggedModel, gate, seen, run: Self.sums)
        let metadata = try fixture.registry.metadata(model: "m")
        #expect(metadata.inputs.map(\.name) == ["x"] && metadata.inputs[0].shape == [-1, -1])
        #expect(metadata.outputs.map(\.shape) == [[-1, 1], [-1, -1]])
        let requests = [[9, 9], [1, 2, 3], [4, 5, 6, 7], [8], [1, 2, 3, 4, 5, 6, 7, 8, 9]].map { request([$0]) }
        let together = try answers(fixture, requests, gate)
        #expect(seen.all == [[2], [17]], "all but the first in one batch")
        #expect(together[4][0].tensor.elements(as: Float.self) == [45])
        #expect(together[2].map { $0.tensor.shape } == [[1, 1], [1, 4]])
        expectEqual(together, try alone(fixture, requests, gate))
    }

    private static let padded = """
        max_batch_size: 8 dynamic_batching { }
        parameters { key: "pad_inputs" value { string_value: "x=0" } }
        parameters { key: "cut_outputs" value { string_value: "twice=x" } }
        """

    private static let paddedModel = ModelSignature(
        inputs: [TensorMetadata(name: "x", dataType: .fp32, shape: [-1, -1])],
        outputs: [
            TensorMetadata(name: "sum", dataType: .fp32, shape: [-1, 1]),
            TensorMetadata(name: "twice", dataType: .fp32, shape: [-1, -1]),
        ])

    private static let rowSums: @Sendable ([NamedTensor]) -> [NamedTensor] = { inputs in
        let tensor = inputs[0].tensor
        let elements = tensor.elements(as: Float.self)
        let width = tensor.shape[1]
        let sums = (0..<tensor.shape[0]).map { elements[($0 * width)..<(($0 + 1) * width)].reduce(0, +) }
        return [
            NamedTensor("sum", Tensor(sums, shape: [sums.count, 1])),
            NamedTensor("twice", Tensor(elements.map { $0 * 2 }, shape: tensor.shape)),
        ]
    }

    @Test func paddedRequestsGetWhatTheyGetAlone() throws {
        let (gate, seen) = (Gate(), Outcome<Shape>())
        let fixture = try fixture(Self.padded, Self.paddedModel, gate, seen, run: Self.rowSums)
        let requests = [
            request([[9]]), request([[1, 2, 3]]), request([[4, 5], [6, 7]]), request([[8, 9, 10, 11]]),
            request([[1, 2, 3, 4, 5, 6, 7, 8]]),
        ]
        let together = try answers(fixture, requests, gate)
        // The last is more than twice as long as the first of the batch.
        #expect(seen.all == [[1, 1], [4, 4], [1, 8]])
        expectEqual(together, try alone(fixture, requests, gate))
    }

    @Test func withoutAWordLengthsAreKeptApart() throws {
        let (gate, seen) = (Gate(), Outcome<Shape>())
        let fixture = try fixture("max_batch_size: 8", Self.paddedModel, gate, seen, run: Self.rowSums)
        _ = try answers(fixture, [[9], [1, 2, 3], [4, 5]].map { request([$0]) }, gate)
        #expect(seen.all == [[1, 1], [1, 3], [1, 2]])
    }

    @Test(
        "refuses what does not go together",
        arguments: [
            (
                "max_batch_size: 8 sequence_batching { } parameters { key: \"pad_inputs\" value { string_value: \"x=0\" } }",
                "ragged or padded batches and sequence_batching do not go together"
            ),
            (
                "parameters { key: \"pad_inputs\" value { string_value: \"x=0\" } }",
                "ragged and padded batches need a max_batch_size above 0"
            ),
            (
                "batch_output { target_name: \"sum\" kind: BATCH_SCATTER_WITH_INPUT_SHAPE source_input: \"x\" }",
                "batch_output needs a max_batch_size above 0"
            ),
            (
                "max_batch_size: 8 batch_input { target_name: \"x\" data_type: TYPE_FP64 source_input: \"x\" }",
                "batch_input BATCH_ELEMENT_COUNT: data_type must be TYPE_INT32, TYPE_INT64 or TYPE_FP32"
            ),
            (
                "max_batch_size: 8 batch_input { data_type: TYPE_FP32 source_input: \"x\" }",
                "batch_input BATCH_ELEMENT_COUNT needs target_name and one source_input; found 0 and 1"
            ),
        ])
    func refusesWhatDoesNotGoTogether(configuration: String, message: String) {
        do {
            _ = try fixture(configuration, Self.paddedModel, Gate(), Outcome(), run: Self.rowSums)
            Issue.record("loaded")
        } catch {
            #expect((error as? InferError)?.message.contains(message) == true, "\(error)")
        }
    }
}
