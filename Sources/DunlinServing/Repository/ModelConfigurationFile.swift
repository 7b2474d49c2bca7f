import DunlinBytes
import DunlinInference
import DunlinTensor

/// A model's configuration as its file says it.
///
/// Three vocabularies are read: Triton's `config.pbtxt`, AMD's `.pbtxt` (`inputs`, `datatype`, `shape`) and AMD's
/// TOML. All fields of Triton's `ModelConfig` are known; what would change a model's answers and is not served
/// (`model_operations`, `optional`, …) is refused with a sentence, what would only change its speed is
/// accepted and mentioned in `notes`.
struct ModelConfigurationFile: Sendable {
    var configuration = ModelConfiguration()
    /// AMD's vocabulary: shapes may leave out the batch dimension.
    var leavesOutBatch = false
    /// What was accepted but has no effect here, in words for the log.
    var notes: [String] = []
    /// What was read, in the words of `config.pbtxt`.
    private(set) var message = ProtobufTextMessage()
    /// JSON spells no extents as an empty array, of which nothing is left in `message`.
    private var allowsEmptyExtents = false

    /// No file: everything comes from the model.
    init() {}

    /// No file either, but for what a load request says.
    init(_ configuration: ModelConfiguration) { self.configuration = configuration }

    /// - Throws: `TextFormatError` with line, field and what was expected.
    init(parsing bytes: Bytes, isTOML: Bool) throws(TextFormatError) {
        let message: ProtobufTextMessage
        if isTOML {
            let table = try TOMLTable(parsing: bytes, limits: .unlimitedSize)
            if let entry = table.entries.first(where: { $0.key == "models" }) {
                throw TextFormatError(
                    line: entry.line, "AMD's ensembles ('models') are not supported; see ensemble_scheduling")
            }
            message = try Self.message(table, isMap: false)
        } else {
            message = try ProtobufTextMessage(parsing: bytes, limits: .unlimitedSize)
        }
        try ConfigurationSchema.model.check(message, acceptsQuotedNames: isTOML)
        try decode(message)
    }

    /// Takes a message that was spelled in another format, where names of enumerations are quoted.
    init(_ message: ProtobufTextMessage) throws(TextFormatError) {
        allowsEmptyExtents = true
        try ConfigurationSchema.model.check(message, acceptsQuotedNames: true)
        try decode(message)
    }

    private mutating func decode(_ message: ProtobufTextMessage) throws(TextFormatError) {
        self.message = message
        try refuseUnserved(message)
        leavesOutBatch = message.first("inputs") != nil || message.first("outputs") != nil
        if leavesOutBatch, let mixed = message.first("input") ?? message.first("output") {
            throw TextFormatError(line: mixed.line, "'\(mixed.name)' and 'inputs'/'outputs' do not go together")
        }
        configuration.name = message.string("name")
        configuration.platform = message.string("platform")
        configuration.backend = message.string("backend")
        configuration.defaultModelFilename = message.string("default_model_filename")
        if let field = message.first("max_batch_size"), case .integer(let size) = field.value {
            guard size >= 0 else {
                throw TextFormatError(line: field.line, "max_batch_size is \(size); it must be 0 or more")
            }
            configuration.maxBatchSize = Int(size)
        }
        configuration.dynamicBatching = try Self.dynamicBatching(message, maxBatchSize: configuration.maxBatchSize)
        if configuration.dynamicBatching != nil, configuration.maxBatchSize == 0 {
            notes.append("dynamic_batching merges no requests: max_batch_size is 0")
        }
        configuration.cachesResponses = message.messages("response_cache").contains { $0.message.bool("enable") }
        configuration.warmup = try warmup(message)
        configuration.batchInputs = try batchInputs(message)
        configuration.batchOutputs = try batchOutputs(message)
        configuration.versionPolicy = try versionPolicy(message)
        configuration.sequenceBatching = try sequenceBatching(message)
        configuration.ensembleSteps = try ensembleSteps(message)
        for name in ["input", "inputs"] { configuration.inputs += try tensors(message, name) }
        for name in ["output", "outputs"] { configuration.outputs += try tensors(message, name) }
        for (line, group) in message.messages("instance_group") {
            configuration.instanceGroups.append(try instanceGroup(group, line: line))
        }
        for (line, entry) in message.messages("parameters") {
            let value = entry.messages("value").first?.message.fields.first?.value
            guard configuration.parameters.updateValue(value?.text ?? "", forKey: entry.string("key")) == nil else {
                throw TextFormatError(line: line, "parameter '\(entry.string("key"))' is given more than once")
            }
        }
    }

