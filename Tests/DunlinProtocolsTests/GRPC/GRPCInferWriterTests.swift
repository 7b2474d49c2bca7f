import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinProtocols

@Suite struct GRPCInferWriterTests {
    private let request = InferRequest(model: "m", inputs: [])

    private func response(_ outputs: NamedTensor...) -> InferResponse {
        InferResponse(model: "echo", version: "1", outputs: outputs)
    }

    private func message(
        _ response: InferResponse, isTyped: Bool = false
    ) throws -> String {
        let all = try GRPCInferWriter.encode(response, for: request, isTyped: isTyped).joined
        let frame = try GRPCFrame.only(in: all, maxByteCount: .max)
        return Piece.hex(frame.message)
    }

    private static let integers = NamedTensor("y", Tensor([UInt32(4), 5], shape: [1, 2]))

    @Test func writesRawOutputs() throws {
        #expect(
            try message(response(Self.integers))
                == "0a 04 65 63 68 6f 12 01 31 2a 0f 0a 01 79 12 06 55 49 4e 54 33 32 1a 02 01 02 32 08 04 00 00 00 05 00 00 00"
        )
    }

    @Test func writesTypedOutputs() throws {
        #expect(
            try message(response(Self.integers), isTyped: true)
                == "0a 04 65 63 68 6f 12 01 31 2a 15 0a 01 79 12 06 55 49 4e 54 33 32 1a 02 01 02 2a 04 22 02 04 05")
    }

    @Test(
        "elements of each type",
        arguments: [
            (Tensor([Int32(-1), 2], shape: [2]), "12 0b ff ff ff ff ff ff ff ff ff 01 02"),
            (Tensor([Int8(-1)], shape: [1]), "12 0a ff ff ff ff ff ff ff ff ff 01"),
            (Tensor([Int16(300)], shape: [1]), "12 02 ac 02"),
            (Tensor([Int64(1)], shape: [1]), "1a 01 01"),
            (Tensor([UInt8(200)], shape: [1]), "22 02 c8 01"),
            (Tensor([UInt16(1)], shape: [1]), "22 01 01"),
            (Tensor([UInt64.max], shape: [1]), "2a 0a ff ff ff ff ff ff ff ff ff 01"),
            (Tensor([Float(1), -2.5], shape: [2]), "32 08 00 00 80 3f 00 00 20 c0"),
            (Tensor([0.5], shape: [1]), "3a 08 00 00 00 00 00 00 e0 3f"),
            (Tensor(dataType: .bool, shape: [3], bytes: Bytes([1, 0, 1])), "0a 03 01 00 01"),
            (Tensor(strings: ["ab", "é", ""], shape: [3]), "42 02 61 62 42 02 c3 a9 42 00"),
            (Tensor([Float](), shape: [0]), ""),
        ] as [(Tensor, String)])
    func elementsOfEachType(tensor: Tensor, contents: String) throws {
        var writer = ProtobufWriter()
        tensor.writeContents(to: &writer)
        #expect(tensor.contentsByteCount == writer.count)
        #expect(Piece.hex(writer.finish()) == contents)
    }

    @Test func writesEverythingRawWhereAnyOutputHasNoTypedForm() throws {
        let half = NamedTensor("h", Tensor(dataType: .fp16, shape: [1], bytes: Bytes([1, 2])))
        let text = try message(response(Self.integers, half), isTyped: true)
        #expect(text.hasSuffix("32 08 04 00 00 00 05 00 00 00 32 02 01 02"))
    }

    @Test func writesIdAndParameters() throws {
        var response = response()
        response.id = "r1"
        response.parameters = ["a": .bool(false), "b": .int(-1), "c": .double(0.5), "d": .string("")]
        let expected =
            Piece.text(1, "echo") + Piece.text(2, "1") + Piece.text(3, "r1") + Piece.entry(4, "a", Piece.number(1, 0))
            + Piece.entry(4, "b", Piece.number(2, .max)) + Piece.entry(4, "c", [0x21] + Piece.raw([0.5]))
            + Piece.entry(4, "d", Piece.text(3, ""))
        #expect(try message(response) == Piece.hex(Bytes(expected)))
    }

    @Test("large raw tensors are sent from where they lie", arguments: [4096, 4097])
    func largeRawTensorsAreNotCopied(count: Int) throws {
        let bytes = Bytes([UInt8](repeating: 7, count: count))
        let outputs = (0..<3).map { NamedTensor("\($0)", Tensor(dataType: .uint8, shape: [count], bytes: bytes)) }
        let segments = try GRPCInferWriter.encode(
            InferResponse(model: "m", version: "1", outputs: outputs), for: request, isTyped: false)
        let slices = segments.filter { $0.base == bytes.base }.count
        #expect(slices == (count > 4096 ? 3 : 0) && segments.count == (count > 4096 ? 6 : 1))
        let whole = segments.joined
        #expect(try GRPCFrame.only(in: whole, maxByteCount: .max).message.count == whole.count - 5)
    }

    @Test func itemsOfStreamsSayThatTheyAreTheLast() throws {
        let item = try GRPCInferWriter.encodeItem(response(Self.integers), for: request, isTyped: false, isFinal: true)
        let inner =
            Piece.text(1, "echo") + Piece.text(2, "1") + Piece.entry(4, "triton_final_response", Piece.number(1, 1))
            + Piece.bytes(5, Piece.text(1, "y") + Piece.text(2, "UINT32") + Piece.bytes(3, [1, 2]))
            + Piece.bytes(6, Piece.raw([UInt32(4), 5]))
        #expect(try GRPCFrame.only(in: item.joined, maxByteCount: .max).message == Bytes(Piece.bytes(2, inner)))
    }

    @Test func itemsOfErrorsHaveTheIdOfTheirRequest() throws {
        let item = GRPCInferWriter.encodeItem(InferError(.notFound, "no"), model: "m", id: "7").joined
        let inner = Piece.text(1, "m") + Piece.text(3, "7")
        #expect(
            try GRPCFrame.only(in: item, maxByteCount: .max).message
                == Bytes(Piece.text(1, "no") + Piece.bytes(2, inner)))
    }

    private final class Region: SharedMemoryAccess {
        func check(_ place: SharedMemoryPlace) throws(InferError) {}
        func read(_ place: SharedMemoryPlace) throws(InferError) -> Bytes { Bytes([9, 0, 0, 0]) }
        func write(_ bytes: Bytes, to place: SharedMemoryPlace) throws(InferError) {
            if bytes.count > place.byteCount { throw InferError(.invalidArgument, "no room") }
        }
    }

    @Test func outputsInSharedMemoryHaveAnEmptyEntry() throws {
        let place: Parameters = ["shared_memory_region": .string("r"), "shared_memory_byte_size": .int(8)]
        var request = InferRequest(model: "m", inputs: [])
        request.outputs = [RequestedOutput("y", parameters: place), RequestedOutput("z")]
        let outputs = [Self.integers, NamedTensor("z", Tensor([UInt8(1)], shape: [1]))]
        let found = try GRPCInferWriter.encode(
            InferResponse(model: "m", version: "1", outputs: outputs), for: request, isTyped: false,
            sharedMemory: Region()
        ).joined
        let expected =
            Piece.text(1, "m") + Piece.text(2, "1")
            + Piece.bytes(
                5,
                Piece.text(1, "y") + Piece.text(2, "UINT32") + Piece.bytes(3, [1, 2])
                    + Piece.entry(4, "shared_memory_region", Piece.text(3, "r"))
                    + Piece.entry(4, "shared_memory_byte_size", Piece.number(2, 8)))
            + Piece.bytes(5, Piece.text(1, "z") + Piece.text(2, "UINT8") + Piece.bytes(3, [1])) + Piece.bytes(6, [])
            + Piece.bytes(6, [1])
        #expect(try GRPCFrame.only(in: found, maxByteCount: .max).message == Bytes(expected))
        request.outputs[0].parameters["shared_memory_byte_size"] = .int(7)
        #expect(throws: InferError(.invalidArgument, "output 'y': no room")) {
            _ = try GRPCInferWriter.encode(
                InferResponse(model: "m", version: "1", outputs: outputs), for: request, isTyped: false,
                sharedMemory: Region())
        }
    }

    @Test func inputsInSharedMemoryHaveNoRawEntry() throws {
        func input(_ name: String, _ more: [UInt8]) -> [UInt8] {
            Piece.bytes(5, Piece.text(1, name) + Piece.text(2, "UINT32") + Piece.bytes(3, [1]) + more)
        }
        let shared =
            Piece.entry(4, "shared_memory_region", Piece.text(3, "r"))
            + Piece.entry(4, "shared_memory_byte_size", Piece.number(2, 4))
        let message =
            Piece.text(1, "m") + input("a", shared) + input("b", []) + Piece.bytes(7, [8, 0, 0, 0])
        var reader = try GRPCInferReader(Bytes(message), sharedMemory: Region())
        let request = try reader.readRequest()
        #expect(request.inputs.map { $0.tensor.bytes.array[0] } == [9, 8] && !reader.usesTypedContents)
    }
}
