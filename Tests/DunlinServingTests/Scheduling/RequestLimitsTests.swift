import DunlinInference
import Testing

@testable import DunlinServing

@Suite struct RequestLimitsTests {
    private func limits(
        _ parameters: Parameters, deadline: UInt64? = nil,
        _ change: ((inout ModelConfiguration.DynamicBatching) -> Void)?
    ) throws -> RequestLimits {
        var request = InferRequest(model: "m", inputs: [])
        request.parameters = parameters
        request.deadline = deadline
        var batching: ModelConfiguration.DynamicBatching?
        if let change {
            var value = ModelConfiguration.DynamicBatching()
            change(&value)
            batching = value
        }
        return try RequestLimits(request, SchedulingOptions(model: "m", maxRows: 8, batching), arrived: 1000)
    }

    @Test func withoutPoliciesATimeoutIsADeadline() throws {
        #expect(try limits([:], nil) == limits(["timeout": .int(0)], nil))
        #expect(try limits([:], nil).deadline == .max)
        #expect(try limits(["timeout": .int(2)], nil).deadline == 3000)
        #expect(try limits(["timeout": .int(2)], deadline: 2500, nil).deadline == 2500)
        #expect(try limits(["timeout": .int(2)], deadline: 9000, nil).deadline == 3000)
        let day = RequestLimits.maxTimeoutMicroseconds
        #expect(try limits(["timeout": .int(.max)], nil).deadline == UInt64(day) * 1000 + 1000)
    }

    @Test func whatMustBeginByATimeIsHeldToItBesideItsPolicy() throws {
        var request = InferRequest(model: "m", inputs: [])
        request.latestStart = 4000
        let options = SchedulingOptions(model: "m", maxRows: 8, nil)
        let limits = try RequestLimits(request, options, arrived: 1000)
        #expect(limits.latestStart == 4000 && limits.queueTimeout == .max && limits.deadline == .max)
        var batching = ModelConfiguration.DynamicBatching()
        batching.defaultQueuePolicy.defaultTimeoutMicroseconds = 9
        let policed = try RequestLimits(
            request, SchedulingOptions(model: "m", maxRows: 8, batching), arrived: 1000)
        #expect(policed.queueTimeout == 10_000 && policed.latestStart == 4000)
    }

    @Test func aPolicyDecidesWhatATimeoutIsWorth() throws {
        let closed = try limits(["timeout": .int(2)]) { $0.defaultQueuePolicy.defaultTimeoutMicroseconds = 5 }
        #expect(closed.queueTimeout == 6000 && closed.deadline == .max)
        func open(_ timeout: Int64, policy: Int = 5) throws -> UInt64 {
            try limits(["timeout": .int(timeout)]) {
                $0.defaultQueuePolicy.defaultTimeoutMicroseconds = policy
                $0.defaultQueuePolicy.allowsTimeoutOverride = true
            }.queueTimeout
        }
        #expect(try open(2) == 3000)
        #expect(try open(9) == 6000)
        #expect(try open(0) == 6000)
        #expect(try open(9, policy: 0) == 10_000)
        #expect(try limits(["timeout": .int(2)]) { _ in }.queueTimeout == .max)
    }

    @Test func aPriorityChoosesAQueue() throws {
        func level(_ priority: Int64?) throws -> Int {
            try limits(priority.map { ["priority": .int($0)] } ?? [:]) {
                $0.priorityLevels = 3
                $0.defaultPriorityLevel = 2
            }.level
        }
        #expect(try [nil, 0, 1, 2, 3, 4].map { try level($0) } == [1, 1, 0, 1, 2, 1])
        #expect(try limits(["priority": .int(2)], nil).level == 0)
    }

    @Test("refuses other types", arguments: ["priority", "timeout"])
    func refusesOtherTypes(key: String) {
        for value: Parameter in [.int(-1), .string("1"), .double(1), .bool(true)] {
            var parameters = Parameters()
            parameters[key] = value
            #expect(throws: InferError.self) { try limits(parameters, nil) }
        }
        var negative = Parameters()
        negative[key] = .int(-1)
        #expect(
            throws: InferError(
                .invalidArgument, "parameter '\(key)' must be a whole number of 0 or more, received -1")
        ) { try limits(negative, nil) }
    }
}
