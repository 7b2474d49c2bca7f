import DunlinBytes
import Testing

@testable import DunlinHTTP

@Suite struct HTTPResponseTests {
    @Test func errorsAreEscapedJSON() {
        let response = HTTPResponse.error(404, "no \"a\\b\"\n\u{1f} \u{e4}")
        #expect(response.status == 404 && response.contentType?.value.description == "application/json")
        #expect(response.body[0].string == "{\"error\":\"no \\\"a\\\\b\\\"\\u000a\\u001f \u{e4}\"}")
    }

    @Test(arguments: [0, 7, 10, 99, 100, 65_536, Int.max])
    func lengthsAreDecimal(value: Int) {
        var builder = BytesBuilder()
        ResponseHead.append(decimal: value, to: &builder)
        #expect(builder.finish().string == String(value))
    }

    @Test func headsSayWhatTheyMust() {
        func head(
            _ response: HTTPResponse, _ framing: ResponseHead.Framing, _ connection: ResponseHead.Connection
        ) -> String {
            var builder = BytesBuilder()
            ResponseHead.append(response, framing: framing, connection: connection, to: &builder)
            return builder.finish().string
        }
        #expect(
            head(HTTPResponse(contentType: .json), .length(12), .implied)
                == "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n")
        #expect(
            head(HTTPResponse(status: 405, headers: [("Allow", "GET, HEAD")]), .none, .close)
                == "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nConnection: close\r\n\r\n")
        #expect(
            head(HTTPResponse(status: 299), .chunked, .keepAlive)
                == "HTTP/1.1 299 \r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n")
    }

    @Test func methodsAreReadFromTheirNames() {
        for method in HTTPMethod.allCases where method != .other {
            let token = Array(method.name.description.utf8)
            #expect(token.withUnsafeBytes { HTTPMethod(token: $0) } == method)
        }
        #expect(Array("GE".utf8).withUnsafeBytes { HTTPMethod(token: $0) } == .other)
        #expect(allowHeaderValue([.get, .post]) == "GET, POST")
    }
}
