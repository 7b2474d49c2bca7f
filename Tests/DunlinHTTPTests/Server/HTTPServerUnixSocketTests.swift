import DunlinBytes
import DunlinTelemetry
import Glibc
import Testing

@testable import DunlinHTTP

private let request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

@Suite struct HTTPServerUnixSocketTests {
    /// A path in a directory of its own, which `body` may fill.
    private func atPath(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/dunlin-socket-XXXXXX".utf8CString)
        let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        let path = directory + "/http"
        defer {
            unlink(path)
            rmdir(directory)
        }
        try body(path)
    }

    private func mode(of path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : nil
    }

    @Test func answersAndGoesWithTheServer() throws {
        try atPath { path in
            let running = try RunningServer { $0.address = "unix:\(path)" }
            #expect(running.server.port == 0)
            #expect(mode(of: path) == S_IFSOCK | 0o600)
            let client = try RawClient(path: path)
            for _ in 0..<2 {
                client.send(request)
                #expect(try client.answer().text == "get /a")
            }
            client.send("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n")
            client.send([UInt8](repeating: 0x61, count: 500_000))
            #expect(try client.answer().body.count == 500_008)
            running.stop()
            #expect(mode(of: path) == nil)
        }
    }

    @Test func thePermissionsAreThoseAskedFor() throws {
        try atPath { path in
            let running = try RunningServer {
                $0.address = "unix:\(path)"
                $0.socketMode = 0o666
            }
            defer { running.stop() }
            #expect(mode(of: path) == S_IFSOCK | 0o666)
        }
    }

    @Test func whatAKilledServerLeftIsReplaced() throws {
        try atPath { path in
            let left = try Listener(address: "unix:\(path)", port: 0, socketMode: 0o600, userCount: 1)
            close(left.descriptor)
            #expect(mode(of: path) != nil)
            let running = try RunningServer { $0.address = "unix:\(path)" }
            defer { running.stop() }
            let client = try RawClient(path: path)
            client.send(request)
            #expect(try client.answer().status == 200)
        }
    }

    @Test func aServerThatLivesIsNotReplaced() throws {
        try atPath { path in
            let first = try RunningServer { $0.address = "unix:\(path)" }
            defer { first.stop() }
            let error = #expect(throws: HTTPServerError.self) { try RunningServer { $0.address = "unix:\(path)" } }
            #expect(error?.message == "cannot listen on unix:\(path): a server listens there")
            let client = try RawClient(path: path)
            client.send(request)
            #expect(try client.answer().status == 200)
        }
    }

    @Test func otherFilesAreLeftAlone() throws {
        try atPath { path in
            close(open(path, O_CREAT | O_WRONLY, 0o600))
            let error = #expect(throws: HTTPServerError.self) { try RunningServer { $0.address = "unix:\(path)" } }
            #expect(error?.message == "cannot listen on unix:\(path): there is a file that is not a socket")
            #expect(mode(of: path) == S_IFREG | 0o600)
        }
    }

    @Test func aFileThatTookItsPlaceStays() throws {
        try atPath { path in
            let running = try RunningServer { $0.address = "unix:\(path)" }
            unlink(path)
            close(open(path, O_CREAT | O_WRONLY, 0o600))
            running.stop()
            #expect(mode(of: path) == S_IFREG | 0o600)
        }
    }

    @Test func aDirectoryThatIsNotThereIsToldOf() throws {
        let error = #expect(throws: HTTPServerError.self) {
            try RunningServer { $0.address = "unix:/nonexistent/http" }
        }
        #expect(error?.message == "cannot listen on unix:/nonexistent/http: No such file or directory")
    }

    @Test(arguments: [(1, true), (107, true), (108, false), (0, false)])
    func pathsHaveALimit(byteCount: Int, isValid: Bool) {
        let address = "unix:" + String(repeating: "a", count: byteCount)
        #expect((SocketAddress(address, port: 0) != nil) == isValid)
    }

    /// Over a Unix-domain socket the end of one side and the end of both can be told apart.
    @Test func aClientThatGoesIsToldOf() throws {
        try atPath { path in
            let running = try RunningServer { $0.address = "unix:\(path)" }
            defer { running.stop() }
            var client: RawClient? = try RawClient(path: path)
            client!.send("GET /hold/1 HTTP/1.1\r\nHost: a\r\n\r\n")
            let reply = try running.held("/hold/1")
            #expect(!reply.isCancelled)
            client = nil
            #expect(RunningServer.eventually { reply.isCancelled })
        }
    }
}
