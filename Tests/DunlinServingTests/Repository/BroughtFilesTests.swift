import DunlinBytes
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import DunlinServing

/// Models whose files come with the load request.
@Suite struct BroughtFilesTests {
    private static let component = String(repeating: "c", count: ModelName.maxByteCount)

    @Test(
        "paths lead to files below the model",
        arguments: [
            ("1/model.onnx", nil), ("labels.txt", nil), ("1/weights/a/b.bin", nil), ("...", nil), ("1/..m", nil),
            (component, nil), ("1/\(component)", nil), ("1/2/3/4/5/6/7/8", nil),
            ("", "has an empty component"), ("/etc/passwd", "has an empty component"),
            ("1//m", "has an empty component"), ("1/", "has an empty component"),
            ("../m", "must not contain path traversal or control characters"),
            ("1/../../m", "must not contain path traversal or control characters"),
            ("1/./m", "must not contain path traversal or control characters"),
            (" ..", "must not contain path traversal or control characters"),
            ("1\\m", "must not contain path traversal or control characters"),
            ("1/m\u{0}", "must not contain path traversal or control characters"),
            (component + "c", "has a component of more than 255 bytes"),
            ("1/2/3/4/5/6/7/8/9", "has more than 8 levels"),
        ] as [(String, String?)])
    func paths(path: String, problem: String?) {
        guard let problem else {
            #expect(throws: Never.self) { try BroughtFiles([path: Bytes()]) }
            return
        }
        #expect(throws: InferError(.invalidArgument, "load parameter 'file:\(path.prefix(300))': the path \(problem)"))
        {
            try BroughtFiles([path: Bytes()])
        }
    }

    @Test func filesAreSortedIntoVersionsAndTheRest() throws {
        let files = try BroughtFiles([
            "1/model.onnx": Bytes("a"), "12/model.onnx": Bytes("b"), "12/w/x": Bytes("c"), "labels.txt": Bytes("d"),
            "01/model.onnx": Bytes(), "3": Bytes(),
        ])
        #expect(files.versions == [1, 12])
        #expect(files.version(12) == ["model.onnx": Bytes("b"), "w/x": Bytes("c")])
        #expect(files.stamps.keys.sorted() == ["01/model.onnx", "3", "labels.txt"])
    }

    @Test func equalContentsHaveEqualStamps() {
        #expect(FileStamp(contents: Bytes("abc")) == FileStamp(contents: Bytes("abc")))
        #expect(FileStamp(contents: Bytes("abc")) != FileStamp(contents: Bytes("abd")))
    }

    // MARK: Through the registry

    /// Answers with the number in the model file, wherever that is.
    @Sendable private static func number(_ source: ModelSource) throws(InferError) -> FakeModel {
        guard let number = Float(try source.contents().string) else {
            throw InferError(.invalidArgument, "model '\(source.model)': bad file")
        }
        return .adding(number)
    }

    private func load(
        _ fixture: RegistryFixture, _ model: String, _ files: [String: String], config: String? = "{}"
    ) throws {
        let outcome = Outcome<Result<Void, InferError>>()
        let parameters: Parameters = config.map { ["config": .string($0)] } ?? [:]
        fixture.registry.load(
            model, parameters: parameters, brought: try BroughtFiles(files.mapValues { Bytes($0) })
        ) { outcome.receive($0) }
        try #require(outcome.wait()).get()
    }

    @Test func aModelThatIsNotInTheRepositoryIsServedFromMemory() throws {
        let fixture = RegistryFixture(script: Self.number)
        try load(fixture, "m", ["1/model.onnx": "5", "2/model.onnx": "6"])
        #expect(try fixture.answer("m") == 6)
        #expect(fixture.index() == ["m|2|READY|"])
        #expect(fixture.message { try fixture.load("m") } == "model 'm' is not in the model repository")
        #expect(try fixture.answer("m") == 6)
        fixture.settle()
        try fixture.unload("m")
        #expect(fixture.index() == ["m|2|UNAVAILABLE|unloaded"])
    }

