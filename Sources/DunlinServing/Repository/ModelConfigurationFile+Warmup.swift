import DunlinBytes
import DunlinInference

extension ModelConfigurationFile {
    /// Samples of one model, and runs of one sample.
    static let maxWarmupCount = 1000

    /// Reads `model_warmup`.
    func warmup(_ message: ProtobufTextMessage) throws(TextFormatError) -> [ModelConfiguration
        .WarmupSample]
    {
        var samples: [ModelConfiguration.WarmupSample] = []
        for (line, given) in message.messages("model_warmup") {
            var sample = ModelConfiguration.WarmupSample()
            sample.name = given.string("name")
            sample.batchSize = given.integers("batch_size").first ?? 0
            // Triton takes a count that is absent or 0 as 1.
            sample.count = max(1, given.integers("count").first ?? 1)
            guard sample.count <= Self.maxWarmupCount, samples.count < Self.maxWarmupCount else {
                throw TextFormatError(
                    line: line, "model_warmup has more than \(Self.maxWarmupCount) samples, or runs of one")
            }
            guard sample.batchSize <= configuration.maxBatchSize ?? 0 else {
                throw TextFormatError(
                    line: line,
                    "model_warmup '\(sample.name)': batch_size is \(sample.batchSize); max_batch_size is "
                        + "\(configuration.maxBatchSize ?? 0)")
            }
            for (line, entry) in given.messages("inputs") {
                let value = entry.messages("value").first?.message ?? ProtobufTextMessage()
                sample.inputs.append(try input(value, entry.string("key"), line: line))
            }
            samples.append(sample)
        }
        return samples
    }

    private func input(
        _ message: ProtobufTextMessage, _ name: String, line: Int
    ) throws(TextFormatError) -> ModelConfiguration.WarmupSample.Input {
        var input = ModelConfiguration.WarmupSample.Input()
        input.name = name
        let what = "model_warmup input '\(name)'"
        guard let type = try dataType(message, what, line: line) else {
            throw TextFormatError(line: line, "\(what) has no data_type")
        }
        input.dataType = type
        input.dimensions = message.integers("dims")
        guard input.dimensions.allSatisfy({ $0 > 0 }) else {
            throw TextFormatError(line: line, "\(what): each of dims must be above 0")
        }
        let file = message.string("input_data_file")
        let sources = [message.bool("zero_data"), message.bool("random_data"), !file.isEmpty]
        guard sources.filter({ $0 }).count == 1 else {
            throw TextFormatError(
                line: line, "\(what) needs one of zero_data, random_data and input_data_file")
        }
        input.source = sources[0] ? .zeros : sources[1] ? .random : .file(file)
        return input
    }
}
