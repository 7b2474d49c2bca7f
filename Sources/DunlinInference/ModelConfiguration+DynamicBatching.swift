extension ModelConfiguration {
    /// `dynamic_batching`: how requests for one model are merged into batches, with Triton's meaning.
    public struct DynamicBatching: Sendable, Hashable {
        /// Sizes in rows at which a batch runs at once. Empty: none but `max_batch_size`.
        public var preferredBatchSizes: [Int] = []
        /// How long a request may wait for company although an instance is free. Default: 0, never.
        public var maxQueueDelayMicroseconds: Int = 0
        /// Whether answers leave in the order in which requests came. Default: false.
        public var preservesOrdering = false
        /// Priorities that requests may have, 1 the highest; 0: all are alike. Default: 0.
        public var priorityLevels = 0
        /// The priority of a request that names none. Range: 1...`priorityLevels` where there are levels.
        public var defaultPriorityLevel = 0
        public var defaultQueuePolicy = QueuePolicy()
        /// Instead of the default, by priority.
        public var priorityQueuePolicies: [Int: QueuePolicy] = [:]

        public init() {}
    }

    /// `ModelQueuePolicy`: how long and how many requests of one priority may wait.
    public struct QueuePolicy: Sendable, Hashable {
        public enum TimeoutAction: String, Sendable, CaseIterable {
            /// An error answers the request.
            case reject = "REJECT"
            /// The request lets all others of its priority and of higher ones go first.
            case delay = "DELAY"
        }
        public var timeoutAction = TimeoutAction.reject
        /// How long a request may wait before `timeoutAction`; 0: for ever. Default: 0.
        public var defaultTimeoutMicroseconds = 0
        /// Whether a request's `timeout` counts where it is shorter. Default: false.
        public var allowsTimeoutOverride = false
        /// Requests that may wait; 0: as many as the server allows. Default: 0.
        public var maxQueueSize = 0

        public init() {}
    }
}
