import DunlinBytes
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Synchronization
import Testing

@testable import DunlinServing

/// Ensembles through the registry: FP32 `x` `[-1, 2]` to `y` of the same shape, models that do arithmetic.
@Suite struct EnsembleSchedulerTests {
    /// `add1`, `add10`: add that number; `sum`: `a` + `b`; `fail`: fails; `held`: waits at the gate.
    private func fixture(_ gate: Gate = Gate(), change: (inout ServingConfiguration) -> Void = { _ in })
        -> RegistryFixture
    {
        let fixture = RegistryFixture(change: change) { source throws(InferError) in
            switch source.model {
            case "sum":
                let pair = ModelSignature(
                    inputs: ["a", "b"].map { TensorMetadata(name: $0, dataType: .fp32, shape: [-1, 2]) },
                    outputs: FakeModel.signature.outputs)
                return FakeModel(pair) { inputs throws(InferError) in
                    let (a, b) = (inputs[0].tensor, inputs[1].tensor)
                    let sums = zip(a.elements(as: Float.self), b.elements(as: Float.self)).map { $0 + $1 }
                    return [NamedTensor("y", Tensor(sums, shape: a.shape))]
                }
            case "same": return FakeModel { inputs throws(InferError) in [NamedTensor("y", inputs[0].tensor)] }
            case "fail":
                return FakeModel { _ throws(InferError) in throw InferError(.unsupported, "no such luck") }
            case "held", "held2":
                return FakeModel { inputs throws(InferError) in
                    gate.pass()
                    return [NamedTensor("y", inputs[0].tensor)]
                }
            case "wide":
                var wide = FakeModel.signature
                wide.inputs[0].shape = [-1, source.configuration.parameters["width"] == "3" ? 3 : 2]
                return FakeModel(wide) { inputs throws(InferError) in [NamedTensor("y", inputs[0].tensor)] }
            default: return FakeModel.adding(Float(source.model.drop { !$0.isNumber }) ?? 0)
            }
        }
        for name in ["add1", "add10", "sum", "same", "fail", "held", "held2", "wide"] {
            fixture.directory.write("\(name)/1/model.onnx")
        }
        return fixture
    }

    /// A configuration whose steps are written `model x=in y=out`, of one input `x` or several `a`, `b`.
    private func configuration(_ steps: [String], outputs: [String] = ["y"]) -> String {
        let text = steps.map { line -> String in
            let words = line.split(separator: " ")
            let maps = words.dropFirst().map { word -> String in
                let sides = word.split(separator: "=")
                let map = sides[0].hasPrefix("y") ? "output_map" : "input_map"
                return "\(map) { key: \"\(sides[0])\" value: \"\(sides[1])\" }"
            }
            return "step { model_name: \"\(words[0])\" model_version: -1 \(maps.joined(separator: " ")) }"
        }
        let tensors = outputs.map { "output { name: \"\($0)\" data_type: TYPE_FP32 dims: [ 2 ] }" }
        return """
            platform: "ensemble"
            max_batch_size: 4
            input { name: "x" data_type: TYPE_FP32 dims: [ 2 ] }
            \(tensors.joined(separator: "\n"))
            ensemble_scheduling { \(text.joined(separator: "\n")) }
            """
    }

    private func write(_ fixture: RegistryFixture, _ name: String = "e", _ steps: String..., outputs: [String] = ["y"])
    {
        fixture.directory.write("\(name)/config.pbtxt", configuration(steps, outputs: outputs))
        fixture.directory.write("\(name)/1/.keep")
    }

    @Test func runsBranchesAndJoins() throws {
        let fixture = fixture()
        write(fixture, "e", "sum a=left b=right y=y", "add1 x=x y=left", "add10 x=left y=right")
        try fixture.load("e")
        #expect(try fixture.answer("e") == 12)
        // Its members were loaded with it.
        #expect(try fixture.registry.isReady(model: "add10"))
        let metadata = try fixture.registry.metadata(model: "e")
        #expect(metadata.platform == "ensemble")
        #expect(metadata.inputs == FakeModel.signature.inputs)
        #expect(metadata.properties["steps"] == "sum, add1, add10")
    }

