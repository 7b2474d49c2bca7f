import Dispatch
import DunlinServing
import DunlinTestSupport
import Testing

@testable import Dunlin

/// A server with workers, on a free port, for tests of who may call it.
struct GuardedServer {
    let server: Server
    let client: TestClient

    /// A request that the worker `identity` answers.
    static let request = #"{"inputs":[{"name":"x","shape":[1],"datatype":"INT32","data":[7]}]}"#

    static func run(
        workers: [String] = ["identity"], _ configure: (inout ServerConfiguration) -> Void = { _ in },
        _ body: (GuardedServer) throws -> Void
    ) throws {
        var configuration = ServerConfiguration()
        configuration.httpPort = 0
        configuration.modelControlMode = .explicit
        configuration.logLevel = .error
        configuration.httpThreads = 1
        configure(&configuration)
        let server = try Server(configuration)
        try server.start()
        defer { server.stopAndWait(grace: .seconds(5)) }
        for worker in workers {
            let loaded = DispatchSemaphore(value: 0)
            server.registry.loadWorker(worker) { _ in loaded.signal() }
            loaded.wait()
        }
        try body(GuardedServer(server: server, client: try TestClient(port: try #require(server.httpPort))))
    }

    /// A request whose fields are all the caller's, `Host` too.
    func send(
        _ method: String, _ path: String, host: String = "localhost", _ fields: [String: String] = [:],
        body: String = ""
    ) throws -> TestClient.Response {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\nContent-Length: \(body.utf8.count)\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        try client.send(Array((head + "\r\n" + body).utf8))
        return try client.receive(hasBody: method != "HEAD")
    }
}
