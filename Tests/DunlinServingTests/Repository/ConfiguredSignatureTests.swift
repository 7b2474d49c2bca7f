import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinServing

@Suite struct ConfiguredSignatureTests {
    private let model = ModelSignature(
        inputs: [
            TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 4]),
            TensorMetadata(name: "n", dataType: .int64, shape: [-1, -1]),
        ],
        outputs: [
            TensorMetadata(name: "label", dataType: .int64, shape: [-1]),
            TensorMetadata(name: "scores", dataType: .fp32, shape: [-1, 3]),
        ])

    private func tensor(_ name: String, _ type: DataType?, _ dimensions: [Int]) -> ModelConfiguration.ConfiguredTensor {
        var tensor = ModelConfiguration.ConfiguredTensor()
        tensor.name = name
        tensor.dataType = type
        tensor.dimensions = dimensions
        return tensor
    }

    private func configuration(
        _ inputs: [ModelConfiguration.ConfiguredTensor] = [], _ outputs: [ModelConfiguration.ConfiguredTensor] = [],
        maxBatchSize: Int? = nil
    ) -> ModelConfiguration {
        var configuration = ModelConfiguration()
        configuration.inputs = inputs
        configuration.outputs = outputs
        configuration.maxBatchSize = maxBatchSize
        return configuration
    }

    @Test func withoutConfigurationTheModelSpeaksForItself() throws {
        let served = try ConfiguredSignature(model, .init())
        #expect(served.signature == model)
        #expect(served.outputIndices == nil)
    }

    @Test func aBatchedConfigurationNarrowsTheModel() throws {
        let served = try ConfiguredSignature(
            model,
            configuration(
                [tensor("n", nil, [7]), tensor("x", .fp32, [4])], [tensor("scores", .fp32, [3])], maxBatchSize: 8),
            labels: ["scores": ["a", "b", "c"]])
        #expect(served.signature.inputs.map(\.name) == ["x", "n"])
        #expect(served.signature.inputs.map(\.shape) == [[-1, 4], [-1, 7]])
        #expect(served.signature.outputs.map(\.name) == ["scores"])
        #expect(served.signature.outputs[0].labels == ["a", "b", "c"])
        #expect(served.outputIndices == [1])
    }

    @Test func anAMDShapeMayLeaveOutTheBatchDimension() throws {
        let inputs = [tensor("x", .fp32, [4]), tensor("n", .int64, [-1, 5])]
        let served = try ConfiguredSignature(model, configuration(inputs), leavesOutBatch: true)
        #expect(served.signature.inputs.map(\.shape) == [[-1, 4], [-1, 5]])
        #expect(throws: InferError.self) { try ConfiguredSignature(model, configuration(inputs)) }
    }

    @Test func aContradictionNamesTheTensor() {
        let rows: [(ModelConfiguration, String)] = [
            (
                configuration([tensor("x", .fp64, [-1, 4]), tensor("n", nil, [-1, 1])]),
                "input 'x': the configuration says FP64, the model FP32"
            ),
            (
                configuration([tensor("x", .fp32, [-1, 5]), tensor("n", nil, [-1, 1])]),
                "input 'x': the configuration's shape is [-1,5], the model's [-1,4]"
            ),
            (
                configuration([tensor("x", .fp32, [-1, -1]), tensor("n", nil, [-1, 1])]),
                "input 'x': the configuration's shape is [-1,-1], the model's [-1,4]"
            ),
            (
                configuration([tensor("x", .fp32, [-1, 4]), tensor("n", nil, [-1, 1])], maxBatchSize: 2),
                "input 'x': the configuration's shape is [-1,-1,4] with the batch dimension, the model's [-1,4]"
            ),
            (configuration([tensor("x", .fp32, [-1, 4])]), "the configuration leaves out input 'n' of the model"),
            (
                configuration([tensor("y", .fp32, [1])]),
                "the configuration names input 'y'; the model's inputs are 'x', 'n'"
            ),
            (
                configuration([], [tensor("z", nil, [1])]),
                "the configuration names output 'z'; the model's outputs are 'label', 'scores'"
            ),
            (
                configuration([], [tensor("label", .fp32, [-1])]),
                "output 'label': the configuration says FP32, the model INT64"
            ),
        ]
        for (configuration, message) in rows {
            #expect(throws: InferError(.invalidArgument, message)) { try ConfiguredSignature(model, configuration) }
        }
    }

    @Test func aFixedFirstDimensionCannotBeBatched() {
        let fixed = ModelSignature(inputs: [TensorMetadata(name: "x", dataType: .fp32, shape: [1, 4])], outputs: [])
        #expect(
            throws: InferError(
                .invalidArgument,
                "max_batch_size is 2, but input 'x' of the model has shape [1,4], whose first dimension is not variable"
            )
        ) { try ConfiguredSignature(fixed, configuration(maxBatchSize: 2)) }
        #expect(throws: Never.self) { try ConfiguredSignature(fixed, configuration(maxBatchSize: 0)) }
    }
}
