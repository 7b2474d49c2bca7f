import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Testing

@testable import Dunlin

/// The case folders over a real socket: what Triton's own tests ask, and what is answered here. A folder is a case; adding
/// one needs no code.
@Suite struct TritonCaseTests {
    private static let configurations = [
        "simple": """
        max_batch_size: 8
        input [
          { name: "INPUT0" data_type: TYPE_INT32 dims: 16 }, { name: "INPUT1" data_type: TYPE_INT32 dims: 16 }
        ]
        output [ { name: "OUTPUT0" data_type: TYPE_INT32 dims: 16 } ]
        instance_group { count: 2 }
        parameters { key: "note" value { string_value: "x" } }
        """,
        "classes": "output [ { name: \"SCORES\" data_type: TYPE_FP32 dims: [ -1, 4 ] label_filename: \"labels.txt\" }, "
            + "{ name: \"TEXT\" data_type: TYPE_STRING dims: [ -1, 4 ] } ]",
        "flat": "max_batch_size: 0",
    ]

    private static func signature(_ inputs: [TensorMetadata], _ outputs: [TensorMetadata]) -> ModelSignature {
        ModelSignature(inputs: inputs, outputs: outputs)
    }

    private static func tensor(_ name: String, _ type: DataType, _ shape: [Int]) -> TensorMetadata {
        TensorMetadata(name: name, dataType: type, shape: shape)
    }

    private static let signatures = [
        "simple": signature(
            [tensor("INPUT0", .int32, [-1, 16]), tensor("INPUT1", .int32, [-1, 16])],
            [tensor("OUTPUT0", .int32, [-1, 16])]),
        "classes": signature(
            [tensor("INPUT", .fp32, [-1, 4])], [tensor("SCORES", .fp32, [-1, 4]), tensor("TEXT", .bytes, [-1, 4])]),
        "flat": signature([tensor("INPUT", .int64, [-1, 2])], [tensor("OUTPUT", .int64, [-1, 2])]),
        "strings": signature([tensor("INPUT", .bytes, [-1, 4])], [tensor("OUTPUT", .bytes, [-1, 4])]),
    ]

    /// Models that give their first input back, and its elements as text where they have a second output.
    private static let backend = FakeBackend { source throws(InferError) in
        guard let signature = signatures[source.model] else {
            throw InferError(.invalidArgument, "model '\(source.model)': there is nothing in the file")
        }
        return FakeModel(signature) { inputs throws(InferError) in
            let first = inputs[0].tensor
            var outputs = [NamedTensor(signature.outputs[0].name, first)]
            if signature.outputs.count > 1 {
                let text = first.elements(as: Float.self).map { "\($0)" }
                outputs.append(NamedTensor(signature.outputs[1].name, Tensor(strings: text, shape: first.shape)))
            }
            return outputs
        }
    }

    static let groups = [
        "classification", "configuration", "index", "infer", "load", "names", "parameters", "routes", "unload",
    ]

    @Test("answers as the case says", arguments: groups)
    func answersAsTheCaseSays(group: String) throws {
        let repository = TemporaryDirectory()
        for name in Self.signatures.keys {
            repository.write("models/\(name)/1/model.onnx")
            if let text = Self.configurations[name] { repository.write("models/\(name)/config.pbtxt", text) }
        }
        repository.write("models/classes/labels.txt", "cat\ndog\nduck\n")
        repository.write("models/broken/1/model.onnx")
        var configuration = ServerConfiguration()
        configuration.modelRepository = repository.path + "/models"
        configuration.modelControlMode = .explicit
        configuration.loadModels = Self.signatures.keys.sorted()
        configuration.backends = [Self.backend]
        configuration.instanceCount = 1
        configuration.batchRows = 1
        configuration.httpPort = 0
        configuration.httpThreads = 1
        configuration.logLevel = .error
        let server = try Server(configuration)
        try server.start()
        defer { server.stopAndWait(grace: .seconds(5)) }
        let client = try TestClient(port: try #require(server.httpPort))
        let cases = try HTTPCase.all(in: group, of: "triton")
        #expect(!cases.isEmpty)
        for one in cases {
            try one.play(client)
            #expect(try client.get("/v2/health/live").status == 200, "\(one)")
        }
    }

    @Test func everyGroupIsPlayed() throws { #expect(try HTTPCase.groups(of: "triton") == Self.groups) }
}
