public import DunlinTensor

/// What a model answered: the outputs wanted, in the order of the request, or of the model when none were named.
public struct InferResponse: Sendable {
    public var model: String
    public var version: String
    public var id: String?
    public var parameters = Parameters()
    public var outputs: [NamedTensor]

    public init(model: String, version: String, id: String? = nil, outputs: [NamedTensor]) {
        self.model = model
        self.version = version
        self.id = id
        self.outputs = outputs
    }
}
