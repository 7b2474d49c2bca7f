import DunlinInference

/// A worker that needs no file.
protocol BuiltInWorker: LoadedModel {
    /// `name` in metadata; `nil`: the endpoint's.
    var metadataName: String? { get }
    /// `model_name` in responses; `nil`: the endpoint's.
    var responseName: String? { get }
    var naming: OutputSelection.Naming { get }
}

extension BuiltInWorker {
    var metadataName: String? { nil }
    var responseName: String? { nil }
    /// AMD's word for workers that need no accelerator.
    var platform: String { "CPU" }
    var properties: [String: String] { ["backend": "built-in"] }
    var memoryByteCount: Int { 0 }
}

/// Which worker a name and its load parameters stand for.
enum WorkerKind {
    case builtIn(any BuiltInWorker)
    /// A model file of the repository, by its path.
    case file(String)

    /// The names that can be loaded.
    static let names = ["cplusplus", "echo", "echo_multi", "identity", "onnx"]

    /// - Throws: `.invalidArgument` in the words of AMD's server where it has them.
    init(_ worker: String, _ parameters: Parameters) throws(InferError) {
        if parameters["next"] != nil {
            throw InferError(.invalidArgument, "parameter 'next': chains of workers are not supported")
        }
        switch worker {
        case "echo": self = .builtIn(EchoWorker(metadataName: nil))
        case "echo_multi": self = .builtIn(EchoMultiWorker(metadataName: nil))
        case "identity": self = .builtIn(IdentityWorker())
        case "cplusplus":
            switch try Self.model(parameters) {
            case "echo": self = .builtIn(EchoWorker(metadataName: "CPlusPlus"))
            case "echo_multi": self = .builtIn(EchoMultiWorker(metadataName: "CPlusPlus"))
            case let other:
                throw InferError(
                    .invalidArgument,
                    "model '\(other)' of worker 'cplusplus' is not built in; there is echo, echo_multi")
            }
        case "onnx": self = .file(try Self.model(parameters))
        default:
            throw InferError(
                .invalidArgument, "worker '\(worker)' is not known; there is \(Self.names.joined(separator: ", "))")
        }
    }

    private static func model(_ parameters: Parameters) throws(InferError) -> String {
        guard let value = parameters["model"] else { throw InferError(.invalidArgument, "No model specified") }
        guard case .string(let model) = value, !model.isEmpty else {
            throw InferError(.invalidArgument, "parameter 'model' must be text that is not empty")
        }
        return model
    }
}
