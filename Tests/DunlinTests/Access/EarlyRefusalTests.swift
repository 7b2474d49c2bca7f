import DunlinTestSupport
import Testing

@testable import Dunlin

/// Large bodies that change nothing about the answer are not waited for.
@Suite struct EarlyRefusalTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let method: String
        let path: String
        let status: Int
        let words: String

        var testDescription: String { "\(method) \(path)" }
    }

    static let rows = [
        Row(method: "POST", path: "/v2/models/identity/infer", status: 401, words: "an API key is needed"),
        Row(method: "POST", path: "/v2/repository/models/identity/load", status: 401, words: "an API key is needed"),
        Row(method: "POST", path: "/v2/nowhere", status: 404, words: "there is nothing at /v2/nowhere"),
        Row(method: "PUT", path: "/v2/models/identity/infer", status: 405, words: "allowed: POST"),
    ]

    @Test(arguments: rows)
    func theAnswerComesWithoutTheBody(_ row: Row) throws {
        let folder = TemporaryDirectory()
        try NewAPIKey(scopes: "infer", models: nil).append(to: folder.path + "/keys")
        try GuardedServer.run({
            $0.apiKeysFile = folder.path + "/keys"
            $0.corsAllowedOrigins = ["https://page.example"]
        }) { server in
            let head =
                "\(row.method) \(row.path) HTTP/1.1\r\nHost: a\r\nOrigin: https://page.example\r\n"
                + "Content-Length: 1000000\r\n\r\n"
            try server.client.send(Array(head.utf8))
            let response = try server.client.receive(hasBody: true)
            #expect(response.status == row.status && response.text.contains(row.words), "\(response)")
            #expect(response.headers["access-control-allow-origin"] == "https://page.example")
        }
    }
}
