import DunlinInference

/// How the requests of one model are scheduled: its configuration and the server's defaults, resolved.
struct SchedulingOptions: Sendable {
    /// For messages.
    var model = ""
    var plan = BatchPlan()
    /// Requests that may wait for the model.
    var maxQueueSize = 1024
    /// In nanoseconds.
    var inlineThreshold: UInt64 = 0
    /// Whether a request's `timeout` is subject to queue policies; if not, it is its deadline.
    var hasQueuePolicies = false
    /// By priority, the highest first; one where priorities are not used.
    var levels = [Level()]
    /// Index of the priority of requests that name none.
    var defaultLevel = 0
    var preservesOrdering = false
    /// Whether a request with more rows than a batch may have is run in several.
    var splitsOversized = false

    /// The queue of one priority.
    struct Level: Sendable, Equatable {
        var maxQueueSize = Int.max
        /// In nanoseconds; 0: for ever.
        var timeout: UInt64 = 0
        var allowsOverride = true
        /// Whether the time-out lets others go first instead of ending the request.
        var delays = false

        init() {}

        init(_ policy: ModelConfiguration.QueuePolicy) {
            maxQueueSize = policy.maxQueueSize > 0 ? policy.maxQueueSize : .max
            timeout = UInt64(policy.defaultTimeoutMicroseconds) * 1000
            allowsOverride = policy.allowsTimeoutOverride
            delays = policy.timeoutAction == .delay
        }

        /// How long a request may wait, in nanoseconds; `nil`: for ever.
        ///
        /// - Parameter wanted: The request's own `timeout` in nanoseconds; it can only shorten the policy's.
        func timeout(wanted: UInt64?) -> UInt64? {
            let own = timeout > 0 ? timeout : nil
            guard allowsOverride, let wanted, wanted > 0 else { return own }
            return own.map { min($0, wanted) } ?? wanted
        }
    }

    init() {}

    init(model: String, maxRows: Int, _ batching: ModelConfiguration.DynamicBatching?, splitsOversized: Bool = false) {
        self.model = model
        plan = BatchPlan(batching, maxRows: maxRows)
        self.splitsOversized = splitsOversized
        guard let batching else { return }
        hasQueuePolicies = true
        preservesOrdering = batching.preservesOrdering
        levels = (1...max(1, batching.priorityLevels)).map { number in
            Level(batching.priorityQueuePolicies[number] ?? batching.defaultQueuePolicy)
        }
        defaultLevel = max(0, batching.defaultPriorityLevel - 1)
        if batching.priorityLevels == 0 { defaultLevel = 0 }
    }

    /// The queue of a request whose `priority` is `wanted`; 0, and what is beyond the levels, means the default.
    func level(wanted: Int64?) -> Int {
        guard let wanted, wanted > 0, levels.count > 1, wanted <= levels.count else { return defaultLevel }
        return Int(wanted) - 1
    }
}
