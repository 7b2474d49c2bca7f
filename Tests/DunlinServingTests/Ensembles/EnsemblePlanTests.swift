import DunlinInference
import Testing

@testable import DunlinServing

/// A step written `model: input=tensor output=tensor`, the inputs before the bar.
func step(_ model: String, _ inputs: [String: String], _ outputs: [String: String]) -> ModelConfiguration.EnsembleStep {
    var step = ModelConfiguration.EnsembleStep()
    step.model = model
    step.inputs = inputs.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }
    step.outputs = outputs.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }
    return step
}

@Suite struct EnsemblePlanTests {
    struct Refusal: CustomTestStringConvertible {
        var steps: [ModelConfiguration.EnsembleStep]
        var message: String
        var testDescription: String { message }

        init(_ message: String, _ steps: ModelConfiguration.EnsembleStep...) {
            self.steps = steps
            self.message = message
        }
    }

    @Test(
        "names step and tensor of what does not fit",
        arguments: [
            Refusal(
                "step 1 ('a'): input 'x' takes tensor 'lost', which no step makes and which is no input of the ensemble",
                step("a", ["x": "lost", "z": "in"], ["y": "out"])),
            Refusal(
                "tensor 'out' is made twice: by step 1 ('a') and by step 2 ('b')",
                step("a", ["x": "in"], ["y": "out"]), step("b", ["x": "in"], ["y": "out"])),
            Refusal(
                "tensor 'out' is made twice: by step 1 ('a') and by step 1 ('a')",
                step("a", ["x": "in"], ["y": "out", "z": "out"])),
            Refusal(
                "step 1 ('a') makes tensor 'in', which is an input of the ensemble", step("a", ["x": "in"], ["y": "in"])
            ),
            Refusal(
                "step 2 ('b'): tensor 'more' is unused: no step takes it and it is no output of the ensemble",
                step("a", ["x": "in"], ["y": "out"]), step("b", ["x": "in"], ["y": "more"])),
            Refusal(
                "output 'out' of the ensemble is made by no step",
                step("a", ["x": "in", "z": "loop"], ["y": "loop"])),
            Refusal("input 'in' of the ensemble is unused", step("a", ["x": "loop"], ["y": "loop", "z": "out"])),
            Refusal(
                "the steps go in a circle: step 2 ('b') waits for tensor 'two', and none of step 2 ('b'), step 3 ('c') "
                    + "can run first",
                step("a", ["x": "in"], ["y": "one"]), step("b", ["x": "one", "z": "two"], ["y": "three", "w": "out"]),
                step("c", ["x": "three"], ["y": "two"])),
        ])
    func namesStepAndTensor(row: Refusal) {
        #expect(throws: InferError(.invalidArgument, row.message)) {
            try EnsemblePlan(row.steps, inputs: ["in"], outputs: ["out"])
        }
    }

    @Test func theNumberOfStepsIsLimited() throws {
        func chain(_ count: Int) -> [ModelConfiguration.EnsembleStep] {
            (1...count).map { step("m", ["x": $0 == 1 ? "in" : "t\($0)"], ["y": $0 == count ? "out" : "t\($0 + 1)"]) }
        }
        let limit = EnsemblePlan.maxStepCount
        #expect(try EnsemblePlan(chain(limit), inputs: ["in"], outputs: ["out"]).steps.count == limit)
        #expect(throws: InferError(.invalidArgument, "the ensemble has \(limit + 1) steps; the limit is \(limit)")) {
            try EnsemblePlan(chain(limit + 1), inputs: ["in"], outputs: ["out"])
        }
    }

    /// in → a → (b, c) → d → out, and e from in to other.
    private func diamond() throws -> EnsemblePlan {
        try EnsemblePlan(
            [
                step("d", ["l": "left", "r": "right"], ["y": "out"]), step("b", ["x": "middle"], ["y": "left"]),
                step("c", ["x": "middle"], ["y": "right"]), step("a", ["x": "in", "again": "in"], ["y": "middle"]),
                step("e", ["x": "in"], ["y": "other"]),
            ], inputs: ["in"], outputs: ["out", "other"])
    }

    struct Row: CustomTestStringConvertible {
        var words: String
        var wanted: [Int]?
        var finished: [String]
        var last: String
        var ready: [String]
        var released: [String]
        var remaining: Int
        var testDescription: String { words }

        init(
            _ words: String, wanted: [Int]? = nil, after finished: [String] = [], _ last: String, ready: [String],
            released: [String], remaining: Int
        ) {
            (self.words, self.wanted, self.finished, self.last) = (words, wanted, finished, last)
            (self.ready, self.released, self.remaining) = (ready, released, remaining)
        }
    }

    @Test(
        "says what is ready and what nobody needs any more",
        arguments: [
            Row("branches are ready together", "a", ready: ["b", "c"], released: [], remaining: 4),
            Row("an input goes with its last taker", after: ["a"], "e", ready: [], released: ["in"], remaining: 3),
            Row("a join waits for both", after: ["a"], "b", ready: [], released: [], remaining: 3),
            Row(
                "the second branch starts the join", after: ["a", "c"], "b", ready: ["d"], released: ["middle"],
                remaining: 2),
            Row(
                "the end keeps the outputs", after: ["a", "b", "c", "e"], "d", ready: [], released: ["left", "right"],
                remaining: 0),
            Row(
                "steps for unwanted outputs do not run", wanted: [0], "a", ready: ["b", "c"], released: ["in"],
                remaining: 3),
            Row("a wanted branch alone", wanted: [1], "e", ready: [], released: ["in"], remaining: 0),
        ])
    func saysWhatIsReady(row: Row) throws {
        let plan = try diamond()
        func number(_ model: String) -> Int { plan.steps.firstIndex { $0.model == model } ?? -1 }
        var progress = EnsemblePlan.Progress(plan, wanted: row.wanted)
        for model in row.finished { _ = progress.finish(number(model)) }
        let (ready, released) = progress.finish(number(row.last))
        #expect(ready.map { plan.steps[$0].model } == row.ready)
        #expect(Set(released.map { plan.tensors[$0] }) == Set(row.released))
        #expect(progress.remainingCount == row.remaining)
    }

    @Test func beginsWithWhatNeedsOnlyInputs() throws {
        let plan = try diamond()
        #expect(EnsemblePlan.Progress(plan, wanted: nil).begin() == [3, 4])
        #expect(EnsemblePlan.Progress(plan, wanted: [1]).begin() == [4])
    }

    @Test func anInputMayBeAnOutput() throws {
        let plan = try EnsemblePlan([step("a", ["x": "in"], ["y": "out"])], inputs: ["in"], outputs: ["in", "out"])
        #expect(plan.outputs == [0, 1])
        var progress = EnsemblePlan.Progress(plan, wanted: nil)
        #expect(progress.finish(0).released.isEmpty)
    }
}
