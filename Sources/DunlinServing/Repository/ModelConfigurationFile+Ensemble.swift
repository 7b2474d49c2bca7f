import DunlinBytes
import DunlinInference

extension ModelConfigurationFile {
    /// The `platform` of an ensemble.
    static let ensemblePlatform = "ensemble"

    /// What belongs to a model and makes no sense for an ensemble.
    private static let modelFields = [
        "instance_group", "dynamic_batching", "sequence_batching", "optimization", "model_warmup", "backend",
        "default_model_filename", "batch_input", "batch_output",
    ]

    /// Reads `ensemble_scheduling`; `nil` where the configuration is a model's.
    ///
    /// - Throws: `TextFormatError` for a step that lacks something. Whether the steps fit together is for `EnsemblePlan`.
    mutating func ensembleSteps(
        _ message: ProtobufTextMessage
    ) throws(TextFormatError) -> [ModelConfiguration.EnsembleStep]? {
        guard let (line, scheduling) = message.messages("ensemble_scheduling").first else {
            guard configuration.platform == Self.ensemblePlatform else { return nil }
            throw TextFormatError(
                line: message.first("platform")?.line ?? 1, "platform 'ensemble' needs ensemble_scheduling")
        }
        guard ["", Self.ensemblePlatform].contains(configuration.platform) else {
            throw TextFormatError(
                line: line, "ensemble_scheduling needs platform 'ensemble', found '\(configuration.platform)'")
        }
        for name in Self.modelFields {
            // An empty name is protobuf's way to say nothing.
            if let field = message.first(name), field.value != .string("") {
                throw TextFormatError(line: field.line, "\(name) and ensemble_scheduling do not go together")
            }
        }
        if configuration.cachesResponses {
            configuration.cachesResponses = false
            notes.append("response_cache has no effect on an ensemble: set it for its models")
        }
        if scheduling.first("max_inflight_requests") != nil {
            notes.append("ensemble_scheduling.max_inflight_requests has no effect: no step answers more than once")
        }
        var steps: [ModelConfiguration.EnsembleStep] = []
        for (line, step) in scheduling.messages("step") {
            steps.append(try Self.step(step, line: line, number: steps.count + 1))
        }
        guard !steps.isEmpty else { throw TextFormatError(line: line, "ensemble_scheduling has no step") }
        return steps
    }

    private static func step(
        _ message: ProtobufTextMessage, line: Int, number: Int
    ) throws(TextFormatError) -> ModelConfiguration.EnsembleStep {
        var step = ModelConfiguration.EnsembleStep()
        let place = "ensemble_scheduling.step \(number)"
        step.model = message.string("model_name")
        guard !step.model.isEmpty else { throw TextFormatError(line: line, "\(place) has no model_name") }
        if let problem = ModelName.problem(step.model) {
            throw TextFormatError(line: line, "\(place): model_name: \(problem)")
        }
        if !message.string("model_namespace").isEmpty {
            throw TextFormatError(line: line, "\(place): model_namespace is not supported")
        }
        // Left out, it is 0 in the protocol buffer, which Triton takes like -1.
        let version = message.integers("model_version").first ?? -1
        guard version >= -1 else {
            throw TextFormatError(line: line, "\(place): model_version is \(version); it must be -1 or above")
        }
        step.version = version > 0 ? version : nil
        step.inputs = try map(message, "input_map", place, line: line)
        step.outputs = try map(message, "output_map", place, line: line)
        return step
    }

    private static func map(
        _ message: ProtobufTextMessage, _ name: String, _ place: String, line: Int
    ) throws(TextFormatError) -> [ModelConfiguration.EnsembleTensor] {
        var entries: [ModelConfiguration.EnsembleTensor] = []
        for (line, entry) in message.messages(name) {
            let pair = ModelConfiguration.EnsembleTensor(entry.string("key"), entry.string("value"))
            guard !pair.name.isEmpty, !pair.tensor.isEmpty else {
                throw TextFormatError(line: line, "\(place).\(name) needs key and value")
            }
            guard !entries.contains(where: { $0.name == pair.name }) else {
                throw TextFormatError(line: line, "\(place).\(name): '\(pair.name)' is given more than once")
            }
            entries.append(pair)
        }
        guard !entries.isEmpty else { throw TextFormatError(line: line, "\(place) has no \(name)") }
        return entries
    }
}
