import Dispatch
import DunlinHTTP
import DunlinInference
import DunlinProtocols
import DunlinServing

/// Loading and unloading models, in Triton's, KServe's and AMD's spelling, and the repository's index.
enum Repository {
    static let index: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            try call.checkEncoding()
            let readyOnly = try V2RepositoryCodec.decodeIndex(call.body)
            // The index looks at the disk: not on the event loop.
            server.codecQueue.async {
                let seen = server.registry.index(readyOnly: readyOnly).filter { call.sees($0.name) }
                let entries = seen.map(RepositoryIndexEntry.init)
                reply.json(200, V2RepositoryCodec.encodeIndex(entries))
            }
        }
    }

    /// `/v2/repository/models/{model}/load`: KServe's clients read the body, Triton's and AMD's the status.
    static let load: Endpoint = { call, server, reply in
        load(call, server, reply) { HTTPResponse(contentType: .json, body: [V2RepositoryCodec.loadAnswer($0)]) }
    }

    /// `/v2/models/{model}/load`: empty, as AMD documents it.
    static let modelLoad: Endpoint = { call, server, reply in
        load(call, server, reply) { _ in HTTPResponse(status: 200) }
    }

    static let unload: Endpoint = { call, server, reply in
        unload(call, server, reply) { HTTPResponse(contentType: .json, body: [V2RepositoryCodec.unloadAnswer($0)]) }
    }

    static let modelUnload: Endpoint = { call, server, reply in
        unload(call, server, reply) { _ in HTTPResponse(status: 200) }
    }

    private static func load(
        _ call: Call, _ server: Server, _ reply: Reply, _ success: @escaping @Sendable (String) -> HTTPResponse
    ) {
        reply.answer { () throws(InferError) in
            try call.checkEncoding()
            try server.checkModelControl()
            let model = call["model"]
            let parameters = try V2RepositoryCodec.decodeParameters(call.body)
            server.registry.load(model, version: call[optional: "version"], parameters: parameters) { result in
                reply.answer { () throws(InferError) in
                    try result.get()
                    reply.send(success(model))
                }
            }
        }
    }

    private static func unload(
        _ call: Call, _ server: Server, _ reply: Reply, _ success: @escaping @Sendable (String) -> HTTPResponse
    ) {
        reply.answer { () throws(InferError) in
            try call.checkEncoding()
            try server.checkModelControl()
            let model = call["model"]
            _ = try V2RepositoryCodec.decodeParameters(call.body)
            server.registry.unload(model, version: call[optional: "version"]) { result in
                if case .failure(let error) = result, error.code != .notFound || server.configuration.strictUnload {
                    reply.error(error)
                } else {
                    reply.send(success(model))
                }
            }
        }
    }
}

extension RepositoryIndexEntry {
    init(_ entry: IndexEntry) {
        self.init(
            name: entry.name, version: entry.version, state: entry.state?.rawValue ?? "", reason: entry.reason)
    }
}
