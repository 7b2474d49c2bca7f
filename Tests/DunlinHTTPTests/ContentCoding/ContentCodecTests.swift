import DunlinBytes
import Testing

@testable import DunlinHTTP

/// Compressed requests and answers over a socket.
@Suite struct ContentCodecTests {
    private static func post(_ fields: String, _ body: [UInt8], to path: String = "/plain") -> [UInt8] {
        Array("POST \(path) HTTP/1.1\r\nHost: a\r\n\(fields)Content-Length: \(body.count)\r\n\r\n".utf8) + body
    }

    private static func answer(
        _ request: [UInt8], _ change: @escaping (inout HTTPServerConfiguration) -> Void = { _ in }
    ) throws -> RawClient.Answer {
        let running = try RunningServer(change)
        defer { running.stop() }
        let client = try running.client()
        client.send(request)
        let answer = try client.answer()
        // The message was whole, so the connection goes on.
        client.send("GET /on HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.answer().text == "get /on")
        return answer
    }

    @Test(arguments: ["br", "zstd", "compress", "gzip, br", "br, identity", "gzip;q=1"])
    func codingsThatNobodyReadsAreRefusedByName(coding: String) throws {
        let answer = try Self.answer(Self.post("Content-Encoding: \(coding)\r\n", [1, 2, 3]))
        #expect(answer.status == 501 && answer.text.contains("Unsupported compression type"), "\(answer.text)")
        #expect(answer.field("accept-encoding") == (ContentCoding.isBuiltIn ? "gzip, deflate" : "identity"))
    }

    @Test(arguments: ["identity", "Identity", "", "identity, identity"])
    func identityIsNoCoding(coding: String) throws {
        let answer = try Self.answer(Self.post("Content-Encoding: \(coding)\r\n", Array("abc".utf8)))
        #expect(answer.status == 200 && answer.text == "plain abc")
    }

    @Test func bodiesThatBeginLikeNothingCompressedStayAsTheyAre() throws {
        for body in ["", "x", "xyz", "{}"] {
            #expect(try Self.answer(Self.post("", Array(body.utf8))).text == "plain \(body)")
        }
    }

    #if !Compression
        @Test(arguments: ["gzip", "x-gzip", "deflate", "gzip, gzip"])
        func aBuildWithoutCompressionRefusesCompressedBodies(coding: String) throws {
            let answer = try Self.answer(Self.post("Content-Encoding: \(coding)\r\n", [1, 2, 3]))
            #expect(answer.status == 501 && answer.field("accept-encoding") == "identity")
            #expect(answer.text.contains("Unsupported compression type"))
        }

        @Test func aBuildWithoutCompressionAnswersAsItIs() throws {
            let answer = try Self.answer(Array("GET /large HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n".utf8))
            #expect(
                answer.body.count > 3 << 20 && answer.field("vary") == nil && answer.field("content-encoding") == nil)
        }
    #else
        private static let text = String(repeating: "0.25,1.5,", count: 1000)

        private static func compressed(_ coding: ContentCoding, _ text: String = text) -> [UInt8] {
            DeflateStream(coding, level: 6)!.compress([Bytes(text)], limit: Int.max)!.flatMap(\.array)
        }

        private static let zlib = compressed(.deflate)

        private static func inflated(_ answer: RawClient.Answer) throws -> String {
            let format: InflationFormat = answer.field("content-encoding") == "gzip" ? .gzip : .zlib
            return try InflateStream()!.inflate(
                Bytes(answer.body), format, limit: 1 << 24, budget: InflatedBudget(limit: 1 << 24)
            ).string
        }

        @Test(
            "a compressed body is inflated",
            arguments: [
                ("Content-Encoding: gzip\r\n", compressed(.gzip)), ("Content-Encoding: X-GZIP\r\n", compressed(.gzip)),
                ("Content-Encoding: deflate\r\n", zlib), ("Content-Encoding: identity, deflate\r\n", zlib),
                ("Content-Encoding: deflate\r\n", Array(zlib[2..<(zlib.count - 4)])),
                ("Content-Encoding: gzip\r\nContent-Encoding: identity\r\n", compressed(.gzip)),
                ("", zlib), ("", compressed(.gzip)),
            ])
        func aCompressedBodyIsInflated(fields: String, body: [UInt8]) throws {
            #expect(try Self.answer(Self.post(fields, body)).text == "plain \(Self.text)")
        }

