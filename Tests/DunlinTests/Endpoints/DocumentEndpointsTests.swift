import DunlinBytes
import DunlinTestSupport
import Foundation
import Testing

@testable import Dunlin

@Suite struct DocumentEndpointsTests {
    @Test func thePageOfAModelIsHTMLThatMayLoadNothing() throws {
        try observedServer { (client, _, _) throws in
            for path in ["/v2/models/m/docs", "/v2/models/m/versions/1/docs", "/v2/docs"] {
                let answer = try client.get(path)
                #expect(answer.status == 200 && answer.headers["content-type"] == "text/html; charset=utf-8", "\(path)")
                #expect(answer.headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
                #expect(answer.text.hasPrefix("<!doctype html>"))
            }
            #expect(try client.get("/v2/docs").text.contains("<a href=\"/v2/models/m/docs\">m</a>"))
        }
    }

    @Test(
        "who asks for JSON gets the OpenAPI document",
        arguments: [
            ("application/json", true), ("text/html,application/json", false), ("*/*", false),
            ("Application/JSON", true),
        ])
    func negotiation(accept: String, isJSON: Bool) throws {
        try observedServer { (client, _, _) throws in
            for path in ["/v2/models/m/docs", "/v2/docs"] {
                let answer = try client.request("GET", path, headers: ["Accept": accept])
                #expect((answer.headers["content-type"] == "application/json") == isJSON)
                guard isJSON else { continue }
                #expect(answer.text == (try client.get(path + "/dataplane.json").text))
                let value = try JSONValue(parsing: Bytes(answer.text))
                #expect(value["paths"]?["/v2/models/m/infer"]?["post"] != nil)
            }
        }
    }

    @Test func theExampleWorks() throws {
        try observedServer { (client, _, _) throws in
            let document = try JSONValue(parsing: Bytes(try client.get("/v2/models/m/docs/dataplane.json").text))
            let content = document["paths"]?["/v2/models/m/infer"]?["post"]?["requestBody"]?["content"]
            #expect(content?["application/json"]?["example"] != nil)
            let page = try client.get("/v2/models/m/docs").text
            let start = try #require(page.range(of: "<pre id=\"example\">"))
            let end = try #require(page.range(of: "</pre>", range: start.upperBound..<page.endIndex))
            let body = page[start.upperBound..<end.lowerBound].replacingOccurrences(of: "&quot;", with: "\"")
            #expect(try client.post("/v2/models/m/infer", body).status == 200)
        }
    }

    @Test func commandsNameTheServerAsTheClientDoesAndNothingElse() throws {
        try observedServer { (client, _, _) throws in
            for (host, expected) in [
                ("models.example:81", "http://models.example:81/v2"), ("[::1]:9", "http://[::1]:9/v2"),
            ] {
                try client.send([UInt8]("GET /v2/models/m/docs HTTP/1.1\r\nHost: \(host)\r\n\r\n".utf8))
                #expect(try client.receive().text.contains(expected))
            }
        }
    }

    @Test func whatIsNotLoadedHasNoDocument() throws {
        try observedServer { (client, _, _) throws in
            #expect(try client.get("/v2/models/none/docs").status == 404)
            #expect(try client.get("/v2/models/m/versions/7/docs").status == 404)
            #expect(try client.get("/v2/models/m/versions/7/docs/dataplane.json").status == 404)
        }
    }
}
