import DunlinBytes
import Testing

@testable import DunlinTracing

@Suite struct OTLPConnectionTests {
    @Test(
        "an answer's head is read",
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, nil),
            ("HTTP/1.0 503 x\r\nRetry-After: 12\r\n\r\n", 503, 12),
            ("HTTP/1.1 429 x\r\nretry-after:x\r\n\r\n", 429, nil),
            ("HTTP/1.1 429 x\r\nretry-after: -1\r\n\r\n", 429, nil),
        ] as [(String, Int, Int?)])
    func heads(text: String, status: Int, retryAfter: Int?) {
        #expect(OTLPConnection.answer(Array(text.utf8)) == .init(status: status, retryAfter: retryAfter))
    }

    @Test(
        "what is no head, or not whole, is none",
        arguments: ["", "HTTP/1.1 200 OK\r\n", "nonsense\r\n\r\n", "HTTP/1.1 9 x\r\n\r\n", "HTTP/2 200\r\n\r\n"])
    func whatIsNoHead(text: String) { #expect(OTLPConnection.answer(Array(text.utf8)) == nil) }

    @Test func aCollectorThatIsNotThereIsAReason() throws {
        // Port 1 of this machine is nobody's.
        let endpoint = try OTLPEndpoint.parse("http://127.0.0.1:1/").get()
        let connection = OTLPConnection(endpoint: endpoint, deadline: .max)
        #expect(throws: OTLPConnection.Failure.self) { try connection.post(Bytes("{}")) }
    }
}
