import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinTelemetry

/// Finds the endpoint of each request, and answers what no endpoint does: 404, 405, `OPTIONS`, and what the gate refuses.
struct Router: Sendable {
    private let trie: RouteTrie<RouteTarget>
    /// `nil`: every request passes.
    private let gate: AccessGate?

    init(_ routes: [Route], gate: AccessGate = AccessGate()) {
        var trie = RouteTrie<RouteTarget>()
        for route in routes {
            trie.insert(route.method, route.path, RouteTarget(route))
            guard gate.gateway != nil else { continue }
            for address in Gateway.addresses(of: route) {
                trie.insert(route.method, address.path, RouteTarget(route, form: address.form))
            }
        }
        if gate.gateway != nil {
            for path in Gateway.verblessPaths {
                trie.insert(.post, path, RouteTarget(Route(.post, path, .inference, Gateway.verbless), form: .legacy))
            }
        }
        self.trie = trie
        self.gate = gate.isOpen ? nil : gate
    }

    func respond(to request: HTTPRequest, _ http: HTTPReply, server: Server) {
        guard let gate else {
            switch trie.match(request.method, request.path) {
            case .found(let target, let parameters):
                return call(target, request, parameters, limit: nil, http, server)
            case .methodNotAllowed(let allowed): return http.send(refusal(request, allowed: allowed))
            case .notFound: return http.send(nothingFound(request))
            }
        }
        respond(to: request, http, server: server, gate)
    }

    private func respond(to request: HTTPRequest, _ http: HTTPReply, server: Server, _ gate: AccessGate) {
        var http = http
        if let crossOrigin = gate.crossOrigin {
            let origin = crossOrigin.allowed(request)
            if CrossOrigin.isPreflight(request) { return http.send(crossOrigin.preflight(origin)) }
            http = http.amending { $0.headers += CrossOrigin.headers(origin) }
        }
        switch trie.match(request.method, request.path) {
        case .found(let target, var parameters):
            switch verdict(gate, request, target, &parameters, server) {
            case .passes(let limit):
                if target.form == .legacy { http = http.amending(HopsworksError.translate) }
                call(target, request, parameters, limit: limit, http, server)
            case .refused(let response): http.send(response)
            }
        case .methodNotAllowed(let allowed): http.send(refusal(request, allowed: allowed))
        case .notFound: http.send(nothingFound(request))
        }
    }

    /// The answer to a request that its body cannot change: there is nothing at its path, or the gate refuses it.
    func refusal(of request: HTTPRequest, server: Server) -> HTTPResponse? {
        var response: HTTPResponse
        switch trie.match(request.method, request.path) {
        case .found(let target, var parameters):
            guard let gate, case .refused(let refusal) = verdict(gate, request, target, &parameters, server) else {
                return nil
            }
            response = refusal
        case .methodNotAllowed(let allowed):
            if request.method == .options { return nil }
            response = refusal(request, allowed: allowed)
        case .notFound: response = nothingFound(request)
        }
        if let crossOrigin = gate?.crossOrigin { response.headers += CrossOrigin.headers(crossOrigin.allowed(request)) }
        return response
    }

    private enum Verdict {
        case passes(ModelLimit?)
        case refused(HTTPResponse)
    }

    private func verdict(
        _ gate: AccessGate, _ request: HTTPRequest, _ target: RouteTarget, _ parameters: inout PathParameters,
        _ server: Server
    ) -> Verdict {
        do throws(Refusal) {
            let limit = try gate.admit(request, target, &parameters)
            guard target.form == .legacy, let problem = server.hopsworksProblem(parameters) else {
                return .passes(limit)
            }
            return .refused(problem.response())
        } catch {
            server.logger.debug(
                "request refused",
                ["peer": request.peer, "path": request.path.string, "status": error.status, "reason": error.message])
            return .refused(request.isGRPC ? error.inGRPC : error.response(target.form))
        }
    }

    /// Calls the endpoint, with the body as the client meant it.
    private func call(
        _ target: RouteTarget, _ request: HTTPRequest, _ parameters: PathParameters, limit: ModelLimit?,
        _ http: HTTPReply, _ server: Server
    ) {
        let http = target.group.hasLargeAnswers ? http : http.amending { $0.staysPlain = true }
        guard request.mayBeCompressed else {
            return target.endpoint(
                Call(request: request, parameters: parameters, limit: limit), server, Reply(http: http))
        }
        http.withPlainBody(of: request) { plain in
            target.endpoint(Call(request: plain, parameters: parameters, limit: limit), server, Reply(http: http))
        }
    }

    private func refusal(_ request: HTTPRequest, allowed: [HTTPMethod]) -> HTTPResponse {
        let list = allowHeaderValue(allowed)
        let allow = [(name: "Allow", value: list)]
        if request.method == .options { return HTTPResponse(status: 204, headers: allow) }
        let refusal = HTTPResponse.error(
            405, "\(request.method.name) is not allowed on \(request.path.string); allowed: \(list)", headers: allow)
        return request.isGRPC ? refusal.inGRPC : refusal
    }

    private func nothingFound(_ request: HTTPRequest) -> HTTPResponse {
        guard request.isGRPC else { return .error(404, "there is nothing at \(request.path.string)") }
        return HTTPResponse.error(404, "there is no method \(request.path.string)").inGRPC
    }
}

extension HTTPRequest {
    /// Whether its client reads answers as gRPC's.
    fileprivate var isGRPC: Bool {
        version == .http2 && (headers.bytes("content-type").map(GRPCCoding.isGRPC) ?? false)
    }
}
