import DunlinBytes
import DunlinInference
import DunlinTensor

extension ModelConfigurationFile {
    /// The most sequences that one model may serve at once.
    static let maxSequenceCount = 65_536

    /// Reads `sequence_batching`; `nil` where there is none.
    ///
    /// - Throws: `TextFormatError` for a value that is out of range or makes no sense beside another.
    mutating func sequenceBatching(
        _ message: ProtobufTextMessage
    ) throws(TextFormatError) -> ModelConfiguration.SequenceBatching? {
        guard let (line, batching) = message.messages("sequence_batching").first else { return nil }
        if let other = message.first("dynamic_batching") {
            throw TextFormatError(line: other.line, "dynamic_batching and sequence_batching do not go together")
        }
        if configuration.cachesResponses {
            throw TextFormatError(line: line, "response_cache and sequence_batching do not go together")
        }
        for name in ["iterative_sequence", "generative_sequence"] where batching.bool(name) {
            throw TextFormatError(line: line, "sequence_batching.\(name) is not supported")
        }
        var result = ModelConfiguration.SequenceBatching()
        let idle = batching.integers("max_sequence_idle_microseconds").first ?? 0
        guard idle <= Self.maxMicroseconds else {
            throw TextFormatError(
                line: line,
                "sequence_batching.max_sequence_idle_microseconds is \(idle); it must be in 0...\(Self.maxMicroseconds) "
                    + "(an hour)")
        }
        // 0 stands for the default, as Triton has it.
        if idle > 0 { result.maxSequenceIdleMicroseconds = idle }
        try strategy(batching, line: line, &result)
        for (line, input) in batching.messages("control_input") {
            try Self.controls(input, line: line, &result.controls)
        }
        for (line, message) in batching.messages("state") {
            let state = try state(message, line: line)
            guard !result.states.contains(where: { $0.inputName == state.inputName }) else {
                throw TextFormatError(
                    line: line, "sequence_batching.state: input '\(state.inputName)' is given more than once")
            }
            result.states.append(state)
        }
        return result
    }

    private func strategy(
        _ batching: ProtobufTextMessage, line: Int, _ result: inout ModelConfiguration.SequenceBatching
    ) throws(TextFormatError) {
        let limit = max(configuration.maxBatchSize ?? 0, 1)
        if let (line, oldest) = batching.messages("oldest").first {
            guard batching.first("direct") == nil else {
                throw TextFormatError(line: line, "sequence_batching has both direct and oldest")
            }
            let count = oldest.integers("max_candidate_sequences").first ?? 0
            guard (1...Self.maxSequenceCount).contains(count) else {
                throw TextFormatError(
                    line: line,
                    "sequence_batching.oldest.max_candidate_sequences is \(count); it must be in "
                        + "1...\(Self.maxSequenceCount)")
            }
            let sizes = Set(oldest.integers("preferred_batch_size")).sorted()
            if let wrong = sizes.first(where: { !(1...limit).contains($0) }) {
                throw TextFormatError(
                    line: line,
                    "sequence_batching.oldest.preferred_batch_size is \(wrong); it must be in 1...\(limit) "
                        + "(max_batch_size)")
            }
            result.strategy = .oldest(maxCandidateSequences: count, preferredBatchSizes: sizes)
            result.maxQueueDelayMicroseconds = try Self.microseconds(
                oldest, "max_queue_delay_microseconds", "sequence_batching.oldest")
        } else if let (line, direct) = batching.messages("direct").first {
            let part = Double(direct.string("minimum_slot_utilization")) ?? 0
            guard (0...1).contains(part) else {
                throw TextFormatError(
                    line: line, "sequence_batching.direct.minimum_slot_utilization is \(part); it must be in 0...1")
            }
            result.strategy = .direct(minimumSlotUtilization: part)
            result.maxQueueDelayMicroseconds = try Self.microseconds(
                direct, "max_queue_delay_microseconds", "sequence_batching.direct")
        }
    }

    // MARK: Controls

    private static func controls(
        _ message: ProtobufTextMessage, line: Int, _ controls: inout [ModelConfiguration.SequenceControl]
    ) throws(TextFormatError) {
        let name = message.string("name")
        let place = "sequence_batching.control_input '\(name)'"
        guard !name.isEmpty else { throw TextFormatError(line: line, "sequence_batching.control_input has no name") }
        let found = message.messages("control")
        guard found.count == 1 else {
            throw TextFormatError(line: line, "\(place) must have one control, found \(found.count)")
        }
        guard !controls.contains(where: { $0.name == name }) else {
            throw TextFormatError(line: line, "\(place) is given more than once")
        }
        let control = try self.control(found[0].message, place, line: found[0].line, name: name)
        guard !controls.contains(where: { $0.kind == control.kind }) else {
            throw TextFormatError(line: line, "\(place): there is another \(control.kind.rawValue)")
        }
        controls.append(control)
    }

