import DunlinBytes
import DunlinInference
import Testing

@testable import DunlinProtocols

@Suite struct V2LoadReaderTests {
    private func decode(_ body: String, _ limits: V2Limits = .init()) throws(InferError) -> V2LoadRequest {
        try V2RepositoryCodec.decodeLoad(Bytes(body), limits: limits)
    }

    @Test(
        "reads parameters in every form",
        arguments: [
            ("", [:], false), ("  ", [:], false), ("null", [:], false), ("{}", [:], false),
            (#"{"parameters":{}}"#, [:], true),
            (#"{"parameters":{"config":"{\"name\":\"x\"}"}}"#, ["config": .string(#"{"name":"x"}"#)], true),
            (
                #"{"model":"echo","n":100,"share":false,"scale":0.5}"#,
                ["model": .string("echo"), "n": .int(100), "share": .bool(false), "scale": .double(0.5)], false
            ),
            (#"{"parameters":"a word"}"#, ["parameters": .string("a word")], false),
        ] as [(String, Parameters, Bool)])
    func readsParameters(body: String, expected: Parameters, isNested: Bool) throws {
        let request = try decode(body)
        #expect(request.parameters == expected && request.isNested == isNested && request.files.isEmpty)
    }

    @Test func readsFilesAsBytes() throws {
        let request = try decode(#"{"parameters":{"config":"{}","file:1\/model.onnx":"Zm9v","file:labels.txt":""}}"#)
        #expect(request.files == ["1/model.onnx": Bytes("foo"), "labels.txt": Bytes()])
        #expect(request.parameters == ["config": .string("{}")])
    }

    @Test(
        "refuses",
        arguments: [
            ("[]", "parameters: expected an object, found an array (byte 0)"),
            ("{", "parameters: expected ',' or '}', found the end of the text (byte 1)"),
            (#"{"a":null}"#, "parameters: 'a': expected a string, number or boolean, found 'null' (byte 5)"),
            (#"{"a":1,"a":1}"#, "parameters: 'a': expected once, found again (byte 11)"),
            (#"{"parameters":{},"parameters":{}}"#, "parameters: 'parameters': expected once, found again (byte 30)"),
            (
                #"{"parameters":{},"threads":4}"#,
                "parameters: 'threads' stands beside the object 'parameters'; expected all parameters inside it"
            ),
            (#"{"file:1/m":5}"#, "parameters: 'file:1/m': expected a string, found '5' (byte 12)"),
            (#"{"file:1/m":"Z"}"#, "parameters: 'file:1/m': expected Base64 (RFC 4648) (byte 15)"),
            (#"{"file:m":"","file:m":""}"#, "parameters: 'file:m': expected once, found again (byte 22)"),
            (
                #"{"parameters":{"a":{}}}"#,
                "parameters: 'a': expected a string, number or boolean, found an object (byte 19)"
            ),
        ])
    func refuses(body: String, message: String) {
        #expect(throws: InferError(.invalidArgument, message)) { try decode(body) }
    }

    @Test func theFilesOfOneRequestAreLimitedTogether() throws {
        var limits = V2Limits()
        limits.maxLoadByteCount = 6
        #expect(try decode(#"{"file:a":"Zm9v","file:b":"Zm9v"}"#, limits).files.count == 2)
        for body in [#"{"file:a":"Zm9v","file:b":"Zm9vYg=="}"#, #"{"file:a":"Zm9vZm9vZm9vZm9v"}"#] {
            let error = #expect(throws: InferError.self) { try decode(body, limits) }
            #expect(error?.message.contains("maximum allowed input size of 6 bytes") == true)
        }
        limits.maxLoadFileCount = 1
        #expect(try decode(#"{"file:a":"Zm9v"}"#, limits).files.count == 1)
        #expect(throws: InferError.self) { try decode(#"{"file:a":"Zm9v","file:b":""}"#, limits) }
    }

    @Test func namesAndParametersAreLimited() throws {
        let limit = V2Limits().maxNameByteCount * 4
        let longest = String(repeating: "n", count: limit)
        #expect(try decode("{\"\(longest)\":1}").parameters.int(longest) == 1)
        #expect(throws: InferError.self) { try decode("{\"\(longest)n\":1}") }
        let most = (0..<V2Limits().maxParameterCount).map { "\"p\($0)\":1" }.joined(separator: ",")
        #expect(try decode("{\(most)}").parameters.entries.count == V2Limits().maxParameterCount)
        #expect(throws: InferError.self) { try decode("{\(most),\"q\":1}") }
    }

    @Test func unknownNamesCountInTritonsFormOnly() throws {
        try decode(#"{"parameters":{"config":"{}"}}"#).checkNames(["config"])
        try decode(#"{"colour":1}"#).checkNames(["config"])
        #expect(
            throws: InferError(.invalidArgument, "parameters: 'colour' is not known; known are config, threads")
        ) {
            try decode(#"{"parameters":{"colour":1}}"#).checkNames(["config", "threads"])
        }
    }

    @Test(
        "reads unloads",
        arguments: [
            ("", false), ("{}", false), (#"{"parameters":{}}"#, false),
            (#"{"parameters":{"unload_dependents":true}}"#, true),
            (#"{"parameters":{"unload_dependents":false}}"#, false), (#"{"unload_dependents":true}"#, true),
        ])
    func readsUnloads(body: String, dependents: Bool) throws {
        #expect(try V2RepositoryCodec.decodeUnload(Bytes(body)) == dependents)
    }

    @Test(
        "refuses unloads",
        arguments: [
            (#"{"parameters":{"unload_dependents":1}}"#, "'unload_dependents': expected true or false"),
            (#"{"parameters":{"colour":1}}"#, "'colour' is not known; known are unload_dependents"),
        ])
    func refusesUnloads(body: String, words: String) {
        let error = #expect(throws: InferError.self) { try V2RepositoryCodec.decodeUnload(Bytes(body)) }
        #expect(error?.message.contains(words) == true)
    }
}
