import DunlinBytes
import Testing

@testable import DunlinHTTP

/// What the parser makes of `text`, in one piece and cut at every boundary, byte by byte too.
struct ParserRow: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    /// Statuses of failures, or `"method path?query body"` of requests.
    let expected: [String]
    var testDescription: String { name }

    init(_ name: String, _ text: String, _ expected: String...) {
        self.name = name
        self.text = text
        self.expected = expected
    }
}

private func get(_ fields: String) -> String { "GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n" }
private func post(_ fields: String, _ body: String = "") -> String {
    "POST /p HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\(body)"
}

/// Feeds `pieces` one after another and names what comes out.
func parse(_ pieces: [ArraySlice<UInt8>], limits: RequestParser.Limits = RequestParser.Limits()) -> [String] {
    var parser = RequestParser(limits: limits)
    var found: [String] = []
    for piece in pieces {
        let isFinished = Array(piece).withUnsafeBytes { bytes in
            var position = 0
            repeat {
                switch parser.next(bytes, &position) {
                case .needsMore, .bodyExpected: break
                case .failure(let error):
                    found.append("\(error.status)")
                    return true
                case .request(let request, _):
                    let query = request.query.map { "?" + $0.string } ?? ""
                    let body = request.body.isEmpty ? "" : " " + request.body.string
                    found.append("\(request.method) \(request.path.string)\(query)\(body)")
                }
            } while position < bytes.count
            return false
        }
        if isFinished { break }
    }
    return found
}

