import Dispatch
import DunlinHTTP
import DunlinProtocols
import DunlinServing

/// What OpenVINO Model Server's clients ask of a server's configuration.
enum Config {
    static let states: Endpoint = { _, server, reply in
        // The index looks at the disk: not on the event loop.
        server.codecQueue.async {
            let entries = server.registry.index(readyOnly: false).map(RepositoryIndexEntry.init)
            reply.json(200, V1ConfigCodec.encode(entries))
        }
    }
}
