import DunlinBytes
import DunlinInference
import Testing

@testable import DunlinServing

@Suite struct ModelConfigurationFileBatchingTests {
    private func read(_ text: String, isTOML: Bool = false) throws -> ModelConfiguration.DynamicBatching? {
        try ModelConfigurationFile(parsing: Bytes(text), isTOML: isTOML).configuration.dynamicBatching
    }

    private var expected: ModelConfiguration.DynamicBatching {
        var batching = ModelConfiguration.DynamicBatching()
        batching.preferredBatchSizes = [4, 8]
        batching.maxQueueDelayMicroseconds = 100
        batching.preservesOrdering = true
        batching.priorityLevels = 2
        batching.defaultPriorityLevel = 1
        batching.defaultQueuePolicy.timeoutAction = .delay
        batching.defaultQueuePolicy.defaultTimeoutMicroseconds = 1
        batching.defaultQueuePolicy.allowsTimeoutOverride = true
        batching.defaultQueuePolicy.maxQueueSize = 2
        var policy = ModelConfiguration.QueuePolicy()
        policy.maxQueueSize = 3
        batching.priorityQueuePolicies = [2: policy]
        return batching
    }

    @Test func readsEveryFieldInEachFormat() throws {
        let text = """
            max_batch_size: 8
            dynamic_batching { preferred_batch_size: [8, 4, 4] max_queue_delay_microseconds: 100 preserve_ordering: true
              priority_levels: 2 default_priority_level: 1
              default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 1 allow_timeout_override: true
                max_queue_size: 2 }
              priority_queue_policy { key: 2 value { max_queue_size: 3 } } }
            """
        #expect(try read(text) == expected)
        let toml = """
            max_batch_size = 8
            [dynamic_batching]
            preferred_batch_size = [4, 8]
            max_queue_delay_microseconds = 100
            preserve_ordering = true
            priority_levels = 2
            default_priority_level = 1
            [dynamic_batching.default_queue_policy]
            timeout_action = "DELAY"
            default_timeout_microseconds = 1
            allow_timeout_override = true
            max_queue_size = 2
            [dynamic_batching.priority_queue_policy.2]
            max_queue_size = 3
            """
        #expect(try read(toml, isTOML: true) == expected)
        let json = """
            {"max_batch_size": 8, "dynamic_batching": {"preferred_batch_size": [4, 8],
             "max_queue_delay_microseconds": 100, "preserve_ordering": true, "priority_levels": 2,
             "default_priority_level": 1, "default_queue_policy": {"timeout_action": "DELAY",
             "default_timeout_microseconds": 1, "allow_timeout_override": true, "max_queue_size": 2},
             "priority_queue_policy": {"2": {"max_queue_size": 3}}}}
            """
        #expect(try ModelConfigurationFile(parsingJSON: json).configuration.dynamicBatching == expected)
    }

    @Test func leavesItOut() throws {
        #expect(try read("max_batch_size: 8") == nil)
        #expect(try read("max_batch_size: 8 dynamic_batching {}") == .init())
        #expect(try read("dynamic_batching { preferred_batch_size: 65536 }")?.preferredBatchSizes == [65_536])
    }

    @Test(
        "refuses",
        arguments: [
            (
                "max_batch_size: 4 dynamic_batching { preferred_batch_size: 5 }",
                "dynamic_batching.preferred_batch_size is 5; it must be above 0 and at most 4 (max_batch_size)"
            ),
            ("max_batch_size: 4 dynamic_batching { preferred_batch_size: 0 }", "preferred_batch_size is 0"),
            ("dynamic_batching { preferred_batch_size: 65537 }", "at most 65536"),
            ("dynamic_batching { max_queue_delay_microseconds: 3600000001 }", "it must be in 0...3600000000"),
            ("dynamic_batching { priority_levels: 1001 default_priority_level: 1 }", "it must be in 0...1000"),
            ("dynamic_batching { priority_levels: 2 }", "default_priority_level is 0; it must be in 1...2"),
            (
                "dynamic_batching { priority_levels: 2 default_priority_level: 3 }",
                "default_priority_level is 3; it must be in 1...2"
            ),
            (
                "dynamic_batching { priority_queue_policy { key: 1 value { } } }",
                "priority_queue_policy is for priority 1; priority_levels is 0"
            ),
            (
                "dynamic_batching { priority_levels: 1 default_priority_level: 1"
                    + " priority_queue_policy [ { key: 1 value { } }, { key: 1 value { } } ] }",
                "for priority 1 is given more than once"
            ),
            (
                "dynamic_batching { default_queue_policy { default_timeout_microseconds: 3600000001 } }",
                "default_queue_policy.default_timeout_microseconds is 3600000001"
            ),
        ])
    func refuses(text: String, message: String) {
        do {
            _ = try read(text)
            Issue.record("accepted")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
    }

    @Test func aPriorityIsANumber() {
        let json = #"{"dynamic_batching": {"priority_queue_policy": {"high": {}}}}"#
        #expect(throws: TextFormatError(line: 1, "priority_queue_policy: 'high' is no number of a priority")) {
            try ModelConfigurationFile(parsingJSON: json)
        }
    }
}
