import DunlinInference
import DunlinTestSupport
import Glibc
import Synchronization
import Testing

@testable import DunlinServing

/// Control mode `poll` on a real directory. Tests wait for what must happen; nothing depends on how soon it does.
@Suite struct RepositoryPollingTests {
    private static func fixture(
        period: Duration = .seconds(3600), _ backend: FakeBackend? = nil
    ) -> RegistryFixture {
        // The number in the model's file is what it adds.
        let reader = FakeBackend { source throws(InferError) in
            guard let text = contents(source.path), let number = Float(text) else {
                throw InferError(.invalidArgument, "no number in the file")
            }
            return .adding(number)
        }
        return RegistryFixture([backend ?? reader], mode: .poll) { configuration in
            configuration.pollPeriod = period
            configuration.settlePeriod = .milliseconds(20)
        }
    }

    /// Waits until `condition` holds; false after half a minute.
    private static func eventually(_ condition: () throws -> Bool) -> Bool {
        for _ in 0..<6000 {
            if (try? condition()) == true { return true }
            usleep(5000)
        }
        return false
    }

    /// With an hour between looks, what happens is told by the kernel; with 10 ms it may be the period alone.
    @Test(arguments: [Duration.seconds(3600), .milliseconds(10)])
    func modelsFollowTheirDirectories(period: Duration) throws {
        let fixture = Self.fixture(period: period)
        fixture.directory.write("old/1/model.onnx", "1")
        try fixture.start()
        #expect(try fixture.answer("old") == 1 && fixture.registry.isReady)

        fixture.directory.write("new/1/model.onnx", "2")
        #expect(Self.eventually { try fixture.answer("new") == 2 })
        fixture.directory.write("new/1/model.onnx", "30")
        #expect(Self.eventually { try fixture.answer("new") == 30 })
        fixture.directory.write("new/2/model.onnx", "4")
        #expect(Self.eventually { try fixture.answer("new") == 4 })
        fixture.directory.remove("new/2")
        #expect(Self.eventually { try fixture.answer("new") == 30 })
        fixture.directory.remove("new")
        #expect(
            Self.eventually {
                fixture.message { _ = try fixture.answer("new") }.contains("not in the model repository")
            })
        #expect(fixture.index() == ["old|1|READY|"])
        #expect(try fixture.answer("old") == 1 && fixture.registry.isReady)
    }

    @Test func aDirectoryMovedIntoPlaceIsLoadedAndOneMovedAwayIsUnloaded() throws {
        let fixture = Self.fixture()
        let path = fixture.directory.path
        fixture.directory.write(".incoming/1/model.onnx", "5")
        try fixture.start()
        #expect(fixture.index() == [])
        rename("\(path)/.incoming", "\(path)/m")
        #expect(Self.eventually { try fixture.answer("m") == 5 })
        rename("\(path)/m", "\(path)/.outgoing")
        #expect(Self.eventually { fixture.index() == [] })
    }

    @Test func aModelThatDoesNotLoadKeepsItsFormerVersionAndIsTriedAgainWhenItsFilesChange() throws {
        let fixture = Self.fixture(period: .milliseconds(10))
        fixture.directory.write("m/1/model.onnx", "1")
        try fixture.start()
        fixture.directory.write("m/1/model.onnx", "broken")
        #expect(Self.eventually { fixture.index() == ["m|1|READY|the last reload failed: no number in the file"] })
        #expect(try fixture.answer("m") == 1 && fixture.registry.isReady)
        fixture.directory.write("m/1/model.onnx", "7")
        #expect(Self.eventually { try fixture.answer("m") == 7 })
        #expect(fixture.index() == ["m|1|READY|"])
    }

    @Test func aModelThatDoesNotLoadIsTriedOnce() throws {
        let backend = FakeBackend { _ throws(InferError) in throw InferError(.invalidArgument, "broken") }
        let fixture = Self.fixture(period: .milliseconds(10), backend)
        fixture.directory.write("m/1/model.onnx", "x")
        try fixture.start()
        #expect(fixture.index() == ["m|1|UNAVAILABLE|broken"])
        // Another model's load shows that looks went on meanwhile.
        fixture.directory.write("n/1/model.onnx", "x")
        #expect(Self.eventually { backend.sources.contains { $0.model == "n" } })
        #expect(backend.sources.filter { $0.model == "m" }.count == 1)
    }

    @Test func aConfigurationWithoutAVersionIsWaitedFor() throws {
        let fixture = Self.fixture()
        fixture.directory.write("m/config.pbtxt", "name: 'm'")
        try fixture.start()
        #expect(fixture.registry.isReady)
        #expect(fixture.message { _ = try fixture.answer("m") }.contains("UNAVAILABLE"))
        fixture.directory.write("m/1/model.onnx", "3")
        #expect(Self.eventually { try fixture.answer("m") == 3 })
    }

    @Test func weightsInDirectoriesBelowAVersionCount() throws {
        let fixture = Self.fixture()
        fixture.directory.write("m/1/model.onnx", "3")
        fixture.directory.write("m/1/weights/part", "1")
        try fixture.start()
        let first = fixture.registry.state.withLock { $0.serving["m"] }
        #expect(first != nil)
        fixture.directory.write("m/1/weights/part", "12")
        #expect(Self.eventually { fixture.registry.state.withLock { $0.serving["m"] } !== first })
        #expect(try fixture.answer("m") == 3)
    }

    @Test func aRepositoryThatIsAwayUnloadsNothing() throws {
        let parent = TemporaryDirectory()
        parent.write("models/m/1/model.onnx", "1")
        let warned = Outcome<Bool>()
        var configuration = ServingConfiguration()
        configuration.modelRepository = parent.path + "/models"
        configuration.controlMode = .poll
        configuration.pollPeriod = .milliseconds(5)
        configuration.settlePeriod = .milliseconds(5)
        let log = ServingLog { _, message in
            if message.contains("is not polled") { warned.receive(true) }
        }
        let registry = ModelRegistry(configuration, backends: [FakeBackend { _ in .adding(1) }], log: log)
        let started = Outcome<Result<Void, InferError>>()
        registry.start { started.receive($0) }
        try #require(started.wait()).get()
        rename(parent.path + "/models", parent.path + "/away")
        #expect(warned.wait() == true)
        #expect(try registry.isReady(model: "m"))
        rename(parent.path + "/away", parent.path + "/models")
        parent.write("models/n/1/model.onnx", "1")
        #expect(Self.eventually { try registry.isReady(model: "n") })
        #expect(registry.stop(grace: .seconds(5)))
    }

    @Test func loadAndUnloadByRequestAreRefused() throws {
        let fixture = Self.fixture()
        fixture.directory.write("m/1/model.onnx", "1")
        try fixture.start()
        let refusal = "explicit model load / unload is not allowed: model_control_mode is 'poll'"
        #expect(fixture.message { try fixture.load("m") } == refusal)
        #expect(fixture.message { try fixture.unload("m") } == refusal)
        #expect(try fixture.answer("m") == 1)
    }

    @Test func anEnsembleIsTriedAgainWhenItsModelLoads() throws {
        let fixture = Self.fixture()
        for (name, member) in [("a", "m"), ("outer", "a")] {
            fixture.directory.write(
                "\(name)/config.pbtxt",
                """
                platform: "ensemble"
                input { name: "x" data_type: TYPE_FP32 dims: [ -1, 2 ] }
                output { name: "y" data_type: TYPE_FP32 dims: [ -1, 2 ] }
                ensemble_scheduling { step { model_name: "\(member)" input_map { key: "x" value: "x" }
                  output_map { key: "y" value: "y" } } }
                """)
            fixture.directory.write("\(name)/1/keep")
        }
        fixture.directory.write("m/1/model.onnx", "none")
        try fixture.start()
        #expect(fixture.message { _ = try fixture.answer("outer") }.contains("is not ready"))
        fixture.directory.write("m/1/model.onnx", "6")
        #expect(Self.eventually { try fixture.answer("outer") == 6 })
        #expect(fixture.registry.isReady)
    }
}
