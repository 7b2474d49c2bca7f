import DunlinBytes
import DunlinHTTP

/// What operators ask: is it there, how is it doing.
enum Operations {
    static let alive: Endpoint = { _, _, reply in reply.json(200, Bytes("{\"status\":\"alive\"}")) }

    static let metrics: Endpoint = { _, server, reply in
        reply.send(HTTPResponse(status: 200, contentType: .prometheus, body: [server.metricsText()]))
    }
}
