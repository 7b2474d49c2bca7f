public import DunlinBytes
public import DunlinTensor

/// A way to execute models. Three levels, as in every engine: a backend loads models, a loaded model makes
/// instances, an instance is one execution's memory.
///
/// A server has an ordered list of backends; the first that accepts a model serves it, and each refusal is kept
/// as the reason why.
public protocol Backend: Sendable {
    /// The word in configuration and flags: `native`, `onnxruntime`.
    var name: String { get }
    /// The file looked for in a version directory when the configuration names none: `model.onnx`.
    var defaultModelFilename: String { get }

    /// Reads and checks the model. Runs on the repository's queue and may take long.
    ///
    /// - Throws: `.unsupported` when another backend might accept the model (an operator is lacking, the library is
    ///   not installed); any other code when the file itself is at fault.
    func load(_ source: ModelSource) throws(InferError) -> any LoadedModel
}

/// What a backend is asked to load.
public struct ModelSource: Sendable {
    /// The endpoint's name.
    public var model: String
    public var version: String
    /// The version directory; names inside the model file are resolved against it and never leave it.
    public var directory: String
    /// The model file.
    public var path: String
    /// The files of the version directory by relative path, where the load request brought them: `path` is one of them
    /// then, and nothing lies in `directory`. `nil`: they lie on the disk.
    public var files: [String: Bytes]?
    public var configuration: ModelConfiguration
    /// What a load request or a worker load passed: `threads`, `batch_size`, ….
    public var parameters: Parameters
    /// How products are computed where neither parameters nor configuration say it; `nil`: as the backend sees fit.
    public var defaultPrecision: Precision?

    public init(
        model: String, version: String, directory: String, path: String,
        configuration: ModelConfiguration = .init(), parameters: Parameters = [:], defaultPrecision: Precision? = nil,
        files: [String: Bytes]? = nil
    ) {
        self.model = model
        self.version = version
        self.directory = directory
        self.path = path
        self.configuration = configuration
        self.parameters = parameters
        self.defaultPrecision = defaultPrecision
        self.files = files
    }
}

/// A model that is read, checked and ready to make instances; immutable, shared by all its instances.
public protocol LoadedModel: Sendable {
    var signature: ModelSignature { get }
    /// For `ModelMetadata.platform`.
    var platform: String { get }
    /// For `ModelMetadata.properties`: backend, reasons, labels.
    var properties: [String: String] { get }
    /// Bytes of weights and tables held for as long as the model is loaded.
    var memoryByteCount: Int { get }

    func makeInstance() throws(InferError) -> any ModelInstance
}

/// One execution's memory. Used by one thread at a time; the caller guarantees that.
public protocol ModelInstance: AnyObject {
    /// - Parameter inputs: Checked against the signature and in its order (variadic models: as they came).
    /// - Returns: All outputs, in the signature's order. They own their memory or share the inputs'.
    func execute(_ inputs: [NamedTensor]) throws(InferError) -> [NamedTensor]

    /// The same for requests whose clients may give up.
    ///
    /// - Parameter isWanted: May be asked between the steps of a long run; once it says false, the run may end there.
    /// - Throws: `.cancelled` when it ended so.
    func execute(_ inputs: [NamedTensor], while isWanted: () -> Bool) throws(InferError) -> [NamedTensor]
}

extension ModelInstance {
    /// For instances that cannot stop half way.
    public func execute(_ inputs: [NamedTensor], while isWanted: () -> Bool) throws(InferError) -> [NamedTensor] {
        try execute(inputs)
    }
}
