public import DunlinInference

/// Runs ONNX models on Dunlin's own engine.
public struct NativeBackend: Backend {
    public let name = "native"
    public let defaultModelFilename = "model.onnx"
    public var options: EngineOptions

    public init(options: EngineOptions = .init()) { self.options = options }

    public func load(_ source: ModelSource) throws(InferError) -> any LoadedModel {
        let bytes = try source.contents()
        do throws(InferError) {
            var options = options
            options.threads = try source.threads() ?? options.threads
            options.precision = try source.precision() ?? options.precision
            return try NativeModel.load(
                bytes, directory: source.files == nil ? source.directory : nil, files: source.files ?? [:],
                options: options)
        } catch { throw error.within("model '\(source.model)'") }
    }
}
