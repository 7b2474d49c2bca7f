import DunlinInference

/// A model as its clients see it: without the inputs and outputs that the sequence batcher takes care of.
struct SequenceModel: LoadedModel {
    let loaded: any LoadedModel
    let signature: ModelSignature

    var platform: String { loaded.platform }
    var properties: [String: String] { loaded.properties }
    var memoryByteCount: Int { loaded.memoryByteCount }

    func makeInstance() throws(InferError) -> any ModelInstance { try loaded.makeInstance() }
}
