import DunlinBytes
import DunlinInference
import DunlinProtocols
import Testing

@Suite struct V2RepositoryCodecTests {
    @Test(
        "reads index requests",
        arguments: [
            ("", false), (" \n", false), ("null", false), ("{}", false), (#"{"ready":false}"#, false),
            (#"{"ready":true}"#, true),
        ])
    func readsIndexRequests(body: String, expected: Bool) throws {
        #expect(try V2RepositoryCodec.decodeIndex(Bytes(body)) == expected)
    }

    @Test func writesTheIndexWithoutEmptyFields() {
        #expect(V2RepositoryCodec.encodeIndex([]).string == "[]")
        #expect(
            V2RepositoryCodec.encodeIndex([
                RepositoryIndexEntry(name: "a", version: "1", state: "READY"),
                RepositoryIndexEntry(name: "b"),
                RepositoryIndexEntry(name: "c", version: "2", state: "UNAVAILABLE", reason: "bad \"file\""),
            ]).string
                == #"[{"name":"a","version":"1","state":"READY"},{"name":"b"},"#
                + #"{"name":"c","version":"2","state":"UNAVAILABLE","reason":"bad \"file\""}]"#)
    }

    @Test(
        "reads parameters in every form",
        arguments: [
            ("", [:]), ("  ", [:]), ("null", [:]), ("{}", [:]), (#"{"parameters":{}}"#, [:]),
            (
                #"{"parameters":{"config":"{\"name\":\"x\"}","unload_dependents":false}}"#,
                ["config": .string(#"{"name":"x"}"#), "unload_dependents": .bool(false)]
            ),
            (
                #"{"model":"echo","max_buffer_num":100,"share":false,"scale":0.5}"#,
                ["model": .string("echo"), "max_buffer_num": .int(100), "share": .bool(false), "scale": .double(0.5)]
            ),
            (#"{"parameters":"a word"}"#, ["parameters": .string("a word")]),
        ] as [(String, Parameters)])
    func readsParameters(body: String, expected: Parameters) throws {
        #expect(try V2RepositoryCodec.decodeParameters(Bytes(body)) == expected)
    }

    @Test(
        "refuses parameters",
        arguments: [
            ("[]", "parameters: expected a JSON object, found an array"),
            ("5", "parameters: expected a JSON object, found a number"),
            ("{", "parameters: expected ',' or '}', found the end of the text (byte 1)"),
            (#"{"a":null}"#, "parameters: 'a': expected a string, number or boolean, found null"),
            (#"{"a":[1]}"#, "parameters: 'a': expected a string, number or boolean, found an array"),
            (#"{"parameters":{"a":{}}}"#, "parameters: 'a': expected a string, number or boolean, found an object"),
            (
                #"{"parameters":{},"threads":4}"#,
                "parameters: 'threads' stands beside the object 'parameters'; expected all parameters inside it"
            ),
            (#"{"a":1,"a":1}"#, "parameters: expected each key once, found 'a' again (byte 11)"),
        ])
    func refusesParameters(body: String, message: String) {
        #expect(throws: InferError(.invalidArgument, message)) { try V2RepositoryCodec.decodeParameters(Bytes(body)) }
    }

    @Test func countsTheValuesOfABody() throws {
        let values = (0..<1023).map { "\"p\($0)\":1" }
        #expect(
            try V2RepositoryCodec.decodeParameters(Bytes("{\(values.joined(separator: ","))}")).entries.count == 1023)
        #expect(throws: InferError.self) {
            try V2RepositoryCodec.decodeParameters(Bytes("{\((values + ["\"q\":1"]).joined(separator: ","))}"))
        }
    }

    @Test func writesAnswers() {
        #expect(V2RepositoryCodec.loadAnswer("m").string == #"{"name":"m","load":true}"#)
        #expect(V2RepositoryCodec.unloadAnswer("m").string == #"{"name":"m","unload":true}"#)
    }
}
