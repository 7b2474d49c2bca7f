public import DunlinTensor

/// Name, type and shape of one input or output.
public struct TensorMetadata: Sendable, Hashable {
    public var name: String
    public var dataType: DataType
    /// Extents; -1 where any extent is accepted.
    public var shape: [Int]
    /// Class names of a classifying output, in index order; empty when it has none.
    public var labels: [String]

    public init(name: String, dataType: DataType, shape: [Int], labels: [String] = []) {
        self.name = name
        self.dataType = dataType
        self.shape = shape
        self.labels = labels
    }
}

/// The inputs a loaded model takes and the outputs it gives, in the model's own order.
public struct ModelSignature: Sendable, Hashable {
    public var inputs: [TensorMetadata]
    public var outputs: [TensorMetadata]
    /// True for workers that take any number of inputs under any names, with any shapes, of the datatypes that
    /// `inputs` lists (any, when it lists none). Their outputs follow the inputs.
    public var isVariadic: Bool

    public init(inputs: [TensorMetadata], outputs: [TensorMetadata], isVariadic: Bool = false) {
        self.inputs = inputs
        self.outputs = outputs
        self.isVariadic = isVariadic
    }
}

/// What `GET /v2/models/{model}` answers.
public struct ModelMetadata: Sendable, Hashable {
    public var name: String
    /// The versions that are ready, ascending.
    public var versions: [String]
    /// For example `onnx_dunlin` (native engine) or `onnx_onnxruntime`.
    public var platform: String
    public var inputs: [TensorMetadata]
    public var outputs: [TensorMetadata]
    /// Facts for people: which backend runs the model and why, class labels.
    public var properties: [String: String]

    public init(
        name: String, versions: [String], platform: String, inputs: [TensorMetadata], outputs: [TensorMetadata],
        properties: [String: String] = [:]
    ) {
        self.name = name
        self.versions = versions
        self.platform = platform
        self.inputs = inputs
        self.outputs = outputs
        self.properties = properties
    }
}
