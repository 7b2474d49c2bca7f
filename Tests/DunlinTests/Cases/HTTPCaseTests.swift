import DunlinTestSupport
import Testing

@testable import Dunlin

/// The case folders over a real socket. A folder is a case; adding one needs no code.
@Suite struct HTTPCaseTests {
    static let groups = [
        "generate", "infer_stream", "nan_inf", "nullchar_string", "raw_binary", "scalar_io", "shared_memory",
        "shared_memory_disabled", "string_io", "validation", "zero",
    ]

    @Test("answers as the case says", arguments: groups)
    func answersAsTheCaseSays(group: String) throws {
        let repository = TemporaryDirectory()
        CaseModels.write(to: repository)
        var configuration = ServerConfiguration()
        configuration.modelRepository = repository.path
        configuration.backends = [CaseModels.backend]
        configuration.httpPort = 0
        configuration.httpThreads = 1
        configuration.logLevel = .error
        configuration.allowsClientSharedMemory = group != "shared_memory_disabled"
        let server = try Server(configuration)
        try server.start()
        defer { server.stopAndWait(grace: .seconds(5)) }
        let client = try TestClient(port: try #require(server.httpPort))
        let cases = try HTTPCase.all(in: group, of: "http")
        #expect(!cases.isEmpty)
        for one in cases { try one.play(client) }
    }

    @Test func everyGroupIsRun() throws {
        #expect(try HTTPCase.groups(of: "http") == Self.groups)
    }
}
