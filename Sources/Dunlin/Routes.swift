package import DunlinHTTP

/// One line of the route table.
package struct Route: Sendable {
    package let method: HTTPMethod
    /// With OpenAPI's braces, so that the comparison with `openapi/*.yaml` is string equality.
    package let path: String
    package let group: EndpointGroup
    /// The scope that a key needs; `nil`: none is needed.
    let scope: AccessScope?
    /// Whether the endpoint itself keeps requests that are limited to some models to those: the path does not tell.
    let checksModels: Bool
    /// Whether answers and refusals are gRPC's.
    let isGRPC: Bool
    let endpoint: Endpoint

    init(_ method: HTTPMethod, _ path: String, _ group: EndpointGroup, _ endpoint: @escaping Endpoint) {
        let scope = group.scope(namesModel: path.contains("{model}"), method: method)
        self.init(
            method, path, group, scope: scope, checksModels: AccessGate.limitedPaths.contains(path), isGRPC: false,
            endpoint)
    }

    init(
        _ method: HTTPMethod, _ path: String, _ group: EndpointGroup, scope: AccessScope?, checksModels: Bool,
        isGRPC: Bool, _ endpoint: @escaping Endpoint
    ) {
        (self.method, self.path, self.group) = (method, path, group)
        (self.scope, self.checksModels, self.isGRPC) = (scope, checksModels, isGRPC)
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
    Route(.get,  "/v2",                                                             .metadata,        V2.serverMetadata),
    Route(.get,  "/v2/health/live",                                                 .health,          V2.serverLive),
    Route(.get,  "/v2/health/ready",                                                .health,          V2.serverReady),
    Route(.get,  "/v2/models/{model}",                                              .metadata,        V2.modelMetadata),
    Route(.get,  "/v2/models/{model}/versions/{version}",                           .metadata,        V2.modelMetadata),
    Route(.get,  "/v2/models/{model}/config",                                       .modelConfiguration, V2.modelConfiguration),
    Route(.get,  "/v2/models/{model}/versions/{version}/config",                    .modelConfiguration, V2.modelConfiguration),
    Route(.get,  "/v2/models/{model}/ready",                                        .health,          V2.modelReady),
    Route(.get,  "/v2/models/{model}/versions/{version}/ready",                     .health,          V2.modelReady),
    Route(.post, "/v2/models/{model}/infer",                                        .inference,       V2.modelInfer),
    Route(.post, "/v2/models/{model}/versions/{version}/infer",                     .inference,       V2.modelInfer),
    Route(.post, "/v2/models/{model}/infer_stream",                                 .inference,       Streams.infer),
    Route(.post, "/v2/models/{model}/versions/{version}/infer_stream",              .inference,       Streams.infer),
    // MARK: Generate extension
    Route(.post, "/v2/models/{model}/generate",                                     .inference,       Generate.generate),
    Route(.post, "/v2/models/{model}/versions/{version}/generate",                  .inference,       Generate.generate),
    Route(.post, "/v2/models/{model}/generate_stream",                              .inference,       Generate.stream),
    Route(.post, "/v2/models/{model}/versions/{version}/generate_stream",           .inference,       Generate.stream),
    // MARK: Shared memory extension
    Route(.get,  "/v2/systemsharedmemory/status",                                   .sharedMemory,    SharedMemory.status),
    Route(.post, "/v2/systemsharedmemory/register",                                 .sharedMemory,    SharedMemory.register),
    Route(.post, "/v2/systemsharedmemory/unregister",                               .sharedMemory,    SharedMemory.unregister),
    Route(.get,  "/v2/systemsharedmemory/region/{region}/status",                   .sharedMemory,    SharedMemory.status),
    Route(.post, "/v2/systemsharedmemory/region/{region}/register",                 .sharedMemory,    SharedMemory.register),
    Route(.post, "/v2/systemsharedmemory/region/{region}/unregister",               .sharedMemory,    SharedMemory.unregister),
    Route(.get,  "/v2/cudasharedmemory/status",                                     .sharedMemory,    SharedMemory.cudaStatus),
    Route(.post, "/v2/cudasharedmemory/register",                                   .sharedMemory,    SharedMemory.cudaRegister),
    Route(.post, "/v2/cudasharedmemory/unregister",                                 .sharedMemory,    SharedMemory.cudaUnregister),
    Route(.get,  "/v2/cudasharedmemory/region/{region}/status",                     .sharedMemory,    SharedMemory.cudaStatus),
    Route(.post, "/v2/cudasharedmemory/region/{region}/register",                   .sharedMemory,    SharedMemory.cudaRegister),
    Route(.post, "/v2/cudasharedmemory/region/{region}/unregister",                 .sharedMemory,    SharedMemory.cudaUnregister),
    // MARK: Statistics extension
    Route(.get,  "/v2/models/stats",                                                .statistics,      Statistics.all),
    Route(.get,  "/v2/models/{model}/stats",                                        .statistics,      Statistics.model),
    Route(.get,  "/v2/models/{model}/versions/{version}/stats",                     .statistics,      Statistics.model),
    // MARK: As the AMD inference server documents them
    Route(.get,  "/v2/models",                                                      .metadata,        V2.modelList),
    Route(.post, "/v2/hardware",                                                    .metadata,        V2.hardware),
    Route(.post, "/v2/models/{model}/load",                                         .modelRepository, Repository.modelLoad),
    Route(.post, "/v2/models/{model}/versions/{version}/load",                      .modelRepository, Repository.modelLoad),
    Route(.post, "/v2/models/{model}/unload",                                       .modelRepository, Repository.modelUnload),
    Route(.post, "/v2/models/{model}/versions/{version}/unload",                    .modelRepository, Repository.modelUnload),
    Route(.post, "/v2/workers/{worker}/load",                                       .modelRepository, Workers.load),
    Route(.post, "/v2/workers/{worker}/unload",                                     .modelRepository, Workers.unload),
    // MARK: Model repository extension
    Route(.post, "/v2/repository/index",                                            .modelRepository, Repository.index),
    Route(.post, "/v2/repository/models/{model}/load",                              .modelRepository, Repository.load),
    Route(.post, "/v2/repository/models/{model}/versions/{version}/load",           .modelRepository, Repository.load),
    Route(.post, "/v2/repository/models/{model}/unload",                            .modelRepository, Repository.unload),
    Route(.post, "/v2/repository/models/{model}/versions/{version}/unload",         .modelRepository, Repository.unload),
    Route(.post, "/v2/repository/{repository}/index",                               .modelRepository, Repository.index),
    Route(.post, "/v2/repository/{repository}/models/{model}/load",                 .modelRepository, Repository.load),
    Route(.post, "/v2/repository/{repository}/models/{model}/unload",               .modelRepository, Repository.unload),
    // MARK: KServe V1 and TensorFlow Serving
    Route(.get,  "/v1/models",                                                      .metadata,        V1Models.list),
    Route(.get,  "/v1/models/{model}",                                              .metadata,        V1Models.status),
    Route(.get,  "/v1/models/{model}/versions/{version}",                           .metadata,        V1Models.status),
    Route(.get,  "/v1/models/{model}/labels/{label}",                               .metadata,        V1Models.status),
    Route(.get,  "/v1/models/{model}/metadata",                                     .metadata,        V1Models.metadata),
    Route(.get,  "/v1/models/{model}/versions/{version}/metadata",                  .metadata,        V1Models.metadata),
    Route(.get,  "/v1/models/{model}/labels/{label}/metadata",                      .metadata,        V1Models.metadata),
    Route(.post, "/v1/models/{model}:predict",                                      .inference,       V1.predict),
    Route(.post, "/v1/models/{model}/versions/{version}:predict",                   .inference,       V1.predict),
    Route(.post, "/v1/models/{model}/labels/{label}:predict",                       .inference,       V1.predict),
    Route(.post, "/v1/models/{model}:classify",                                     .inference,       V1.classify),
    Route(.post, "/v1/models/{model}/versions/{version}:classify",                  .inference,       V1.classify),
    Route(.post, "/v1/models/{model}/labels/{label}:classify",                      .inference,       V1.classify),
    Route(.post, "/v1/models/{model}:regress",                                      .inference,       V1.regress),
    Route(.post, "/v1/models/{model}/versions/{version}:regress",                   .inference,       V1.regress),
    Route(.post, "/v1/models/{model}/labels/{label}:regress",                       .inference,       V1.regress),
    Route(.post, "/v1/models/{model}:explain",                                      .inference,       V1.explain),
    // MARK: As OpenVINO Model Server documents it
    Route(.get,  "/v1/config",                                                      .modelRepository, Config.states),
    // MARK: Logging and trace extensions
    Route(.get,  "/v2/logging",                                                     .logging,         Logging.get),
    Route(.post, "/v2/logging",                                                     .logging,         Logging.set),
    Route(.get,  "/v2/trace/setting",                                               .trace,           TraceSettings.get),
    Route(.post, "/v2/trace/setting",                                               .trace,           TraceSettings.set),
    Route(.get,  "/v2/models/{model}/trace/setting",                                .trace,           TraceSettings.get),
    Route(.post, "/v2/models/{model}/trace/setting",                                .trace,           TraceSettings.set),
    // MARK: Generated documents, at MLServer's places
    Route(.get,  "/v2/docs",                                                        .metadata,        Documents.server),
    Route(.get,  "/v2/docs/dataplane.json",                                         .metadata,        Documents.serverOpenAPI),
    Route(.get,  "/v2/models/{model}/docs",                                         .metadata,        Documents.model),
    Route(.get,  "/v2/models/{model}/docs/dataplane.json",                          .metadata,        Documents.modelOpenAPI),
    Route(.get,  "/v2/models/{model}/versions/{version}/docs",                      .metadata,        Documents.model),
    Route(.get,  "/v2/models/{model}/versions/{version}/docs/dataplane.json",       .metadata,        Documents.modelOpenAPI),
    // MARK: Operations
    Route(.get,  "/",                                                               .health,          Operations.alive),
    Route(.get,  "/metrics",                                                        .metrics,         Operations.metrics),
]
