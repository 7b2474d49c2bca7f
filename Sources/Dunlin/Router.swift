import DunlinHTTP
import DunlinInference

/// Finds the endpoint of each request, and answers what no endpoint does: 404, 405 and `OPTIONS`.
struct Router: Sendable {
    private let trie: RouteTrie<Endpoint>

    init(_ routes: [Route]) {
        var trie = RouteTrie<Endpoint>()
        for route in routes { trie.insert(route.method, route.path, route.endpoint) }
        self.trie = trie
    }

    func respond(to request: HTTPRequest, _ http: HTTPReply, server: Server) {
        switch trie.match(request.method, request.path) {
        case .found(let endpoint, let parameters):
            endpoint(Call(request: request, parameters: parameters), server, Reply(http: http))
        case .methodNotAllowed(let allowed):
            let list = Self.list(allowed)
            if request.method == .options {
                var response = HTTPResponse(status: 204)
                response.add("Allow", list)
                return http.send(response)
            }
            var response = HTTPResponse.error(
                405, "\(request.method) is not allowed on \(request.path); allowed: \(list)")
            response.add("Allow", list)
            http.send(response)
        case .notFound:
            http.send(.error(404, "there is nothing at \(request.path)"))
        }
    }

    private static func list(_ methods: [HTTPMethod]) -> String {
        var names = methods.map(\.description)
        if names.contains("GET"), !names.contains("HEAD") { names.append("HEAD") }
        if !names.contains("OPTIONS") { names.append("OPTIONS") }
        return names.joined(separator: ", ")
    }
}
