import DunlinHTTP

/// Every gRPC method the server answers. `GRPCRoutesTests` compares this table with the services of `ProtobufFile.all`, both
/// ways. Requests over HTTP/2 with the content type `application/grpc` reach them on every port that speaks it.
// swift-format-ignore
package let grpcRoutes: [Route] = [
    // MARK: Open Inference Protocol
    Route(grpc: "inference.GRPCInferenceService/ServerLive",                   .health,             GRPC.serverLive),
    Route(grpc: "inference.GRPCInferenceService/ServerReady",                  .health,             GRPC.serverReady),
    Route(grpc: "inference.GRPCInferenceService/ModelReady",                   .health,             GRPC.modelReady, namesModel: true),
    Route(grpc: "inference.GRPCInferenceService/ServerMetadata",               .metadata,           GRPC.serverMetadata, isLimited: true),
    Route(grpc: "inference.GRPCInferenceService/ModelMetadata",                .metadata,           GRPC.modelMetadata, namesModel: true),
    Route(grpc: "inference.GRPCInferenceService/ModelInfer",                   .inference,          GRPC.modelInfer, namesModel: true),
    // MARK: Triton's additions
    Route(grpc: "inference.GRPCInferenceService/ModelStreamInfer",             .inference,          GRPC.modelStreamInfer, namesModel: true),
    Route(grpc: "inference.GRPCInferenceService/ModelConfig",                  .modelConfiguration, GRPC.modelConfiguration, namesModel: true),
    Route(grpc: "inference.GRPCInferenceService/ModelStatistics",              .statistics,         GRPC.modelStatistics, namesModel: true),
    Route(grpc: "inference.GRPCInferenceService/RepositoryIndex",              .modelRepository,    GRPC.repositoryIndex, isLimited: true),
    Route(grpc: "inference.GRPCInferenceService/RepositoryModelLoad",          .modelRepository,    GRPC.load, namesModel: true),
    Route(grpc: "inference.GRPCInferenceService/RepositoryModelUnload",        .modelRepository,    GRPC.unload, namesModel: true),
    Route(grpc: "inference.GRPCInferenceService/SystemSharedMemoryStatus",     .sharedMemory,       GRPC.sharedMemoryStatus),
    Route(grpc: "inference.GRPCInferenceService/SystemSharedMemoryRegister",   .sharedMemory,       GRPC.sharedMemoryRegister),
    Route(grpc: "inference.GRPCInferenceService/SystemSharedMemoryUnregister", .sharedMemory,       GRPC.sharedMemoryUnregister),
    Route(grpc: "inference.GRPCInferenceService/CudaSharedMemoryStatus",       .sharedMemory,       GRPC.cudaStatus),
    Route(grpc: "inference.GRPCInferenceService/CudaSharedMemoryRegister",     .sharedMemory,       GRPC.cudaRegister),
    Route(grpc: "inference.GRPCInferenceService/CudaSharedMemoryUnregister",   .sharedMemory,       GRPC.cudaUnregister),
    Route(grpc: "inference.GRPCInferenceService/TraceSetting",                 .trace,              GRPC.traceSetting, namesModel: true),
    Route(grpc: "inference.GRPCInferenceService/LogSettings",                  .logging,            GRPC.logSettings),
    // MARK: Health and reflection
    Route(grpc: "grpc.health.v1.Health/Check",                                 .health,             GRPC.healthCheck),
    Route(grpc: "grpc.health.v1.Health/List",                                  .health,             GRPC.healthList),
    Route(grpc: "grpc.health.v1.Health/Watch",                                 .health,             GRPC.healthWatch),
    Route(grpc: "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",      .metadata,         GRPC.reflection, isLimited: true),
    Route(grpc: "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", .metadata,         GRPC.reflection, isLimited: true),
]

extension Route {
    /// A gRPC method: `<package>.<service>/<method>`.
    ///
    /// - Parameters:
    ///   - namesModel: Whether its message names a model, which the endpoint looks at (`GRPCCall.model`).
    ///   - isLimited: Whether what it tells of models is only what the request may see.
    init(
        grpc name: String, _ group: EndpointGroup, _ endpoint: @escaping Endpoint, namesModel: Bool = false,
        isLimited: Bool = false
    ) {
        self.init(
            .post, "/" + name, group, scope: group.scope(namesModel: namesModel, method: .get),
            checksModels: namesModel || isLimited, isGRPC: true, endpoint)
    }
}
