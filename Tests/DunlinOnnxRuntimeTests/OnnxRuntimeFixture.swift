import DunlinInference
import DunlinTensor

@testable import DunlinOnnxRuntime

/// The models of `Tests/Fixtures/onnxruntime`, loaded the way the server loads them.
enum OnnxRuntimeFixture {
    static let backend = OnnxRuntimeBackend()

    /// Whether ONNX Runtime is there; tests that execute models are counted as skipped without it.
    static let isInstalled = (try? backend.libraryVersion()) != nil

    static let folder = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Fixtures/onnxruntime"

    static func source(_ name: String, parameters: Parameters = [:]) -> ModelSource {
        ModelSource(
            model: name, version: "1", directory: folder, path: "\(folder)/\(name).onnx", parameters: parameters)
    }

    static func load(_ name: String, parameters: Parameters = [:]) throws -> any LoadedModel {
        try backend.load(source(name, parameters: parameters))
    }

    /// What loading says went wrong; `nil` when it succeeds.
    static func loadError(
        _ name: String, parameters: Parameters = [:], backend: OnnxRuntimeBackend = backend
    ) -> InferError? {
        do throws(InferError) {
            _ = try backend.load(source(name, parameters: parameters))
            return nil
        } catch {
            return error
        }
    }
}
