import DunlinTestSupport
import Testing

@testable import Dunlin

/// What the tests of MLServer and of OpenVINO Model Server ask over HTTP, and what is answered here, over a real socket. A
/// folder is a case; `docs/COMPATIBILITY.md` has the differences. The cases of a group are played in order.
@Suite struct PeerCaseTests {
    static let groups = ["mlserver_endpoints", "openvino_config", "openvino_parser", "openvino_rest"]

    @Test("answers as the case says", arguments: groups)
    func answersAsTheCaseSays(group: String) throws {
        let repository = TemporaryDirectory()
        for entry in PeerModels.all { repository.write("\(entry.name)/1/model.onnx") }
        var configuration = ServerConfiguration()
        configuration.modelRepository = repository.path
        configuration.modelControlMode = .explicit
        configuration.loadModels = ["*"]
        configuration.backends = [PeerModels.backend]
        configuration.instanceCount = 1
        configuration.httpPort = 0
        configuration.httpThreads = 1
        configuration.logLevel = .error
        let server = try Server(configuration)
        try server.start()
        defer { server.stopAndWait(grace: .seconds(5)) }
        let client = try TestClient(port: try #require(server.httpPort))
        let cases = try HTTPCase.all(in: group, of: "peers")
        #expect(!cases.isEmpty)
        for one in cases { try one.play(client) }
    }

    @Test func everyGroupIsPlayed() throws { #expect(try HTTPCase.groups(of: "peers") == Self.groups) }
}
