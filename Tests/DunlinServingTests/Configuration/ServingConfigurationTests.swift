import Testing

@testable import DunlinServing

@Suite struct ServingConfigurationTests {
    @Test func defaultsAreUsable() { #expect(ServingConfiguration().problems() == []) }

    @Test func everyProblemIsSaidAtOnce() {
        var configuration = ServingConfiguration()
        configuration.loadAtStart = ["../x"]
        configuration.instanceCountDefault = 0
        configuration.maxQueueSize = -1
        configuration.inlineThreshold = .milliseconds(2)
        #expect(
            configuration.problems() == [
                "load_model needs model_control_mode 'explicit'", "load_model needs a model_repository",
                "load_model: model name must not contain path traversal characters: '../x'",
                "instance_count is 0; it must be in 1...64", "max_queue_size is -1; it must be in 0...1000000",
                "inline_threshold is above 1 ms; an event loop must not be held that long",
            ])
    }

    @Test func boundsAreInside() {
        var configuration = ServingConfiguration()
        configuration.modelRepository = "models"
        configuration.controlMode = .explicit
        configuration.loadAtStart = ["*"]
        configuration.instanceCountDefault = configuration.maxInstanceCount
        configuration.maxQueueSize = 0
        configuration.inlineThreshold = .milliseconds(1)
        #expect(configuration.problems() == [])
        configuration.instanceCountDefault += 1
        #expect(configuration.problems().count == 1)
    }

    @Test func pollingNeedsARepositoryAndSensibleTimes() {
        var configuration = ServingConfiguration()
        configuration.controlMode = .poll
        #expect(configuration.problems() == ["model_control_mode 'poll' needs a model_repository"])
        configuration.modelRepository = "models"
        for period in [Duration.milliseconds(1), .seconds(86_400)] {
            configuration.pollPeriod = period
            configuration.settlePeriod = period
            #expect(configuration.problems() == [])
        }
        for period in [Duration.microseconds(999), .seconds(86_401)] {
            configuration.pollPeriod = period
            configuration.settlePeriod = period
            #expect(configuration.problems().count == 2)
        }
        configuration.loadAtStart = ["a"]
        #expect(configuration.problems().first == "load_model needs model_control_mode 'explicit'")
    }
}
