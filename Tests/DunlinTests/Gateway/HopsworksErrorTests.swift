import DunlinBytes
import DunlinHTTP
import Testing

@testable import Dunlin

@Suite struct HopsworksErrorTests {
    private func text(_ response: HTTPResponse) -> String { response.body.map(\.string).joined() }

    @Test(arguments: [
        (400, 400, 250_008), (413, 400, 250_008), (401, 401, 250_010), (403, 403, 250_011), (404, 404, 250_000),
        (429, 503, 250_007), (499, 400, 250_008), (500, 500, 250_007), (501, 500, 250_007), (503, 503, 250_007),
        (504, 504, 250_002),
    ])
    func errorsOfEndpointsGetTheirCode(status: Int, expected: Int, code: Int) {
        var response = HTTPResponse.error(status, "why \"so\"", headers: [("Retry-After", "3")])
        HopsworksError.translate(&response)
        #expect(response.status == expected)
        #expect(text(response).hasPrefix("{\"errorCode\":\(code),\"errorMsg\":\""), "\(text(response))")
        #expect(text(response).hasSuffix("\"usrMsg\":\"why \\\"so\\\"\"}"))
        #expect(response.headers.map(\.name) == ["Retry-After"])
    }

    @Test func answersStayAsTheyAre() {
        var response = HTTPResponse(contentType: .json, body: [Bytes(#"{"predictions":[1]}"#)])
        HopsworksError.translate(&response)
        #expect(response.status == 200 && text(response) == #"{"predictions":[1]}"#)
    }

    @Test func bodiesOfAnyOtherFormHaveNoDetail() {
        for body in ["", "not JSON", #"{"error":5}"#, "[]"] {
            var response = HTTPResponse(status: 500, body: [Bytes(body)])
            HopsworksError.translate(&response)
            #expect(text(response).hasSuffix("\"usrMsg\":\"\"}"), "\(body)")
        }
    }

    @Test func refusalsSayWhatHopsworksSays() {
        let table: [(Refusal, Int, String)] = [
            (.noKey, 250_010, "Authorization header not set."), (.otherScheme, 250_010, "Invalidated Api key."),
            (.unknownKey, 250_010, "Invalidated Api key."),
            (.scopeLacking(.admin), 250_011, "Serving instance forbidden request error."),
            (Refusal(reason: .notFound, message: "x"), 250_000, "Serving instance not found."),
        ]
        for (refusal, code, message) in table {
            for form in [RouteForm.deployment, .legacy] {
                let response = refusal.response(form)
                #expect(response.status == refusal.status)
                #expect(text(response).hasPrefix("{\"errorCode\":\(code),\"errorMsg\":\"\(message)\""))
            }
            #expect(text(refusal.response(.plain)).hasPrefix("{\"error\":\""))
        }
    }
}
