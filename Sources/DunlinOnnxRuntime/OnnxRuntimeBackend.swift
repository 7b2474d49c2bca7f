public import DunlinInference
import Synchronization

/// Executes models with ONNX Runtime, whose library is opened when the first model is loaded.
///
/// The fallback behind the native engine: it accepts every graph that ONNX Runtime accepts. Without the library
/// each load fails with a sentence that says what to install and where it was looked for; a later load looks again.
public final class OnnxRuntimeBackend: Backend {
    public let name = "onnxruntime"
    public let defaultModelFilename = "model.onnx"

    private let search: LibrarySearch
    private let library = Mutex<OnnxRuntimeLibrary?>(nil)

    public convenience init() { self.init(search: LibrarySearch()) }

    init(search: LibrarySearch) { self.search = search }

    public func load(_ source: ModelSource) throws(InferError) -> any LoadedModel {
        let options = try SessionOptions(source)
        let library = try openLibrary(for: source.model)
        return try OnnxRuntimeModel(source, options: options, library: library)
    }

    /// The library's version, such as `1.21.0`; opens the library.
    ///
    /// - Throws: `.unsupported` when there is none, with the places searched.
    package func libraryVersion() throws(InferError) -> String { try openLibrary(for: nil).version }

    private func openLibrary(for model: String?) throws(InferError) -> OnnxRuntimeLibrary {
        try library.withLock { (opened) throws(InferError) in
            if let opened { return opened }
            let found = try OnnxRuntimeLibrary.open(search, for: model)
            opened = found
            return found
        }
    }
}
