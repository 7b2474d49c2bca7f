import DunlinInference

/// An ensemble seen as a model: its signature is its configuration's, and nothing is loaded.
struct EnsembleModel: LoadedModel {
    let signature: ModelSignature
    var platform: String { ModelConfigurationFile.ensemblePlatform }
    let properties: [String: String]
    var memoryByteCount: Int { 0 }

    /// - Throws: `.invalidArgument` when an input or output lacks its datatype.
    init(_ configuration: ModelConfiguration) throws(InferError) {
        let isBatched = (configuration.maxBatchSize ?? 0) > 0
        signature = ModelSignature(
            inputs: try Self.tensors(configuration.inputs, "input", isBatched: isBatched),
            outputs: try Self.tensors(configuration.outputs, "output", isBatched: isBatched))
        let models = (configuration.ensembleSteps ?? []).map { step in
            step.version.map { "\(step.model) version \($0)" } ?? step.model
        }
        properties = ["backend": "ensemble", "steps": models.joined(separator: ", ")]
    }

    private static func tensors(
        _ configured: [ModelConfiguration.ConfiguredTensor], _ kind: String, isBatched: Bool
    ) throws(InferError) -> [TensorMetadata] {
        guard !configured.isEmpty else {
            throw InferError(.invalidArgument, "an ensemble needs its \(kind)s in the configuration")
        }
        var tensors: [TensorMetadata] = []
        for tensor in configured {
            guard let type = tensor.dataType else {
                throw InferError(.invalidArgument, "\(kind) '\(tensor.name)' of the ensemble needs data_type")
            }
            guard !tensor.allowsRaggedBatch else {
                throw InferError(
                    .invalidArgument,
                    "\(kind) '\(tensor.name)' of the ensemble: allow_ragged_batch belongs to the models of its steps")
            }
            guard tensor.reshape == nil else {
                throw InferError(
                    .invalidArgument,
                    "\(kind) '\(tensor.name)' of the ensemble: reshape belongs to the models of its steps")
            }
            tensors.append(
                TensorMetadata(
                    name: tensor.name, dataType: type, shape: isBatched ? [-1] + tensor.dimensions : tensor.dimensions))
        }
        return tensors
    }

    func makeInstance() throws(InferError) -> any ModelInstance {
        throw InferError(.unsupported, "an ensemble has no instances")
    }
}
