import DunlinBytes
import Testing

@testable import DunlinHTTP

@Suite struct HTTPReplyTests {
    private func serving(_ body: (RunningServer, RawClient) throws -> Void) throws {
        let running = try RunningServer()
        defer { running.stop() }
        let client = try running.client()
        client.send("GET /hold/a HTTP/1.1\r\nHost: x\r\n\r\n")
        try body(running, client)
    }

    /// Adds the field `X-Order` with what it has so far and `letter` behind it.
    private func adding(_ letter: String) -> @Sendable (inout HTTPResponse) -> Void {
        { response in
            let before = response.headers.first { $0.name == "X-Order" }?.value ?? ""
            response.headers.removeAll { $0.name == "X-Order" }
            response.headers.append(("X-Order", before + letter))
        }
    }

    @Test func anAnswerGoesThroughWhatAmendsItTheLatestFirst() throws {
        try serving { (running, client) throws in
            let reply = try running.held("/hold/a").amending(adding("1")).amending(adding("2"))
            reply.send(HTTPResponse(body: [Bytes("x")]))
            let answer = try client.answer()
            #expect(answer.text == "x" && answer.field("x-order") == "21")
        }
    }

    @Test func theHeadOfAStreamIsAmendedOnce() throws {
        try serving { (running, client) throws in
            let reply = try running.held("/hold/a").amending(adding("1"))
            reply.begin(status: 200)
            for piece in ["a", "b"] { reply.write(Bytes(piece)) }
            reply.end()
            let answer = try client.answer()
            #expect(answer.text == "ab" && answer.field("x-order") == "1")
        }
    }

    @Test func whatIsLetGoUnansweredIsAmendedToo() throws {
        try serving { (running, client) throws in
            var reply: HTTPReply? = try running.held("/hold/a").amending(adding("1"))
            #expect(reply?.isAnswered == false)
            reply = nil
            let answer = try client.answer()
            #expect(answer.status == 500 && answer.field("x-order") == "1")
            #expect(running.server.inFlightCount == 0)
        }
    }
}