@Suite struct RequestParserTests {
    static let valid = [
        ParserRow("a plain request", get(""), "get /"),
        ParserRow("a path and a query", "GET /a/b?c=d?e HTTP/1.1\r\nHost: a\r\n\r\n", "get /a/b?c=d?e"),
        ParserRow("an empty query", "GET /a? HTTP/1.1\r\nHost: a\r\n\r\n", "get /a?"),
        ParserRow("escapes stay as they are", "GET /a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n", "get /a%2Fb"),
        ParserRow("an absolute target", "GET http://h:1/x?y HTTP/1.1\r\nHost: a\r\n\r\n", "get /x?y"),
        ParserRow("an absolute target without a path", "GET HTTP://h HTTP/1.1\r\nHost: a\r\n\r\n", "get /"),
        ParserRow("an absolute target with a query only", "GET http://h?q HTTP/1.1\r\nHost: a\r\n\r\n", "get /?q"),
        ParserRow("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "options *"),
        ParserRow("an unknown method is other", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "other /"),
        ParserRow("methods are case-sensitive", "get / HTTP/1.1\r\nHost: a\r\n\r\n", "other /"),
        ParserRow("HTTP/1.0 needs no Host", "GET / HTTP/1.0\r\n\r\n", "get /"),
        ParserRow("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "get /"),
        ParserRow("a Host with a port", "GET / HTTP/1.1\r\nhOST: \t x.example:80 \t\r\n\r\n", "get /"),
        ParserRow("a Host that is IPv6", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "get /"),
        ParserRow("one empty line before a request", "\r\n" + get(""), "get /"),
        ParserRow("a body", post("Content-Length: 3\r\n", "abc"), "post /p abc"),
        ParserRow("an empty body", post("Content-Length: 0\r\n"), "post /p"),
        ParserRow("leading zeros in a length", post("Content-Length: 0003\r\n", "abc"), "post /p abc"),
        ParserRow("the same length twice", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), "post /p abc"),
        ParserRow("a list of the same length", post("Content-Length: 3 , 3\r\n", "abc"), "post /p abc"),
        ParserRow("a body may hold anything", post("Content-Length: 8\r\n", "\r\n\r\nGET "), "post /p \r\n\r\nGET "),
        ParserRow(
            "three requests in a row", get("") + post("Content-Length: 1\r\n", "x") + get(""),
            "get /", "post /p x", "get /"),
        ParserRow("one empty line between requests", get("") + "\r\n" + get(""), "get /", "get /"),
        ParserRow(
            "chunks", post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), "post /p abcde"),
        ParserRow(
            "chunk sizes in both cases",
            post("Transfer-Encoding: CHUNKED\r\n", "A\r\n0123456789\r\na\r\n0123456789\r\n000\r\n\r\n"),
            "post /p 01234567890123456789"),
        ParserRow("no chunk but the last", post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), "post /p"),
        ParserRow(
            "chunk extensions are dropped",
            post("Transfer-Encoding: chunked\r\n", "1;a=\"b\"\r\nx\r\n1 ;c\r\ny\r\n0;d\r\n\r\n"),
            "post /p xy"),
        ParserRow(
            "trailers are dropped",
            post("Transfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\nA: b\r\nContent-Length: 9\r\n\r\n") + get(""),
            "post /p x", "get /"),
        ParserRow("values with obs-text", get("X: \u{e4}\r\n"), "get /"),
        ParserRow("an empty value", get("X:\r\nY: \r\n"), "get /"),
        ParserRow(
            "an expectation with its body", post("Expect: 100-Continue\r\nContent-Length: 1\r\n", "x"), "post /p x"),
        ParserRow("an incomplete head", "GET / HTTP/1.1\r\nHost: a\r\n"),
        ParserRow("an incomplete body", post("Content-Length: 3\r\n", "ab")),
    ]

    static let invalid = [
        ParserRow("a lone line feed ends the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", "400"),
        ParserRow("a lone line feed ends a field", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", "400"),
        ParserRow("a lone line feed ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\n", "400"),
        ParserRow("a bare carriage return in a value", get("X: a\rb\r\n"), "400"),
        ParserRow("two carriage returns", get("X: a\r\r\n"), "400"),
        ParserRow("a carriage return in the target", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ParserRow("NUL in a value", get("X: a\0b\r\n"), "400"),
        ParserRow("DEL in a value", get("X: a\u{7f}b\r\n"), "400"),
        ParserRow("an escape character in a value", get("X: a\u{1b}b\r\n"), "400"),
        ParserRow("a blank before the colon", get("X : a\r\n"), "400"),
        ParserRow("a tab before the colon", get("Content-Length\t: 3\r\n"), "400"),
        ParserRow("a folded line", get("X: a\r\n b\r\n"), "400"),
        ParserRow("a blank before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400"),
        ParserRow("no name", get(": a\r\n"), "400"),
        ParserRow("no colon", get("X\r\n"), "400"),
        ParserRow("a name that is no token", get("X(: a\r\n"), "400"),
        ParserRow("a name with obs-text", get("X\u{e4}: a\r\n"), "400"),
        ParserRow("no Host", "GET / HTTP/1.1\r\n\r\n", "400"),
        ParserRow("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400"),
        ParserRow("two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "400"),
        ParserRow("a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400"),
        ParserRow("a Host with user information", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "400"),
        ParserRow("a Host with a blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400"),
        ParserRow("a Host with a bad port", "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n", "400"),
        ParserRow("a Host with an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "400"),
        ParserRow("no method", " / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ParserRow("a method that is no token", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ParserRow("no target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ParserRow("no version", "GET /\r\n\r\n", "400"),
        ParserRow("two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ParserRow("a blank after the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "400"),
        ParserRow("a relative target", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ParserRow("the target of CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ParserRow("* with another method", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ParserRow("a fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ParserRow("a target with obs-text", "GET /\u{e4} HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ParserRow("an absolute target without a host", "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ParserRow("an absolute target of another scheme", "GET ftp://h/a HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ParserRow("a version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", "400"),
        ParserRow("a version with two digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", "400"),
        ParserRow("HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505"),
        ParserRow("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "505"),
        ParserRow("HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", "505"),
        ParserRow("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"),
        ParserRow("two empty lines before a request", "\r\n\r\n" + get(""), "400"),
        ParserRow("a carriage return before a request", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        ParserRow("a length with a sign", post("Content-Length: +3\r\n", "abc"), "400"),
        ParserRow("a negative length", post("Content-Length: -3\r\n", "abc"), "400"),
        ParserRow("a length in hexadecimal", post("Content-Length: 0x3\r\n", "abc"), "400"),
        ParserRow("a length with a blank inside", post("Content-Length: 3 3\r\n", "abc"), "400"),
        ParserRow("an empty length", post("Content-Length: \r\n", "abc"), "400"),
        ParserRow("an empty list element", post("Content-Length: 3,\r\n", "abc"), "400"),
        ParserRow("a list of different lengths", post("Content-Length: 3, 4\r\n", "abc"), "400"),
        ParserRow("two different lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abc"), "400"),
        ParserRow("a length that overflows", post("Content-Length: 99999999999999999999999\r\n"), "413"),
        ParserRow(
            "a length and chunks", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "400"),
        ParserRow(
            "chunks and a length", post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), "400"),
        ParserRow("another coding and a length", post("Transfer-Encoding: gzip\r\nContent-Length: 3\r\n"), "400"),
        ParserRow("another coding", post("Transfer-Encoding: gzip\r\n"), "501"),
        ParserRow("identity", post("Transfer-Encoding: identity\r\n"), "501"),
        ParserRow("another coding before chunked", post("Transfer-Encoding: gzip, chunked\r\n"), "501"),
        ParserRow("almost chunked", post("Transfer-Encoding: xchunked\r\n"), "501"),
        ParserRow("chunked with a parameter", post("Transfer-Encoding: chunked;q=1\r\n"), "501"),
        ParserRow("chunked in quotes", post("Transfer-Encoding: \"chunked\"\r\n"), "501"),
        ParserRow("chunked not last", post("Transfer-Encoding: chunked, gzip\r\n"), "400"),
        ParserRow("chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), "400"),
        ParserRow("an empty coding", post("Transfer-Encoding:\r\n"), "400"),
        ParserRow("a vertical tab before chunked", post("Transfer-Encoding: \u{b}chunked\r\n"), "400"),
        ParserRow("chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        ParserRow("a chunk without a size", post("Transfer-Encoding: chunked\r\n", "\r\n"), "400"),
        ParserRow("a chunk size with a prefix", post("Transfer-Encoding: chunked\r\n", "0x3\r\nabc\r\n"), "400"),
        ParserRow("a chunk size with a sign", post("Transfer-Encoding: chunked\r\n", "+3\r\nabc\r\n"), "400"),
        ParserRow("a blank before a chunk size", post("Transfer-Encoding: chunked\r\n", " 3\r\nabc\r\n"), "400"),
        ParserRow("a blank after a chunk size", post("Transfer-Encoding: chunked\r\n", "3 \r\nabc\r\n"), "400"),
        ParserRow(
            "a chunk size that is too large", post("Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFF\r\n"), "413"),
        ParserRow(
            "a chunk size with 17 digits", post("Transfer-Encoding: chunked\r\n", "00000000000000003\r\n"), "400"),
        ParserRow("a lone line feed after a chunk size", post("Transfer-Encoding: chunked\r\n", "3\nabc\r\n"), "400"),
        ParserRow(
            "a lone line feed after a chunk", post("Transfer-Encoding: chunked\r\n", "3\r\nabc\n0\r\n\r\n"), "400"),
        ParserRow("a chunk longer than its size", post("Transfer-Encoding: chunked\r\n", "3\r\nabcd\r\n"), "400"),
        ParserRow(
            "a line feed in a chunk extension", post("Transfer-Encoding: chunked\r\n", "3;a\nb\r\nabc\r\n"), "400"),
        ParserRow(
            "a carriage return in a chunk extension", post("Transfer-Encoding: chunked\r\n", "3;a\rb\r\nabc\r\n"), "400"
        ),
        ParserRow("a trailer without a colon", post("Transfer-Encoding: chunked\r\n", "0\r\nA\r\n\r\n"), "400"),
        ParserRow("a folded trailer", post("Transfer-Encoding: chunked\r\n", "0\r\nA: b\r\n c\r\n\r\n"), "400"),
        ParserRow(
            "a control byte in a trailer", post("Transfer-Encoding: chunked\r\n", "0\r\nA: \u{1}\r\n\r\n"), "400"),
        ParserRow("a lone line feed after the trailers", post("Transfer-Encoding: chunked\r\n", "0\r\n\n"), "400"),
        ParserRow("another expectation", post("Expect: 200-ok\r\nContent-Length: 1\r\n"), "417"),
        ParserRow("a request after a good one", get("") + "GET /\r\n\r\n", "get /", "400"),
    ]

    @Test("understands", arguments: valid) func understands(row: ParserRow) { check(row) }

    @Test("refuses", arguments: invalid) func refuses(row: ParserRow) { check(row) }

    /// In one piece, cut in two at every boundary, and byte by byte.
    private func check(_ row: ParserRow) {
        let bytes = Array(row.text.utf8)
        #expect(parse([bytes[...]]) == row.expected)
        for cut in bytes.indices { #expect(parse([bytes[..<cut], bytes[cut...]]) == row.expected, "cut at \(cut)") }
        #expect(parse(bytes.indices.map { bytes[$0...$0] }) == row.expected, "byte by byte")
        for step in [2, 3, 7] {
            let outcomes = bytes.withUnsafeBytes {
                RequestParserFuzz.outcomes($0, limits: RequestParser.Limits(), pieceByteCount: step)
            }
            #expect(outcomes.count == row.expected.count)
        }
    }

    @Test func keepsFieldsAsReceived() throws {
        let request = try #require(requests("GET / HTTP/1.1\r\nHost: a\r\nX-Y:  b c \t\r\nx-y: d\r\nZ:\r\n\r\n").first)
        #expect(request.headers["x-y"] == "b c")
        #expect(request.headers.all("X-Y") == ["b c", "d"])
        #expect(request.headers["z"] == "")
        #expect(request.headers["absent"] == nil)
        #expect(request.headers.fields.map(\.name) == ["Host", "X-Y", "x-y", "Z"])
    }

    @Test(arguments: [0, 1, 15, 16, 17, 16_384, 16_385, 300_000])
    func bodiesStartAligned(byteCount: Int) throws {
        let body = [UInt8]((0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        for padding in ["", "a", "abcdefgh"] {
            let head = Array("POST /\(padding) HTTP/1.1\r\nHost: a\r\nContent-Length: \(byteCount)\r\n\r\n".utf8)
            let request = try #require(requests(head + body).first)
            #expect(request.body.array == body)
            if byteCount > 0 { #expect(UInt(bitPattern: request.body.base) % 16 == 0) }
        }
    }

    /// What the field says lies aligned, wherever that puts the rest.
    @Test(arguments: [1, 15, 16, 17, 150, 16_384, 16_385, 300_000])
    func theByteAtTheOffsetIsAligned(byteCount: Int) throws {
        var configuration = HTTPServerConfiguration()
        configuration.alignedOffsetField = "x-offset"
        let body = [UInt8]((0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        for (value, offset) in [
            ("0", 0), ("1", 1), ("15", 15), ("\(byteCount)", byteCount), ("-1", 0), ("many", 0),
            ("99999999999999999999", 15),
        ] {
            for framing in ["Content-Length: \(byteCount)\r\n", "Transfer-Encoding: chunked\r\n"] {
                let isChunked = framing.hasPrefix("T")
                let head = "POST / HTTP/1.1\r\nHost: a\r\nX-OFFSET: \(value)\r\n\(framing)\r\n"
                let size = String(byteCount, radix: 16)
                let sent = isChunked ? Array("\(size)\r\n".utf8) + body + Array("\r\n0\r\n\r\n".utf8) : body
                let found = requests(Array(head.utf8) + sent, RequestParser.Limits(configuration))
                let request = try #require(found.first)
                #expect(request.body.array == body)
                #expect((UInt(bitPattern: request.body.base) + UInt(offset)) % 16 == 0, "\(value) \(framing)")
            }
        }
    }

    @Test func aLargeBodyIsReceivedInPlace() throws {
        let length = RequestParser.firstBodyByteCount * 2 + 5
        var parser = RequestParser(limits: RequestParser.Limits())
        let head = Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\nab".utf8)
        var position = 0
        head.withUnsafeBytes { bytes in
            guard case .bodyExpected(false) = parser.next(bytes, &position),
                case .needsMore = parser.next(bytes, &position)
            else { Issue.record("complete too early"); return }
        }
        var received = 2
        while received < length {
            let room = parser.bodySpace()
            let space = try #require(room)
            // A length is only believed as data arrives.
            #expect(space.count <= max(RequestParser.firstBodyByteCount, received))
            let count = min(space.count, 400_001)
            for index in 0..<count { space[index] = UInt8(truncatingIfNeeded: received + index) }
            parser.bodyReceived(count)
            received += count
        }
        position = 0
        guard case .request(let request, _) = parser.next(UnsafeRawBufferPointer(start: nil, count: 0), &position)
        else {
            Issue.record("no request")
            return
        }
        #expect(request.body.count == length)
        #expect(request.body[0] == 0x61 && request.body[1] == 0x62)
        #expect((2..<length).allSatisfy { request.body[$0] == UInt8(truncatingIfNeeded: $0) })
        #expect(UInt(bitPattern: request.body.base) % 16 == 0)
    }

    @Test(arguments: [
        ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false),
        ("HTTP/1.1", "Connection: x, CLOSE\r\n", false), ("HTTP/1.1", "Connection: closed\r\n", true),
        ("HTTP/1.0", "", false), ("HTTP/1.0", "Connection: Keep-Alive\r\n", true),
        ("HTTP/1.0", "Connection: keep-alive\r\nConnection: close\r\n", false),
    ])
    func knowsWhetherTheConnectionStays(version: String, field: String, keepsAlive: Bool) {
        var parser = RequestParser(limits: RequestParser.Limits())
        var position = 0
        Array("GET / \(version)\r\nHost: a\r\n\(field)\r\n".utf8).withUnsafeBytes { bytes in
            guard case .request(_, let found) = parser.next(bytes, &position) else {
                Issue.record("no request"); return
            }
            #expect(found == keepsAlive)
        }
    }

    @Test func asksForTheBodyOnlyWhenTheClientWaits() {
        func first(_ text: String) -> RequestParser.Event {
            var parser = RequestParser(limits: RequestParser.Limits())
            var position = 0
            return Array(text.utf8).withUnsafeBytes { parser.next($0, &position) }
        }
        let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
        func awaits(_ fields: String) -> Bool {
            if case .bodyExpected(true) = first(head + fields) { true } else { false }
        }
        #expect(awaits("Content-Length: 2\r\n\r\n"))
        #expect(awaits("Content-Length: 20000\r\n\r\n"))
        #expect(awaits("Transfer-Encoding: chunked\r\n\r\n"))
        #expect(!awaits("Content-Length: 20000\r\n\r\nx"))
        #expect(!awaits("Transfer-Encoding: chunked\r\n\r\n1\r\n"))
        if case .needsMore = first(head + "Content-Length: 2\r\n\r\nx") {} else { Issue.record("the body is coming") }
        if case .request = first(head + "Content-Length: 0\r\n\r\n") {} else { Issue.record("there is no body") }
        if case .needsMore = first("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n") {
        } else {
            Issue.record("HTTP/1.0 knows no 100")
        }
    }

    @Test func announcesALargeBodyThatIsStillToCome() throws {
        func announced(_ fields: String, _ body: Int = 0) -> HTTPRequest? {
            var parser = RequestParser(limits: RequestParser.Limits())
            var position = 0
            let text = "POST /p?q HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n" + String(repeating: "x", count: body)
            return Array(text.utf8).withUnsafeBytes {
                if case .bodyExpected = parser.next($0, &position) { parser.announced } else { nil }
            }
        }
        let request = try #require(announced("Content-Length: 16385", 16_384))
        #expect(request.method == .post && request.path.string == "/p" && request.query?.string == "q")
        #expect(request.headers["host"] == "a" && request.body.isEmpty)
        #expect(announced("Content-Length: 16385", 16_385) == nil)
        #expect(announced("Content-Length: 16384") == nil)
        #expect(announced("Content-Length: 16384\r\nExpect: 100-continue") == nil)
        #expect(announced("Transfer-Encoding: chunked") != nil)
    }

    @Test func theFuzzEntryAcceptsAnything() {
        var state: UInt64 = 42
        for row in Self.valid + Self.invalid {
            var bytes = Array(row.text.utf8)
            bytes.withUnsafeBytes { RequestParserFuzz.run($0) }
            for _ in 0..<20 where !bytes.isEmpty {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
                bytes.withUnsafeBytes { RequestParserFuzz.run($0) }
            }
        }
    }

    private func requests(_ text: String) -> [HTTPRequest] { requests(Array(text.utf8)) }

    private func requests(
        _ bytes: [UInt8], _ limits: RequestParser.Limits = RequestParser.Limits()
    ) -> [HTTPRequest] {
        var parser = RequestParser(limits: limits)
        var found: [HTTPRequest] = []
        bytes.withUnsafeBytes { bytes in
            var position = 0
            while position < bytes.count {
                switch parser.next(bytes, &position) {
                case .request(let request, _): found.append(request)
                case .bodyExpected: continue
                case .needsMore, .failure: return
                }
            }
        }
        return found
    }
}
