import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols

/// The function behind a route. It answers exactly once, through `Reply`, before it returns or later.
typealias Endpoint = @Sendable (_ call: Call, _ server: Server, _ reply: Reply) -> Void

/// A request that matched a route.
struct Call: Sendable {
    let request: HTTPRequest
    let parameters: PathParameters
    /// The only models that the request may name or be told of; `nil`: every model.
    var limit: ModelLimit?

    /// Whether the answer may tell of `model`.
    func sees(_ model: String) -> Bool { limit?.contains(model) ?? true }

    /// A path parameter of the route, percent-decoded. Programmer error when the route has none of that name: traps.
    subscript(name: String) -> String {
        guard let value = self[optional: name] else { preconditionFailure("route without {\(name)}") }
        return value
    }

    /// A path parameter that only some of an endpoint's routes have.
    subscript(optional name: String) -> String? { parameters[name] }

    /// As the client meant it: what came compressed is inflated.
    var body: Bytes { request.body }

}

/// Where an endpoint puts its answer.
struct Reply: Sendable {
    let http: HTTPReply

    func send(_ response: HTTPResponse) { http.send(response) }

    func empty(_ status: Int) { http.send(HTTPResponse(status: status)) }

    func json(_ status: Int, _ body: Bytes) {
        http.send(HTTPResponse(status: status, contentType: .json, body: [body]))
    }

    func error(_ error: InferError) { http.send(.error(error)) }

    /// Runs `body` and turns what it throws into this protocol's error answer.
    func answer(_ body: () throws(InferError) -> Void) {
        do throws(InferError) { try body() } catch { self.error(error) }
    }
}
