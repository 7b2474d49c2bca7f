import DunlinBytes
public import DunlinInference

/// Runs ONNX models on Dunlin's own engine.
public struct NativeBackend: Backend {
    public let name = "native"
    public let defaultModelFilename = "model.onnx"
    public var options: EngineOptions

    public init(options: EngineOptions = .init()) { self.options = options }

    public func load(_ source: ModelSource) throws(InferError) -> any LoadedModel {
        let bytes: Bytes
        do { bytes = try Bytes(mapping: source.path) } catch {
            throw InferError(.notFound, "model '\(source.model)': \(error.reason)")
        }
        do throws(InferError) {
            var options = options
            options.threads = try source.threads() ?? options.threads
            options.precision = try source.precision() ?? options.precision
            return try NativeModel.load(bytes, directory: source.directory, options: options)
        } catch { throw error.within("model '\(source.model)'") }
    }
}
