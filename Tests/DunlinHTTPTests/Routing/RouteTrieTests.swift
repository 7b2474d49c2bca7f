import Testing

@testable import DunlinHTTP

@Suite struct RouteTrieTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let method: HTTPMethod
        let path: String
        let expected: String
        var testDescription: String { "\(method) \(path) -> \(expected)" }

        init(_ method: HTTPMethod, _ path: String, _ expected: String) {
            self.method = method
            self.path = path
            self.expected = expected
        }
    }

    private static let trie: RouteTrie<String> = {
        var trie = RouteTrie<String>()
        let routes: [(HTTPMethod, String)] = [
            (.get, "/"), (.get, "/v2"), (.get, "/v2/health/live"), (.get, "/v2/models/{model}"),
            (.get, "/v2/models/{model}/ready"), (.post, "/v2/models/{model}/infer"),
            (.post, "/v2/models/{model}/versions/{version}/infer"), (.get, "/v2/models/stats"),
            (.get, "/v2/logging"), (.post, "/v2/logging"),
            (.get, "/v1/models/{name}"), (.post, "/v1/models/{name}:predict"), (.post, "/v1/models/{name}:predict:now"),
        ]
        for (method, pattern) in routes { trie.insert(method, pattern, "\(method.name) \(pattern)") }
        return trie
    }()

    @Test(
        "finds",
        arguments: [
            Row(.get, "/", "GET /"),
            Row(.get, "/v2", "GET /v2"),
            Row(.get, "/v2/", "GET /v2"),
            Row(.head, "/v2", "GET /v2"),
            Row(.get, "/v2/models/iris", "GET /v2/models/{model} iris"),
            Row(.get, "/v2/models/iris/", "GET /v2/models/{model} iris"),
            Row(.get, "/v2/models/stats", "GET /v2/models/stats"),
            Row(.post, "/v2/models/stats/infer", "POST /v2/models/{model}/infer stats"),
            Row(.post, "/v2/models/a/versions/2/infer", "POST /v2/models/{model}/versions/{version}/infer a 2"),
            Row(.get, "/v2/%6dodels/iris", "GET /v2/models/{model} iris"),
            Row(.get, "/v2/models/a%20b", "GET /v2/models/{model} a b"),
            Row(.get, "/v2/models/a%2Fb/ready", "GET /v2/models/{model}/ready a/b"),
            Row(.get, "/v2/models/%e2%82%ac", "GET /v2/models/{model} €"),
            Row(.get, "/v2/models/a+b", "GET /v2/models/{model} a+b"),
            Row(.post, "/v1/models/iris:predict", "POST /v1/models/{name}:predict iris"),
            Row(.post, "/v1/models/iris%3Apredict", "POST /v1/models/{name}:predict iris"),
            Row(.post, "/v1/models/a:b:predict", "POST /v1/models/{name}:predict a:b"),
            Row(.post, "/v1/models/a:predict:now", "POST /v1/models/{name}:predict:now a"),
            Row(.get, "/v1/models/iris", "GET /v1/models/{name} iris"),
            Row(.get, "/v1/models/:predict", "GET /v1/models/{name} :predict"),
        ])
    func finds(row: Row) { #expect(describe(row) == row.expected) }

    @Test(
        "refuses",
        arguments: [
            Row(.post, "/v2/models/iris", "allowed GET, HEAD, OPTIONS"),
            Row(.get, "/v2/models/iris/infer", "allowed POST, OPTIONS"),
            Row(.get, "/v1/models/iris:predict", "allowed POST, OPTIONS"),
            Row(.options, "/v2/logging", "allowed GET, HEAD, POST, OPTIONS"),
            Row(.other, "/v2", "allowed GET, HEAD, OPTIONS"),
            Row(.get, "", "nothing"),
            Row(.get, "*", "nothing"),
            Row(.get, "v2", "nothing"),
            Row(.get, "//", "nothing"),
            Row(.get, "/V2", "nothing"),
            Row(.get, "/v2//", "nothing"),
            Row(.get, "/v2//health/live", "nothing"),
            Row(.get, "/v2/models", "nothing"),
            Row(.get, "/v2/models/", "nothing"),
            Row(.get, "/v2/models//ready", "nothing"),
            Row(.get, "/v2/models/%00", "nothing"),
            Row(.get, "/v2/models/a%", "nothing"),
            Row(.get, "/v2/models/a%2", "nothing"),
            Row(.get, "/v2/models/a%zz", "nothing"),
            Row(.get, "/v2/models/%ff", "nothing"),
            Row(.get, "/v2/models/%c0%af", "nothing"),
            Row(.get, "/v2/models/..", "nothing"),
            Row(.get, "/v2/models/%2e%2E", "nothing"),
            Row(.get, "/v2/models/./ready", "nothing"),
            Row(.get, "/v2%2Fhealth/live", "nothing"),
        ])
    func refuses(row: Row) { #expect(describe(row) == row.expected) }

    @Test func pathsHaveALimitOfSegments() {
        var trie = RouteTrie<Int>()
        let longest = String(repeating: "/s", count: RouteTree.maxSegmentCount)
        trie.insert(.get, longest, 1)
        if case .found = trie.match(.get, longest) {} else { Issue.record("the longest path was not found") }
        if case .notFound = trie.match(.get, longest + "/s") {} else { Issue.record("a longer path was found") }
    }

    @Test func parametersAreFoundByName() {
        guard case .found(_, let parameters) = Self.trie.match(.post, "/v2/models/a/versions/2/infer") else {
            Issue.record("not found")
            return
        }
        #expect(parameters["model"] == "a" && parameters["version"] == "2" && parameters["other"] == nil)
    }

    private func describe(_ row: Row) -> String {
        switch Self.trie.match(row.method, row.path) {
        case .notFound: return "nothing"
        case .methodNotAllowed(let allowed): return "allowed " + allowHeaderValue(allowed)
        case .found(let endpoint, let parameters):
            let values = ["model", "version", "name"].compactMap { parameters[$0] }
            return ([endpoint] + values).joined(separator: " ")
        }
    }
}
