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

    @Test(arguments: [Duration.seconds(Int64.max), .nanoseconds(1), .zero])
    func anyWaitMayBeAllowed(maxWait: Duration) throws {
        var configuration = ServerConfiguration()
        configuration.httpAddress = nil
        configuration.logLevel = .error
        configuration.maxWait = maxWait
        let server = try Server(configuration)
        #expect(
            (server.maxWait ?? 0)
                == (maxWait < .seconds(1) ? UInt64(maxWait / .nanoseconds(1)) : 1_000_000_000_000_000_000))
    }
}
