import DunlinTestSupport
import Testing

@testable import Dunlin

@Suite struct ServerTests {
    @Test func aServerThatCannotReadItsRepositoryGivesItsAddressBack() throws {
        let folder = TemporaryDirectory()
        func server(_ repository: String) throws -> Server {
            var configuration = ServerConfiguration()
            configuration.httpAddress = "unix:\(folder.path)/socket"
            configuration.modelRepository = repository
            configuration.logLevel = .error
            return try Server(configuration)
        }
        let failed = try server("/nonexistent/repository")
        #expect(throws: (any Error).self) { try failed.start() }
        #expect(!failed.isReady)
        let next = try server(folder.path)
        try next.start()
        #expect(next.isReady)
        next.stopAndWait(grace: .zero)
    }
}
