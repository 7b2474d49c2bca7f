import Testing

@testable import DunlinHTTP

@Suite struct HTTPServerConfigurationTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let isValid: Bool
        let change: @Sendable (inout HTTPServerConfiguration) -> Void
        var testDescription: String { name }

        init(_ name: String, _ isValid: Bool, _ change: @escaping @Sendable (inout HTTPServerConfiguration) -> Void) {
            self.name = name
            self.isValid = isValid
            self.change = change
        }
    }

    @Test(
        "judges",
        arguments: [
            Row("the defaults", true) { _ in },
            Row("IPv6", true) { $0.address = "::1" },
            Row("a name", false) { $0.address = "example.org" },
            Row("no address", false) { $0.address = "" },
            Row("the highest port", true) { $0.port = 65_535 },
            Row("a port beyond", false) { $0.port = 65_536 },
            Row("a negative port", false) { $0.port = -1 },
            Row("64 loops", true) { $0.eventLoopCount = 64 },
            Row("65 loops", false) { $0.eventLoopCount = 65 },
            Row("no loop", false) { $0.eventLoopCount = 0 },
            Row("the shortest request line", true) { $0.maxRequestLineByteCount = 64 },
            Row("a request line too short", false) { $0.maxRequestLineByteCount = 63 },
            Row("the shortest header", true) { $0.maxHeaderByteCount = 256 },
            Row("a header too short", false) { $0.maxHeaderByteCount = 255 },
            Row("one field", true) { $0.maxHeaderCount = 1 },
            Row("no field", false) { $0.maxHeaderCount = 0 },
            Row("no body", true) { $0.maxBodyByteCount = 0 },
            Row("a negative body", false) { $0.maxBodyByteCount = -1 },
            Row("arriving bodies as large as one", true) { $0.maxReceivingByteCount = $0.maxBodyByteCount },
            Row("arriving bodies smaller than one", false) { $0.maxReceivingByteCount = $0.maxBodyByteCount - 1 },
            Row("small answers", true) { $0.compressionLevel = 9 },
            Row("answers as they are", true) { $0.compressionLevel = 0 },
            Row("answers smaller than zlib can", false) { $0.compressionLevel = 10 },
            Row("the smallest answers compressed", true) { $0.minCompressedByteCount = 64 },
            Row("even smaller answers compressed", false) { $0.minCompressedByteCount = 63 },
            Row("no connection", false) { $0.maxConnections = 0 },
            Row("1024 unanswered requests", true) { $0.maxPipelinedRequests = 1024 },
            Row("1025 unanswered requests", false) { $0.maxPipelinedRequests = 1025 },
            Row("10,000 streams", true) { $0.maxConcurrentStreams = 10_000 },
            Row("10,001 streams", false) { $0.maxConcurrentStreams = 10_001 },
            Row("no stream", false) { $0.maxConcurrentStreams = 0 },
            Row("the smallest buffer", true) { $0.maxBufferedResponseByteCount = 65_536 },
            Row("a buffer too small", false) { $0.maxBufferedResponseByteCount = 65_535 },
            Row("the shortest timeout", true) { $0.idleTimeout = .milliseconds(10) },
            Row("a timeout too short", false) { $0.headerTimeout = .milliseconds(9) },
            Row("a day", true) { $0.bodyTimeout = .seconds(86_400) },
            Row("more than a day", false) { $0.writeTimeout = .seconds(86_401) },
        ])
    func judges(row: Row) {
        var configuration = HTTPServerConfiguration()
        row.change(&configuration)
        #expect(configuration.problems().isEmpty == row.isValid)
    }

    @Test func tellsAllProblemsAtOnce() {
        var configuration = HTTPServerConfiguration()
        configuration.port = 70_000
        configuration.idleTimeout = .zero
        #expect(
            configuration.problems() == [
                "port is 70000; it must be in 0...65535",
                "idle_timeout is 0.0 seconds; it must be in 0.01...86400 seconds",
            ])
    }
}
