import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinProtocols

@Suite struct V2MetadataCodecDecodeTests {
    @Test func whatIsWrittenIsReadBack() throws {
        let metadata = ModelMetadata(
            name: "m", versions: ["1"], platform: "p",
            inputs: [TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 4])],
            outputs: [TensorMetadata(name: "y", dataType: .bytes, shape: [])])
        let signature = try V2MetadataCodec.decodeSignature(V2MetadataCodec.modelMetadata(metadata))
        #expect(signature.inputs == metadata.inputs && signature.outputs == metadata.outputs)
    }

    @Test func aServerMayTellNoInputs() throws {
        for text in [#"{"name":"m"}"#, #"{"inputs":null}"#, #"{"inputs":[]}"#] {
            #expect(try V2MetadataCodec.decodeSignature(Bytes(text)).inputs == [])
        }
    }

    @Test(
        "refuses",
        arguments: [
            ("[]", "expected a JSON object"),
            (#"{"inputs":{}}"#, "'inputs': expected an array, found an object"),
            (#"{"inputs":[{}]}"#, "'inputs.name': expected a string"),
            (#"{"inputs":[{"name":"x","datatype":"FLOAT","shape":[1]}]}"#, "'inputs.datatype': expected a V2 datatype"),
            (#"{"inputs":[{"name":"x","datatype":"FP32","shape":4}]}"#, "'inputs.shape': expected an array"),
            (
                #"{"inputs":[{"name":"x","datatype":"FP32","shape":[-2]}]}"#,
                "'inputs.shape': expected integers of at least -1"
            ),
            (#"{"inputs":[{"name":"x","datatype":"FP32","shape":["1"]}]}"#, "'inputs.shape': expected integers"),
        ])
    func refuses(text: String, words: String) {
        #expect { try V2MetadataCodec.decodeSignature(Bytes(text)) } throws: {
            ($0 as? InferError)?.message.contains(words) == true
        }
    }
}
