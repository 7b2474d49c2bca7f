import DunlinBytes
import DunlinHTTP
import DunlinInference
import Testing

@testable import Dunlin

@Suite struct GRPCCodingTests {
    @Test(
        "knows gRPC's content types",
        arguments: [
            ("application/grpc", true), ("application/grpc+proto", true), ("Application/GRPC", true),
            ("application/grpc;charset=utf-8", true), ("application/grpc+proto;v=1", true),
            ("application/grpc+json", false),
            ("application/grpc-web", false), ("application/grpcx", false), ("application/json", false), ("", false),
        ])
    func knowsTheContentTypes(type: String, isGRPC: Bool) {
        #expect(GRPCCoding.isGRPC(Bytes(type)) == isGRPC)
    }

    @Test(
        "every code has its status",
        arguments: [
            (.invalidArgument, 3), (.notFound, 5), (.unavailable, 14), (.resourceExhausted, 8), (.deadlineExceeded, 4),
            (.cancelled, 1), (.unsupported, 12), (.internal, 13),
        ] as [(InferError.Code, Int)])
    func everyCodeHasItsStatus(code: InferError.Code, status: Int) {
        #expect(code.grpcStatus.rawValue == status)
        let fields = GRPCReply.status(InferError(code, "é%"))
        #expect(fields.first { $0.name == "grpc-status" }?.value == String(status))
        #expect(fields.first { $0.name == "grpc-message" }?.value == "%C3%A9%25")
    }

    @Test func everyCodeIsInTheTable() { #expect(InferError.Code.allCases.count == 8) }

    @Test(
        "says when to come back",
        arguments: [(Duration.milliseconds(1500), "1500"), (.seconds(600), "60000"), (.zero, "1")])
    func saysWhenToComeBack(delay: Duration, text: String) {
        let fields = GRPCReply.status(InferError(.resourceExhausted, "full", retryAfter: delay))
        #expect(fields.first { $0.name == "grpc-retry-pushback-ms" }?.value == text)
        #expect(!GRPCReply.status(InferError(.internal, "x", retryAfter: delay)).contains { $0.name.contains("retry") })
    }
}
