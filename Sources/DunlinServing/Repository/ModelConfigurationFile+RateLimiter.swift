import DunlinBytes
import DunlinInference

extension ModelConfigurationFile {
    /// Resources of one instance group.
    static let maxResourceCount = 64
    /// The largest priority and count of a resource.
    static let maxRateLimit = 1_000_000

    /// Reads `rate_limiter` of an instance group.
    ///
    /// - Throws: `TextFormatError` for a value that is out of range or given twice.
    static func rateLimiter(_ group: ProtobufTextMessage) throws(TextFormatError) -> ModelConfiguration.RateLimiter? {
        guard let (line, message) = group.messages("rate_limiter").first else { return nil }
        var limiter = ModelConfiguration.RateLimiter()
        limiter.priority = message.integers("priority").first ?? 0
        guard limiter.priority <= maxRateLimit else {
            throw TextFormatError(
                line: line, "rate_limiter.priority is \(limiter.priority); it must be in 0...\(maxRateLimit)")
        }
        for (line, given) in message.messages("resources") {
            var resource = ModelConfiguration.RateLimiter.Resource()
            resource.name = given.string("name")
            resource.isGlobal = given.bool("global")
            resource.count = given.integers("count").first ?? 0
            guard !resource.name.isEmpty else {
                throw TextFormatError(line: line, "rate_limiter.resources has no name")
            }
            guard resource.count <= maxRateLimit else {
                throw TextFormatError(
                    line: line,
                    "rate_limiter resource '\(resource.name)': count is \(resource.count); it must be in 0...\(maxRateLimit)"
                )
            }
            guard !limiter.resources.contains(where: { $0.name == resource.name }) else {
                throw TextFormatError(
                    line: line, "rate_limiter resource '\(resource.name)' is given more than once")
            }
            guard limiter.resources.count < maxResourceCount else {
                throw TextFormatError(line: line, "rate_limiter has more than \(maxResourceCount) resources")
            }
            limiter.resources.append(resource)
        }
        return limiter
    }
}
