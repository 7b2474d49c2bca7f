import Testing

@testable import DunlinTracing

@Suite struct OTLPEndpointTests {
    @Test(
        "addresses are read",
        arguments: [
            ("http://localhost:4318/v1/traces", "http://localhost:4318/v1/traces"), ("http://c", "http://c:80/"),
            ("c:1", "http://c:1/v1/traces"), ("HTTP://c/x?y=1#z", "http://c:80/x?y=1"),
            ("http://[::1]:4318/v1/traces", "http://[::1]:4318/v1/traces"), ("c", "http://c:4318/v1/traces"),
            ("http://c:65535?q", "http://c:65535/?q"),
        ])
    func addressesAreRead(text: String, expected: String) throws {
        #expect(try OTLPEndpoint.parse(text).get().description == expected)
    }

    @Test(
        "others are refused",
        arguments: [
            "", "http://", "https://c", "ftp://c", "http://user@c", "http://c:0", "http://c:65536", "http://c:x",
            "http://c:", "http://c d", "http://c\r\nX: y", "http://[::1", "http://[::1]x", "http://é",
            "http://" + String(repeating: "c", count: OTLPEndpoint.maxByteCount - 6),
        ])
    func othersAreRefused(text: String) {
        #expect(throws: TextProblem.self) { try OTLPEndpoint.parse(text).get() }
    }
}
