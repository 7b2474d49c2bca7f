import Testing

@testable import DunlinLoad

@Suite struct ResponseParserTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: String
        var status = 200
        var body = 0
        var keepsAlive = true
        /// Bytes behind the response that must be left alone.
        var rest = 0

        init(
            _ description: String, _ bytes: String, status: Int = 200, body: Int = 0, keepsAlive: Bool = true,
            rest: Int = 0
        ) {
            (testDescription, self.bytes, self.status, self.body) = (description, bytes, status, body)
            (self.keepsAlive, self.rest) = (keepsAlive, rest)
        }
    }

    static let responses = [
        Row("a length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", body: 3),
        Row("a length of 0", "HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n"),
        Row("no reason phrase", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na", body: 1),
        Row("blanks around a value", "HTTP/1.1 200 OK\r\nCONTENT-LENGTH: \t 2 \t\r\n\r\nab", body: 2),
        Row("the same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab", body: 2),
        Row("what follows is left", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200", body: 1, rest: 12),
        Row("no body by its status", "HTTP/1.1 204 No Content\r\n\r\n", status: 204),
        Row("not modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", status: 304),
        Row(
            "close", "HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno", status: 503, body: 2,
            keepsAlive: false),
        Row("HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", body: 1, keepsAlive: false),
        Row("HTTP/1.0 kept", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\na", body: 1),
        Row(
            "chunks",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\n\r\n",
            body: 13),
        Row(
            "chunks and trailers",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: 1\r\nY: 2\r\n\r\n",
            body: 1),
        Row("interim answers", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", body: 1),
    ]

    @Test("finds the end of", arguments: responses)
    func findsTheEnd(row: Row) throws {
        let bytes = Array(row.bytes.utf8)
        for step in [1, 2, 7, bytes.count] {
            var parser = ResponseParser()
            var position = 0
            while position < bytes.count, !parser.isComplete {
                let part = Array(bytes[position..<min(position + step, bytes.count)])
                position += try part.withUnsafeBytes { (part) throws in try parser.consume(part) }
            }
            #expect(parser.isComplete, "in steps of \(step)")
            #expect(parser.status == row.status && parser.bodyByteCount == row.body)
            #expect(parser.keepsAlive == row.keepsAlive && bytes.count - position == row.rest)
        }
    }

    @Test(
        "refuses",
        arguments: [
            ("something else", "SSH-2.0-OpenSSH\r\n\r\n"),
            ("HTTP/2 by its line", "HTTP/2 200\r\n\r\n"),
            ("no status", "HTTP/1.1 OK\r\n\r\n"),
            ("a status below 100", "HTTP/1.1 099 X\r\n\r\n"),
            ("a status above 599", "HTTP/1.1 600 X\r\n\r\n"),
            ("a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
            ("a length that is no number", "HTTP/1.1 200 OK\r\nContent-Length: 1a\r\n\r\n"),
            ("a length beyond 64 bits", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"),
            ("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na"),
            ("a line without a name", "HTTP/1.1 200 OK\r\nnothing\r\n\r\n"),
            ("an unknown transfer coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"),
            ("a chunk without a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n"),
            ("a chunk size that is no number", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1z\r\n"),
            ("a chunk size of 16 digits", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"),
            ("a chunk longer than its size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"),
            ("a protocol switch", "HTTP/1.1 101 Switching\r\n\r\n"),
        ])
    func refuses(name: String, text: String) {
        var parser = ResponseParser()
        #expect(throws: ResponseParser.Malformed.self, "\(name)") { try feed(&parser, text) }
    }

    @Test func aHeadHasALimit() throws {
        let start = "HTTP/1.1 200 OK\r\nX: "
        let end = "\r\nContent-Length: 0\r\n\r\n"
        let room = ResponseParser.maxHeadByteCount - start.utf8.count - end.utf8.count
        var parser = ResponseParser()
        try feed(&parser, start + String(repeating: "a", count: room) + end)
        #expect(parser.isComplete)
        parser.reset()
        #expect(throws: ResponseParser.Malformed.self) {
            try feed(&parser, start + String(repeating: "a", count: room + 1) + end)
        }
    }

    @Test func interimAnswersHaveALimit() throws {
        let interim = String(repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: ResponseParser.maxInterimCount)
        var parser = ResponseParser()
        try feed(&parser, interim + "HTTP/1.1 204 No Content\r\n\r\n")
        #expect(parser.isComplete)
        parser.reset()
        #expect(throws: ResponseParser.Malformed.self) { try feed(&parser, interim + "HTTP/1.1 102 P\r\n\r\n") }
    }

    @Test func aChunkLineHasALimit() throws {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0;"
        var parser = ResponseParser()
        let room = ResponseParser.maxChunkLineByteCount - 4
        try feed(&parser, head + String(repeating: "x", count: room) + "\r\n\r\n")
        #expect(parser.isComplete)
        parser.reset()
        #expect(throws: ResponseParser.Malformed.self) {
            try feed(&parser, head + String(repeating: "x", count: room + 1) + "\r\n\r\n")
        }
    }

    @Test func closingEndsOnlyAResponseWithoutAnotherEnd() throws {
        var parser = ResponseParser()
        try feed(&parser, "HTTP/1.1 200 OK\r\n\r\nabc")
        #expect(!parser.isComplete && !parser.keepsAlive)
        var isEnd = parser.close()
        #expect(isEnd && parser.isComplete)
        parser.reset()
        try feed(&parser, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc")
        isEnd = parser.close()
        #expect(!isEnd)
        parser.reset()
        isEnd = parser.close()
        #expect(!isEnd)
    }

    @Test func anErrorsBodyIsKeptUpToItsLimitAndASuccessesBodyIsNot() throws {
        let text = String(repeating: "e", count: ResponseParser.maxExcerptByteCount + 10)
        for (status, kept) in [(400, ResponseParser.maxExcerptByteCount), (200, 0)] {
            var parser = ResponseParser()
            try feed(&parser, "HTTP/1.1 \(status) X\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
            #expect(parser.isComplete && parser.excerpt.count == kept)
        }
        var parser = ResponseParser(keepsBody: true)
        try feed(&parser, "HTTP/1.1 200 X\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
        #expect(parser.excerpt.count == text.utf8.count)
    }

    /// Whatever comes in whatever pieces: never more taken than given, and nothing after the end.
    @Test func damagedResponsesAreTakenOrRefused() {
        var state: UInt64 = 9
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        for round in 0..<4000 {
            var bytes = Array(Self.responses[round % Self.responses.count].bytes.utf8)
            for _ in 0..<random(4) { bytes[random(bytes.count)] = UInt8(random(256)) }
            if random(3) == 0 { bytes.removeLast(random(bytes.count)) }
            var parser = ResponseParser()
            var position = 0
            while position < bytes.count, !parser.isComplete {
                let part = Array(bytes[position..<min(position + 1 + random(40), bytes.count)])
                guard let taken = try? part.withUnsafeBytes({ (part) throws in try parser.consume(part) }) else {
                    break
                }
                #expect(taken == part.count || parser.isComplete)
                position += taken
            }
            _ = parser.close()
            #expect(parser.excerpt.count <= ResponseParser.maxExcerptByteCount)
        }
    }

    private func feed(_ parser: inout ResponseParser, _ text: String) throws {
        let bytes = Array(text.utf8)
        _ = try bytes.withUnsafeBytes { (bytes) throws in try parser.consume(bytes) }
    }
}