    @Test func filesStandForTheWholeDirectoryUntilTheNextLoad() throws {
        let fixture = RegistryFixture(script: Self.number)
        fixture.directory.write("m/7/model.onnx", "7")
        try load(fixture, "m", ["1/model.onnx": "1"])
        #expect(try fixture.answer("m") == 1)
        #expect(fixture.index() == ["m|1|READY|"])
        try fixture.load("m")
        #expect(try fixture.answer("m") == 7)
    }

    @Test func aFailedLoadKeepsWhatServes() throws {
        let fixture = RegistryFixture(script: Self.number)
        try load(fixture, "m", ["1/model.onnx": "1"])
        #expect(fixture.message { try load(fixture, "m", ["1/model.onnx": "x"]) } == "model 'm': bad file")
        #expect(try fixture.answer("m") == 1)
        #expect(fixture.index() == ["m|1|READY|the last reload failed: model 'm': bad file"])
        try load(fixture, "m", ["1/model.onnx": "2"])
        #expect(try fixture.answer("m") == 2)
    }

    @Test func equalFilesAreNotLoadedAgain() throws {
        let backend = FakeBackend(script: Self.number)
        let fixture = RegistryFixture([backend])
        try load(fixture, "m", ["1/model.onnx": "1"])
        try load(fixture, "m", ["1/model.onnx": "1"])
        #expect(backend.sources.count == 1)
        try load(fixture, "m", ["1/model.onnx": "3"])
        #expect(backend.sources.count == 2)
        #expect(
            backend.sources[1].files?.keys.sorted() == ["model.onnx"]
                && backend.sources[1].directory == BroughtFiles.directory)
    }

    @Test func filesNeedAConfigurationAndAVersion() throws {
        let fixture = RegistryFixture(script: Self.number)
        #expect(
            fixture.message { try load(fixture, "m", ["1/model.onnx": "1"], config: nil) }
                == "model 'm': load parameters 'file:…' stand for the whole model and need the parameter 'config'")
        #expect(
            fixture.message { try load(fixture, "m", ["model.onnx": "1"]) }
                == "model 'm' has no version directory with a number for a name")
        #expect(fixture.index() == [])
        #expect(
            fixture.message { try load(fixture, "m", ["1/other.bin": "1"]) }
                == "model 'm': there is no file 'model.onnx' in its version directory")
        #expect(
            fixture.index() == ["m|1|UNAVAILABLE|model 'm': there is no file 'model.onnx' in its version directory"])
        #expect(fixture.message { try load(fixture, "../m", ["1/model.onnx": "1"]) }.contains("path traversal"))
    }

    @Test func labelsComeWithTheFiles() throws {
        let fixture = RegistryFixture(script: Self.number)
        let config =
            #"{"maxBatchSize":4,"output":[{"name":"y","data_type":"type_fp32","dims":["2"],"label_filename":"l.txt"}]}"#
        try load(fixture, "m", ["1/model.onnx": "1", "l.txt": "cat\ndog\n"], config: config)
        #expect(try fixture.registry.metadata(model: "m").outputs[0].labels == ["cat", "dog"])
        #expect(
            fixture.message { try load(fixture, "n", ["1/model.onnx": "1"], config: config) }
                == "model 'n': label_filename of output 'y': there is no file 'l.txt' in the load request")
    }

    @Test func theConfigurationsSizeIsLimited() throws {
        let fixture = RegistryFixture(change: { $0.maxConfigurationByteCount = 4 }, script: Self.number)
        try load(fixture, "m", ["1/model.onnx": "1"], config: "{  }")
        #expect(
            fixture.message { try load(fixture, "m", ["1/model.onnx": "1"], config: "{   }") }
                == "model 'm': parameter 'config' has 5 bytes; the limit is 4")
    }
}
