import DunlinBytes
import DunlinInference
import DunlinProtocols
import DunlinTensor
import Testing

@Suite struct V2MetadataCodecTests {
    @Test func writesTheServersBodies() {
        #expect(
            V2MetadataCodec.serverMetadata(name: "dunlin", version: "0.1", extensions: ["binary_tensor_data"]).string
                == #"{"name":"dunlin","version":"0.1","extensions":["binary_tensor_data"]}"#)
        #expect(V2MetadataCodec.serverLive(true).string == #"{"live":true}"#)
        #expect(V2MetadataCodec.serverReady(false).string == #"{"ready":false}"#)
        #expect(V2MetadataCodec.modelReady("a\"b", true).string == #"{"name":"a\"b","ready":true}"#)
        #expect(V2MetadataCodec.modelList([]).string == #"{"models":[]}"#)
        #expect(V2MetadataCodec.modelList(["a", "b"]).string == #"{"models":["a","b"]}"#)
        #expect(V2MetadataCodec.error("no 'x'\n").string == #"{"error":"no 'x'\n"}"#)
    }

    @Test func writesModelMetadata() {
        var metadata = ModelMetadata(
            name: "iris", versions: ["1", "2"], platform: "onnx_dunlin",
            inputs: [TensorMetadata(name: "X", dataType: .fp32, shape: [-1, 4])],
            outputs: [TensorMetadata(name: "label", dataType: .int64, shape: [-1])])
        #expect(
            V2MetadataCodec.modelMetadata(metadata).string
                == #"{"name":"iris","versions":["1","2"],"platform":"onnx_dunlin","#
                + #""inputs":[{"name":"X","datatype":"FP32","shape":[-1,4]}],"#
                + #""outputs":[{"name":"label","datatype":"INT64","shape":[-1]}]}"#)
        metadata.outputs[0].labels = ["setosa", "Hooker's, \"new\""]
        metadata.properties = ["backend": "native", "z": "é"]
        #expect(
            V2MetadataCodec.modelMetadata(metadata).string.hasSuffix(
                #","properties":{"backend":"native","labels.label":"[\"setosa\",\"Hooker's, \\\"new\\\"\"]","z":"é"}}"#)
        )
        #expect(V2MetadataCodec.properties(of: metadata)["labels.label"] == #"["setosa","Hooker's, \"new\""]"#)
    }

    @Test(
        "reads hardware requests",
        arguments: [
            ("{}", HardwareRequest()), (#"{"name":"cpu"}"#, HardwareRequest(name: "cpu")),
            (#"{"name":"avx512","num":2,"else":[1]}"#, HardwareRequest(name: "avx512", count: 2)),
            (#"{"num":0}"#, HardwareRequest(count: 0)),
        ])
    func readsHardwareRequests(body: String, expected: HardwareRequest) throws {
        #expect(try V2MetadataCodec.decodeHardware(Bytes(body)) == expected)
    }

    @Test(
        "refuses hardware requests",
        arguments: [
            ("", "hardware request: expected a value, found the end of the text (byte 0)"),
            ("null", "hardware request: expected a JSON object, found null"),
            ("[]", "hardware request: expected a JSON object, found an array"),
            (#"{"name":1}"#, "hardware request: 'name': expected a string, found a number"),
            (#"{"num":"1"}"#, "hardware request: 'num': expected an integer of at least 0, found a string"),
            (#"{"num":-1}"#, "hardware request: 'num': expected an integer of at least 0, found a number"),
            (#"{"num":1.5}"#, "hardware request: 'num': expected an integer of at least 0, found a number"),
        ])
    func refusesHardwareRequests(body: String, message: String) {
        #expect(throws: InferError(.invalidArgument, message)) { try V2MetadataCodec.decodeHardware(Bytes(body)) }
    }
}
