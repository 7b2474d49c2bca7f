package import DunlinInference

/// Which models are served and how much they may take.
package struct ServingConfiguration: Sendable {
    /// Who decides which models are loaded.
    package enum ControlMode: String, Sendable, CaseIterable {
        /// Every model of the repository is loaded at start; load and unload requests are refused.
        case none
        /// Only `loadAtStart` is loaded at start; clients load and unload the rest.
        case explicit
        /// Every model of the repository is loaded at start, and what changes there is loaded, reloaded or unloaded.
        case poll
    }

    /// Whether classifiers whose configuration says nothing answer V1 clients with probabilities. Default: labels.
    package var prefersProbabilities = false

    /// The directory that holds one directory per model; `nil` serves workers only. Default: `nil`.
    package var modelRepository: String?

    /// Default: `none`.
    package var controlMode = ControlMode.none

    /// Models loaded at start in control mode `explicit`; `*` stands for all. Default: none.
    package var loadAtStart: [String] = []

    /// Time between two looks at the repository in control mode `poll`; a change that the kernel tells of is looked at
    /// earlier. Default: 15 s.
    package var pollPeriod = Duration.seconds(15)

    /// How long the files of a model must stay as they are before a change is acted upon in control mode `poll`.
    /// Default: 1 s.
    package var settlePeriod = Duration.seconds(1)

    /// Whether a wanted model that is loading or failed makes the whole server not ready. Default: true.
    package var strictReadiness = true

    /// Instances of a model whose configuration has no `instance_group`. Range: 1...`maxInstanceCount`.
    ///
    /// Default: the CPUs this process may use, at most 2: a second instance keeps a second event loop from waiting,
    /// more would multiply scratch memory and fight the engine's own threads.
    package var instanceCountDefault = Swift.min(CPUQuota.availableCount, 2)

    /// Instances of one model, whatever its configuration asks for. Default: 64.
    package var maxInstanceCount = 64

    /// Requests that may wait for one model before new ones are refused with `resourceExhausted`. Default: 1024.
    package var maxQueueSize = 1024

    /// How models compute products that say nothing of it themselves. Default: `nil`, as each backend sees fit.
    package var defaultPrecision: Precision?

    /// Requests of all models together that may wait. Default: 8192.
    package var maxQueuedRequestCount = 8192

    /// Bytes of the inputs of all requests that are not answered yet. Default: 1 GiB.
    package var maxInFlightByteCount = 1 << 30

    /// Bytes of answers, and what was asked, kept for models with `response_cache`; 0: none are. Default: 64 MiB.
    package var responseCacheByteCount = 64 << 20

    /// Rows that requests are merged to where the model's configuration says nothing of batches and the model turns out
    /// to have independent rows; 1: none are merged. Default: 64.
    package var batchRowsDefault = 64

    /// Whether `rate_limiter` in models' configurations counts. Default: off.
    package var rateLimit = RateLimit.off

    /// How much there is of resources that models' rate limiters name; of others, as much as the largest need.
    package var rateLimitResources: [String: Int] = [:]

    /// `--rate-limit`, in Triton's words.
    package enum RateLimit: String, Sendable, CaseIterable {
        case off
        /// By what instances need for each execution.
        case executionCount = "execution_count"
    }

    /// A model that runs faster than this runs on the caller's thread when an instance is free. Default: 10 µs;
    /// zero never does.
    package var inlineThreshold = Duration.microseconds(10)

    /// Models in the repository, and worker endpoints beside them. Default: 4096.
    package var maxModelCount = 4096

    /// Version directories in one model's directory. Default: 1024.
    package var maxVersionCount = 1024

    /// Bytes in one configuration file. Default: 1 MiB.
    package var maxConfigurationByteCount = 1 << 20

    /// Bytes in one label file. Default: 4 MiB.
    package var maxLabelByteCount = 4 << 20

    /// Bytes in one file of warm-up data, and of one input of a warm-up sample. Default: 64 MiB.
    package var maxWarmupByteCount = 64 << 20

    package init() {}

    /// Every problem found, in words an operator can act on; empty when the values are usable.
    package func problems() -> [String] {
        var found: [String] = []
        if modelRepository == "" { found.append("model_repository is empty; name a directory or leave it out") }
        if !loadAtStart.isEmpty {
            if controlMode != .explicit { found.append("load_model needs model_control_mode 'explicit'") }
            if modelRepository == nil { found.append("load_model needs a model_repository") }
        }
        for name in loadAtStart where name != "*" {
            if let problem = ModelName.problem(name) { found.append("load_model: \(problem)") }
        }
        let ranges: [(String, Int, ClosedRange<Int>)] = [
            ("max_instance_count", maxInstanceCount, 1...1024),
            ("instance_count", instanceCountDefault, 1...Swift.max(1, maxInstanceCount)),
            ("max_queue_size", maxQueueSize, 0...1_000_000),
            ("max_queued_requests", maxQueuedRequestCount, 0...10_000_000),
            ("max_in_flight_bytes", maxInFlightByteCount, 1024...(1 << 50)),
            ("response_cache_bytes", responseCacheByteCount, 0...(1 << 50)),
            ("batch_rows", batchRowsDefault, 1...65_536),
            ("max_model_count", maxModelCount, 1...1_000_000),
            ("max_version_count", maxVersionCount, 1...1_000_000),
            ("max_configuration_byte_count", maxConfigurationByteCount, 1...(64 << 20)),
            ("max_warmup_byte_count", maxWarmupByteCount, 1...(1 << 40)),
            ("max_label_byte_count", maxLabelByteCount, 1...(1 << 30)),
        ]
        for (name, value, range) in ranges where !range.contains(value) {
            found.append("\(name) is \(value); it must be in \(range.lowerBound)...\(range.upperBound)")
        }
        if controlMode == .poll {
            if modelRepository == nil { found.append("model_control_mode 'poll' needs a model_repository") }
            for (name, value) in [("repository_poll_secs", pollPeriod), ("settle_period", settlePeriod)]
            where value < .milliseconds(1) || value > .seconds(86_400) {
                found.append("\(name) is \(value); it must be from 1 ms to 1 day")
            }
        }
        if !rateLimitResources.isEmpty, rateLimit == .off {
            found.append("rate_limit_resource needs rate_limit 'execution_count'")
        }
        for (name, count) in rateLimitResources where !(0...ModelConfigurationFile.maxRateLimit).contains(count) {
            found.append(
                "rate_limit_resource '\(name)' is \(count); it must be in 0...\(ModelConfigurationFile.maxRateLimit)")
        }
        if inlineThreshold < .zero { found.append("inline_threshold is negative") }
        if inlineThreshold > .milliseconds(1) {
            found.append("inline_threshold is above 1 ms; an event loop must not be held that long")
        }
        return found
    }
}
