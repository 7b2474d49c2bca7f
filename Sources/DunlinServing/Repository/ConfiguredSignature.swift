import DunlinInference
import DunlinTensor

/// What a model is served as: its own signature, narrowed by its configuration.
///
/// The configuration may name extents the model leaves open, leave out outputs, and add labels; where it contradicts
/// the model, the load fails with a sentence that names the tensor.
struct ConfiguredSignature: Sendable, Equatable {
    var signature: ModelSignature
    /// For each served output its place among the model's outputs; `nil` when they are the same.
    var outputIndices: [Int]?

    init(
        _ model: ModelSignature, _ configuration: ModelConfiguration, leavesOutBatch: Bool = false,
        labels: [String: [String]] = [:]
    ) throws(InferError) {
        signature = model
        guard !model.isVariadic else { return }
        let rows = configuration.maxBatchSize ?? 0
        if rows > 0 {
            for input in model.inputs where input.shape.first != -1 {
                throw Self.error(
                    "max_batch_size is \(rows), but input '\(input.name)' of the model has shape "
                        + "\(Self.text(input.shape)), whose first dimension is not variable")
            }
        }
        if !configuration.inputs.isEmpty {
            let configured = try Self.indices(configuration.inputs, in: model.inputs, kind: "input")
            if let left = model.inputs.indices.first(where: { !configured.contains($0) }) {
                throw Self.error("the configuration leaves out input '\(model.inputs[left].name)' of the model")
            }
            for (tensor, index) in zip(configuration.inputs, configured) {
                signature.inputs[index] = try Self.narrowed(
                    model.inputs[index], to: tensor, kind: "input", isBatched: rows > 0, leavesOutBatch: leavesOutBatch)
            }
        }
        if !configuration.outputs.isEmpty {
            let configured = try Self.indices(configuration.outputs, in: model.outputs, kind: "output")
            var outputs: [TensorMetadata] = []
            for (tensor, index) in zip(configuration.outputs, configured) {
                outputs.append(
                    try Self.narrowed(
                        model.outputs[index], to: tensor, kind: "output", isBatched: rows > 0,
                        leavesOutBatch: leavesOutBatch))
            }
            signature.outputs = outputs
            if configured != Array(model.outputs.indices) { outputIndices = configured }
        }
        for index in signature.outputs.indices {
            if let names = labels[signature.outputs[index].name] { signature.outputs[index].labels = names }
        }
    }

    private static func indices(
        _ tensors: [ModelConfiguration.ConfiguredTensor], in model: [TensorMetadata], kind: String
    ) throws(InferError) -> [Int] {
        var indices: [Int] = []
        for tensor in tensors {
            guard let index = model.firstIndex(where: { $0.name == tensor.name }) else {
                let names = model.map { "'\($0.name)'" }.joined(separator: ", ")
                throw error("the configuration names \(kind) '\(tensor.name)'; the model's \(kind)s are \(names)")
            }
            indices.append(index)
        }
        return indices
    }

    private static func narrowed(
        _ model: TensorMetadata, to tensor: ModelConfiguration.ConfiguredTensor, kind: String, isBatched: Bool,
        leavesOutBatch: Bool
    ) throws(InferError) -> TensorMetadata {
        if let type = tensor.dataType, type != model.dataType {
            throw error("\(kind) '\(tensor.name)': the configuration says \(type), the model \(model.dataType)")
        }
        var configured = tensor.dimensions
        if isBatched {
            configured.insert(-1, at: 0)
        } else if leavesOutBatch, configured.count + 1 == model.shape.count, let rows = model.shape.first {
            configured.insert(rows, at: 0)
        }
        let agrees =
            configured.count == model.shape.count
            && zip(configured, model.shape).allSatisfy { $0 == $1 || $1 == -1 }
        guard agrees else {
            throw error(
                "\(kind) '\(tensor.name)': the configuration's shape is \(text(configured))"
                    + "\(isBatched ? " with the batch dimension" : ""), the model's \(text(model.shape))")
        }
        var narrowed = model
        narrowed.shape = configured
        return narrowed
    }

    private static func text(_ shape: [Int]) -> String {
        "[" + shape.map(String.init).joined(separator: ",") + "]"
    }

    private static func error(_ message: String) -> InferError { InferError(.invalidArgument, message) }
}
