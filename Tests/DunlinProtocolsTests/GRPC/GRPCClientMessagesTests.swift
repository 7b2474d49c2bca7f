import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinProtocols

/// What a client writes is what the server reads, and the other way round.
@Suite struct GRPCClientMessagesTests {
    private func content(_ framed: Bytes) throws -> Bytes {
        try GRPCFrame.only(in: framed, maxByteCount: 1 << 20).message
    }

    @Test(arguments: [nil, "3"]) func aServerReadsTheRequest(version: String?) throws {
        let inputs = [
            NamedTensor("a", Tensor(dataType: .int64, shape: [1, 3], bytes: Bytes(Piece.raw([1, -2, 3])))),
            NamedTensor("empty", Tensor(dataType: .fp32, shape: [0, 2], bytes: Bytes())),
            NamedTensor(
                "b",
                Tensor(dataType: .fp32, shape: [300], bytes: Bytes(Piece.raw([Float](repeating: 0.5, count: 300))))),
        ]
        let framed = try GRPCClientMessages.infer(model: "m", version: version, inputs)
        var reader = try GRPCInferReader(try content(framed))
        #expect(reader.model == "m" && reader.version == version && reader.id == nil)
        let request = try reader.readRequest()
        #expect(request.inputs.map(\.name) == inputs.map(\.name) && !reader.usesTypedContents)
        #expect(request.inputs.map(\.tensor.shape) == inputs.map(\.tensor.shape))
        #expect(request.inputs.map(\.tensor.dataType) == inputs.map(\.tensor.dataType))
        #expect(request.inputs.map(\.tensor.bytes) == inputs.map(\.tensor.bytes))
    }

    @Test func aServerReadsWhichModelIsAskedFor() throws {
        let framed = GRPCClientMessages.metadata(model: "m", version: "2")
        #expect(try GRPCRequests.model(try content(framed)) == GRPCRequests.Model(name: "m", version: "2"))
    }

    @Test func theSignatureIsReadFromTheServersAnswer() throws {
        let metadata = ModelMetadata(
            name: "m", versions: ["1"], platform: "p",
            inputs: [
                TensorMetadata(name: "x", dataType: .fp16, shape: [-1, 3, 224]),
                TensorMetadata(name: "scalar", dataType: .bytes, shape: []),
            ], outputs: [TensorMetadata(name: "y", dataType: .int64, shape: [1])], properties: ["k": "v"])
        let signature = try GRPCClientMessages.signature(try content(GRPCResponses.modelMetadata(metadata)))
        #expect(signature.inputs == metadata.inputs && signature.outputs == metadata.outputs)
        #expect(try GRPCClientMessages.signature(Bytes()).inputs.isEmpty)
    }

    @Test func whatIsNoSignatureIsRefused() {
        let tensor: ([UInt8]) -> Bytes = { Bytes([0x22, UInt8($0.count)] + $0) }
        for (message, words) in [
            (Bytes([0x22, 5]), "model metadata: field 4 has 5 bytes, 0 are left"),
            (
                tensor(Piece.text(1, "x") + Piece.text(2, "FLOAT")),
                "model metadata: expected a V2 datatype, found 'FLOAT' for 'x'"
            ),
            (
                tensor(Piece.text(2, "FP32") + Piece.number(3, UInt64(bitPattern: -2))),
                "model metadata: a shape has integers of at least -1, found -2"
            ),
        ] {
            #expect(throws: InferError(.invalidArgument, words)) { try GRPCClientMessages.signature(message) }
        }
    }
}
