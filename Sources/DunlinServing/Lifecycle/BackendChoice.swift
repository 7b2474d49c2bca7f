import DunlinInference

/// Which of the server's backends are tried for a model, in order.
///
/// `backend: "onnxruntime"`, `platform: "onnxruntime_onnx"` and AMD's `onnx_onnxv1` say what the model *is*, since
/// Triton has one backend for ONNX: here any backend that runs ONNX may serve it, in the server's order. To say which
/// one *must* run it, a configuration has
///
///     parameters { key: "backend" value { string_value: "onnxruntime" } }
///
/// or a load request the parameter `backend`. `backend: "native"` (or `"dunlin"`) pins the native engine. Any other
/// word must be the name of a backend of this server, and pins it.
enum BackendChoice {
    private static let anyONNX: Set<String> = ["", "onnxruntime", "onnxruntime_onnx", "onnx_onnxv1", "onnx"]
    private static let native = "native"

    /// - Throws: `.unsupported` when the server has no such backend.
    static func backends(
        for configuration: ModelConfiguration, _ parameters: Parameters, among all: [any Backend]
    ) throws(InferError) -> [any Backend] {
        if let pinned = parameters.string("backend") ?? configuration.parameters["backend"] {
            return [try named(pinned, key: "parameter backend", among: all)]
        }
        if !anyONNX.contains(configuration.backend) {
            return [try named(configuration.backend, key: "backend", among: all)]
        }
        if !anyONNX.contains(configuration.platform) {
            return [try named(configuration.platform, key: "platform", among: all)]
        }
        return all
    }

    private static func named(
        _ word: String, key: String, among all: [any Backend]
    ) throws(InferError) -> any Backend {
        let name = word == "dunlin" || word == "onnx_dunlin" ? native : word
        if let backend = all.first(where: { $0.name == name }) { return backend }
        throw InferError(
            .unsupported, "\(key) '\(word)' is not served here; there is \(all.map(\.name).joined(separator: ", "))")
    }
}
