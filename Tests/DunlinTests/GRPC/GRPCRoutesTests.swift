import DunlinHTTP
import DunlinProtocols
import Testing

@testable import Dunlin

@Suite struct GRPCRoutesTests {
    @Test func theRouteTableAndTheServicesNameTheSameMethods() {
        let declared = ProtobufFile.all.flatMap { file in
            file.services.flatMap { service in service.methods.map { "/\(file.package).\(service.name)/\($0.name)" } }
        }
        #expect(Set(grpcRoutes.map(\.path)) == Set(declared))
        #expect(grpcRoutes.count == declared.count)
        #expect(grpcRoutes.allSatisfy { $0.method == .post && $0.isGRPC } && !routes.contains { $0.isGRPC })
    }

    @Test func streamedRequestsAreThoseThatTheServicesStream() {
        let streamed = ProtobufFile.all.flatMap { file in
            file.services.flatMap { $0.methods.filter(\.streamsRequests).map { "/\($0.name)" } }
        }
        #expect(Set(GRPC.streamedPathSuffixes) == Set(streamed))
    }

    @Test func everybodyMayAskWhetherTheServerIsWell() {
        let open = grpcRoutes.filter { $0.scope == nil }.map { $0.path.split(separator: "/").last! }
        #expect(Set(open) == ["ServerLive", "ServerReady", "Check", "List", "Watch"])
    }

    @Test(
        "scopes are those of HTTP's groups",
        arguments: [
            ("ModelInfer", .infer), ("ModelStreamInfer", .infer), ("ModelReady", .infer), ("ModelConfig", .infer),
            ("ModelMetadata", .infer), ("ModelStatistics", .infer), ("ServerMetadata", .infer),
            ("ServerReflectionInfo", .infer), ("RepositoryIndex", .admin), ("RepositoryModelLoad", .admin),
            ("RepositoryModelUnload", .admin), ("SystemSharedMemoryRegister", .admin),
            ("CudaSharedMemoryStatus", .admin),
            ("TraceSetting", .admin), ("LogSettings", .admin),
        ] as [(String, AccessScope)])
    func scopesAreThoseOfTheGroups(method: String, scope: AccessScope) {
        let found = grpcRoutes.filter { $0.path.hasSuffix("/" + method) }
        #expect(!found.isEmpty && found.allSatisfy { $0.scope == scope })
    }

    @Test func whatTellsOfAllModelsIsNotForLimitedRequests() {
        let refused = grpcRoutes.filter { $0.scope != nil && !$0.checksModels }.map {
            $0.path.split(separator: "/").last!
        }
        #expect(
            Set(refused) == [
                "SystemSharedMemoryStatus", "SystemSharedMemoryRegister", "SystemSharedMemoryUnregister",
                "CudaSharedMemoryStatus", "CudaSharedMemoryRegister", "CudaSharedMemoryUnregister", "LogSettings",
            ])
    }

    @Test func theGatewayHasEveryMethodUnderItsPrefix() {
        for route in grpcRoutes {
            #expect(Gateway.addresses(of: route).map(\.path) == ["/v1/{project}/{deployment}" + route.path])
        }
    }
}
