import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinProtocols

@Suite struct GRPCResponsesTests {
    @Test func writesFlags() {
        #expect(Piece.hex(GRPCResponses.flag(true)) == "00 00 00 00 02 08 01")
        #expect(Piece.hex(GRPCResponses.flag(false)) == "00 00 00 00 00")
        #expect(Piece.hex(GRPCResponses.health(.serving)) == "00 00 00 00 02 08 01")
    }

    private func message(_ frame: Bytes) throws -> Bytes { try GRPCFrame.only(in: frame, maxByteCount: .max).message }

    @Test func writesMetadata() throws {
        let server = GRPCResponses.serverMetadata(name: "d", version: "1", extensions: ["a", "b"])
        #expect(
            try message(server)
                == Bytes(Piece.text(1, "d") + Piece.text(2, "1") + Piece.text(3, "a") + Piece.text(3, "b")))
        let model = GRPCResponses.modelMetadata(
            ModelMetadata(
                name: "m", versions: ["1", "2"], platform: "p",
                inputs: [TensorMetadata(name: "x", dataType: .fp32, shape: [-1, 4])],
                outputs: [TensorMetadata(name: "y", dataType: .bytes, shape: [])], properties: ["b": "2", "a": "1"]))
        let input = Piece.text(1, "x") + Piece.text(2, "FP32") + Piece.bytes(3, Piece.varint(.max) + [4])
        #expect(
            try message(model)
                == Bytes(
                    Piece.text(1, "m") + Piece.text(2, "1") + Piece.text(2, "2") + Piece.text(3, "p")
                        + Piece.bytes(4, input) + Piece.bytes(5, Piece.text(1, "y") + Piece.text(2, "BYTES"))
                        + Piece.bytes(6, Piece.text(1, "a") + Piece.text(2, "1"))
                        + Piece.bytes(6, Piece.text(1, "b") + Piece.text(2, "2"))))
    }

    @Test func writesTheIndex() throws {
        let entries = [
            RepositoryIndexEntry(name: "m", version: "1", state: "READY"),
            RepositoryIndexEntry(name: "n", state: "UNAVAILABLE", reason: "bad"),
        ]
        #expect(
            try message(GRPCResponses.index(entries))
                == Bytes(
                    Piece.bytes(1, Piece.text(1, "m") + Piece.text(2, "1") + Piece.text(3, "READY"))
                        + Piece.bytes(1, Piece.text(1, "n") + Piece.text(3, "UNAVAILABLE") + Piece.text(4, "bad"))))
    }

    @Test func writesSharedMemory() throws {
        let region = SharedMemoryRegistration(name: "r", key: "/k", offset: 4, byteCount: 8)
        let inner = Piece.text(1, "r") + Piece.text(2, "/k") + Piece.number(3, 4) + Piece.number(4, 8)
        #expect(try message(GRPCResponses.sharedMemory([region])) == Bytes(Piece.entry(1, "r", inner)))
    }

    @Test func writesStatistics() throws {
        var entry = StatisticsEntry(name: "m", version: "1")
        entry.inferenceCount = 2
        entry.success = StatisticsEntry.Timing(count: 1, nanoseconds: 300)
        entry.batches = [.init(size: 4, computeInput: .init(), computeInfer: .init(), computeOutput: .init())]
        let timings = (1...8).flatMap { Piece.bytes($0, $0 == 1 ? Piece.number(1, 1) + Piece.number(2, 300) : []) }
        let batch = Piece.number(1, 4) + Piece.bytes(2, []) + Piece.bytes(3, []) + Piece.bytes(4, [])
        let expected =
            Piece.text(1, "m") + Piece.text(2, "1") + Piece.number(4, 2) + Piece.bytes(6, timings)
            + Piece.bytes(7, batch)
        #expect(try message(GRPCResponses.statistics([entry])) == Bytes(Piece.bytes(1, expected)))
        entry.memoryByteCount = 5
        let memory = Piece.bytes(8, Piece.text(1, "CPU") + Piece.number(3, 5))
        #expect(try message(GRPCResponses.statistics([entry])) == Bytes(Piece.bytes(1, expected + memory)))
    }
}
