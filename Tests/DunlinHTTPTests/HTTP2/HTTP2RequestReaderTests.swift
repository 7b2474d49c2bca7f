import DunlinBytes
import Testing

@testable import DunlinHTTP

@Suite struct HTTP2RequestReaderTests {
    private static let get: [(String, String)] = [
        (":method", "GET"), (":scheme", "http"), (":authority", "host:1"), (":path", "/a?b=c"),
    ]

    private func reader(
        _ fields: [(String, String)], _ change: (inout HTTPServerConfiguration) -> Void = { _ in }
    ) -> HTTP2RequestReader {
        var configuration = HTTPServerConfiguration()
        change(&configuration)
        var reader = HTTP2RequestReader(limits: RequestParser.Limits(configuration), pool: nil)
        for (name, value) in fields {
            Array(name.utf8).withUnsafeBytes { name in
                Array(value.utf8).withUnsafeBytes { value in reader.field(name, value) }
            }
        }
        return reader
    }

    private func refusal(
        _ fields: [(String, String)], body: [[UInt8]] = [], _ change: (inout HTTPServerConfiguration) -> Void = { _ in }
    ) -> RequestError? {
        var reader = reader(fields, change)
        do {
            try reader.endHead()
            for piece in body { try piece.withUnsafeBytes { (bytes) throws in try reader.body(bytes) } }
            return nil
        } catch {
            return error as? RequestError
        }
    }

    @Test func aRequestWithoutABody() throws {
        var reader = reader(Self.get + [("accept", "x/y"), ("accept-encoding", "gzip")])
        try reader.endHead()
        let request = reader.finish()
        #expect(request.method == .get && request.path.string == "/a" && request.query?.string == "b=c")
        #expect(request.version == .http2 && request.body.isEmpty && request.acceptedCoding == .gzip)
        #expect(request.headers["host"] == "host:1" && request.headers["Accept"] == "x/y")
        #expect(request.headers.fields.count == 3)
    }

    @Test func theAuthorityIsTheHostWhateverTheOrder() throws {
        let orders: [[(String, String)]] = [
            [(":path", "/"), (":authority", "first"), (":method", "GET"), ("host", "second")],
            [(":authority", "first"), (":method", "GET"), (":path", "/"), ("host", "second")],
            [(":method", "GET"), (":path", "/"), ("host", "first")],
        ]
        for fields in orders {
            var reader = reader(fields)
            try reader.endHead()
            let hosts = reader.finish().headers.all("host")
            #expect(hosts == ["first"])
        }
    }

