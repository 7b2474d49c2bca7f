import DunlinBytes
import DunlinInference

extension ModelConfigurationFile {
    /// The most priorities a model may have; each has a queue of its own.
    static let maxPriorityLevels = 1000

    /// The largest preferred size where there is no `max_batch_size`.
    static let maxUnlimitedBatchSize = 65_536

    /// Reads `dynamic_batching`.
    ///
    /// - Throws: `TextFormatError` for a value that is out of range or makes no sense beside another.
    static func dynamicBatching(
        _ message: ProtobufTextMessage, maxBatchSize: Int?
    ) throws(TextFormatError) -> ModelConfiguration.DynamicBatching? {
        guard let (line, batching) = message.messages("dynamic_batching").first else { return nil }
        var result = ModelConfiguration.DynamicBatching()
        result.preferredBatchSizes = Set(batching.integers("preferred_batch_size")).sorted()
        let limit = maxBatchSize ?? maxUnlimitedBatchSize
        if let wrong = result.preferredBatchSizes.first(where: { $0 < 1 || $0 > limit }) {
            throw TextFormatError(
                line: batching.first("preferred_batch_size")?.line ?? line,
                "dynamic_batching.preferred_batch_size is \(wrong); it must be above 0 and at most \(limit)"
                    + (maxBatchSize == nil ? "" : " (max_batch_size)"))
        }
        result.maxQueueDelayMicroseconds = try microseconds(
            batching, "max_queue_delay_microseconds", "dynamic_batching")
        result.preservesOrdering = batching.bool("preserve_ordering")
        result.priorityLevels = batching.integers("priority_levels").first ?? 0
        guard result.priorityLevels <= maxPriorityLevels else {
            throw TextFormatError(
                line: line,
                "dynamic_batching.priority_levels is \(result.priorityLevels); it must be in 0...\(maxPriorityLevels)")
        }
        result.defaultPriorityLevel = batching.integers("default_priority_level").first ?? 0
        if result.priorityLevels > 0, !(1...result.priorityLevels).contains(result.defaultPriorityLevel) {
            throw TextFormatError(
                line: line,
                "dynamic_batching.default_priority_level is \(result.defaultPriorityLevel); it must be in "
                    + "1...\(result.priorityLevels) (priority_levels)")
        }
        if let policy = batching.messages("default_queue_policy").first?.message {
            result.defaultQueuePolicy = try queuePolicy(policy, "dynamic_batching.default_queue_policy")
        }
        for (line, entry) in batching.messages("priority_queue_policy") {
            let level = entry.integers("key").first ?? 0
            let place = "dynamic_batching.priority_queue_policy"
            guard (1...max(result.priorityLevels, 1)).contains(level), result.priorityLevels > 0 else {
                throw TextFormatError(
                    line: line, "\(place) is for priority \(level); priority_levels is \(result.priorityLevels)")
            }
            let policy = try entry.messages("value").first.map { (pair) throws(TextFormatError) in
                try queuePolicy(pair.message, "\(place) \(level)")
            }
            guard result.priorityQueuePolicies.updateValue(policy ?? .init(), forKey: level) == nil else {
                throw TextFormatError(line: line, "\(place) for priority \(level) is given more than once")
            }
        }
        return result
    }

    private static func queuePolicy(
        _ message: ProtobufTextMessage, _ place: String
    ) throws(TextFormatError) -> ModelConfiguration.QueuePolicy {
        var policy = ModelConfiguration.QueuePolicy()
        if let field = message.first("timeout_action") {
            policy.timeoutAction = field.value.name(in: ["REJECT", "DELAY"]) == "DELAY" ? .delay : .reject
        }
        policy.defaultTimeoutMicroseconds = try microseconds(message, "default_timeout_microseconds", place)
        policy.allowsTimeoutOverride = message.bool("allow_timeout_override")
        policy.maxQueueSize = message.integers("max_queue_size").first ?? 0
        return policy
    }

    /// The longest time that may be configured: an hour.
    static let maxMicroseconds = 3_600_000_000

    static func microseconds(
        _ message: ProtobufTextMessage, _ name: String, _ place: String
    ) throws(TextFormatError) -> Int {
        guard let field = message.first(name), let value = message.integers(name).first else { return 0 }
        guard value <= maxMicroseconds else {
            throw TextFormatError(
                line: field.line, "\(place).\(name) is \(value); it must be in 0...\(maxMicroseconds) (an hour)")
        }
        return value
    }
}
