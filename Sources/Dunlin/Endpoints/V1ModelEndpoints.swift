import DunlinHTTP
import DunlinInference
import DunlinProtocols
import DunlinServing

/// KServe's V1 protocol and TensorFlow Serving's REST API: what the models are.
enum V1Models {
    static let list: Endpoint = { _, server, reply in
        let models = server.registry.modelNames().map { name in
            V1MetadataCodec.Model(name: name, created: (try? server.registry.servedVersion(model: name).since) ?? 0)
        }
        reply.json(200, V1MetadataCodec.models(models))
    }

    /// Whether a model, or one version of it, is ready, and the states of its versions.
    static let status: Endpoint = { call, server, reply in
        reply.v1Answer { () throws(InferError) in
            let model = call["model"]
            let version = try V1.version(call, server)
            var versions: [VersionStatus] = []
            do throws(InferError) {
                versions = try server.registry.versions(of: model)
                if let version {
                    versions = versions.filter { $0.version == version }
                    if versions.isEmpty { throw .versionNotFound(model, version: version) }
                }
            } catch  where error.code == .notFound {
                throw V1.absence(model, version, error)
            } catch {}
            var problem: String?
            var created = 0
            do throws(InferError) {
                created = try server.registry.servedVersion(model: model, version: version).since
                if try !server.registry.isReady(model: model, version: version) {
                    throw InferError(.unavailable, "a model that it needs is not ready")
                }
            } catch {
                problem = V1.absence(model, version, error).message
            }
            reply.json(
                problem == nil ? 200 : 503,
                V1MetadataCodec.status(
                    .init(name: model, created: created), versions.map(V1MetadataCodec.Version.init), error: problem))
        }
    }

    static let metadata: Endpoint = { call, server, reply in
        reply.v1Answer { () throws(InferError) in
            let model = call["model"]
            let version = try V1.version(call, server)
            let (profile, served) = try V1.found(model, version) { () throws(InferError) in
                (
                    try server.registry.v1Profile(model: model, version: version),
                    try server.registry.servedVersion(model: model, version: version).version
                )
            }
            reply.json(200, V1MetadataCodec.metadata(model, version: served, profile.signature))
        }
    }
}

extension V1MetadataCodec.Version {
    init(_ status: VersionStatus) {
        let state: V1MetadataCodec.Version.State
        var message = ""
        switch status.state {
        case .ready: state = .available
        case .loading: state = .loading
        case .unloading: state = .unloading
        case .unavailable:
            state = .end
            message = status.reason == "unloaded" ? "" : status.reason
        }
        self.init(version: status.version, state: state, errorMessage: message)
    }
}