    private mutating func refuseUnserved(_ message: ProtobufTextMessage) throws(TextFormatError) {
        let refused = [
            "model_operations": "custom operator libraries (model_operations) are not supported",
            "model_repository_agents": "model_repository_agents are not supported",
        ]
        for field in message.fields {
            if let reason = refused[field.name] { throw TextFormatError(line: field.line, reason) }
        }
        for (line, policy) in message.messages("model_transaction_policy") where policy.bool("decoupled") {
            throw TextFormatError(line: line, "decoupled models (several answers to one request) are not supported")
        }
        for name in ["optimization", "runtime"]
        where message.first(name) != nil {
            notes.append("\(name) has no effect")
        }
    }

    private func versionPolicy(
        _ message: ProtobufTextMessage
    ) throws(TextFormatError) -> ModelConfiguration.VersionPolicy {
        // AMD's list of version names.
        let listed = message.fields.filter { $0.name == "versions" }
        guard let (line, policy) = message.messages("version_policy").first else {
            guard let first = listed.first else { return .latest(1) }
            let numbers = listed.compactMap { VersionName.number($0.value.text) }
            guard numbers.count == listed.count else {
                throw TextFormatError(line: first.line, "versions must be decimal numbers that do not start with 0")
            }
            return .specific(numbers)
        }
        if let first = listed.first {
            throw TextFormatError(line: first.line, "versions and version_policy do not go together")
        }
        guard policy.fields.count <= 1 else {
            throw TextFormatError(line: line, "version_policy has more than one of latest, all, specific")
        }
        if policy.first("all") != nil { return .all }
        if let specific = policy.messages("specific").first {
            let versions = specific.message.integers("versions")
            guard !versions.isEmpty, versions.allSatisfy({ $0 > 0 }) else {
                throw TextFormatError(line: specific.line, "version_policy.specific needs versions above 0")
            }
            return .specific(versions)
        }
        let count = policy.messages("latest").first?.message.integers("num_versions").first ?? 1
        guard count > 0 else { throw TextFormatError(line: line, "version_policy.latest.num_versions must be above 0") }
        return .latest(count)
    }

    private mutating func instanceGroup(
        _ message: ProtobufTextMessage, line: Int
    ) throws(TextFormatError) -> ModelConfiguration.InstanceGroup {
        var group = ModelConfiguration.InstanceGroup()
        group.name = message.string("name")
        // Triton takes a count that is absent or 0 as 1.
        group.count = message.integers("count").first.map { $0 == 0 ? 1 : $0 } ?? 1
        guard group.count > 0 else {
            throw TextFormatError(line: line, "instance_group.count is \(group.count); it must be 0 or more")
        }
        if let field = message.first("kind") {
            let name = field.value.name(in: ConfigurationSchema.instanceKinds)
            group.kind = ModelConfiguration.InstanceGroup.Kind(rawValue: name) ?? .auto
        }
        if group.kind == .gpu { notes.append("instance_group kind KIND_GPU runs on the CPU") }
        group.rateLimiter = try Self.rateLimiter(message)
        if message.bool("passive") { throw TextFormatError(line: line, "passive instance groups are not supported") }
        return group
    }

