import DunlinBytes
import DunlinInference
import DunlinTensor

extension ModelConfigurationFile {
    /// Datatypes that `batch_input` may have.
    static let batchInputTypes: [DataType] = [.int32, .int64, .fp32]

    /// Reads `batch_input`.
    func batchInputs(_ message: ProtobufTextMessage) throws(TextFormatError) -> [ModelConfiguration.BatchInput] {
        var inputs: [ModelConfiguration.BatchInput] = []
        for (line, given) in message.messages("batch_input") {
            var input = ModelConfiguration.BatchInput()
            let kinds = ModelConfiguration.BatchInput.Kind.allCases
            if let field = given.first("kind") {
                let name = field.value.name(in: ConfigurationSchema.batchInputKinds)
                input.kind = kinds.first { $0.rawValue == name } ?? .elementCount
            }
            let what = "batch_input \(input.kind.rawValue)"
            (input.targets, input.source) = try targets(given, what, line: line)
            guard let type = try dataType(given, what, line: line), Self.batchInputTypes.contains(type) else {
                throw TextFormatError(line: line, "\(what): data_type must be TYPE_INT32, TYPE_INT64 or TYPE_FP32")
            }
            input.dataType = type
            inputs.append(input)
        }
        return inputs
    }

    /// Reads `batch_output`.
    func batchOutputs(_ message: ProtobufTextMessage) throws(TextFormatError) -> [ModelConfiguration.BatchOutput] {
        var outputs: [ModelConfiguration.BatchOutput] = []
        for (line, given) in message.messages("batch_output") {
            var output = ModelConfiguration.BatchOutput()
            (output.targets, output.source) = try targets(given, "batch_output", line: line)
            outputs.append(output)
        }
        return outputs
    }

    private func targets(
        _ message: ProtobufTextMessage, _ what: String, line: Int
    ) throws(TextFormatError) -> (targets: [String], source: String) {
        guard let size = configuration.maxBatchSize, size > 0 else {
            throw TextFormatError(line: line, "\(what) needs a max_batch_size above 0")
        }
        let targets = message.fields.filter { $0.name == "target_name" }.map(\.value.text)
        let sources = message.fields.filter { $0.name == "source_input" }.map(\.value.text)
        guard !targets.isEmpty, sources.count == 1 else {
            throw TextFormatError(
                line: line,
                "\(what) needs target_name and one source_input; found \(targets.count) and \(sources.count)")
        }
        return (targets, sources[0])
    }
}
