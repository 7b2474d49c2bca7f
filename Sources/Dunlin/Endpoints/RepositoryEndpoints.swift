import Dispatch
import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols
import DunlinServing

/// Loading and unloading models, in Triton's, KServe's and AMD's spelling, and the repository's index.
enum Repository {
    static let index: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            try check(call[optional: "repository"], server)
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

    /// What a load may say in Triton's form beside files; AMD's clients send what they like.
    static let loadParameters = ["config", "backend", "threads", "precision"]

    /// The last component of `--model-repository`: the name under which requests may ask for the one repository there is.
    static func name(of repository: String?) -> String? { repository?.split(separator: "/").last.map(String.init) }

    /// Refuses requests for a repository by another name than that of the only one.
    static func check(_ wanted: String?, _ server: Server) throws(InferError) {
        let only = name(of: server.configuration.modelRepository)
        guard let wanted, wanted != only else { return }
        throw InferError(
            .notFound,
            "repository '\(wanted.prefix(64))' is not known: this server has "
                + (only.map { "one model repository, '\($0)'" } ?? "no model repository") + "; leave its name out")
    }

    private static func load(
        _ call: Call, _ server: Server, _ reply: Reply, _ success: @escaping @Sendable (String) -> HTTPResponse
    ) {
        // A body with files takes long to decode.
        guard call.body.count > V2.decodeOnLoopByteCount else { return loadNow(call, server, reply, success) }
        server.codecQueue.async { loadNow(call, server, reply, success) }
    }

    private static func loadNow(
        _ call: Call, _ server: Server, _ reply: Reply, _ success: @escaping @Sendable (String) -> HTTPResponse
    ) {
        reply.answer { () throws(InferError) in
            try check(call[optional: "repository"], server)
            try server.checkModelControl()
            let model = call["model"]
            let request = try V2RepositoryCodec.decodeLoad(call.body, limits: server.limits)
            try load(model, version: call[optional: "version"], request, server) { result in
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
            try check(call[optional: "repository"], server)
            try server.checkModelControl()
            let model = call["model"]
            let dependents = try V2RepositoryCodec.decodeUnload(call.body)
            try unload(model, version: call[optional: "version"], dependents: dependents, server) { result in
                reply.answer { () throws(InferError) in
                    try result.get()
                    reply.send(success(model))
                }
            }
        }
    }

    // MARK: What both protocols do

    typealias Completion = @Sendable (Result<Void, InferError>) -> Void

    static func load(
        _ model: String, version: String?, _ request: V2LoadRequest, _ server: Server,
        completion: @escaping Completion
    ) throws(InferError) {
        try server.checkModelControl()
        try request.checkNames(loadParameters)
        let brought = request.files.isEmpty ? nil : try BroughtFiles(request.files)
        server.registry.load(
            model, version: version, parameters: request.parameters, brought: brought, completion: completion)
    }

    /// What is not there needs no unloading, unless the operator wants to be told.
    static func unload(
        _ model: String, version: String?, dependents: Bool, _ server: Server, completion: @escaping Completion
    ) throws(InferError) {
        try server.checkModelControl()
        let isStrict = server.configuration.strictUnload
        server.registry.unload(model, version: version, dependents: dependents) { result in
            if case .failure(let error) = result, error.code == .notFound, !isStrict {
                completion(.success(()))
            } else {
                completion(result)
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