    private func tensors(
        _ message: ProtobufTextMessage, _ name: String
    ) throws(TextFormatError) -> [ModelConfiguration.ConfiguredTensor] {
        var tensors: [ModelConfiguration.ConfiguredTensor] = []
        for (line, tensor) in message.messages(name) {
            let decoded = try self.tensor(tensor, name, line: line)
            guard !tensors.contains(where: { $0.name == decoded.name }) else {
                throw TextFormatError(line: line, "\(name) '\(decoded.name)' is described more than once")
            }
            tensors.append(decoded)
        }
        return tensors
    }

    private func tensor(
        _ message: ProtobufTextMessage, _ kind: String, line: Int
    ) throws(TextFormatError) -> ModelConfiguration.ConfiguredTensor {
        var tensor = ModelConfiguration.ConfiguredTensor()
        tensor.name = message.string("name")
        let what = "\(kind) '\(tensor.name)'"
        guard !tensor.name.isEmpty else { throw TextFormatError(line: line, "\(kind) has no name") }
        tensor.dataType = try dataType(message, what, line: line)
        let extents = message.fields.filter { $0.name == "dims" || $0.name == "shape" }
        let usual = kind.hasSuffix("s") ? "shape" : "dims"
        let name = extents.first?.name ?? usual
        guard !extents.isEmpty || allowsEmptyExtents, extents.allSatisfy({ $0.name == name }) else {
            throw TextFormatError(line: line, "\(what) needs \(usual)")
        }
        tensor.dimensions = message.integers(name)
        guard tensor.dimensions.allSatisfy({ $0 == -1 || $0 > 0 }) else {
            throw TextFormatError(
                line: extents.first?.line ?? line, "\(what): each of \(name) must be above 0, or -1 for any")
        }
        tensor.labelFilename = message.string("label_filename")
        tensor.reshape = try reshape(message, what, tensor.dimensions)
        tensor.allowsRaggedBatch = message.bool("allow_ragged_batch")
        for flag in ["is_shape_tensor", "optional", "is_non_linear_format_io"]
        where message.bool(flag) {
            throw TextFormatError(line: message.first(flag)!.line, "\(what): \(flag) is not supported")
        }
        return tensor
    }

    /// - Returns: `nil` where there is none, or where it changes nothing.
    private func reshape(
        _ message: ProtobufTextMessage, _ what: String, _ dimensions: [Int]
    ) throws(TextFormatError) -> [Int]? {
        guard let (line, reshape) = message.messages("reshape").first else { return nil }
        let shape = reshape.integers("shape")
        guard shape.allSatisfy({ $0 == -1 || $0 > 0 }) else {
            throw TextFormatError(line: line, "\(what): each extent of reshape must be above 0, or -1 for any")
        }
        // Without a batch dimension the model's tensor would be a scalar, which Triton has no way to say.
        guard !shape.isEmpty || (configuration.maxBatchSize ?? 0) > 0 else {
            throw TextFormatError(line: line, "\(what): an empty reshape needs a max_batch_size above 0")
        }
        guard Reshape(dims: dimensions, shape: shape) != nil else {
            throw TextFormatError(
                line: line,
                "\(what): reshape \(shape) does not hold the elements of dims \(dimensions): both need as many open "
                    + "extents (-1), and as many elements before, between and after them")
        }
        return shape == dimensions ? nil : shape
    }

    func dataType(
        _ message: ProtobufTextMessage, _ what: String, line: Int
    ) throws(TextFormatError) -> DataType? {
        if let field = message.first("datatype") {
            guard message.first("data_type") == nil else {
                throw TextFormatError(line: field.line, "\(what) has both data_type and datatype")
            }
            let name = field.value.text
            if let type = DataType(name: name.uppercased() == "STRING" ? "BYTES" : name) { return type }
            throw TextFormatError(line: field.line, "\(what): '\(name)' is no datatype; FP32, INT64, BYTES are")
        }
        guard let field = message.first("data_type") else { return nil }
        let name = String(field.value.name(in: ConfigurationSchema.dataTypes).dropFirst("TYPE_".count))
        guard name != "INVALID" else { throw TextFormatError(line: field.line, "\(what): data_type is TYPE_INVALID") }
        return DataType(name: name == "STRING" ? "BYTES" : name)
    }
}