    private static func control(
        _ message: ProtobufTextMessage, _ place: String, line: Int, name: String
    ) throws(TextFormatError) -> ModelConfiguration.SequenceControl {
        var control = ModelConfiguration.SequenceControl()
        control.name = name
        let kinds = ModelConfiguration.SequenceControl.Kind.allCases.map(\.rawValue)
        let kind = message.first("kind")?.value.name(in: ConfigurationSchema.controlKinds) ?? kinds[0]
        control.kind = .init(rawValue: kind) ?? .start
        let pairs: [(String, DataType)] = [
            ("int32_false_true", .int32), ("fp32_false_true", .fp32), ("bool_false_true", .bool),
        ]
        let given = pairs.filter { message.first($0.0) != nil }
        if control.kind == .correlationID {
            guard given.isEmpty else {
                throw TextFormatError(line: line, "\(place): \(given[0].0) makes no sense for \(kind)")
            }
            let allowed: [DataType] = [.uint64, .int64, .uint32, .int32, .bytes]
            guard let type = dataType(message), allowed.contains(type) else {
                throw TextFormatError(
                    line: line,
                    "\(place): data_type of \(kind) must be TYPE_UINT64, TYPE_INT64, TYPE_UINT32, TYPE_INT32 or "
                        + "TYPE_STRING")
            }
            control.dataType = type
            return control
        }
        guard given.count == 1 else {
            throw TextFormatError(
                line: line,
                "\(place): \(kind) needs one of int32_false_true, fp32_false_true, bool_false_true; found \(given.count)"
            )
        }
        let values = message.fields.filter { $0.name == given[0].0 }.map { number($0.value) }
        guard values.count == 2 else {
            throw TextFormatError(
                line: line, "\(place): \(given[0].0) must have exactly 2 entries, found \(values.count)")
        }
        let int32 = Double(Int32.min)...Double(Int32.max)
        guard given[0].1 != .int32 || values.allSatisfy(int32.contains) else {
            throw TextFormatError(line: line, "\(place): int32_false_true is out of range")
        }
        control.dataType = given[0].1
        control.falseValue = values[0]
        control.trueValue = values[1]
        return control
    }

    private static func number(_ value: ProtobufTextMessage.Value) -> Double {
        switch value {
        case .integer(let number): Double(number)
        case .unsigned(let number): Double(number)
        case .float(let number): number
        case .word(let word): word.lowercased().hasPrefix("t") ? 1 : 0
        case .string, .message: 0
        }
    }

    // MARK: State

    private func state(
        _ message: ProtobufTextMessage, line: Int
    ) throws(TextFormatError) -> ModelConfiguration.SequenceState {
        var state = ModelConfiguration.SequenceState()
        state.inputName = message.string("input_name")
        state.outputName = message.string("output_name")
        let place = "sequence_batching.state '\(state.inputName)'"
        guard !state.inputName.isEmpty, !state.outputName.isEmpty else {
            throw TextFormatError(line: line, "\(place) needs input_name and output_name")
        }
        guard let type = Self.dataType(message) else { throw TextFormatError(line: line, "\(place) needs data_type") }
        state.dataType = type
        state.dimensions = message.integers("dims")
        guard !state.dimensions.isEmpty, state.dimensions.allSatisfy({ $0 == -1 || $0 > 0 }) else {
            throw TextFormatError(line: line, "\(place): each of dims must be above 0, or -1 for any")
        }
        // Triton leaves a state without a first value undefined; zeros are as good.
        state.initialDimensions = state.dimensions.map { max($0, 1) }
        let initial = message.messages("initial_state")
        guard initial.count <= 1 else { throw TextFormatError(line: line, "\(place) has more than one initial_state") }
        guard let (line, first) = initial.first else { return state }
        if let type = Self.dataType(first), type != state.dataType {
            throw TextFormatError(
                line: line, "\(place): initial_state is \(type), the state \(state.dataType)")
        }
        state.initialDimensions = first.integers("dims")
        let fits =
            state.initialDimensions.count == state.dimensions.count
            && zip(state.initialDimensions, state.dimensions).allSatisfy { $0 > 0 && ($0 == $1 || $1 == -1) }
        guard fits else {
            throw TextFormatError(
                line: line,
                "\(place): dims of initial_state are \(state.initialDimensions), the state's \(state.dimensions)")
        }
        switch (first.bool("zero_data"), first.string("data_file")) {
        case (true, ""): state.initial = .zeros
        case (false, let file) where !file.isEmpty: state.initial = .file(file)
        default:
            throw TextFormatError(line: line, "\(place): initial_state needs one of zero_data and data_file")
        }
        return state
    }

    private static func dataType(_ message: ProtobufTextMessage) -> DataType? {
        guard let field = message.first("data_type") else { return nil }
        let name = String(field.value.name(in: ConfigurationSchema.dataTypes).dropFirst("TYPE_".count))
        return DataType(name: name == "STRING" ? "BYTES" : name)
    }
}
