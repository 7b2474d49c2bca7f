import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import DunlinServing

/// `reshape`, through the registry: the model takes `x` `[-1,2,2]` and answers its first element as `y` `[-1]`.
@Suite struct ReshapedServingTests {
    private static let signature = ModelSignature(
        inputs: [TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 2, 2])],
        outputs: [TensorMetadata(name: "y", dataType: .fp32, shape: [-1])])

    private static let configuration = """
        max_batch_size: 4
        input { name: "x" data_type: TYPE_FP32 dims: 4 reshape { shape: [ 2, 2 ] } }
        output { name: "y" data_type: TYPE_FP32 dims: 1 reshape { shape: [ ] } }
        """

    /// - Parameter seen: Gets the shapes the model sees.
    private func fixture(
        _ configuration: String = configuration, file: String = "config.pbtxt", seen: Outcome<Shape> = Outcome(),
        answers: Shape? = nil
    ) throws -> RegistryFixture {
        let fixture = RegistryFixture { _ throws(InferError) in
            FakeModel(Self.signature) { inputs throws(InferError) in
                let tensor = inputs[0].tensor
                seen.receive(tensor.shape)
                let elements = tensor.elements(as: Float.self)
                let firsts = stride(from: 0, to: elements.count, by: 4).map { elements[$0] }
                return [NamedTensor("y", Tensor(firsts, shape: answers ?? [firsts.count]))]
            }
        }
        fixture.directory.write("m/\(file)", configuration)
        fixture.directory.write("m/1/model.onnx")
        try fixture.load("m")
        return fixture
    }

    private func request(rows: Int) -> InferRequest {
        let elements = (0..<(rows * 4)).map(Float.init)
        return InferRequest(model: "m", inputs: [NamedTensor("x", Tensor(elements, shape: [rows, 4]))])
    }

    @Test func theClientSeesDimsAndTheModelTheReshape() throws {
        let seen = Outcome<Shape>()
        let fixture = try fixture(seen: seen)
        let metadata = try fixture.registry.metadata(model: "m")
        #expect(metadata.inputs[0].shape == [-1, 4] && metadata.outputs[0].shape == [-1, 1])
        let output = try fixture.infer(request(rows: 3)).outputs[0].tensor
        #expect(output.shape == [3, 1] && output.elements(as: Float.self) == [0, 4, 8])
        #expect(seen.all == [[3, 2, 2]])
    }

    @Test(
        "is read from every form of a configuration",
        arguments: [
            (
                "config.toml",
                """
                max_batch_size = 4
                [[input]]
                name = "x"
                data_type = "TYPE_FP32"
                dims = [4]
                reshape = { shape = [2, 2] }
                """
            ),
            ("m.pbtxt", "inputs { name: \"x\" datatype: \"FP32\" shape: [4] reshape { shape: [2, 2] } }"),
        ])
    func isReadFromEveryForm(file: String, text: String) throws {
        let fixture = try fixture(text, file: file)
        #expect(try fixture.registry.metadata(model: "m").inputs[0].shape == [-1, 4])
        #expect(try fixture.infer(request(rows: 2)).outputs[0].tensor.elements(as: Float.self) == [0, 4])
    }

    @Test func aLoadRequestMayBringItAsJSON() throws {
        let fixture = try fixture("max_batch_size: 4")
        let json = """
            {"max_batch_size": 4, "output": [{"name": "y", "dims": [1, 1], "reshape": {"shape": []}}]}
            """
        try fixture.load("m", ["config": .string(json)])
        #expect(try fixture.registry.metadata(model: "m").outputs[0].shape == [-1, 1, 1])
    }

    @Test func aRequestInTheModelsFormIsRefused() throws {
        let fixture = try fixture()
        let request = InferRequest(
            model: "m", inputs: [NamedTensor("x", Tensor([Float](repeating: 0, count: 4), shape: [1, 2, 2]))])
        #expect(
            fixture.message { _ = try fixture.infer(request) } == "input 'x': expected shape [-1,4], received [1,2,2]")
    }

    @Test func partsOfAnOversizedRequestAreReshapedOnce() throws {
        let split = "parameters { key: \"split_oversized\" value { string_value: \"true\" } }"
        let output = try fixture(Self.configuration + split).infer(request(rows: 6)).outputs[0].tensor
        #expect(output.shape == [6, 1] && output.elements(as: Float.self) == [0, 4, 8, 12, 16, 20])
    }

    @Test func warmUpBringsWhatAClientWould() throws {
        let seen = Outcome<Shape>()
        let warmUp = """
            model_warmup { name: "w" batch_size: 2
              inputs { key: "x" value { data_type: TYPE_FP32 dims: 4 zero_data: true } } }
            """
        _ = try fixture(Self.configuration + warmUp, seen: seen)
        #expect(seen.all == [[2, 2, 2]])
    }

    @Test func aReshapeThatTheModelDoesNotHaveIsRefused() {
        let text = "max_batch_size: 4 input { name: \"x\" dims: 4 reshape { shape: [ 4, 1 ] } }"
        do {
            _ = try fixture(text)
            Issue.record("loaded")
        } catch {
            #expect(
                (error as? InferError)?.message
                    == "input 'x': the configuration's reshape is [-1,4,1] with the batch dimension, the model's [-1,2,2]"
            )
        }
    }

    @Test func anOutputOfAnotherShapeIsAnError() throws {
        let fixture = try fixture(answers: [1, 1])
        #expect(
            fixture.message { _ = try fixture.infer(request(rows: 1)) }
                == "model 'm' gave output 'y' as [1,1]; its reshape is [-1]")
    }

    @Test func anEnsembleHasNone() throws {
        let fixture = try fixture()
        fixture.directory.write(
            "e/config.pbtxt",
            """
            platform: "ensemble" max_batch_size: 4
            input { name: "x" data_type: TYPE_FP32 dims: 4 }
            output { name: "y" data_type: TYPE_FP32 dims: 1 reshape { shape: [ ] } }
            ensemble_scheduling { step { model_name: "m" input_map { key: "x" value: "x" }
              output_map { key: "y" value: "y" } } }
            """)
        fixture.directory.write("e/1/.keep")
        #expect(fixture.message { try fixture.load("e") }.contains("reshape belongs to the models of its steps"))
    }
}
