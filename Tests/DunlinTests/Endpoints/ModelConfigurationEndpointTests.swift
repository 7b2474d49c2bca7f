import DunlinBytes
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import Dunlin

/// What model configurations change, over a socket.
@Suite struct ModelConfigurationEndpointTests {
    private func serving(
        _ repository: String, _ change: (inout ServerConfiguration) -> Void = { _ in },
        _ body: (TestClient) throws -> Void
    ) throws {
        var configuration = ServerConfiguration()
        configuration.httpPort = 0
        configuration.logLevel = .error
        configuration.httpThreads = 1
        configuration.modelRepository = repository
        configuration.modelControlMode = .explicit
        change(&configuration)
        let server = try Server(configuration)
        try server.start()
        defer { server.stopAndWait(grace: .seconds(5)) }
        try body(try TestClient(port: try #require(server.httpPort)))
    }

    private func text(_ answer: TestClient.Response) -> String { String(decoding: answer.body, as: UTF8.self) }

    private func shapes(_ text: [UInt8], _ list: String) throws -> [JSONValue?] {
        guard case .array(let tensors)? = try JSONValue(parsing: Bytes(text))[list] else { return [] }
        return tensors.map { $0["shape"] }
    }

    /// What the peers of the benchmark say of a vector of labels, to a real model.
    @Test func aVectorMayBeReshapedToAColumn() throws {
        try serving(GoldenCase.directory + "/../../../model-repository", { _ in }) { (client) throws in
            let config = #"""
                {"max_batch_size": 8, "input": [{"name": "input", "data_type": "TYPE_FP32", "dims": [2, 2],
                 "reshape": {"shape": [4]}}],
                 "output": [{"name": "output_label", "data_type": "TYPE_STRING", "dims": [1], "reshape": {"shape": []}},
                            {"name": "output_probability", "data_type": "TYPE_FP32", "dims": [3]}]}
                """#.split(separator: "\n").joined().replacing("\"", with: "\\\"")
            let load = try client.post(
                "/v2/repository/models/iris/load", #"{"parameters":{"config":"\#(config)"}}"#)
            #expect(load.status == 200, "\(text(load))")
            let metadata = try client.get("/v2/models/iris").body
            #expect(try shapes(metadata, "inputs") == [.array([.int(-1), .int(2), .int(2)])])
            #expect(try shapes(metadata, "outputs")[0] == .array([.int(-1), .int(1)]))
            let answer = try client.post(
                "/v2/models/iris/infer",
                #"""
                {"inputs":[{"name":"input","shape":[2,2,2],"datatype":"FP32","data":[5.1,3.5,1.4,0.2,6.7,3.0,5.2,2.3]}]}
                """#)
            #expect(answer.status == 200, "\(text(answer))")
            #expect(try shapes(answer.body, "outputs") == [.array([.int(2), .int(1)]), .array([.int(2), .int(3)])])
            #expect(text(answer).contains(#"["setosa","virginica"]"#), "\(text(answer))")
        }
    }

    @Test func recordedRequestsRunBeforeAModelIsReady() throws {
        let directory = TemporaryDirectory()
        let runs = Outcome<[Float]>()
        let head = #"{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","#
        directory.write("m/1/model.onnx")
        directory.write("m/warmup/a.json", head + #""data":[1,2]}]}"#)
        directory.write("m/warmup/b.bin", head + #""parameters":{"binary_data_size":8}}]}"# + "AAAAAAAA")
        let backend = FakeBackend { _ throws(InferError) in
            FakeModel { inputs throws(InferError) in
                runs.receive(inputs[0].tensor.elements(as: Float.self))
                return inputs
            }
        }
        try serving(directory.path, { ($0.backends, $0.batchRows) = ([backend], 1) }) { (client) throws in
            #expect(try client.post("/v2/repository/models/m/load").status == 200)
            let value = Float(bitPattern: 0x4141_4141)
            #expect(runs.all.prefix(2) == [[1, 2], [value, value]])
            directory.write("m/warmup/c.json", head + #""data":[1]}]}"#)
            let load = try client.post("/v2/repository/models/m/load")
            #expect(load.status == 400 && text(load).contains("warmup/c.json: input 'x'"), "\(text(load))")
        }
    }
}
