import DunlinBytes
import Testing

@testable import DunlinHTTP

/// Each limit at its value and one past it, whole and cut.
@Suite struct RequestLimitsTests {
    private var limits: RequestParser.Limits {
        var configuration = HTTPServerConfiguration()
        configuration.maxRequestLineByteCount = 64
        configuration.maxHeaderByteCount = 256
        configuration.maxHeaderCount = 5
        configuration.maxBodyByteCount = 100
        return RequestParser.Limits(configuration)
    }

    private func outcome(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        let whole = parse([bytes[...]], limits: limits)
        #expect(parse(bytes.indices.map { bytes[$0...$0] }, limits: limits) == whole, "byte by byte")
        for cut in bytes.indices { #expect(parse([bytes[..<cut], bytes[cut...]], limits: limits) == whole) }
        return whole
    }

    private func statusOrCount(_ text: String) -> String {
        let found = outcome(text)
        return found.count == 1 && found[0].count == 3 ? found[0] : "\(found.count) requests"
    }

    @Test func requestLine() {
        func line(_ count: Int) -> String { "GET /" + String(repeating: "a", count: count - 14) + " HTTP/1.1" }
        #expect(statusOrCount(line(64) + "\r\nHost: a\r\n\r\n") == "1 requests")
        #expect(statusOrCount(line(65) + "\r\nHost: a\r\n\r\n") == "414")
        // Refused before its end is there.
        #expect(statusOrCount(String(line(64).prefix(64))) == "0 requests")
        #expect(statusOrCount("GET /" + String(repeating: "a", count: 60)) == "414")
    }

    @Test func headerBytes() {
        func head(_ count: Int) -> String {
            "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "b", count: count - 14) + "\r\n\r\n"
        }
        #expect(statusOrCount(head(256)) == "1 requests")
        #expect(statusOrCount(head(257)) == "431")
        #expect(statusOrCount("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "b", count: 245)) == "431")
    }

    @Test func headerCount() {
        func head(_ count: Int) -> String {
            "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: count - 1) + "\r\n"
        }
        #expect(statusOrCount(head(5)) == "1 requests")
        #expect(statusOrCount(head(6)) == "431")
    }

    @Test func bodyOfKnownLength() {
        func message(_ count: Int) -> String { "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n" }
        #expect(statusOrCount(message(100) + String(repeating: "x", count: 100)) == "1 requests")
        // Before a byte of it is read.
        #expect(statusOrCount(message(101)) == "413")
    }

    @Test func chunkedBody() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        let half = "32\r\n" + String(repeating: "x", count: 50) + "\r\n"
        #expect(statusOrCount(head + half + half + "0\r\n\r\n") == "1 requests")
        #expect(statusOrCount(head + half + half + "1\r\n") == "413")
        #expect(statusOrCount(head + "65\r\n") == "413")
    }

    @Test func chunkExtensions() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        func message(_ count: Int) -> [UInt8] {
            Array((head + "0;" + String(repeating: "e", count: count - 1) + "\r\n\r\n").utf8)
        }
        #expect(parse([message(ChunkDecoder.maxExtensionByteCount)[...]], limits: limits) == ["post /"])
        #expect(parse([message(ChunkDecoder.maxExtensionByteCount + 1)[...]], limits: limits) == ["400"])
    }

    @Test func chunkSizeDigits() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(statusOrCount(head + "0000000000000000\r\n\r\n") == "1 requests")
        #expect(statusOrCount(head + "00000000000000000\r\n\r\n") == "400")
    }

    @Test func trailerBytesAndCount() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        func bytes(_ count: Int) -> String { "T: " + String(repeating: "t", count: count - 5) + "\r\n\r\n" }
        #expect(statusOrCount(head + bytes(256)) == "1 requests")
        #expect(statusOrCount(head + bytes(257)) == "431")
        #expect(statusOrCount(head + String(repeating: "T: t\r\n", count: 5) + "\r\n") == "1 requests")
        #expect(statusOrCount(head + String(repeating: "T: t\r\n", count: 6) + "\r\n") == "431")
    }
}
