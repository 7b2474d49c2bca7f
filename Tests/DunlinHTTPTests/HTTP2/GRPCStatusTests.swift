import DunlinBytes
import Testing

@testable import DunlinHTTP

@Suite struct GRPCStatusTests {
    private func field(_ response: HTTPResponse, _ name: String) -> String? {
        response.headers.first { $0.name == name }?.value
    }

    @Test(arguments: [
        (400, 3), (401, 16), (403, 7), (404, 12), (405, 12), (408, 4), (409, 10), (413, 8), (414, 8), (415, 3),
        (429, 8),
        (431, 8), (499, 1), (500, 13), (501, 12), (503, 14), (504, 4), (418, 2),
    ])
    func refusalsHaveTheStatusOfTheirHTTPStatus(httpStatus: Int, code: Int) {
        let refusal = HTTPResponse.error(httpStatus, "no").inGRPC
        #expect(refusal.status == 200 && refusal.contentType?.isGRPC == true && refusal.body.isEmpty)
        #expect(field(refusal, "grpc-status") == String(code) && field(refusal, "grpc-message") == "no")
    }

    @Test(arguments: [
        (#"{"error":"a \"b\""}"#, #"a "b""#), (#"{"error":{"message":"inner","type":"x"}}"#, "inner"),
        ("plain words", "plain words"), (#"{"detail":1}"#, #"{"detail":1}"#),
    ])
    func theMessageIsTheSentenceInTheBody(body: String, message: String) {
        let refusal = HTTPResponse(status: 400, contentType: .json, body: [Bytes(body)]).inGRPC
        #expect(field(refusal, "grpc-message") == message)
    }

    @Test func otherFieldsStay() {
        let refusal = HTTPResponse.error(503, "later", headers: [("Retry-After", "3")]).inGRPC
        #expect(field(refusal, "Retry-After") == "3" && field(refusal, "grpc-status") == "14")
    }

    @Test func answersThatRefuseNothingStayAsTheyAre() {
        let answer = HTTPResponse(contentType: .json, body: [Bytes("{}")]).inGRPC
        #expect(answer.status == 200 && answer.headers.isEmpty && answer.body == [Bytes("{}")])
        let grpc = HTTPResponse(status: 500, headers: [("grpc-status", "5")]).inGRPC
        #expect(grpc.headers.count == 1)
    }

    @Test(arguments: [("plain", "plain"), ("50%", "50%25"), ("ä\n", "%C3%A4%0A"), ("~ }", "~ }"), ("\u{7F}", "%7F")])
    func messagesArePercentEncoded(message: String, encoded: String) {
        #expect(GRPCMessage.encoded(message) == encoded)
    }

    @Test(arguments: ["a", "%", "ä", "日", "\u{1F426}"]) func longMessagesAreCutBetweenCharacters(_ piece: String) {
        let size = GRPCMessage.encoded(piece).utf8.count
        let most = GRPCMessage.maxByteCount / size
        let whole = String(repeating: piece, count: most)
        #expect(GRPCMessage.decoded(Array(GRPCMessage.encoded(whole).utf8)) == whole)
        for count in [most + 1, 100_000] {
            let encoded = GRPCMessage.encoded(String(repeating: piece, count: count))
            #expect(
                encoded.utf8.count <= GRPCMessage.maxByteCount && encoded.utf8.count > GRPCMessage.maxByteCount - 20)
            let message = GRPCMessage.decoded(Array(encoded.utf8))
            #expect(message.hasSuffix(piece + "...") && message.hasPrefix(piece + piece))
        }
    }

    @Test(arguments: [
        ("plain", "plain"), ("50%25", "50%"), ("%C3%A4%0a", "ä\n"), ("100%", "100%"), ("%zz%4", "%zz%4"), ("", ""),
    ])
    func messagesAreReadBack(encoded: String, message: String) {
        #expect(GRPCMessage.decoded(Array(encoded.utf8)) == message)
        #expect(GRPCMessage.decoded(Array(GRPCMessage.encoded(message).utf8)) == message)
    }

    @Test func everyStatusHasANameOfItsOwn() {
        #expect(Set(GRPCStatus.allCases.map(\.name)).count == 17)
        #expect(GRPCStatus(rawValue: 4)?.name == "DEADLINE_EXCEEDED" && GRPCStatus(rawValue: 14)?.name == "UNAVAILABLE")
    }
}
