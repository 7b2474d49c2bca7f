import Dispatch
import DunlinBytes
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import DunlinServing

@Suite struct ModelRegistryTests {
    /// Answers with the number in the model file.
    @Sendable private static func number(_ source: ModelSource) throws(InferError) -> FakeModel {
        guard let text = contents(source.path), let number = Float(text) else {
            throw InferError(.invalidArgument, "model '\(source.model)': bad file")
        }
        return .adding(number)
    }

    @Test func controlModeNoneLoadsEverything() throws {
        let fixture = RegistryFixture(mode: .none, script: Self.number)
        fixture.directory.write("a/1/model.onnx", "1")
        fixture.directory.write("b/2/model.onnx", "2")
        #expect(!fixture.registry.isReady)
        try fixture.start()
        #expect(fixture.registry.isReady)
        #expect(fixture.registry.modelNames() == ["a", "b"])
        #expect(try fixture.answer("b") == 2)
        #expect(fixture.index() == ["a|1|READY|", "b|2|READY|"])
        let refusal = "explicit model load / unload is not allowed: model_control_mode is 'none'"
        #expect(fixture.message { try fixture.load("a") } == refusal)
        #expect(fixture.message { try fixture.unload("a") } == refusal)
    }

    /// Whoever asks too early is to come again, and not to believe that there is no such model.
    @Test func aModelIsNotMissingBeforeTheRepositoryWasRead() throws {
        let fixture = RegistryFixture(mode: .none, script: Self.number)
        fixture.directory.write("a/1/model.onnx", "1")
        let gate = DispatchSemaphore(value: 0)
        fixture.registry.queue.async { gate.wait() }
        let outcome = Outcome<Result<Void, InferError>>()
        fixture.registry.start { outcome.receive($0) }
        for name in ["a", "none"] {
            let error = #expect(throws: InferError.self) { _ = try fixture.answer(name) }
            #expect(error?.code == .unavailable)
            #expect(try !fixture.registry.isReady(model: name))
        }
        gate.signal()
        try #require(outcome.wait()).get()
        #expect(try fixture.answer("a") == 1)
        #expect(throws: InferError.modelNotFound("none")) { _ = try fixture.answer("none") }
    }

    @Test func controlModeExplicitLoadsWhatIsAskedFor() throws {
        let fixture = RegistryFixture(change: { $0.loadAtStart = ["b"] }, script: Self.number)
        for name in ["a", "b", "c"] { fixture.directory.write("\(name)/1/model.onnx", "1") }
        try fixture.start()
        #expect(fixture.registry.isReady)
        #expect(fixture.index() == ["a|||", "b|1|READY|", "c|||"])
        #expect(fixture.index(true) == ["b|1|READY|"])
        try fixture.load("a")
        #expect(fixture.registry.modelNames() == ["a", "b"])
        #expect(try fixture.registry.isReady(model: "a"))
        #expect(try !fixture.registry.isReady(model: "c"))
        #expect(fixture.message { _ = try fixture.answer("c") } == "model 'c' is not ready (state: UNAVAILABLE)")
        try fixture.unload("a")
        #expect(try !fixture.registry.isReady(model: "a"))
        #expect(fixture.index() == ["a|1|UNAVAILABLE|unloaded", "b|1|READY|", "c|||"])
        #expect(fixture.registry.isReady)
    }

    @Test func aStarLoadsAllAtStart() throws {
        let fixture = RegistryFixture(change: { $0.loadAtStart = ["*"] }, script: Self.number)
        fixture.directory.write("a/1/model.onnx", "1")
        try fixture.start()
        #expect(fixture.registry.modelNames() == ["a"])
    }

