import Dunlin
import DunlinEngine
import DunlinTensor
import Glibc

// The whole server, in your process.
var configuration = ServerConfiguration()
configuration.modelRepository = "model-repository"
configuration.httpPort = 0

let server = try Server(configuration)
try server.start()
let scores = try await server.infer(
    "iris", [NamedTensor("input", Tensor([Float(5.1), 3.5, 1.4, 0.2], shape: [1, 4]))])
if CommandLine.arguments.contains("--wait") {
    // Until whoever asks is done with it.
    print("port", server.httpPort ?? 0)
    fflush(nil)
    _ = readLine()
}
await server.stop(grace: .seconds(10))

// Only the engine: no server, no threads but yours.
let model = try Model(contentsOf: "model-repository/iris/1/model.onnx")
let outputs = try model.run(["input": Tensor([Float(5.1), 3.5, 1.4, 0.2], shape: [1, 4])])

// Both answers are the same prediction.
for score in scores {
    guard let own = outputs[score.name], own.bytes == score.tensor.bytes else {
        fatalError("server and engine disagree on \(score.name)")
    }
    print(score.name, score.tensor.dataType, score.tensor.shape)
}
