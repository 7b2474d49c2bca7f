import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinServing

@Suite struct EnsembleTypesTests {
    private static func member(
        _ input: [Int], _ output: [Int], _ type: DataType = .fp32, maxBatchSize: Int = 0, to: DataType? = nil
    ) -> EnsembleTypes.Member {
        .init(
            signature: ModelSignature(
                inputs: [TensorMetadata(name: "x", dataType: type, shape: input)],
                outputs: [TensorMetadata(name: "y", dataType: to ?? type, shape: output)]),
            maxBatchSize: maxBatchSize)
    }

    struct Row: CustomTestStringConvertible {
        var words: String
        var own: EnsembleTypes.Member
        var first: EnsembleTypes.Member
        var second: EnsembleTypes.Member
        /// Empty: they fit.
        var message: String
        var testDescription: String { words }
    }

    @Test(
        "compares what is made with what is taken",
        arguments: [
            Row(
                words: "equal", own: member([2], [4]), first: member([2], [3]), second: member([3], [4]), message: ""),
            Row(
                words: "open extents", own: member([-1, 2], [-1, 4]), first: member([-1, -1], [-1, 3]),
                second: member([5, 3], [5, 4]), message: ""),
            Row(
                words: "another extent", own: member([2], [4]), first: member([2], [3]), second: member([5], [4]),
                message: "tensor 'middle': step 1 ('a') makes it [3], step 2 ('b') takes it [5]"),
            Row(
                words: "another datatype", own: member([2], [4]), first: member([2], [3], to: .int64),
                second: member([3], [4]),
                message: "tensor 'middle': step 1 ('a') makes it INT64, step 2 ('b') takes it FP32"),
            Row(
                words: "the ensemble's input", own: member([7], [4]), first: member([2], [3]),
                second: member([3], [4]),
                message: "tensor 'in': the ensemble's input is [7], step 1 ('a') takes it [2]"),
            Row(
                words: "the ensemble's output", own: member([2], [4, 1]), first: member([2], [3]),
                second: member([3], [4]),
                message: "tensor 'out': step 2 ('b') makes it [4], the ensemble's output is [4,1]"),
            Row(
                words: "a batch of one for a batching model", own: member([2], [3]),
                first: member([-1, 2], [-1, 3], maxBatchSize: 8), second: member([3], [3]), message: ""),
            Row(
                words: "an open first extent is no batch by itself", own: member([2], [3]),
                first: member([-1, 2], [3]), second: member([3], [3]),
                message: "tensor 'in': the ensemble's input is [2], step 1 ('a') takes it [-1,2]"),
            Row(
                words: "a step that takes smaller batches", own: member([-1, 2], [-1, 3], maxBatchSize: 4),
                first: member([-1, 2], [-1, 3], maxBatchSize: 4),
                second: member([-1, 3], [-1, 3], maxBatchSize: 3),
                message: "max_batch_size is 4, but step 2 ('b') only allows 3"),
        ])
    func comparesWhatIsMade(row: Row) throws {
        let plan = try EnsemblePlan(
            [step("a", ["x": "in"], ["y": "middle"]), step("b", ["x": "middle"], ["y": "out"])], inputs: ["in"],
            outputs: ["out"])
        if row.message.isEmpty {
            try EnsembleTypes.check(plan, row.own, [row.first, row.second])
        } else {
            #expect(throws: InferError(.invalidArgument, row.message)) {
                try EnsembleTypes.check(plan, row.own, [row.first, row.second])
            }
        }
    }

    @Test func namesOfTheModelAreChecked() throws {
        func message(_ steps: [ModelConfiguration.EnsembleStep]) throws -> String {
            let plan = try EnsemblePlan(steps, inputs: ["in"], outputs: ["out"])
            let error = #expect(throws: InferError.self) {
                try EnsembleTypes.check(plan, Self.member([2], [3]), [Self.member([2], [3])])
            }
            return error?.message ?? ""
        }
        #expect(
            try message([step("a", ["z": "in"], ["y": "out"])])
                == "step 1 ('a'): input 'x' of the model is not in input_map")
        #expect(
            try message([step("a", ["x": "in", "z": "in"], ["y": "out"])])
                == "step 1 ('a'): input_map names 'z'; the model's inputs are 'x'")
        #expect(
            try message([step("a", ["x": "in"], ["w": "out"])])
                == "step 1 ('a'): output_map names 'w'; the model's outputs are 'y'")
    }

    @Test func theBatchDimensionIsAddedAndTakenAwayWithoutCopying() {
        let tensor = Tensor([1, 2, 3] as [Float], shape: [3])
        let added = EnsembleTypes.adapted(tensor, to: [-1, 3])
        #expect(added.shape == [1, 3])
        #expect(added.bytes.base == tensor.bytes.base)
        let taken = EnsembleTypes.adapted(added, to: [3])
        #expect(taken.shape == [3])
        #expect(taken.bytes.base == tensor.bytes.base)
        // Two rows are no single one: the model says what it expected.
        #expect(EnsembleTypes.adapted(Tensor([1, 2] as [Float], shape: [2, 1]), to: [1]).shape == [2, 1])
    }
}
