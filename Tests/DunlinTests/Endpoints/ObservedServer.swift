import DunlinBytes
import DunlinInference
import DunlinTensor
import DunlinTestSupport
import Glibc
import Testing

@testable import Dunlin

/// A server with a model `m` that gives back its input `x`, one row of two numbers, and fails on 13.
func observedServer(
    _ configure: (inout ServerConfiguration, TemporaryDirectory) throws -> Void = { _, _ in },
    _ body: (TestClient, Server, TemporaryDirectory) throws -> Void
) throws {
    let signature = ModelSignature(
        inputs: [TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 2])],
        outputs: [TensorMetadata(name: "y", dataType: .fp32, shape: [-1, 2])])
    let backend = FakeBackend { _ throws(InferError) in
        FakeModel(signature) { inputs throws(InferError) in
            if inputs[0].tensor.elements(as: Float.self).first == 13 { throw InferError(.internal, "unlucky") }
            return [NamedTensor("y", inputs[0].tensor)]
        }
    }
    let repository = TemporaryDirectory()
    repository.write("models/m/1/model.onnx", "")
    repository.write("models/m/config.pbtxt", "")
    var configuration = ServerConfiguration()
    configuration.modelRepository = repository.path + "/models"
    configuration.backends = [backend]
    configuration.httpPort = 0
    configuration.httpThreads = 1
    configuration.batchRows = 1
    configuration.logLevel = .error
    try configure(&configuration, repository)
    let server = try Server(configuration)
    try server.start()
    defer { server.stopAndWait(grace: .seconds(5)) }
    try body(try TestClient(port: try #require(server.httpPort)), server, repository)
}

/// A request to that model.
func observedBody(_ value: String = "1", id: String = "q") -> String {
    #"{"id":"\#(id)","inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[\#(value),2]}]}"#
}

/// A file's text; `nil` when there is none.
func fileText(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
}
