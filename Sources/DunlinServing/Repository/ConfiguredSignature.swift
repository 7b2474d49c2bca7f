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
    /// By served input and output: how the model has it otherwise. Both empty where nothing is reshaped.
    var inputReshapes: [Reshape?] = []
    var outputReshapes: [Reshape?] = []

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
            var reshapes = [Reshape?](repeating: nil, count: model.inputs.count)
            for (tensor, index) in zip(configuration.inputs, configured) {
                (signature.inputs[index], reshapes[index]) = try Self.narrowed(
                    model.inputs[index], to: tensor, kind: "input", isBatched: rows > 0, leavesOutBatch: leavesOutBatch)
            }
            if reshapes.contains(where: { $0 != nil }) { inputReshapes = reshapes }
        }
        if !configuration.outputs.isEmpty {
            let configured = try Self.indices(configuration.outputs, in: model.outputs, kind: "output")
            var outputs: [TensorMetadata] = []
            var reshapes: [Reshape?] = []
            for (tensor, index) in zip(configuration.outputs, configured) {
                let (output, reshape) = try Self.narrowed(
                    model.outputs[index], to: tensor, kind: "output", isBatched: rows > 0,
                    leavesOutBatch: leavesOutBatch)
                outputs.append(output)
                reshapes.append(reshape)
            }
            signature.outputs = outputs
            if reshapes.contains(where: { $0 != nil }) { outputReshapes = reshapes }
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
    ) throws(InferError) -> (TensorMetadata, Reshape?) {
        if let type = tensor.dataType, type != model.dataType {
            throw error("\(kind) '\(tensor.name)': the configuration says \(type), the model \(model.dataType)")
        }
        var configured = tensor.reshape ?? tensor.dimensions
        var rows: [Int] = []
        if isBatched {
            rows = [-1]
        } else if leavesOutBatch, configured.count + 1 == model.shape.count {
            rows = Array(model.shape.prefix(1))
        }
        configured = rows + configured
        let agrees =
            configured.count == model.shape.count
            && zip(configured, model.shape).allSatisfy { $0 == $1 || $1 == -1 }
        guard agrees else {
            throw error(
                "\(kind) '\(tensor.name)': the configuration's \(tensor.reshape == nil ? "shape" : "reshape") is "
                    + "\(text(configured))\(isBatched ? " with the batch dimension" : ""), the model's \(text(model.shape))"
            )
        }
        var narrowed = model
        narrowed.shape = rows + tensor.dimensions
        return (narrowed, tensor.reshape == nil ? nil : Reshape(dims: narrowed.shape, shape: configured))
    }

    private static func text(_ shape: [Int]) -> String {
        "[" + shape.map(String.init).joined(separator: ",") + "]"
    }

    private static func error(_ message: String) -> InferError { InferError(.invalidArgument, message) }
}

// MARK: Reshapes

extension ConfiguredSignature {
    /// The served tensors as the model has them.
    var modelForm: ModelSignature {
        var form = signature
        for (index, reshape) in inputReshapes.enumerated() {
            if let reshape { form.inputs[index].shape = reshape.shape }
        }
        for (index, reshape) in outputReshapes.enumerated() {
            if let reshape { form.outputs[index].shape = reshape.shape }
        }
        return form
    }

    /// Inputs as the model takes them; shares the bytes.
    ///
    /// - Precondition: They were checked against `signature`.
    func forModel(_ inputs: [NamedTensor]) -> [NamedTensor] {
        guard !inputReshapes.isEmpty else { return inputs }
        return zip(inputs, inputReshapes).map { input, reshape in
            NamedTensor(input.name, reshape?.forModel(input.tensor) ?? input.tensor)
        }
    }

    /// The served outputs as the client gets them; shares the bytes.
    ///
    /// - Throws: `.internal` when the model gave something else than it said.
    func forClient(_ outputs: [NamedTensor], model: String) throws(InferError) -> [NamedTensor] {
        var changed = outputs
        for (index, reshape) in outputReshapes.enumerated() {
            guard let reshape else { continue }
            let output = outputs[index]
            guard let tensor = reshape.forClient(output.tensor) else {
                throw InferError(
                    .internal,
                    "model '\(model)' gave output '\(output.name)' as \(output.tensor.shape); its reshape is "
                        + Self.text(reshape.shape))
            }
            changed[index].tensor = tensor
        }
        return changed
    }

    /// The same for all inputs of `model`, those that clients do not see included.
    func covering(_ model: ModelSignature) -> ConfiguredSignature {
        var all = self
        all.signature.inputs = model.inputs
        all.inputReshapes = [Reshape?](repeating: nil, count: model.inputs.count)
        for (index, input) in model.inputs.enumerated() {
            guard let place = signature.inputs.firstIndex(where: { $0.name == input.name }) else { continue }
            all.signature.inputs[index] = signature.inputs[place]
            if place < inputReshapes.count { all.inputReshapes[index] = inputReshapes[place] }
        }
        return all
    }
}
