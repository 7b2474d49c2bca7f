import DunlinBytes
import DunlinInference
import Testing

@testable import DunlinLoad

@Suite struct LoadTargetTests {
    @Test(arguments: [
        ("http://127.0.0.1:8000", "127.0.0.1", 8000, "", "127.0.0.1:8000"),
        ("http://example", "example", 80, "", "example"),
        ("example:81/", "example", 81, "", "example:81"),
        ("http://h:1/a/b/", "h", 1, "/a/b", "h:1"),
        ("http://h:1/v2", "h", 1, "", "h:1"),
        ("http://[::1]:65535/x", "::1", 65535, "/x", "[::1]:65535"),
        ("http://[::1]", "::1", 80, "", "[::1]"),
    ])
    func readsAURL(url: String, host: String, port: Int, prefix: String, authority: String) throws {
        let parts = try URLParts(url)
        #expect(parts.host == host && parts.port == port && parts.prefix == prefix && parts.authority == authority)
    }

    @Test(arguments: [
        "", "http://", "https://h", "ftp://h", "http://:80", "http://h:0", "http://h:65536", "http://h:x", "http://a b",
        "http://user@h", "http://h/?q", "http://h\r\nX: y",
    ])
    func refusesWhatIsNoURLOfThisKind(url: String) {
        #expect(throws: InferError.self) { try URLParts(url) }
    }

    @Test func quotesModelNames() throws {
        #expect(LoadTarget.quoted("a-b.c_d~1") == "a-b.c_d~1")
        #expect(LoadTarget.quoted("a/b c?ü") == "a%2Fb%20c%3F%C3%BC")
        let target = try LoadTarget(url: "http://127.0.0.1:1/p", unixSocket: nil, model: "a b", version: "3")
        #expect(target.modelPath == "/v2/models/a%20b/versions/3")
        #expect(
            target.message("GET", "/v2", headers: [("A", "b")]).string
                == "GET /p/v2 HTTP/1.1\r\nHost: 127.0.0.1:1\r\nA: b\r\n\r\n")
    }

    @Test func aSocketsPathHasALimit() throws {
        let fits = "/" + String(repeating: "s", count: 106)
        _ = try LoadTarget(url: "http://h", unixSocket: fits, model: "m", version: nil)
        #expect(throws: InferError.self) {
            try LoadTarget(url: "http://h", unixSocket: fits + "s", model: "m", version: nil)
        }
        #expect(throws: InferError.self) { try LoadTarget(url: "http://h", unixSocket: "", model: "m", version: nil) }
    }
}
