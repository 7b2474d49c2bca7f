import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinProtocols

/// Good messages with random damage: each is either refused or gives tensors that agree with themselves, and no reader traps.
@Suite struct GRPCMutationTests {
    private static let seeds: [[UInt8]] = [
        Piece.text(1, "m") + Piece.text(3, "1") + Piece.entry(4, "a", Piece.number(2, 7))
            + Piece.bytes(
                5,
                Piece.text(1, "x") + Piece.text(2, "FP32") + Piece.bytes(3, [1, 2])
                    + Piece.bytes(5, Piece.bytes(6, Piece.raw([Float(1), 2])))) + Piece.bytes(6, Piece.text(1, "y")),
        Piece.text(1, "m")
            + Piece.bytes(5, Piece.text(1, "x") + Piece.text(2, "BYTES") + Piece.bytes(3, [2]))
            + Piece.bytes(5, Piece.text(1, "y") + Piece.text(2, "INT64") + Piece.bytes(3, [1]))
            + Piece.bytes(7, [1, 0, 0, 0, 97, 0, 0, 0, 0]) + Piece.bytes(7, Piece.raw([Int64(5)])),
        Piece.text(1, "r") + Piece.text(2, "m") + Piece.entry(3, "file:a", Piece.bytes(4, [1])),
        Piece.entry(1, "trace_level", Piece.text(1, "OFF")) + Piece.text(2, "m"),
        Piece.text(1, "m")
            + Piece.bytes(4, Piece.text(1, "x") + Piece.text(2, "FP32") + Piece.bytes(3, Piece.varint(.max) + [3])),
    ]

    @Test(arguments: seeds.indices) func neverTraps(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed) &+ 3)
        for _ in 0..<3000 {
            var bytes = Self.seeds[seed]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
                default: if bytes.count > 1 { bytes.remove(at: index) }
                }
            }
            let message = Bytes(bytes)
            if var reader = try? GRPCInferReader(message), let request = try? reader.readRequest() {
                for input in request.inputs {
                    let tensor = input.tensor
                    #expect(Tensor(checking: tensor.dataType, shape: tensor.shape, bytes: tensor.bytes) != nil)
                }
            }
            _ = try? GRPCRequests.load(message)
            _ = try? GRPCRequests.traceSetting(message)
            _ = try? GRPCRequests.logSettings(message, changing: V2LoggingCodec.Settings())
            _ = try? GRPCRequests.register(message)
            _ = try? GRPCReflection.answer(message)
            _ = try? GRPCClientMessages.signature(message)
        }
    }
}
