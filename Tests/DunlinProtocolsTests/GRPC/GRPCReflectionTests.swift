import DunlinBytes
import DunlinInference
import Testing

@testable import DunlinProtocols

@Suite struct GRPCReflectionTests {
    /// The fields of the answer's only choice.
    private func answer(_ request: [UInt8]) throws -> (field: Int, payloads: [Bytes]) {
        let message = try GRPCFrame.only(in: try GRPCReflection.answer(Bytes(request)), maxByteCount: .max).message
        return try message.withUnsafeBytes { buffer in
            var cursor = ProtobufCursor(buffer)
            while try cursor.next() {
                let payload = try cursor.payload()
                if cursor.field == 2 { #expect(Bytes(copying: payload) == Bytes(request)) }
                guard cursor.field > 2 else { continue }
                var payloads: [Bytes] = []
                var inner = ProtobufCursor(payload)
                while try inner.next() {
                    if inner.wire == .bytes {
                        payloads.append(Bytes(copying: try inner.payload()))
                    } else {
                        payloads.append(Bytes([UInt8(try inner.number())]))
                    }
                }
                return (cursor.field, payloads)
            }
            return (0, [])
        }
    }

    @Test func listsTheServices() throws {
        let (field, payloads) = try answer(Piece.text(7, ""))
        #expect(field == 6)
        #expect(
            payloads.map { $0.dropFirst(2).string } == [
                "inference.GRPCInferenceService", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection",
            ])
    }

    @Test(
        "finds files by name and by what is in them",
        arguments: [
            (Piece.text(3, "model_config.proto"), 1), (Piece.text(3, "grpc_service.proto"), 2),
            (Piece.text(4, "inference.GRPCInferenceService"), 2),
            (Piece.text(4, "inference.GRPCInferenceService.ModelInfer"), 2),
            (Piece.text(4, "inference.ModelInferRequest.InferInputTensor"), 2),
            (Piece.text(4, "inference.DataType"), 1),
            (Piece.text(4, "grpc.health.v1.Health"), 1), (Piece.text(4, "grpc.reflection.v1alpha.ServerReflection"), 1),
        ])
    func findsFiles(request: [UInt8], count: Int) throws {
        let (field, payloads) = try answer(request)
        #expect(field == 4 && payloads.count == count)
    }

    @Test(
        "says what there is not",
        arguments: [
            (Piece.text(3, "a.proto"), 5, "there is no file 'a.proto'"),
            (Piece.text(4, "a.B"), 5, "there is no symbol 'a.B'"),
            (Piece.text(6, "a.B"), 5, "there is no message 'a.B'"),
            (Piece.bytes(5, Piece.text(1, "a")), 5, "no message here has extensions"),
            ([], 3, "expected one of the requests that the service has"),
        ] as [([UInt8], UInt8, String)])
    func saysWhatThereIsNot(request: [UInt8], code: UInt8, message: String) throws {
        let (field, payloads) = try answer(request)
        #expect(field == 7 && payloads[0] == Bytes([code]) && payloads[1].string == message)
    }

    @Test func refusesWhatIsNoRequest() {
        #expect(throws: InferError(.invalidArgument, "ServerReflectionRequest: a number is cut short")) {
            try GRPCReflection.answer(Bytes([0x3A]))
        }
    }
}
