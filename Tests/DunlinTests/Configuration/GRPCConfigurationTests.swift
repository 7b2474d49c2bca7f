import DunlinBytes
import DunlinHTTP
import Testing

@testable import Dunlin

@Suite struct GRPCConfigurationTests {
    @Test func thereIsNoListenerUnlessItIsAskedFor() {
        let configuration = ServerConfiguration()
        #expect(configuration.grpcConfiguration == nil && configuration.grpcProblems.isEmpty)
    }

    @Test(.enabled(if: ServerConfiguration.isGRPCBuiltIn)) func theListenerIsAsTheHTTPOneBesideItsAddress() throws {
        var configuration = try ServerConfiguration.parse(arguments: ["--grpc-port", "9000"], environment: [:])
        configuration.httpAddress = "127.0.0.2"
        configuration.maxBodyByteCount = 4096
        let listener = configuration.grpcConfiguration
        #expect(listener?.address == "127.0.0.2" && listener?.port == 9000 && listener?.maxBodyByteCount == 4096)
        #expect(configuration.grpcProblems == [])
        configuration.grpcAddress = "unix:/tmp/x"
        configuration.grpcPort = nil
        #expect(configuration.grpcConfiguration?.address == "unix:/tmp/x" && configuration.grpcProblems == [])
    }

    @Test(.enabled(if: ServerConfiguration.isGRPCBuiltIn)) func saysWhatIsMissing() {
        var configuration = ServerConfiguration()
        configuration.grpcAddress = "0.0.0.0"
        #expect(configuration.grpcProblems == ["grpc_address needs a grpc_port"])
        configuration.grpcPort = 0
        configuration.httpAddress = nil
        #expect(
            configuration.grpcProblems
                == ["grpc_port needs an http_address: without one nothing is listened on"])
    }

    @Test(.enabled(if: !ServerConfiguration.isGRPCBuiltIn)) func aBuildWithoutGRPCSaysSo() {
        let found = Result { () throws(ConfigurationError) in
            try ServerConfiguration.parse(arguments: ["--grpc-port", "9000"], environment: [:])
        }
        #expect(throws: ConfigurationError.self) { try found.get() }
    }

    @Test func restrictionsOfProtocolsAreOnesOfMetadataWithTritonsPrefix() throws {
        let configuration = try ServerConfiguration.parse(
            arguments: ["--grpc-restricted-protocol", "inference,health:key=secret"], environment: [:])
        let gate = try AccessControl(configuration).gate
        #expect(!gate.isOpen)
        let infer = try #require(grpcRoutes.first { $0.path.hasSuffix("ModelInfer") })
        let http = try #require(routes.first { $0.path == "/v2/models/{model}/infer" })
        func refusal(_ route: Route, _ fields: [(name: String, value: String)]) -> Refusal? {
            var parameters = PathParameters()
            do throws(Refusal) {
                _ = try gate.admit(
                    HTTPRequest(method: .post, path: Bytes("/"), headers: HTTPHeaders(fields)), RouteTarget(route),
                    &parameters)
                return nil
            } catch { return error }
        }
        #expect(
            refusal(infer, [])
                == .forbidden("This protocol is restricted, expecting header 'triton-grpc-protocol-key'"))
        #expect(refusal(infer, [("key", "secret")]) != nil)
        #expect(refusal(infer, [("triton-grpc-protocol-key", "secret")]) == nil)
        #expect(refusal(http, []) == nil)
    }

    @Test func restrictionsOfAPIsHoldForGRPCToo() throws {
        let configuration = try ServerConfiguration.parse(
            arguments: ["--http-restricted-api", "inference:key=secret"], environment: [:])
        let gate = try AccessControl(configuration).gate
        let infer = try #require(grpcRoutes.first { $0.path.hasSuffix("ModelInfer") })
        var parameters = PathParameters()
        #expect(throws: Refusal.self) {
            try gate.admit(HTTPRequest(method: .post, path: Bytes("/")), RouteTarget(infer), &parameters)
        }
    }
}
