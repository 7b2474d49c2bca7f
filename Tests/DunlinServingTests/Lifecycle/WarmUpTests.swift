import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import DunlinServing

@Suite struct WarmUpTests {
    /// Loads a model with a configuration; `runs` gets the shape and elements of each run.
    private func load(
        _ configuration: String, _ runs: Outcome<[Float]> = Outcome(), files: [String: String] = [:],
        _ change: (inout ServingConfiguration) -> Void = { _ in }
    ) throws -> RegistryFixture {
        let fixture = RegistryFixture(change: change) { _ throws(InferError) in
            FakeModel { inputs throws(InferError) in
                let elements = inputs[0].tensor.elements(as: Float.self)
                runs.receive(elements)
                return [NamedTensor("y", inputs[0].tensor)]
            }
        }
        fixture.directory.write("m/config.pbtxt", configuration)
        fixture.directory.write("m/1/model.onnx", "")
        for (name, text) in files { fixture.directory.write("m/\(name)", text) }
        try fixture.load("m")
        return fixture
    }

    private func sample(_ input: String, rows: Int = 2, count: Int = 1, dims: Int = 2) -> String {
        """
        max_batch_size: 4
        model_warmup { name: "w" batch_size: \(rows) count: \(count)
          inputs { key: "x" value { data_type: TYPE_FP32 dims: \(dims) \(input) } } }
        """
    }

    @Test func everyInstanceAnswersEverySampleFirst() throws {
        let runs = Outcome<[Float]>()
        let fixture = try load(
            sample("zero_data: true", count: 3) + "\ninstance_group { count: 2 }", runs)
        #expect(runs.all == [[Float]](repeating: [0, 0, 0, 0], count: 6))
        #expect(try fixture.registry.statistics(model: "m").first?.executionCount == 0)
    }

    @Test func dataComesFromAGeneratorOrAFile() throws {
        let random = Outcome<[Float]>()
        _ = try load(sample("random_data: true"), random)
        #expect(random.all.first?.count == 4 && random.all.first?.contains { $0 != 0 } == true)
        let file = Outcome<[Float]>()
        // Two floats of which each byte is 0x41.
        _ = try load(
            sample("input_data_file: \"raw\""), file, files: ["warmup/raw": "AAAAAAAA"])
        let value = Float(bitPattern: 0x4141_4141)
        #expect(file.all == [[value, value, value, value]])
    }

    @Test(
        "refuses a sample that does not fit",
        arguments: [
            ("zero_data: true", 5, 2, "model_warmup 'w': batch_size is 5; max_batch_size is 4"),
            (
                "zero_data: true", 1, 3,
                "model_warmup 'w': input 'x': expected shape [-1,2], received [1,3]"
            ),
            ("", 1, 2, "model_warmup input 'x' needs one of zero_data, random_data and input_data_file"),
            ("zero_data: true random_data: true", 1, 2, "needs one of"),
            ("zero_data: true", 1, 0, "each of dims must be above 0"),
            ("input_data_file: \"none\"", 1, 2, "there is no file 'warmup/none'"),
            ("input_data_file: \"../1/model.onnx\"", 1, 2, "must not contain path traversal characters"),
            ("input_data_file: \"short\"", 1, 2, "input 'x': 3 bytes are not one row of FP32 [2]"),
        ])
    func refusesASampleThatDoesNotFit(input: String, rows: Int, dims: Int, message: String) {
        do {
            _ = try load(sample(input, rows: rows, dims: dims), files: ["warmup/short": "abc"])
            Issue.record("loaded")
        } catch {
            #expect((error as? InferError)?.message.contains(message) == true, "\(error)")
        }
    }

    @Test func aSampleIsLimited() throws {
        func limit(_ byteCount: Int) -> (inout ServingConfiguration) -> Void {
            { $0.maxWarmupByteCount = byteCount }
        }
        #expect(throws: Never.self) { try load(sample("zero_data: true"), Outcome(), limit(16)) }
        #expect(throws: InferError.self) { try load(sample("zero_data: true"), Outcome(), limit(15)) }
    }

    @Test func aModelThatFailsItsSampleIsNotServed() throws {
        let fixture = RegistryFixture { _ throws(InferError) in
            FakeModel { _ throws(InferError) in throw InferError(.internal, "broken") }
        }
        fixture.directory.write("m/config.pbtxt", sample("zero_data: true"))
        fixture.directory.write("m/1/model.onnx", "")
        #expect(fixture.message { try fixture.load("m") } == "model_warmup 'w': broken")
        #expect(fixture.message { _ = try fixture.answer("m") }.contains("is not ready"))
    }

    @Test func countsAreLimited() throws {
        let most = ModelConfigurationFile.maxWarmupCount
        let runs = Outcome<[Float]>()
        _ = try load(sample("zero_data: true", count: most), runs)
        #expect(runs.count == most)
        #expect(throws: InferError.self) { try load(sample("zero_data: true", count: most + 1)) }
    }
}
