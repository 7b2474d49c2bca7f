import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinProtocols

@Suite struct ModelExampleTests {
    private func tensor(_ dataType: DataType, _ shape: [Int], _ name: String = "x") -> TensorMetadata {
        TensorMetadata(name: name, dataType: dataType, shape: shape)
    }

    @Test func openAxesGetAnExtent() {
        let example = ModelExample([
            tensor(.fp32, [-1, 4]), tensor(.int64, [-1, -1]), tensor(.fp32, [-1, 3, -1, -1]),
        ])
        #expect(example.inputs.map(\.shape) == [[1, 4], [1, 8], [1, 3, 64, 64]])
    }

    @Test(
        "every datatype with a JSON form decodes as it is meant",
        arguments: [
            DataType.bool, .uint8, .uint16, .uint32, .uint64, .int8, .int16, .int32, .int64, .fp32, .fp64, .bytes,
        ])
    func everyDatatypeDecodes(dataType: DataType) throws {
        let example = ModelExample([tensor(dataType, [-1, 3], "a \"quoted\" name")])
        let request = try V2InferCodec.decode(
            Bytes(try #require(example.json)), headerLength: nil, model: "m", version: nil)
        #expect(request.inputs.map(\.name) == ["a \"quoted\" name"])
        #expect(request.inputs[0].tensor.dataType == dataType && request.inputs[0].tensor.shape == [1, 3])
        _ = try request.inputs(
            checkedAgainst: ModelSignature(inputs: [tensor(dataType, [-1, 3], "a \"quoted\" name")], outputs: []))
    }

    @Test(arguments: [DataType.fp16, .bf16])
    func sixteenBitFloatsHaveNone(dataType: DataType) {
        let example = ModelExample([tensor(dataType, [2])])
        #expect(!example.hasJSON && example.json == nil)
    }

    @Test func soManyElementsAreWrittenOutAndNoMore() {
        #expect(ModelExample([tensor(.fp32, [-1, ModelExample.maxElementCount])]).json != nil)
        #expect(ModelExample([tensor(.fp32, [-1, ModelExample.maxElementCount + 1])]).json == nil)
        #expect(ModelExample([tensor(.fp32, [1 << 40, 1 << 40])]).json == nil, "a count that does not fit")
    }

    @Test func sequencesAreBegunAndEnded() throws {
        let example = ModelExample([tensor(.fp32, [1])], isSequence: true)
        let request = try V2InferCodec.decode(
            Bytes(try #require(example.json)), headerLength: nil, model: "m", version: nil)
        #expect(request.parameters.int("sequence_id") == 1 && request.parameters.bool("sequence_start") == true)
        #expect(request.parameters.bool("sequence_end") == true)
    }

    @Test func workersThatTakeAnythingGetOneInput() {
        #expect(ModelExample([], isVariadic: true).inputs == [.init(name: "input", dataType: .int32, shape: [1])])
        #expect(ModelExample([tensor(.uint8, [-1])], isVariadic: true).inputs[0].dataType == .uint8)
    }
}
