import DunlinInference
import Testing

@testable import DunlinLoad

@Suite struct URLPartsTests {
    @Test(arguments: [
        ("http://127.0.0.1:8000", LoadScheme.http, "127.0.0.1", 8000, "", "127.0.0.1:8000"),
        ("http://example", .http, "example", 80, "", "example"),
        ("https://example/a", .https, "example", 443, "/a", "example"),
        ("grpc://example", .grpc, "example", 8001, "", "example"),
        ("grpcs://example", .grpcs, "example", 443, "", "example"),
        ("grpc://[::1]:9/gate/", .grpc, "::1", 9, "/gate", "[::1]:9"),
        ("example:81/", .http, "example", 81, "", "example:81"),
        ("http://h:1/a/b/", .http, "h", 1, "/a/b", "h:1"),
        ("http://h:1/v2", .http, "h", 1, "", "h:1"),
        ("http://[::1]:65535/x", .http, "::1", 65535, "/x", "[::1]:65535"),
        ("http://[::1]", .http, "::1", 80, "", "[::1]"),
    ])
    func readsAURL(
        url: String, scheme: LoadScheme, host: String, port: Int, prefix: String, authority: String
    ) throws {
        let parts = try URLParts(url)
        #expect(parts.scheme == scheme && parts.host == host && parts.port == port)
        #expect(parts.prefix == prefix && parts.authority == authority)
    }

    @Test(arguments: [
        "", "http://", "ftp://h", "HTTP://h", "://h", "http://:80", "http://h:0", "http://h:65536", "http://h:x",
        "http://a b", "http://user@h", "http://h/?q", "http://h\r\nX: y", "grpc:///x",
    ])
    func refusesWhatIsNoURLOfTheseKinds(url: String) {
        #expect { try URLParts(url) } throws: {
            ($0 as? InferError)?.message.contains("http, https, grpc, grpcs") == true
        }
    }
}
