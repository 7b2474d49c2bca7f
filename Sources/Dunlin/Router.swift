import DunlinBytes
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
            guard request.mayBeCompressed else {
                return endpoint(Call(request: request, parameters: parameters), server, Reply(http: http))
            }
            http.withPlainBody(of: request) { plain in
                endpoint(Call(request: plain, parameters: parameters), server, Reply(http: http))
            }
        case .methodNotAllowed(let allowed):
            let list = allowHeaderValue(allowed)
            let allow = [(name: "Allow", value: list)]
            if request.method == .options { return http.send(HTTPResponse(status: 204, headers: allow)) }
            http.send(
                .error(
                    405, "\(request.method.name) is not allowed on \(request.path.string); allowed: \(list)",
                    headers: allow))
        case .notFound:
            http.send(.error(404, "there is nothing at \(request.path.string)"))
        }
    }
}
