package import DunlinBytes
package import DunlinInference
import DunlinTensor

/// What a version is served with, in the words of `config.pbtxt`: its configuration, completed from the model.
///
/// Inputs and outputs are those that requests see. `max_batch_size` of a model whose configuration says nothing of it is
/// the number of rows that requests are merged to, as Triton completes it; such a model takes larger requests too.
/// AMD's vocabulary is told in Triton's. It can be loaded again with the parameter `config`.
struct CompletedConfiguration {
    private let model: ServedModel
    private let file: ModelConfigurationFile
    private var message = ProtobufTextMessage()
    private let maxBatchSize: Int

    static func message(of model: ServedModel) -> ProtobufTextMessage {
        var completed = CompletedConfiguration(model)
        completed.complete()
        return completed.message
    }

    private init(_ model: ServedModel) {
        self.model = model
        file = model.file
        let merged = model.scheduler.options.plan.maxRows
        maxBatchSize = file.configuration.maxBatchSize ?? (merged > 1 ? merged : 0)
    }

    /// Fields that are made anew; all others stay as the file has them.
    private static let remade: Set<String> = [
        "name", "platform", "backend", "version_policy", "max_batch_size", "input", "output", "inputs", "outputs",
        "versions", "instance_group", "default_model_filename", "parameters",
    ]

    private mutating func complete() {
        let configuration = file.configuration
        let isEnsemble = configuration.ensembleSteps != nil
        add("name", .string(model.name))
        add("platform", .string(isEnsemble ? ModelConfigurationFile.ensemblePlatform : configuration.platform))
        let running = isEnsemble ? "" : model.properties["backend"] ?? ""
        add("backend", .string(configuration.backend.isEmpty ? running : configuration.backend))
        add("version_policy", .message(Self.message(of: configuration.versionPolicy)))
        add("max_batch_size", .integer(Int64(maxBatchSize)))
        for tensor in model.signature.inputs { add("input", .message(described(tensor, ["input", "inputs"]))) }
        for tensor in model.signature.outputs { add("output", .message(described(tensor, ["output", "outputs"]))) }
        if !isEnsemble {
            for group in instanceGroups() { add("instance_group", .message(group)) }
            add("default_model_filename", .string(model.fileName))
        }
        for (key, value) in configuration.parameters.sorted(by: { $0.key < $1.key }) {
            let text = Self.message([("string_value", .string(value))])
            add("parameters", .message(Self.message([("key", .string(key)), ("value", .message(text))])))
        }
        message.fields += file.message.fields.filter { !Self.remade.contains($0.name) }
        let merges = model.scheduler.options.plan.maxRows > 1 && !isEnsemble && configuration.sequenceBatching == nil
        if merges, configuration.dynamicBatching == nil { add("dynamic_batching", .message(ProtobufTextMessage())) }
    }

    private mutating func add(_ name: String, _ value: ProtobufTextMessage.Value) {
        message.fields.append(.init(name: name, line: 1, value: value))
    }

    private static func message(_ fields: [(String, ProtobufTextMessage.Value)]) -> ProtobufTextMessage {
        var message = ProtobufTextMessage()
        message.fields = fields.map { .init(name: $0.0, line: 1, value: $0.1) }
        return message
    }

    private static func message(of policy: ModelConfiguration.VersionPolicy) -> ProtobufTextMessage {
        switch policy {
        case .latest(let count):
            message([("latest", .message(message([("num_versions", .integer(Int64(count)))])))])
        case .all: message([("all", .message(ProtobufTextMessage()))])
        case .specific(let versions):
            message([("specific", .message(message(versions.map { ("versions", .integer(Int64($0))) })))])
        }
    }

    /// One input or output: what the file says of it, with the datatype and the extents that are served.
    private func described(_ tensor: TensorMetadata, _ names: [String]) -> ProtobufTextMessage {
        let given = file.message.fields.lazy.filter { names.contains($0.name) }.compactMap { field in
            if case .message(let message) = field.value, message.string("name") == tensor.name { message } else { nil }
        }.first
        let type = tensor.dataType == .bytes ? "STRING" : tensor.dataType.name
        var described = Self.message([("name", .string(tensor.name)), ("data_type", .word("TYPE_\(type)"))])
        var extents = tensor.shape
        if maxBatchSize > 0, extents.first == -1 { extents.removeFirst() }
        if file.configuration.maxBatchSize != nil, let given, given.first("dims") != nil {
            extents = given.integers("dims")
        }
        described.fields += extents.map { .init(name: "dims", line: 1, value: .integer(Int64($0))) }
        let remade: Set<String> = ["name", "data_type", "datatype", "dims", "shape"]
        described.fields += (given?.fields ?? []).filter { !remade.contains($0.name) }
        return described
    }

    /// The groups as configured, named and counted; one group with all instances where there are none.
    private func instanceGroups() -> [ProtobufTextMessage] {
        let given = file.message.messages("instance_group").map(\.message)
        guard !given.isEmpty else {
            return [
                Self.message([
                    ("name", .string("\(model.name)_0")), ("kind", .word("KIND_CPU")),
                    ("count", .integer(Int64(model.scheduler.instanceCount))),
                ])
            ]
        }
        return zip(given, file.configuration.instanceGroups).enumerated().map { index, group in
            let (message, read) = group
            var completed = Self.message([
                ("name", .string(read.name.isEmpty ? "\(model.name)_\(index)" : read.name)),
                ("kind", .word("KIND_CPU")), ("count", .integer(Int64(read.count))),
            ])
            completed.fields += message.fields.filter { !["name", "kind", "count"].contains($0.name) }
            return completed
        }
    }
}

extension ModelRegistry {
    /// The configuration a version is served with, completed, in the words of `config.pbtxt`.
    ///
    /// - Throws: `.notFound`, or `.unavailable` when the model is not ready.
    package func configuration(model: String, version: String? = nil) throws(InferError) -> ProtobufTextMessage {
        CompletedConfiguration.message(of: try served(model, version))
    }
}
