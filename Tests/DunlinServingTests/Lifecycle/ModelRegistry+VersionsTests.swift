import DunlinInference
import DunlinTestSupport
import Testing

@testable import DunlinServing

@Suite struct ModelRegistryVersionsTests {
    private static func fixture() throws -> RegistryFixture {
        let fixture = RegistryFixture { source throws(InferError) in
            guard source.version != "3" else { throw InferError(.invalidArgument, "bad file") }
            return .adding(Float(source.version) ?? 0)
        }
        for version in 1...3 { fixture.directory.write("m/\(version)/model.onnx") }
        fixture.directory.write("m/config.pbtxt", "version_policy { all { } }")
        fixture.directory.write("never/1/model.onnx")
        try fixture.start()
        return fixture
    }

    @Test func everyVersionHasItsState() throws {
        let fixture = try Self.fixture()
        #expect(throws: InferError.self) { try fixture.load("m") }
        #expect(
            try fixture.registry.versions(of: "m") == [
                VersionStatus(version: "1", state: .ready, reason: ""),
                VersionStatus(version: "2", state: .ready, reason: ""),
                VersionStatus(version: "3", state: .unavailable, reason: "bad file"),
            ])
        #expect(try fixture.registry.servedVersion(model: "m").version == "2")
        #expect(try fixture.registry.servedVersion(model: "m", version: "1").version == "1")
        #expect(try fixture.registry.servedVersion(model: "m").since > 1_700_000_000)
        try fixture.unload("m", version: "1")
        fixture.settle()
        #expect(
            try fixture.registry.versions(of: "m").first
                == VersionStatus(version: "1", state: .unavailable, reason: "unloaded"))
    }

    @Test func workersHaveTheOneVersion() throws {
        let fixture = try Self.fixture()
        let endpoint = try fixture.loadWorker("echo")
        #expect(
            try fixture.registry.versions(of: endpoint) == [VersionStatus(version: "1", state: .ready, reason: "")])
    }

    @Test(arguments: [("nothing", InferError.Code.notFound), ("never", .unavailable)])
    func modelsWithoutVersionsAreErrors(model: String, code: InferError.Code) throws {
        let fixture = try Self.fixture()
        let error = #expect(throws: InferError.self) { try fixture.registry.versions(of: model) }
        #expect(error?.code == code)
        let other = #expect(throws: InferError.self) { try fixture.registry.v1Profile(model: model) }
        #expect(other?.code == code)
    }

    @Test func aModelHasAProfile() throws {
        let fixture = try Self.fixture()
        try? fixture.load("m")
        #expect(try fixture.registry.v1Profile(model: "m").signature == FakeModel.signature)
        #expect(try fixture.registry.v1Profile(model: "m").style == .kserve)
    }
}
