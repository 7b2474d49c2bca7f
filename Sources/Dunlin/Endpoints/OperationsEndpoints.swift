import Dispatch
import DunlinBytes
import DunlinHTTP

/// What operators ask: is it there, how is it doing.
enum Operations {
    static let alive: Endpoint = { _, _, reply in reply.json(200, Bytes("{\"status\":\"alive\"}")) }

    /// Not on the event loop: there may be thousands of models, and the kernel is asked about the process.
    static let metrics: Endpoint = { _, server, reply in
        server.codecQueue.async {
            reply.send(HTTPResponse(status: 200, contentType: .prometheus, body: [server.metricsText()]))
        }
    }
}
