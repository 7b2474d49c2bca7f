import Testing

@testable import Dunlin

@Suite struct OriginPatternTests {
    @Test(arguments: [
        (
            "https://app.example.com",
            ["https://app.example.com", "HTTPS://APP.example.com", "https://app.example.com:443"]
        ),
        ("http://localhost:3000", ["http://localhost:3000"]),
        ("http://localhost:*", ["http://localhost:3000", "http://localhost"]),
        ("https://*.example.com", ["https://a.example.com", "https://b-1.example.com"]),
        ("https://pr-*-web.example.com", ["https://pr-17-web.example.com", "https://pr-web-web-web.example.com"]),
        ("https://*.*.example.com", ["https://a.b.example.com"]),
        ("http://[::1]:8080", ["http://[::1]:8080"]),
        ("null", ["null"]),
        ("*", ["null", "https://anything.example", "chrome-extension://abc"]),
        ("chrome-extension://abcdef", ["chrome-extension://abcdef"]),
    ])
    func originsThatAreMeant(pattern: String, origins: [String]) throws {
        let pattern = try #require(OriginPattern(pattern))
        for origin in origins { #expect(pattern.matches(origin), "\(origin)") }
    }

    @Test(arguments: [
        (
            "https://app.example.com",
            ["http://app.example.com", "https://app.example.com:8443", "https://app.example.com.evil.org"]
        ),
        (
            "https://*.example.com",
            ["https://example.com", "https://a.b.example.com", "https://.example.com", "https://evilexample.com"]
        ),
        (
            "https://*.example.com",
            ["https://a.example.com.evil.org", "https://a.example.comevil", "https://evil.org/.example.com"]
        ),
        ("https://pr-*-web.example.com", ["https://pr--web.example.com", "https://pr-1-wab.example.com"]),
        ("http://localhost:3000", ["http://localhost", "http://localhost:3001", "http://localhost:30000"]),
        ("https://a.example", ["null", "", "a.example", "https://", "https://a.example/", "https://user@a.example"]),
        ("null", ["https://null", "NULL", ""]),
    ])
    func originsThatOnlyLookLikeIt(pattern: String, origins: [String]) throws {
        let pattern = try #require(OriginPattern(pattern))
        for origin in origins { #expect(!pattern.matches(origin), "\(origin)") }
    }

    @Test(arguments: [
        "", "example.com", "https://", "https://a.example/", "https://a.example/path", "https://a..example",
        "*://a.example",
        "https://a b.example", "https://a.example:port", "https://a.example:", "https://user@a.example", "https://[::1",
        "https://*********.example",
    ])
    func whatIsNoPattern(text: String) { #expect(OriginPattern(text) == nil) }

    @Test func longTextsMatchNothingButEverything() throws {
        let origin = "https://" + String(repeating: "a", count: OriginPattern.maxByteCount - 8)
        #expect(OriginPattern(origin) != nil && OriginPattern(origin + "a") == nil)
        #expect(try #require(OriginPattern("https://*")).matches(origin))
        #expect(try !#require(OriginPattern("https://*")).matches(origin + "a"))
        #expect(OriginPattern("https://********.example") != nil)
    }
}
