import DunlinBytes
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import DunlinServing

/// Recorded requests beside a model. Here a file's body is a number, the value of both elements of `x`.
@Suite struct ModelRepositoryWarmupTests {
    /// Loads a model whose runs' first elements go to `runs`.
    private func load(
        _ files: [String: String], _ runs: Outcome<Float> = Outcome(), configuration: String = "",
        _ change: (inout ServingConfiguration) -> Void = { _ in }
    ) throws -> RegistryFixture {
        let backend = FakeBackend { _ throws(InferError) in
            FakeModel { inputs throws(InferError) in
                let first = inputs[0].tensor.elements(as: Float.self)[0]
                runs.receive(first)
                if first < 0 { throw InferError(.internal, "below zero") }
                return [NamedTensor("y", inputs[0].tensor)]
            }
        }
        let fixture = RegistryFixture(
            [backend], mode: .explicit, change,
            decodeRecorded: { (body, hasRawTensors, model, version) throws(InferError) in
                guard let value = Float(body.string) else { throw InferError(.invalidArgument, "no number") }
                let elements = hasRawTensors ? [value + 100, 0] : [Float](repeating: value, count: value == 8 ? 4 : 2)
                let shape: Shape = value == 7 ? [2] : [elements.count / 2, 2]
                return InferRequest(
                    model: model, version: version, inputs: [NamedTensor("x", Tensor(elements, shape: shape))])
            })
        fixture.directory.write("m/config.pbtxt", configuration)
        fixture.directory.write("m/1/model.onnx", "")
        for (name, text) in files { fixture.directory.write("m/\(name)", text) }
        try fixture.load("m")
        return fixture
    }

    @Test func everyInstanceAnswersThemInTheOrderOfTheirNames() throws {
        let runs = Outcome<Float>()
        let fixture = try load(
            [
                "warmup/b.json": "2", "warmup/a.json": "1", "warmup/c.bin": "3", "warmup/.d.json": "4",
                "warmup/e.txt": "5",
            ],
            runs, configuration: "instance_group { count: 2 }")
        #expect(runs.all == [1, 2, 103, 1, 2, 103])
        #expect(try fixture.registry.statistics(model: "m").first?.executionCount == 0)
    }

    @Test func aVersionsOwnStandForTheModels() throws {
        let runs = Outcome<Float>()
        _ = try load(["warmup/a.json": "1", "1/warmup/b.json": "2"], runs)
        #expect(runs.all == [2])
        let none = Outcome<Float>()
        _ = try load(["warmup/a.json": "1", "1/warmup/none.txt": ""], none)
        #expect(none.all == [])
    }

    @Test func dataOfAConfiguredSampleIsNone() throws {
        let runs = Outcome<Float>()
        let sample = """
            max_batch_size: 4
            model_warmup { name: "w" batch_size: 1
              inputs { key: "x" value { data_type: TYPE_FP32 dims: 2 input_data_file: "data.bin" } } }
            """
        _ = try load(["warmup/data.bin": "AAAAAAAA", "warmup/a.json": "1"], runs, configuration: sample)
        #expect(runs.all == [Float(bitPattern: 0x4141_4141), 1])
    }

    @Test(
        "a bad one makes the load fail and is named",
        arguments: [
            ("warmup/a.json", "x", "warmup/a.json: no number"),
            ("1/warmup/a.bin", "", "warmup/a.bin: no number"),
            ("warmup/a.json", "-1", "warmup/a.json: below zero"),
            ("warmup/a.json", "7", "warmup/a.json: input 'x': expected shape [-1,2], received [2]"),
        ])
    func aBadOneMakesTheLoadFail(file: String, body: String, message: String) {
        do {
            _ = try load([file: body])
            Issue.record("loaded")
        } catch {
            #expect((error as? InferError)?.message == message)
        }
    }

    @Test(
        "those that a load request brings along run as well",
        arguments: [
            (["warmup/b.json": "2", "warmup/a.bin": "1", "warmup/deep/c.json": "3", "warmup/d.txt": "4"], [101, 2]),
            (["warmup/a.json": "1", "1/warmup/b.json": "2"], [2]),
            (["1/warmup/none.txt": "", "warmup/a.json": "1"], []),
        ] as [([String: String], [Float])])
    func broughtOnesRun(files: [String: String], values: [Float]) throws {
        let runs = Outcome<Float>()
        let fixture = try load([:], runs)
        let all = files.merging(["1/model.onnx": "x"]) { $1 }
        let outcome = Outcome<Result<Void, InferError>>()
        fixture.registry.load(
            "other", parameters: ["config": .string("{}")], brought: try BroughtFiles(all.mapValues { Bytes($0) })
        ) { outcome.receive($0) }
        try #require(outcome.wait()).get()
        #expect(runs.all == values)
    }

    @Test func aBatchThatAClientMayNotSendIsRefused() throws {
        #expect(throws: Never.self) { try load(["warmup/a.json": "1"], configuration: "max_batch_size: 1") }
        do {
            _ = try load(["warmup/a.json": "8"], configuration: "max_batch_size: 1")
            Issue.record("loaded")
        } catch {
            #expect(
                (error as? InferError)?.message
                    == "warmup/a.json: the inputs have 2 rows; they must have the same, at most 1 (max_batch_size)")
        }
    }

    @Test func sizesAndCountsAreLimited() throws {
        #expect(throws: Never.self) { try load(["warmup/a.json": "1.25"]) { $0.maxWarmupByteCount = 4 } }
        #expect(throws: InferError.self) { try load(["warmup/a.json": "1.250"]) { $0.maxWarmupByteCount = 4 } }
        var files: [String: String] = [:]
        for number in 0..<ModelRepository.maxRecordedRequestCount { files["warmup/\(number).json"] = "1" }
        #expect(throws: Never.self) { try load(files) }
        files["warmup/more.json"] = "1"
        #expect(throws: InferError.self) { try load(files) }
    }

    @Test func aChangedOneIsAReasonToLoadAgain() throws {
        let runs = Outcome<Float>()
        let fixture = try load(["warmup/a.json": "1"], runs)
        try fixture.load("m")
        #expect(runs.all == [1])
        fixture.directory.write("m/warmup/a.json", "22")
        try fixture.load("m")
        #expect(runs.all == [1, 22])
    }
}
