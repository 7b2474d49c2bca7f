import DunlinHTTP
import DunlinInference
import DunlinProtocols

/// Loading and unloading models, in Triton's, KServe's and AMD's spelling, and the repository's index.
enum Repository {
    static let index: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            try call.checkEncoding()
            let readyOnly = try V2RepositoryCodec.indexRequest(call.body)
            // The index looks at the disk: not on the event loop.
            server.codecQueue.async {
                reply.json(200, V2RepositoryCodec.index(server.registry.index(readyOnly: readyOnly).map(\.codecEntry)))
            }
        }
    }

    /// `/v2/repository/models/{model}/load`: KServe's clients read the body, Triton's and AMD's the status.
    static let load: Endpoint = { call, server, reply in
        load(call, server, reply) { HTTPResponse(contentType: .json, body: [V2RepositoryCodec.loaded(model: $0)]) }
    }

    /// `/v2/models/{model}/load`: empty, as AMD documents it.
    static let modelLoad: Endpoint = { call, server, reply in
        load(call, server, reply) { _ in HTTPResponse(status: 200) }
    }

    static let unload: Endpoint = { call, server, reply in
        unload(call, server, reply) { HTTPResponse(contentType: .json, body: [V2RepositoryCodec.unloaded(model: $0)]) }
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
            let parameters = try V2RepositoryCodec.loadRequest(call.body)
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
            _ = try V2RepositoryCodec.loadRequest(call.body)
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