        @Test func aCompressedBodyMayComeInChunks() throws {
            let body = Self.compressed(.gzip)
            var request = Array(
                "POST /plain HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
            for byte in body { request += Array("1\r\n".utf8) + [byte] + Array("\r\n".utf8) }
            #expect(try Self.answer(request + Array("0\r\n\r\n".utf8)).text == "plain \(Self.text)")
        }

        @Test func aCodingWithoutABodyIsNoBody() throws {
            #expect(try Self.answer(Self.post("Content-Encoding: gzip\r\n", [])).text == "plain ")
        }

        @Test func aBodyThatIsSaidToBePlainIsNotLookedInto() throws {
            let answer = try Self.answer(Self.post("Content-Encoding: identity\r\n", Self.zlib))
            #expect(answer.body == Array("plain ".utf8) + Self.zlib)
        }

        @Test func aBodyWithAHeaderLengthIsNotLookedInto() throws {
            let answer = try Self.answer(Self.post("X-Offset: 0\r\n", Self.zlib)) { $0.alignedOffsetField = "x-offset" }
            #expect(answer.body == Array("plain ".utf8) + Self.zlib)
        }

        typealias Refused = (coding: String?, body: [UInt8], status: Int, words: String)

        private static let refused: [Refused] = [
            ("gzip", Array(compressed(.gzip).dropLast(4)), 400, "the gzip body is cut short"),
            ("deflate", zlib + [0], 400, "the deflate body goes on for 1 bytes"),
            ("gzip", zlib, 400, "the gzip body is broken"),
            (nil, Array(zlib.dropLast()), 400, "begins like zlib data although no Content-Encoding says so"),
            ("deflate, gzip", zlib, 501, "compressed once, and Content-Encoding says 'deflate, gzip'"),
            ("gzip, gzip", zlib, 501, "compressed once"),
            ("deflate", compressed(.deflate, String(repeating: "a", count: 10_001)), 413, "10000 bytes"),
        ]

        @Test("a body that cannot be read is refused with a sentence", arguments: refused)
        func aBodyThatCannotBeReadIsRefused(coding: String?, body: [UInt8], status: Int, words: String) throws {
            let field = coding.map { "Content-Encoding: \($0)\r\n" } ?? ""
            let answer = try Self.answer(Self.post(field, body)) {
                $0.maxBodyByteCount = 10_000
            }
            #expect(answer.status == status && answer.text.contains(words), "\(answer.text)")
        }

        @Test(
            "an answer has the coding that the client likes best",
            arguments: [
                ("gzip", "gzip"), ("deflate", "deflate"), ("deflate;q=0.5, gzip;q=0.1", "deflate"),
                ("gzip, deflate, br", "gzip"), ("br", nil), ("identity", nil), ("*", nil), ("gzip;q=0", nil),
                (nil, nil),
            ] as [(String?, String?)])
        func anAnswerHasTheCodingThatTheClientLikesBest(accepted: String?, coding: String?) throws {
            let field = accepted.map { "Accept-Encoding: \($0)\r\n" } ?? ""
            let answer = try Self.answer(Self.post(field, Array(Self.text.utf8)))
            #expect(answer.field("content-encoding") == coding && answer.field("vary") == "Accept-Encoding")
            #expect(answer.field("content-type") == "text/plain; charset=utf-8")
            let text = coding == nil ? answer.text : try Self.inflated(answer)
            #expect(text == "plain \(Self.text)")
            #expect(coding == nil || answer.body.count < 200)
        }

        @Test func answersBelowTheMinimumStayAsTheyAre() throws {
            // "plain " goes before what was sent.
            for (count, coding) in [(1017, nil), (1018, "gzip")] as [(Int, String?)] {
                let answer = try Self.answer(
                    Self.post("Accept-Encoding: gzip\r\n", [UInt8](repeating: 0x41, count: count)))
                #expect(answer.field("content-encoding") == coding, "\(count) bytes")
                #expect(answer.field("vary") == (coding == nil ? nil : "Accept-Encoding"))
            }
        }

        @Test func answersThatBecomeNoSmallerStayAsTheyAre() throws {
            var state: UInt64 = 1
            let noise = (0..<5000).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 56)
            }
            let answer = try Self.answer(Self.post("Accept-Encoding: gzip\r\n", noise))
            #expect(answer.body == Array("plain ".utf8) + noise)
            #expect(answer.field("content-encoding") == nil && answer.field("vary") == "Accept-Encoding")
        }

        @Test func levelZeroNeverCompresses() throws {
            let answer = try Self.answer(Self.post("Accept-Encoding: gzip\r\n", Array(Self.text.utf8))) {
                $0.compressionLevel = 0
            }
            #expect(answer.text == "plain \(Self.text)" && answer.field("vary") == nil)
        }

        @Test func streamedAnswersStayAsTheyAre() throws {
            let answer = try Self.answer(Array("GET /stream HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n".utf8))
            #expect(answer.text == "part 0;part 1;part 2;" && answer.field("content-encoding") == nil)
        }

        @Test func answersKeepTheirOrderOnAConnection() throws {
            let running = try RunningServer()
            defer { running.stop() }
            let client = try running.client()
            let large = "GET /large HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"
            client.send(large + "GET /one HTTP/1.1\r\nHost: a\r\n\r\n" + large + "GET /two HTTP/1.1\r\nHost: a\r\n\r\n")
            let expected = RunningServer.largeBody.map(\.string).joined()
            for name in ["one", "two"] {
                let answer = try client.answer()
                #expect(answer.field("content-encoding") == "gzip" && answer.body.count < 1 << 16)
                #expect(try Self.inflated(answer) == expected)
                #expect(try client.answer().text == "get /\(name)")
            }
        }

        @Test func theHeadOfACompressedAnswerIsThatOfItsGet() throws {
            let running = try RunningServer()
            defer { running.stop() }
            let client = try running.client()
            client.send("HEAD /large HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
            let head = try client.answer(isHead: true)
            client.send("GET /large HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
            #expect(try client.answer().head == head.head)
        }
    #endif
}
