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
        let cases = HTTPCase.all(in: group)
        #expect(!cases.isEmpty && cases.count == HTTPCase.count(in: group), "a folder cannot be read")
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
        for one in cases {
            let answer = try client.request(one.method, one.path, body: one.body, headers: one.headers)
            #expect(answer.status == one.status, "\(one): \(answer.text)")
            for (name, value) in one.expectedHeaders {
                #expect(answer.headers[name.lowercased()] == value, "\(one): \(name)")
            }
            if let body = one.expectedBody {
                let isEqual = answer.body == body
                #expect(isEqual, "\(one): answered \(answer.text)")
            }
        }
    }

    @Test func everyGroupIsRun() throws {
        #expect(try HTTPCase.groups() == Self.groups)
    }
}
