import Dispatch
import DunlinHTTP
import DunlinProtocols
import DunlinServing

/// What OpenVINO Model Server's clients ask of a server's configuration.
enum Config {
    static let states: Endpoint = { call, server, reply in
        // The index looks at the disk: not on the event loop.
        server.codecQueue.async {
            let seen = server.registry.index(readyOnly: false).filter { call.sees($0.name) }
            reply.json(200, V1ConfigCodec.encode(seen.map(RepositoryIndexEntry.init)))
        }
    }
}
