import DunlinInference

/// How long a request may take and which queue it stands in, from the request and its model's options.
struct RequestLimits: Sendable, Equatable {
    /// `UInt64.max`: never.
    var deadline = UInt64.max
    /// `UInt64.max`: never.
    var queueTimeout = UInt64.max
    /// `UInt64.max`: no matter.
    var latestStart = UInt64.max
    var level = 0

    /// The longest `timeout` that is told from none: a day, in microseconds.
    static let maxTimeoutMicroseconds: Int64 = 86_400_000_000

    /// - Throws: `.invalidArgument` when `timeout` or `priority` is no whole number of 0 or more.
    init(_ request: InferRequest, _ options: SchedulingOptions, arrived: UInt64) throws(InferError) {
        if let given = request.deadline { deadline = given }
        if let latest = request.latestStart { latestStart = latest }
        level = options.defaultLevel
        var timeout: UInt64?
        if !request.parameters.isEmpty {
            level = options.level(wanted: try Self.number(request, "priority"))
            // 0 stands for none, as Triton has it.
            if let wanted = try Self.number(request, "timeout"), wanted > 0 {
                timeout = UInt64(min(wanted, Self.maxTimeoutMicroseconds)) * 1000
            }
        }
        if options.hasQueuePolicies {
            if let allowed = options.levels[level].timeout(wanted: timeout) {
                queueTimeout = arrived &+ allowed
            }
        } else if let timeout {
            deadline = min(deadline, arrived &+ timeout)
        }
    }

    private static func number(_ request: InferRequest, _ key: String) throws(InferError) -> Int64? {
        guard let value = request.parameters[key] else { return nil }
        guard case .int(let number) = value, number >= 0 else {
            throw InferError(
                .invalidArgument, "parameter '\(key)' must be a whole number of 0 or more, received \(describe(value))")
        }
        return number
    }

    private static func describe(_ value: Parameter) -> String {
        switch value {
        case .bool(let flag): String(flag)
        case .int(let number): String(number)
        case .double(let number): String(number)
        case .string(let text): "'\(text)'"
        }
    }
}