    @Test func aFailingModelKeepsItsReasonAndDisturbsNoOther() throws {
        let fixture = RegistryFixture(mode: .none, script: Self.number)
        fixture.directory.write("bad/1/model.onnx", "x")
        fixture.directory.write("good/1/model.onnx", "3")
        fixture.directory.write("typo/config.pbtxt", "nmae: 1")
        try fixture.start()
        #expect(!fixture.registry.isReady)
        #expect(try fixture.answer("good") == 3)
        #expect(
            fixture.index() == [
                "bad|1|UNAVAILABLE|model 'bad': bad file", "good|1|READY|",
                "typo||UNAVAILABLE|model 'typo': config.pbtxt: line 1: unknown field 'nmae'",
            ])
        #expect(fixture.message { _ = try fixture.answer("bad") } == "model 'bad' is not ready (state: UNAVAILABLE)")
    }

    @Test func withoutStrictReadinessAFailureDoesNotMatter() throws {
        let fixture = RegistryFixture(mode: .none, change: { $0.strictReadiness = false }, script: Self.number)
        fixture.directory.write("bad/1/model.onnx", "x")
        #expect(!fixture.registry.isReady)
        try fixture.start()
        #expect(fixture.registry.isReady)
        fixture.registry.stop(grace: .zero)
        #expect(!fixture.registry.isReady)
    }

    @Test func anUnknownNameLeavesNoTrace() throws {
        let fixture = RegistryFixture(script: Self.number)
        try fixture.start()
        #expect(fixture.message { try fixture.load("none") } == "model 'none' is not in the model repository")
        #expect(fixture.message { try fixture.load("../x") }.contains("path traversal"))
        #expect(fixture.message { try fixture.unload("none") } == "model 'none' is not in the model repository")
        #expect(fixture.index() == [])
        #expect(fixture.registry.isReady)
        #expect(throws: InferError.modelNotFound("none")) { try fixture.registry.isReady(model: "none") }
        #expect(throws: InferError.modelNotFound("none")) { try fixture.registry.metadata(model: "none") }
    }

    @Test func aNameGivenAtStartIsMissed() throws {
        let fixture = RegistryFixture(change: { $0.loadAtStart = ["none"] }, script: Self.number)
        try fixture.start()
        #expect(!fixture.registry.isReady)
        #expect(fixture.index() == ["none||UNAVAILABLE|model 'none' is not in the model repository"])
    }

    @Test func aFailedModelIsNoLongerMissedOnceItIsUnloaded() throws {
        let fixture = RegistryFixture(script: Self.number)
        fixture.directory.write("bad/1/model.onnx", "x")
        try fixture.start()
        #expect(fixture.message { try fixture.load("bad") } == "model 'bad': bad file")
        #expect(!fixture.registry.isReady)
        try fixture.unload("bad")
        #expect(fixture.registry.isReady)
    }

    @Test("a request that asks for what cannot be leaves no trace", arguments: [false, true])
    func aRequestThatIsAtFaultLeavesNoTrace(wasLoaded: Bool) throws {
        let fixture = RegistryFixture(script: Self.number)
        fixture.directory.write("a/1/model.onnx", "1")
        try fixture.start()
        if wasLoaded {
            try fixture.load("a")
            try fixture.unload("a")
            fixture.settle()
        }
        func askForWhatCannotBe() {
            #expect(fixture.message { try fixture.load("a", version: "99") } == "model 'a' has no version '99'")
            for (config, message) in [
                (Parameter.string("{"), "model 'a': parameter 'config': "),
                (.int(1), "load parameter 'config' must be "),
                (.string(#"{"version_policy": {"specific": {"versions": [7]}}}"#), "model 'a'"),
            ] {
                #expect(fixture.message { try fixture.load("a", ["config": config]) }.hasPrefix(message))
            }
            let outcome = Outcome<Result<Void, InferError>>()
            fixture.registry.load("a", brought: try? BroughtFiles(["1/model.onnx": Bytes("1")])) { outcome.receive($0) }
            #expect(outcome.wait()?.failure?.message.contains("need the parameter 'config'") == true)
        }
        let before = fixture.index()
        askForWhatCannotBe()
        #expect(fixture.registry.isReady)
        #expect(fixture.index() == before)
        try fixture.load("a")
        askForWhatCannotBe()
        #expect(fixture.index() == ["a|1|READY|"])
        #expect(fixture.registry.isReady)
    }

    @Test func anUnloadOfWhatIsNotLoadedIsTold() throws {
        let fixture = RegistryFixture(script: Self.number)
        for version in ["1", "2"] { fixture.directory.write("a/\(version)/model.onnx", version) }
        fixture.directory.write("bad/1/model.onnx", "x")
        try fixture.start()
        func refuses(_ model: String, _ version: String?, _ message: String) {
            let error = #expect(throws: InferError.self) { try fixture.unload(model, version: version) }
            #expect(error == InferError(.notFound, message))
        }
        refuses("a", nil, "model 'a' is not loaded")
        refuses("a", "1", "version '1' of model 'a' is not loaded")
        try fixture.load("a")
        try fixture.load("a", version: "1")
        try fixture.unload("a", version: "1")
        refuses("a", "1", "version '1' of model 'a' is not loaded")
        #expect(try fixture.answer("a") == 2)
        try fixture.unload("a")
        refuses("a", "", "model 'a' is not loaded")
        // A model that failed is missed until it is unloaded.
        #expect(throws: InferError.self) { try fixture.load("bad") }
        try fixture.unload("bad")
        refuses("bad", nil, "model 'bad' is not loaded")
        #expect(fixture.registry.isReady)
    }

    @Test func theHighestReadyVersionAnswers() throws {
        let fixture = RegistryFixture(script: Self.number)
        fixture.directory.write("m/config.pbtxt", "version_policy { all {} }")
        for version in ["2", "10", "1"] { fixture.directory.write("m/\(version)/model.onnx", version) }
        fixture.directory.write("m/11/model.onnx", "x")
        #expect(fixture.message { try fixture.load("m") } == "model 'm': bad file")
        #expect(try fixture.answer("m") == 10)
        #expect(try fixture.answer("m", version: "") == 10)
        #expect(try fixture.answer("m", version: "2") == 2)
        #expect(try fixture.registry.metadata(model: "m", version: "1").versions == ["1", "2", "10"])
        #expect(throws: InferError.modelNotReady("m", state: "UNAVAILABLE")) { try fixture.answer("m", version: "11") }
        #expect(throws: InferError.versionNotFound("m", version: "3")) { try fixture.answer("m", version: "3") }
        #expect(throws: InferError.versionNotFound("m", version: "x")) { try fixture.answer("m", version: "x") }
        try fixture.unload("m", version: "10")
        #expect(try fixture.answer("m") == 2)
        #expect(fixture.message { try fixture.unload("m", version: "3") } == "model 'm' has no version '3'")
    }

    @Test func oneVersionCanBeLoadedWhateverThePolicySays() throws {
        let fixture = RegistryFixture(script: Self.number)
        for version in ["1", "2"] { fixture.directory.write("m/\(version)/model.onnx", version) }
        try fixture.load("m")
        #expect(try fixture.registry.metadata(model: "m").versions == ["2"])
        try fixture.load("m", version: "1")
        #expect(try fixture.registry.metadata(model: "m").versions == ["1", "2"])
        #expect(fixture.message { try fixture.load("m", version: "3") } == "model 'm' has no version '3'")
        #expect(try fixture.answer("m") == 2)
        try fixture.load("m")
        #expect(try fixture.registry.metadata(model: "m").versions == ["2"])
    }

    @Test func theServersPrecisionReachesTheBackend() throws {
        for precision in [nil, Precision.bf16] {
            let backend = FakeBackend(script: Self.number)
            let fixture = RegistryFixture([backend]) { $0.defaultPrecision = precision }
            fixture.directory.write("m/1/model.onnx", "1")
            try fixture.load("m")
            _ = try fixture.loadWorker("onnx", ["model": .string("m/1/model.onnx")])
            #expect(backend.sources.map(\.defaultPrecision) == [precision, precision])
        }
    }

    @Test func aReloadOfUnchangedFilesDoesNothing() throws {
        let backend = FakeBackend(script: Self.number)
        let fixture = RegistryFixture([backend])
        fixture.directory.write("m/1/model.onnx", "1")
        try fixture.load("m")
        try fixture.load("m")
        #expect(backend.sources.count == 1)
        try fixture.load("m", ["threads": .int(2)])
        #expect(backend.sources.count == 2)
        #expect(backend.sources[1].parameters == ["threads": .int(2)])
        try fixture.load("m", ["threads": .int(2)])
        #expect(backend.sources.count == 2)
        fixture.directory.write("m/config.pbtxt", "instance_group { count: 3 }")
        try fixture.load("m", ["threads": .int(2)])
        #expect(backend.sources.count == 3)
        fixture.directory.write("m/1/weights.bin", "")
        try fixture.load("m", ["threads": .int(2)])
        #expect(backend.sources.count == 4)
    }

    @Test func aFailedReloadLeavesTheOldVersionServing() throws {
        let fixture = RegistryFixture(script: Self.number)
        try fixture.start()
        fixture.directory.write("m/1/model.onnx", "1")
        try fixture.load("m")
        fixture.directory.write("m/1/model.onnx", "broken")
        #expect(fixture.message { try fixture.load("m") } == "model 'm': bad file")
        #expect(try fixture.answer("m") == 1)
        #expect(fixture.registry.isReady)
        #expect(fixture.index() == ["m|1|READY|the last reload failed: model 'm': bad file"])
        fixture.directory.write("m/config.pbtxt", "x: 1")
        #expect(fixture.message { try fixture.load("m") }.contains("unknown field 'x'"))
        #expect(try fixture.answer("m") == 1)
        fixture.directory.remove("m/config.pbtxt")
        fixture.directory.write("m/1/model.onnx", "5")
        try fixture.load("m")
        #expect(try fixture.answer("m") == 5)
        #expect(fixture.index() == ["m|1|READY|"])
    }

    @Test func aNewVersionReplacesTheOldOnlyWhenItIsReady() throws {
        let fixture = RegistryFixture(script: Self.number)
        fixture.directory.write("m/1/model.onnx", "1")
        try fixture.load("m")
        fixture.directory.write("m/2/model.onnx", "broken")
        #expect(fixture.message { try fixture.load("m") } == "model 'm': bad file")
        #expect(try fixture.answer("m") == 1)
        fixture.directory.write("m/2/model.onnx", "2")
        try fixture.load("m")
        #expect(try fixture.answer("m") == 2)
        fixture.settle()
        #expect(fixture.index() == ["m|1|UNAVAILABLE|unloaded", "m|2|READY|"])
        fixture.directory.remove("m/1")
        try fixture.load("m")
        #expect(fixture.index() == ["m|2|READY|"])
    }

    @Test func backendsAreTriedInOrderAndRefusalsKept() throws {
        let native = FakeBackend("native") { source throws(InferError) in
            if source.model == "broken" { throw InferError(.invalidArgument, "not ONNX") }
            throw InferError(.unsupported, "operator Foo is lacking")
        }
        let other = FakeBackend("onnxruntime") { source throws(InferError) in
            if source.model == "nobody" { throw InferError(.unsupported, "the library is not installed") }
            return .adding(1)
        }
        let fixture = RegistryFixture([native, other])
        for name in ["m", "nobody", "broken", "pinned", "triton", "torch"] {
            fixture.directory.write("\(name)/1/model.onnx", "")
        }
        try fixture.load("m")
        let metadata = try fixture.registry.metadata(model: "m")
        #expect(metadata.properties["backend"] == "onnxruntime")
        #expect(metadata.properties["backend_reason"] == "native: operator Foo is lacking")
        #expect(metadata.platform == "onnx_fake")
        #expect(
            fixture.message { try fixture.load("nobody") }
                == "no backend runs model 'nobody': native: operator Foo is lacking; onnxruntime: the library is not installed"
        )
        #expect(fixture.message { try fixture.load("broken") } == "not ONNX")
        fixture.directory.write(
            "pinned/config.pbtxt", "parameters { key: \"backend\" value { string_value: \"onnxruntime\" } }")
        try fixture.load("pinned")
        #expect(try fixture.registry.metadata(model: "pinned").properties["backend_reason"] == nil)
        fixture.directory.write("triton/config.pbtxt", "backend: \"onnxruntime\" platform: \"onnxruntime_onnx\"")
        try fixture.load("triton")
        #expect(try fixture.registry.metadata(model: "triton").properties["backend_reason"] != nil)
        #expect(try fixture.registry.metadata(model: "triton").platform == "onnxruntime_onnx")
        fixture.directory.write("torch/config.pbtxt", "platform: \"pytorch_libtorch\"")
        #expect(
            fixture.message { try fixture.load("torch") }
                == "platform 'pytorch_libtorch' is not served here; there is native, onnxruntime")
        for word in ["native", "dunlin"] {
            fixture.directory.write("m/config.pbtxt", "backend: \"\(word)\"")
            #expect(fixture.message { try fixture.load("m") }.contains("operator Foo is lacking"))
        }
    }

    @Test func instanceGroupsDecideHowManyRunAtOnce() throws {
        let model = Outcome<FakeModel>()
        let fixture = RegistryFixture(change: { $0.maxInstanceCount = 5 }) { _ throws(InferError) in
            let loaded = FakeModel.adding(1)
            model.receive(loaded)
            return loaded
        }
        fixture.directory.write("m/1/model.onnx", "")
        fixture.directory.write("m/config.pbtxt", "instance_group [ { count: 2 }, { count: 3 } ]")
        try fixture.load("m")
        #expect(model.value?.instanceCount == 5)
        fixture.directory.write("m/config.pbtxt", "instance_group [ { count: 3 }, { count: 3 } ]")
        #expect(
            fixture.message { try fixture.load("m") }
                == "model 'm': instance_group asks for 6 instances; the limit is 5")
    }

    @Test func aLoadMayBringItsConfiguration() throws {
        let backend = FakeBackend(script: Self.number)
        let fixture = RegistryFixture([backend])
        for version in ["1", "2"] { fixture.directory.write("m/\(version)/model.onnx", version) }
        fixture.directory.write("m/config.pbtxt", "broken")
        let configuration = #"{"name": "m", "max_batch_size": 2, "version_policy": {"specific": {"versions": [1]}}}"#
        try fixture.load("m", ["config": .string(configuration), "threads": .int(1)])
        #expect(try fixture.registry.metadata(model: "m").versions == ["1"])
        #expect(backend.sources.map(\.parameters) == [["threads": .int(1)]])
        #expect(
            fixture.message { _ = try fixture.infer(RegistryFixture.request("m", rows: 3)) }
                == "model 'm': a batch of 3 is more than max_batch_size 2")
        fixture.directory.remove("m/config.pbtxt")
        try fixture.load("m")
        #expect(try fixture.registry.metadata(model: "m").versions == ["2"])
        #expect(
            fixture.message { try fixture.load("m", ["config": .string("{\"nmae\": 1}")]) }
                == "model 'm': parameter 'config': line 1: unknown field 'nmae'")
        #expect(fixture.message { try fixture.load("m", ["config": .int(1)]) }.contains("must be a string"))
        #expect(try fixture.answer("m") == 2)
    }

    @Test func withoutARepositoryThereAreOnlyWorkers() throws {
        let fixture = RegistryFixture(change: { $0.modelRepository = nil }, script: Self.number)
        try fixture.start()
        #expect(fixture.registry.isReady)
        #expect(fixture.message { try fixture.load("m") }.contains("has no model repository"))
        #expect(try fixture.loadWorker("identity") == "identity")
    }

    @Test func aMissingRepositoryFailsTheStart() {
        let fixture = RegistryFixture(change: { $0.modelRepository = "/none/such" }, script: Self.number)
        #expect(throws: InferError(.notFound, "the model repository '/none/such' is not a directory")) {
            try fixture.start()
        }
    }
}
