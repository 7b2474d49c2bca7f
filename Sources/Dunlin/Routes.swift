package import DunlinHTTP

/// One line of the route table.
package struct Route: Sendable {
    package let method: HTTPMethod
    /// With OpenAPI's braces, so that the comparison with `openapi/*.yaml` is string equality.
    package let path: String
    let endpoint: Endpoint

    init(_ method: HTTPMethod, _ path: String, _ endpoint: @escaping Endpoint) {
        self.method = method
        self.path = path
        self.endpoint = endpoint
    }
}

/// Every path the server answers. `RoutesTests` compares this table with `openapi/*.yaml`, both ways.
///
/// `{version}` routes are spelled out rather than generated, so that a search for a path finds it here. Each path
/// is also answered with one slash at its end, `GET` as `HEAD`, and every path has `OPTIONS`.
// swift-format-ignore
package let routes: [Route] = [
    // MARK: Open Inference Protocol (V2)
    Route(.get,  "/v2",                                                     V2.serverMetadata),
    Route(.get,  "/v2/health/live",                                         V2.serverLive),
    Route(.get,  "/v2/health/ready",                                        V2.serverReady),
    Route(.get,  "/v2/models/{model}",                                      V2.modelMetadata),
    Route(.get,  "/v2/models/{model}/versions/{version}",                   V2.modelMetadata),
    Route(.get,  "/v2/models/{model}/ready",                                V2.modelReady),
    Route(.get,  "/v2/models/{model}/versions/{version}/ready",             V2.modelReady),
    Route(.post, "/v2/models/{model}/infer",                                V2.modelInfer),
    Route(.post, "/v2/models/{model}/versions/{version}/infer",             V2.modelInfer),
    // MARK: Statistics extension
    Route(.get,  "/v2/models/stats",                                        Statistics.all),
    Route(.get,  "/v2/models/{model}/stats",                                Statistics.model),
    Route(.get,  "/v2/models/{model}/versions/{version}/stats",             Statistics.model),
    // MARK: As the AMD inference server documents them
    Route(.get,  "/v2/models",                                              V2.modelList),
    Route(.post, "/v2/hardware",                                            V2.hardware),
    Route(.post, "/v2/models/{model}/load",                                 Repository.modelLoad),
    Route(.post, "/v2/models/{model}/versions/{version}/load",              Repository.modelLoad),
    Route(.post, "/v2/models/{model}/unload",                               Repository.modelUnload),
    Route(.post, "/v2/models/{model}/versions/{version}/unload",            Repository.modelUnload),
    Route(.post, "/v2/workers/{worker}/load",                               Workers.load),
    Route(.post, "/v2/workers/{worker}/unload",                             Workers.unload),
    // MARK: Model repository extension
    Route(.post, "/v2/repository/index",                                    Repository.index),
    Route(.post, "/v2/repository/models/{model}/load",                      Repository.load),
    Route(.post, "/v2/repository/models/{model}/versions/{version}/load",   Repository.load),
    Route(.post, "/v2/repository/models/{model}/unload",                    Repository.unload),
    Route(.post, "/v2/repository/models/{model}/versions/{version}/unload", Repository.unload),
    // MARK: Operations
    Route(.get,  "/",                                                       Operations.alive),
    Route(.get,  "/metrics",                                                Operations.metrics),
]