    @Test func countsForTheEnsembleAndForItsMembers() throws {
        let fixture = fixture()
        write(fixture, "e", "add1 x=x y=m", "add1 x=m y=y")
        try fixture.load("e")
        #expect(
            try fixture.infer(RegistryFixture.request("e", rows: 3)).outputs[0].tensor.elements(as: Float.self)[0] == 2)
        fixture.settle()
        let own = try #require(try fixture.registry.statistics(model: "e").first)
        #expect([own.inferenceCount, own.executionCount, own.success.count] == [3, 1, 1])
        #expect(own.runningCount == 0)
        let member = try #require(try fixture.registry.statistics(model: "add1").first)
        #expect([member.inferenceCount, member.success.count] == [6, 2])
    }

    @Test func tensorsAreHandedOnWithoutCopying() throws {
        let fixture = fixture()
        write(fixture, "e", "same x=x y=m", "same x=m y=y")
        try fixture.load("e")
        let request = RegistryFixture.request("e")
        let given = try #require(request.inputs[0].tensor.bytes.base)
        #expect(try fixture.infer(request).outputs[0].tensor.bytes.base == given)
    }

    @Test func branchesRunAtTheSameTime() throws {
        let gate = Gate()
        let fixture = fixture(gate)
        write(fixture, "e", "held x=x y=l", "held2 x=x y=r", "sum a=l b=r y=y")
        try fixture.load("e")
        let outcome = Outcome<Result<InferResponse, InferError>>()
        fixture.registry.infer(RegistryFixture.request("e")) { outcome.receive($0) }
        // Neither is let go before both have come.
        #expect(gate.awaitArrivals(2))
        gate.open(2)
        #expect(try #require(outcome.wait()).get().outputs.count == 1)
    }

    @Test func onlyWhatIsAskedForRuns() throws {
        let fixture = fixture()
        write(fixture, "e", "add1 x=x y=y", "fail x=x y=y2", outputs: ["y", "y2"])
        try fixture.load("e")
        var request = RegistryFixture.request("e")
        request.outputs = [RequestedOutput("y")]
        #expect(try fixture.infer(request).outputs.map(\.name) == ["y"])
        request.outputs = []
        #expect(
            fixture.message { _ = try fixture.infer(request) } == "ensemble 'e', step 2 ('fail'): no such luck")
    }

    @Test func anErrorKeepsItsCodeAndSkipsWhatWaits() throws {
        let fixture = fixture()
        write(fixture, "e", "fail x=x y=m", "add1 x=m y=y")
        try fixture.load("e")
        let error = #expect(throws: InferError.self) { try fixture.infer(RegistryFixture.request("e")) }
        #expect(error?.code == .unsupported)
        fixture.settle()
        #expect(try fixture.registry.statistics(model: "add1")[0].success.count == 0)
        #expect(try fixture.registry.statistics(model: "e")[0].rejectionCount(.failed) == 1)
    }

    private func unloadWithMembers(_ fixture: RegistryFixture, _ model: String) throws {
        let outcome = Outcome<Result<Void, InferError>>()
        fixture.registry.unload(model, dependents: true) { outcome.receive($0) }
        try #require(outcome.wait()).get()
    }

    @Test func anUnloadTakesTheMembersWithItWhereAskedTo() throws {
        let fixture = fixture()
        write(fixture, "e", "add1 x=x y=m", "add10 x=m y=y")
        try fixture.load("e")
        try fixture.unload("e")
        #expect(fixture.registry.modelNames() == ["add1", "add10"])
        try fixture.load("e")
        try unloadWithMembers(fixture, "e")
        #expect(fixture.registry.modelNames() == [])
    }

    @Test func membersThatWereLoadedByTheirOwnNamesStay() throws {
        let fixture = fixture { $0.loadAtStart = ["same"] }
        write(fixture, "e", "add1 x=x y=m", "add10 x=m y=n", "same x=n y=y")
        try fixture.start()
        try fixture.load("add1")
        try fixture.load("e")
        try unloadWithMembers(fixture, "e")
        #expect(fixture.registry.modelNames() == ["add1", "same"])
        try fixture.load("e")
        try fixture.load("add10")
        try fixture.unload("add1")
        try fixture.load("add1", version: "1")
        try unloadWithMembers(fixture, "e")
        #expect(fixture.registry.modelNames() == ["add1", "add10", "same"])
        for name in ["add1", "add10", "same"] { try fixture.unload(name) }
        try fixture.load("e")
        try unloadWithMembers(fixture, "e")
        #expect(fixture.registry.modelNames() == [])
    }

    @Test func membersThatAnotherEnsembleNeedsStay() throws {
        let fixture = fixture()
        write(fixture, "e", "add1 x=x y=m", "add10 x=m y=y")
        write(fixture, "f", "add1 x=x y=y")
        write(fixture, "outer", "e x=x y=y")
        for name in ["outer", "f"] { try fixture.load(name) }
        try unloadWithMembers(fixture, "outer")
        #expect(fixture.registry.modelNames() == ["add1", "f"])
        try unloadWithMembers(fixture, "f")
        #expect(fixture.registry.modelNames() == [])
        try fixture.load("add1")
        try unloadWithMembers(fixture, "add1")
        #expect(fixture.registry.modelNames() == [])
    }

    @Test func anEnsembleMayBePartOfAnother() throws {
        let fixture = fixture()
        write(fixture, "inner", "add1 x=x y=m", "add1 x=m y=y")
        write(fixture, "e", "inner x=x y=m", "inner x=m y=y")
        try fixture.load("e")
        #expect(try fixture.answer("e") == 4)
        #expect(
            fixture.message {
                fixture.directory.write("inner/config.pbtxt", configuration(["e x=x y=y"]))
                try fixture.load("inner")
            } == "ensemble 'inner' needs itself: 'inner' needs 'e' needs 'inner'")
        #expect(try fixture.answer("e") == 4)
    }

    @Test func ensemblesThatNeedEachOtherDoNotLoad() throws {
        let fixture = fixture()
        write(fixture, "a", "b x=x y=y")
        write(fixture, "b", "a x=x y=y")
        #expect(
            fixture.message { try fixture.load("a") }.hasSuffix("ensemble 'a' needs itself: 'a' needs 'b' needs 'a'"))
    }

    @Test func aMemberThatIsUnloadedIsNamedUntilItComesBack() throws {
        let fixture = fixture()
        write(fixture, "e", "add1 x=x y=m", "add10 x=m y=y")
        try fixture.start()
        try fixture.load("e")
        try fixture.unload("add10")
        let message =
            "ensemble 'e' depends on 'add10' which has no loaded version (step 2 ('add10')): model 'add10' is not ready "
            + "(state: UNAVAILABLE)"
        let error = #expect(throws: InferError.self) { try fixture.infer(RegistryFixture.request("e")) }
        #expect(error == InferError(.unavailable, message))
        #expect(try fixture.registry.isReady(model: "e") == false)
        #expect(!fixture.registry.isReady)
        #expect(fixture.index().contains("e|1|UNAVAILABLE|\(message)"))
        try fixture.load("add10")
        #expect(try fixture.answer("e") == 11)
        #expect(fixture.registry.isReady)
        #expect(fixture.index(true).contains("e|1|READY|"))
    }

    @Test func aMemberThatHasChangedMustStillFit() throws {
        let fixture = fixture()
        write(fixture, "e", "wide x=x y=y")
        try fixture.load("e")
        #expect(try fixture.answer("e") == 0)
        fixture.directory.write("wide/config.pbtxt", "parameters { key: \"width\" value { string_value: \"3\" } }")
        try fixture.load("wide")
        let message = "ensemble 'e': tensor 'x': the ensemble's input is [-1,2], step 1 ('wide') takes it [-1,3]"
        // The request is as good as before.
        #expect(throws: InferError(.unavailable, message)) { try fixture.infer(RegistryFixture.request("e")) }
        #expect(try fixture.registry.isReady(model: "e") == false)
        fixture.directory.write("e/1/changed")
        #expect(throws: InferError(.invalidArgument, message)) { try fixture.load("e") }
    }

    @Test func whatItNeedsIsSaidWhenItDoesNotLoad() throws {
        let fixture = fixture()
        write(fixture, "e", "nobody x=x y=y")
        #expect(
            fixture.message { try fixture.load("e") }
                == "ensemble 'e' depends on 'nobody', which failed to load: model 'nobody' is not in the model repository"
        )
        write(fixture, "f", "add1 x=x y=m", "add1 x=x y=y")
        #expect(
            fixture.message { try fixture.load("f") }
                == "ensemble 'f': step 1 ('add1'): tensor 'm' is unused: no step takes it and it is no output of the "
                + "ensemble")
        fixture.directory.write(
            "g/config.pbtxt",
            configuration(["add1 x=x y=y"]).replacing("model_version: -1", with: "model_version: 7"))
        fixture.directory.write("g/1/.keep")
        #expect(
            fixture.message { try fixture.load("g") }
                == "ensemble 'g' depends on 'add1' whose required version 7 is not loaded (step 1 ('add1')): model 'add1' "
                + "has no version '7'")
    }

    @Test func aRequestKeepsItsMembersUntilItIsAnswered() throws {
        let gate = Gate()
        let fixture = fixture(gate)
        write(fixture, "inner", "add1 x=x y=y")
        write(fixture, "e", "held x=x y=m", "inner x=m y=y")
        try fixture.load("e")
        let outcome = Outcome<Result<InferResponse, InferError>>()
        fixture.registry.infer(RegistryFixture.request("e")) { outcome.receive($0) }
        #expect(gate.awaitArrivals())
        // All that its second step needs is withdrawn while the first one runs.
        for model in ["add1", "inner", "e"] { try fixture.unload(model) }
        #expect(throws: InferError.self) { try fixture.infer(RegistryFixture.request("add1")) }
        gate.open()
        #expect(try #require(outcome.wait()).get().outputs[0].tensor.elements(as: Float.self) == [1, 1])
        fixture.settle()
    }

    @Test func stoppingWaitsForWhatIsUnderWay() throws {
        let gate = Gate()
        let fixture = fixture(gate)
        write(fixture, "e", "held x=x y=m", "add1 x=m y=y")
        try fixture.load("e")
        let outcome = Outcome<Result<InferResponse, InferError>>()
        fixture.registry.infer(RegistryFixture.request("e")) { outcome.receive($0) }
        #expect(gate.awaitArrivals())
        #expect(!fixture.registry.stop(grace: .zero))
        gate.open()
        // The grace is over: the second step does not begin.
        #expect(throws: ModelRegistry.stopping) { try #require(outcome.wait()).get() }
    }

    @Test func cancellationAndDeadlineReachTheSteps() throws {
        let gate = Gate()
        let fixture = fixture(gate)
        write(fixture, "e", "held x=x y=y")
        try fixture.load("e")
        let first = Outcome<Result<InferResponse, InferError>>()
        fixture.registry.infer(RegistryFixture.request("held")) { first.receive($0) }
        #expect(gate.awaitArrivals())
        // The only instance is taken: these wait in the member's queue.
        var request = RegistryFixture.request("e")
        let cancellation = Cancellation()
        request.cancellation = cancellation
        let second = Outcome<Result<InferResponse, InferError>>()
        fixture.registry.infer(request) { second.receive($0) }
        #expect(second.count == 0)
        cancellation.cancel()
        #expect(throws: ModelScheduler.cancelled) { try #require(second.wait()).get() }
        var late = RegistryFixture.request("e")
        late.deadline = 1
        let third = Outcome<Result<InferResponse, InferError>>()
        fixture.registry.infer(late) { third.receive($0) }
        var waiting = RegistryFixture.request("e")
        waiting.latestStart = 1
        let fourth = Outcome<Result<InferResponse, InferError>>()
        fixture.registry.infer(waiting) { fourth.receive($0) }
        for ended in [third, fourth] {
            let error = #expect(throws: InferError.self) { try #require(ended.wait()).get() }
            #expect(error?.code == .deadlineExceeded)
            #expect(error?.message.hasPrefix("ensemble 'e', step 1 ('held'): ") == true)
        }
        gate.open()
        _ = first.wait()
        fixture.settle()
        let held = try fixture.registry.statistics(model: "held")[0]
        #expect(held.success.count == 1)
        #expect([held.rejectionCount(.cancelled), held.rejectionCount(.expired)] == [1, 2])
        let own = try fixture.registry.statistics(model: "e")[0]
        #expect([own.rejectionCount(.cancelled), own.rejectionCount(.expired)] == [1, 2])
    }

    @Test func alongChainNeedsNoDeepStack() throws {
        let fixture = fixture { $0.inlineThreshold = .milliseconds(1) }
        let count = EnsemblePlan.maxStepCount
        let steps = (0..<count).map { "same x=\($0 == 0 ? "x" : "t\($0)") y=\($0 == count - 1 ? "y" : "t\($0 + 1)")" }
        fixture.directory.write("e/config.pbtxt", configuration(steps))
        fixture.directory.write("e/1/.keep")
        try fixture.load("e")
        for _ in 0..<3 { #expect(try fixture.answer("e") == 0) }
    }
}
