import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinProtocols

@Suite struct GenerateCodecTests {
    /// What a text model may look like: a batch of prompts, a switch, token ids.
    private static let signature = ModelSignature(
        inputs: [
            TensorMetadata(name: "PROMPT", dataType: .bytes, shape: [1]),
            TensorMetadata(name: "STREAM", dataType: .bool, shape: [1]),
            TensorMetadata(name: "input_ids", dataType: .int64, shape: [-1, -1]),
            TensorMetadata(name: "half", dataType: .fp16, shape: [1]),
        ], outputs: [])

    private func decode(
        _ body: String, _ signature: ModelSignature = signature, limits: V2Limits = .init()
    ) throws(InferError) -> InferRequest {
        try GenerateCodec.decode(Bytes(body), model: "m", version: "2", signature: signature, limits: limits)
    }

    @Test func keysBecomeInputsParametersAndTheID() throws {
        let request = try decode(
            #"{"id":"42","PROMPT":"hello \u0000 world","temperature":0.5,"input_ids":[100,200],"parameters":"#
                + #"{"STREAM":true,"n":3,"id":"inner"},"flag":false}"#)
        #expect(request.model == "m" && request.version == "2" && request.id == "42")
        #expect(request.inputs.map(\.name) == ["PROMPT", "input_ids", "STREAM"])
        #expect(request.inputs[0].tensor.strings == ["hello \0 world"] && request.inputs[0].tensor.shape == [1])
        #expect(request.inputs[1].tensor.elements(as: Int64.self) == [100, 200])
        #expect(request.inputs[1].tensor.shape == [1, 2])
        #expect(request.inputs[2].tensor.bytes.array == [1])
        #expect(request.parameters["temperature"] == .double(0.5) && request.parameters["n"] == .int(3))
        #expect(request.parameters["flag"] == .bool(false) && request.parameters["id"] == .string("inner"))
    }

    @Test func nothingIsAnEmptyRequest() throws {
        #expect(try decode("").inputs.isEmpty)
        #expect(try decode("{}").inputs.isEmpty)
        #expect(try decode(#"{"id":""}"#).id == nil)
    }

    /// Elements, the model's extents, and the shape that comes of them.
    @Test(
        "spreads elements over a shape",
        arguments: [
            (1, [], []), (2, [], nil), (1, [1], [1]), (2, [1], nil), (4, [-1], [4]), (0, [-1], [0]),
            (4, [-1, 4], [1, 4]), (8, [-1, 4], [2, 4]), (3, [-1, 4], nil), (0, [-1, 4], [0, 4]),
            (6, [-1, -1], [1, 6]), (6, [-1, 2, -1], [1, 2, 3]), (4, [2, 2], [2, 2]), (8, [2, 2], nil), (0, [2], nil),
            (0, [0, -1], [0, 0]), (1, [0], nil),
        ] as [(Int, [Int], [Int]?)])
    func spreads(count: Int, extents: [Int], shape: [Int]?) {
        #expect(GenerateCodec.shape(for: count, extents)?.dimensions == shape)
    }

    @Test(
        "refuses the first thing that is wrong",
        arguments: [
            ("x", "expected an object, found 'x' (byte 0)"),
            ("[]", "expected an object, found an array (byte 0)"),
            ("{} x", "expected the end of the JSON text, found 'x' (byte 3)"),
            (#"{"PROMPT":123,"STREAM":1}"#, "input 'PROMPT': expected a string, found '123' (byte 10)"),
            (#"{"STREAM":"no","PROMPT":1}"#, "input 'STREAM': expected true or false, found a string (byte 10)"),
            (#"{"PROMPT":{"USER":"a"}}"#, "input 'PROMPT': expected a string, found an object (byte 10)"),
            (#"{"PROMPT":[["a"]]}"#, "input 'PROMPT': expected a string, found an array (byte 11)"),
            (#"{"PROMPT":null}"#, "input 'PROMPT': expected a string, found 'null' (byte 10)"),
            (
                #"{"input_ids":[1.5]}"#,
                "input 'input_ids': expected an integer in -9223372036854775808...9223372036854775807, found '1.5' (byte 14)"
            ),
            (#"{"PROMPT":"a","PROMPT":"b"}"#, "input 'PROMPT' already exists in request (byte 23)"),
            (
                #"{"PROMPT":"a","parameters":{"PROMPT":"b"}}"#,
                "Converting keyword: 'parameters': input 'PROMPT' already exists in request (byte 37)"
            ),
            (
                #"{"PROMPT":["a","b"]}"#,
                "The schema can not convert input 'PROMPT' to tensor with proper shape: 2 elements for shape [1] (byte 19)"
            ),
            (
                #"{"half":1}"#,
                "receiving FP16 data via JSON is not supported; use the infer endpoint with binary data for input 'half' (byte 8)"
            ),
            (#"{"id":7}"#, "'id': expected a string, found '7' (byte 6)"),
            (#"{"id":"a","id":"b"}"#, "'id': expected this key once, found it again (byte 15)"),
            (
                #"{"parameters":1}"#,
                "Expected JSON object for keyword: 'parameters': expected an object, found '1' (byte 14)"
            ),
            (
                #"{"parameters":{"nested":{"twice":1}}}"#,
                "Converting keyword: 'parameters': parameter 'nested' has invalid type."
                    + " expected a string, number or boolean, found an object (byte 24)"
            ),
            (
                #"{"parameters":{"parameters":{}}}"#,
                "Converting keyword: 'parameters': parameter 'parameters' has invalid type."
                    + " expected a string, number or boolean, found an object (byte 28)"
            ),
            (
                #"{"other":[1]}"#,
                "parameter 'other' has invalid type. expected a string, number or boolean, found an array (byte 9)"
            ),
            (#"{"a":1,"a":2}"#, "parameter 'a': expected once, found again (byte 11)"),
            (#"{"triton_x":1}"#, "parameter 'triton_x': names that begin with 'triton_' are reserved (byte 12)"),
        ])
    func refuses(body: String, message: String) {
        do throws(InferError) {
            _ = try decode(body)
            Issue.record("accepted")
        } catch {
            #expect(error.code == .invalidArgument)
            #expect(error.message.hasPrefix("generate request: " + message), "\(error.message)")
        }
    }

    /// Each limit, and one beyond it.
    @Test func everythingIsLimited() throws {
        var limits = V2Limits()
        limits.maxExpandedByteCount = 16
        limits.maxParameterCount = 2
        limits.maxParameterByteCount = 3
        limits.maxNameByteCount = 9
        for (good, bad) in [
            (#"{"input_ids":[1,2]}"#, #"{"input_ids":[1,2,3]}"#),
            (#"{"PROMPT":"12345678901","STREAM":true}"#, #"{"PROMPT":"123456789012","STREAM":true}"#),
            (#"{"a":1,"b":2}"#, #"{"a":1,"b":2,"c":3}"#),
            (#"{"a":"123"}"#, #"{"a":"1234"}"#),
            (#"{"123456789":1}"#, #"{"1234567890":1}"#),
            (#"{"id":"123456789"}"#, #"{"id":"1234567890"}"#),
        ] {
            _ = try decode(good, limits: limits)
            #expect(throws: InferError.self, "\(bad)") { try decode(bad, limits: limits) }
        }
    }

    @Test func aModelWithAnInputCalledParametersHasNoOthers() throws {
        let signature = ModelSignature(
            inputs: [TensorMetadata(name: "parameters", dataType: .bytes, shape: [1])], outputs: [])
        #expect(throws: InferError.self) { try decode(#"{"parameters":{}}"#, signature) }
        var variadic = signature
        variadic.isVariadic = true
        #expect(throws: InferError.self) { try decode("{}", variadic) }
    }

    @Test func oneElementStandsByItself() throws {
        var response = InferResponse(
            model: "m", version: "1", id: "a",
            outputs: [
                NamedTensor("text", Tensor(strings: ["\"hi\"\0"], shape: [1, 1])),
                NamedTensor("texts", Tensor(strings: ["a", ""], shape: [2])),
                NamedTensor("none", Tensor(strings: [], shape: [0])),
                NamedTensor("f", Tensor([Float(0.1)], shape: [])),
                NamedTensor("fs", Tensor([Float(0.5), .nan, -.infinity], shape: [3, 1])),
                NamedTensor("i", Tensor([Int64.min], shape: [1])),
                NamedTensor("b", Tensor(dataType: .bool, shape: [1], bytes: Bytes([1]))),
                NamedTensor("empty", Tensor(dataType: .fp32, shape: [0, 4], bytes: Bytes())),
                NamedTensor("model_name", Tensor([Int64(1)], shape: [1])),
            ])
        response.parameters = ["n": .int(3), "text": .string("first")]
        #expect(
            try GenerateCodec.encode(response).string
                == #"{"id":"a","model_name":"m","model_version":"1","n":3,"text":"first","texts":["a",""],"none":[],"#
                + #""f":0.1,"fs":[0.5,NaN,-Infinity],"i":-9223372036854775808,"b":true,"empty":[]}"#)
        response.id = ""
        response.parameters = [:]
        response.outputs = [response.outputs[0]]
        #expect(
            try GenerateCodec.encode(response).string
                == #"{"model_name":"m","model_version":"1","text":"\"hi\"\u0000"}"#)
    }

    @Test(
        "has no JSON for",
        arguments: [
            Tensor(dataType: .fp16, shape: [1], bytes: Bytes([0, 0])),
            Tensor(dataType: .bytes, shape: [1], bytes: Bytes([1, 0, 0, 0, 0xFF])),
            Tensor(dataType: .bytes, shape: [2], bytes: Bytes([1, 0, 0, 0, 65, 1, 0, 0, 0, 0xFF])),
        ])
    func hasNoJSON(tensor: Tensor) {
        do throws(InferError) {
            _ = try GenerateCodec.encode(
                InferResponse(model: "m", version: "1", outputs: [NamedTensor("y", tensor)]))
            Issue.record("written")
        } catch {
            #expect(error.code == .invalidArgument && error.message.hasPrefix("output 'y': "))
        }
    }

    @Test func anEventIsItsDataAndABlankLine() {
        #expect(ServerSentEvents.event(Bytes("{}")).string == "data: {}\n\n")
    }
}
