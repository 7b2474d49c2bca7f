import DunlinHTTP
import Testing

@testable import DunlinLoad

/// What fields, bytes and the end of a stream amount to.
@Suite struct GRPCAnswerTests {
    private static let trailers = [("grpc-status", "0")]
    private static let message: [UInt8] = [0, 0, 0, 0, 3, 1, 2, 3]

    private func outcome(
        _ status: String?, _ fields: [(String, String)], _ body: [[UInt8]], code: UInt32 = 0
    ) -> LoadOutcome {
        var answer = GRPCAnswer()
        // What an answer before this one has left must not count.
        for value in ["9", "message"] { Self.give(&answer, "grpc-status", value) }
        answer.reset()
        if let status { Self.give(&answer, ":status", status) }
        Self.give(&answer, "content-type", "application/grpc")
        for piece in body { piece.withUnsafeBytes { answer.body($0) } }
        for (name, value) in fields { Self.give(&answer, name, value) }
        return answer.outcome(HTTP2ErrorCode(rawValue: code))
    }

    private static func give(_ answer: inout GRPCAnswer, _ name: String, _ value: String) {
        Array(name.utf8).withUnsafeBytes { name in
            Array(value.utf8).withUnsafeBytes { answer.field(name, $0) }
        }
    }

    @Test func oneWholeMessageWithStatusOKIsASuccess() {
        #expect(outcome("200", Self.trailers, [Self.message]) == .success)
        #expect(outcome("200", Self.trailers, Self.message.map { [$0] }) == .success)
        #expect(outcome("200", Self.trailers, [[0, 0, 0, 0, 0]]) == .success)
        // The server may tell that it wants no more of the request.
        #expect(outcome("200", Self.trailers, [Self.message], code: 0) == .success)
    }

    @Test(
        "a status is told by its name",
        arguments: [
            ("14", "UNAVAILABLE"), ("4", "DEADLINE_EXCEEDED"), ("8", "RESOURCE_EXHAUSTED"), ("99", "grpc-status 99"),
            ("x", "grpc-status x"),
        ])
    func aStatusIsToldByItsName(status: String, kind: String) {
        let fields = [("grpc-status", status), ("grpc-message", "out%20of order")]
        #expect(outcome("200", fields, []) == .refusal(kind: kind, example: "out of order"))
        // Trailers count though the stream is reset behind them.
        #expect(outcome("200", fields, [], code: 8) == .refusal(kind: kind, example: "out of order"))
    }

    @Test func anAnswerOfHTTPItselfIsToldByItsStatus() {
        #expect(outcome("404", [], [Array("no such".utf8)]) == .refusal(kind: "404", example: "no such"))
    }

    @Test func aResetStreamIsAFailure() {
        #expect(
            outcome(nil, [], [], code: 7)
                == .failure(kind: "refused", example: "the server refused the stream (REFUSED_STREAM)"))
        #expect(
            outcome("200", [], [Self.message], code: 2)
                == .failure(kind: "reset", example: "the server reset the stream (INTERNAL_ERROR)"))
        #expect(
            outcome(nil, [], [], code: 77) == .failure(kind: "reset", example: "the server reset the stream (code 77)"))
    }

    @Test func whatIsNoAnswerIsMalformed() {
        for (fields, body, words) in [
            ([], [Self.message], "the answer has no grpc-status"),
            (Self.trailers, [], "the answer has status OK and no message"),
            (Self.trailers, [[0, 0, 0, 0]], "the answer has status OK and no message"),
            (Self.trailers, [[0, 0, 0, 0, 4, 1]], "the answer's message has 1 bytes where it says 4"),
            (Self.trailers, [Self.message, Self.message], "the answer's message has 11 bytes where it says 3"),
        ] as [([(String, String)], [[UInt8]], String)] {
            #expect(outcome("200", fields, body) == .failure(kind: "malformed", example: words))
        }
    }

    @Test func onlyTheBeginningOfAnErrorIsKept() {
        var answer = GRPCAnswer()
        Self.give(&answer, ":status", "500")
        [UInt8](repeating: 65, count: 4096).withUnsafeBytes { answer.body($0) }
        #expect(answer.excerpt.count == ResponseParser.maxExcerptByteCount)
    }
}
