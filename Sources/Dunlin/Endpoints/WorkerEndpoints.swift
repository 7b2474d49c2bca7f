import DunlinBytes
import DunlinHTTP
import DunlinInference
import DunlinProtocols
import DunlinServing

/// Workers as the AMD inference server means them: a backend loaded with parameters, served as an endpoint.
enum Workers {
    /// Answers the endpoint's name and nothing else, as text.
    static let load: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            let parameters = try V2RepositoryCodec.decodeParameters(call.body)
            server.registry.loadWorker(call["worker"], parameters: parameters) { result in
                reply.answer { () throws(InferError) in
                    reply.send(HTTPResponse(status: 200, contentType: .html, body: [Bytes(try result.get())]))
                }
            }
        }
    }

    /// Unknown endpoints are accepted: whoever unloads twice has what he asked for.
    static let unload: Endpoint = { call, server, reply in
        reply.answer { () throws(InferError) in
            _ = try V2RepositoryCodec.decodeParameters(call.body)
            server.registry.unloadWorker(call["worker"]) { result in
                if case .failure(let error) = result, error.code != .notFound {
                    reply.error(error)
                } else {
                    reply.empty(200)
                }
            }
        }
    }
}