    @Test(arguments: [0, 1, 15, 16, 16_384, 16_385, 100_000, 3 << 20], [true, false])
    func aBodyIsWholeAndAligned(count: Int, isAnnounced: Bool) throws {
        let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var reader = reader(Self.get + (isAnnounced ? [("content-length", String(count))] : []))
        try reader.endHead()
        var start = 0
        while start < count {
            let end = min(count, start + 16_384)
            try body[start..<end].withUnsafeBytes { (bytes) throws in try reader.body(bytes) }
            start = end
        }
        let received = reader.bodyReceivedCount
        #expect(received == count)
        let request = reader.finish()
        #expect(request.body.array == body && request.path.string == "/a")
        if let base = request.body.base { #expect(Int(bitPattern: base) % 16 == 0) }
    }

    @Test func theOffsetThatAFieldNamesIsAligned() throws {
        for count in [100, 100_000] {
            var reader = reader(Self.get + [("json-length", "37")]) { $0.alignedOffsetField = "json-length" }
            try reader.endHead()
            try [UInt8](repeating: 1, count: count).withUnsafeBytes { (bytes) throws in try reader.body(bytes) }
            let base = reader.finish().body.base!
            #expect((Int(bitPattern: base) + 37) % 16 == 0)
        }
    }

    @Test(arguments: [1, 3, 5, 1000])
    func theLengthOfAGRPCMessageIsKnownFromItsPrefix(firstPiece: Int) throws {
        let count = 50_000
        let body: [UInt8] = [0, 0, 0, 0xC3, 0x50] + [UInt8](repeating: 9, count: count)
        var reader = reader(Self.get + [("content-type", "application/grpc+proto")])
        try reader.endHead()
        let isKnown = reader.expectedCount != nil
        #expect(!isKnown)
        for piece in [body[..<firstPiece], body[firstPiece...]] {
            try piece.withUnsafeBytes { (bytes) throws in try reader.body(bytes) }
        }
        let expected = reader.expectedCount
        #expect(expected == count + 5)
        let request = reader.finish()
        #expect(request.body.array == body)
    }

    /// The message is one and its prefix says how long it is: what comes behind it is no part of the request.
    @Test func moreThanOneGRPCMessageIsRefusedAtOnce() {
        let fields = Self.get + [("content-type", "application/grpc")]
        let body: [UInt8] = [0, 0, 0, 0, 2, 1, 2]
        #expect(refusal(fields, body: [body]) == nil)
        #expect(refusal(fields, body: [body + [0]])?.status == 400)
        #expect(refusal(fields, body: [body, body])?.status == 400)
    }

    @Test func aLongBodyGetsNoMoreMemoryThanHasCome() throws {
        var reader = reader(Self.get + [("content-length", String(64 << 20))])
        try reader.endHead()
        var capacities = [reader.bodyCapacity]
        try [UInt8](repeating: 1, count: 10).withUnsafeBytes { (bytes) throws in try reader.body(bytes) }
        capacities += [reader.bodyCapacity, reader.nextBodyCapacity]
        try reader.grow()
        capacities.append(reader.bodyCapacity)
        let first = RequestParser.firstBodyByteCount
        #expect(capacities == [0, first, 2 * first, 2 * first])
    }

    @Test func aBodyWithinTheLimitIsTaken() {
        for fields in [[("content-length", "10")], []] {
            let body = [[UInt8](repeating: 1, count: 10)]
            #expect(refusal(Self.get + fields, body: body) { $0.maxBodyByteCount = 10 } == nil)
        }
    }

    @Test func aBodyBeyondTheLimitIsRefusedAsSoonAsItIsKnown() {
        let limit: (inout HTTPServerConfiguration) -> Void = { $0.maxBodyByteCount = 10 }
        #expect(refusal(Self.get + [("content-length", "11")], limit)?.status == 413)
        #expect(refusal(Self.get, body: [[UInt8](repeating: 1, count: 11)], limit)?.status == 413)
        let grpc = Self.get + [("content-type", "application/grpc")]
        #expect(refusal(grpc, body: [[0, 0, 0, 0, 5]], limit) == nil)
        #expect(refusal(grpc, body: [[0, 0, 0, 0, 6]], limit)?.status == 413)
        #expect(refusal(grpc, body: [[0, 0xFF, 0xFF, 0xFF, 0xFF]], limit)?.status == 413)
    }

    @Test func fieldsAreLimitedInNumberSizeAndPath() {
        // "host:host:1\r\n" has 13 bytes.
        let one = [("n", String(repeating: "v", count: 256 - 13 - 4))]
        #expect(refusal(Self.get + one) { $0.maxHeaderByteCount = 256 } == nil)
        #expect(refusal(Self.get + one + [("o", "")]) { $0.maxHeaderByteCount = 256 }?.status == 431)
        let two = [("a", "1"), ("b", "2")]
        #expect(refusal(Self.get + two) { $0.maxHeaderCount = 3 } == nil)
        #expect(refusal(Self.get + two) { $0.maxHeaderCount = 2 }?.status == 431)
        let path = [(":method", "GET"), (":path", "/" + String(repeating: "p", count: 63)), ("host", "x")]
        #expect(refusal(path) { $0.maxRequestLineByteCount = 64 } == nil)
        #expect(refusal(path) { $0.maxRequestLineByteCount = 63 }?.status == 414)
    }

    @Test(arguments: [
        [(":method", "GET"), ("host", "x")], [(":method", "GET"), (":path", ""), ("host", "x")],
        [(":method", "GET"), (":path", "/a b"), ("host", "x")], [(":method", "G T"), (":path", "/"), ("host", "x")],
        [(":method", "GET"), (":path", "http://x/"), ("host", "x")],
        [(":method", "GET"), (":path", "/"), (":authority", "a b")],
        [(":method", "GET"), (":path", "/"), ("content-length", "x")],
    ])
    func whatIsNoRequestIsRefused(fields: [(String, String)]) { #expect(refusal(fields)?.status == 400) }

    @Test func otherExpectationsAreRefused() throws {
        #expect(refusal(Self.get + [("expect", "magic")])?.status == 417)
        var reader = reader(Self.get + [("expect", "100-continue")])
        try reader.endHead()
        let expectsContinue = reader.expectsContinue
        #expect(expectsContinue)
    }

    @Test func aPathIsKnownByItsEnd() throws {
        var reader = reader([(":method", "POST"), (":path", "/s/Stream?x"), ("host", "x")])
        try reader.endHead()
        let ends = ["/Stream", "/Streams", "/very/long/s/Stream"].map { reader.pathEnds(with: Array($0.utf8)) }
        #expect(ends == [true, false, false])
    }

    @Test(arguments: [
        ":method GET\n:authority h\n:path /v2?a=b\naccept x\n\n",
        ":method POST\n:path /a\nhost h\ncontent-length 4\nx 21\n\nbody",
        ":method POST\n:path /a\nhost h\ncontent-type application/grpc\n\n\0\0\0\0\u{5}hello",
    ])
    func theFuzzEntryAcceptsAnything(text: String) {
        var state: UInt64 = 42
        var bytes = Array(text.utf8)
        for _ in 0..<200 {
            bytes.withUnsafeBytes { HTTP2RequestFuzz.run($0) }
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
        }
    }
}
