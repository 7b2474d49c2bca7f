import DunlinBytes
import DunlinInference
import DunlinTensor
import Testing

@testable import DunlinProtocols

/// Requests that are well formed, and what is read from them.
@Suite struct GRPCInferReaderTests {
    private func read(_ bytes: Bytes) throws -> (request: InferRequest, isTyped: Bool) {
        var reader = try GRPCInferReader(bytes)
        let request = try reader.readRequest()
        return (request, reader.usesTypedContents)
    }

    @Test func readsTypedContents() throws {
        let (request, isTyped) = try read(
            Piece.hex(
                """
                0a 04 65 63 68 6f 1a 02 72 31 22 0e 0a 07 74 69 6d 65 6f 75 74 12 03 10 e8 07
                2a 13 0a 01 78 12 06 55 49 4e 54 33 32 1a 01 01 2a 03 22 01 03 32 03 0a 01 79
                """))
        #expect(isTyped && request.model == "echo" && request.version == nil && request.id == "r1")
        #expect(request.parameters == ["timeout": .int(1000)])
        #expect(request.outputs == [RequestedOutput("y")])
        let input = try #require(request.inputs.first)
        #expect(input.name == "x" && input.tensor.dataType == .uint32 && input.tensor.shape == [1])
        #expect(input.tensor.bytes == Bytes([3, 0, 0, 0]) && request.inputs.count == 1)
    }

    @Test func readsRawContents() throws {
        let message = Piece.hex(
            "0a 04 65 63 68 6f 2a 0f 0a 01 78 12 06 55 49 4e 54 33 32 1a 02 01 02 3a 08 03 00 00 00 04 00 00 00")
        let (request, isTyped) = try read(message)
        #expect(!isTyped && request.inputs.count == 1)
        #expect(request.inputs[0].tensor.shape == [1, 2])
        #expect(request.inputs[0].tensor.bytes == Bytes([3, 0, 0, 0, 4, 0, 0, 0]))
    }

    @Test func readsTypedText() throws {
        let (request, isTyped) = try read(
            Piece.hex("0a 01 74 2a 17 0a 01 73 12 05 42 59 54 45 53 1a 01 02 2a 08 42 02 61 62 42 02 c3 a9"))
        #expect(isTyped && request.inputs[0].tensor.strings == ["ab", "é"])
        #expect(request.inputs[0].tensor.bytes == Piece.hex("02 00 00 00 61 62 02 00 00 00 c3 a9"))
    }

    /// `InferTensorContents` for a type, and the tensor's bytes.
    struct Contents: Sendable, CustomTestStringConvertible {
        let type: String
        let count: UInt64
        let contents: [UInt8]
        let bytes: [UInt8]

        init(_ type: String, _ count: UInt64, _ contents: [UInt8], _ bytes: [UInt8]) {
            (self.type, self.count, self.contents, self.bytes) = (type, count, contents, bytes)
        }

        var testDescription: String { "\(type): \(Piece.hex(Bytes(contents)))" }
    }

    private static let contents: [Contents] = [
        Contents("BOOL", 3, Piece.bytes(1, [1, 0, 1]), [1, 0, 1]),
        Contents("BOOL", 1, Piece.number(1, 7), [1]),
        Contents(
            "INT32", 2, Array(Piece.hex("12 0b ff ff ff ff ff ff ff ff ff 01 02").array), Piece.raw([Int32(-1), 2])),
        Contents("INT32", 1, Piece.number(2, UInt64(UInt32.max)), Piece.raw([Int32(-1)])),
        Contents("INT8", 2, Piece.bytes(2, [127, 0]), [127, 0]),
        Contents("INT8", 1, Piece.number(2, UInt64(bitPattern: -128)), [0x80]),
        Contents("INT16", 1, Piece.number(2, UInt64(bitPattern: -32768)), Piece.raw([Int16.min])),
        Contents("INT64", 1, Piece.number(3, UInt64(bitPattern: .min)), Piece.raw([Int64.min])),
        Contents("UINT8", 1, Piece.number(4, 255), [255]),
        Contents("UINT16", 1, Piece.number(4, 65_535), [255, 255]),
        Contents("UINT32", 1, Piece.number(4, UInt64(UInt32.max)), Piece.raw([UInt32.max])),
        Contents("UINT64", 1, Piece.number(5, .max), Piece.raw([UInt64.max])),
        Contents("FP32", 2, Array(Piece.hex("32 08 00 00 80 3f 00 00 20 c0").array), Piece.raw([Float(1), -2.5])),
        Contents("FP32", 2, Piece.fixed32(6, 1) + Piece.fixed32(6, -2.5), Piece.raw([Float(1), -2.5])),
        Contents("FP32", 2, Piece.bytes(6, Piece.raw([Float(1)])) + Piece.fixed32(6, 2), Piece.raw([Float(1), 2])),
        Contents("FP64", 1, Piece.bytes(7, Piece.raw([0.5])), Piece.raw([0.5])),
        Contents("BYTES", 2, Piece.text(8, "") + Piece.text(8, "a"), [0, 0, 0, 0, 1, 0, 0, 0, 97]),
        Contents("FP32", 0, [], []),
        Contents("BYTES", 0, [], []),
    ]

    @Test("elements of each type, packed or not", arguments: contents)
    func elementsOfEachType(row: Contents) throws {
        let input = Piece.text(1, "x") + Piece.text(2, row.type) + Piece.bytes(3, [UInt8(row.count)])
        // As one message and, as protobuf allows, cut into two; before the shape and after it.
        for input in [
            input + Piece.bytes(5, row.contents), Piece.bytes(5, row.contents) + input,
            input + Piece.bytes(5, row.contents) + Piece.bytes(5, []),
        ] {
            let (request, isTyped) = try read(Bytes(Piece.text(1, "m") + Piece.bytes(5, input)))
            #expect(isTyped && request.inputs[0].tensor.bytes == Bytes(row.bytes))
        }
    }

    @Test func takesRawContentsInTheOrderOfTheInputs() throws {
        func input(_ name: String) -> [UInt8] {
            Piece.bytes(5, Piece.text(1, name) + Piece.text(2, "UINT8") + Piece.bytes(3, [1]))
        }
        let raw = Piece.bytes(7, [1]) + Piece.bytes(7, [2])
        for message in [
            Piece.text(1, "m") + input("a") + input("b") + raw, raw + input("a") + input("b") + Piece.text(1, "m"),
        ] {
            let (request, _) = try read(Bytes(message))
            #expect(request.inputs.map { $0.tensor.bytes.array } == [[1], [2]])
            #expect(request.inputs.map(\.name) == ["a", "b"])
        }
    }

    @Test func alignedRawTensorsAreSlicesOfTheMessage() throws {
        let elements = Piece.raw([Float](repeating: 1, count: 1000))
        let head =
            Piece.text(1, "m")
            + Piece.bytes(5, Piece.text(1, "x") + Piece.text(2, "FP32") + Piece.number(3, 1000))
        for padding in 0..<8 {
            // An unknown field moves the tensor.
            let message = Bytes(
                Piece.bytes(99, [UInt8](repeating: 0, count: padding)) + head + Piece.bytes(7, elements))
            let tensor = try read(message).request.inputs[0].tensor
            let isSlice = tensor.bytes.base == message.base.map { $0 + (message.count - 4000) }
            #expect(isSlice == ((message.count - 4000) % 4 == 0))
            #expect(tensor.bytes == Bytes(elements))
        }
    }

    @Test func readsParametersOfEveryKind() throws {
        let message =
            Piece.text(1, "m") + Piece.entry(4, "b", Piece.number(1, 1)) + Piece.entry(4, "f", Piece.number(1, 0))
            + Piece.entry(4, "i", Piece.number(2, UInt64(bitPattern: -5)))
            + Piece.entry(4, "s", Piece.text(3, "é"))
            + Piece.entry(4, "d", Array(Piece.hex("21 00 00 00 00 00 00 e0 3f").array))
            + Piece.entry(4, "u", Piece.number(5, 7)) + Piece.entry(4, "i", Piece.number(2, 6))
            + Piece.entry(4, "triton_enable_empty_final_response", Piece.number(1, 1))
        let parameters = try read(Bytes(message)).request.parameters
        #expect(
            parameters == [
                "b": .bool(true), "f": .bool(false), "i": .int(6), "s": .string("é"), "d": .double(0.5), "u": .int(7),
                "triton_enable_empty_final_response": .bool(true),
            ])
    }

    @Test func skipsWhatItDoesNotKnow() throws {
        let unknown = Piece.text(50, "x") + Piece.number(51, 1) + Piece.fixed32(52, 1)
        let input =
            Piece.text(1, "x") + Piece.text(2, "UINT8") + Piece.bytes(3, [1]) + unknown
            + Piece.bytes(5, unknown + Piece.number(4, 9))
        let (request, _) = try read(Bytes(unknown + Piece.text(1, "m") + Piece.bytes(5, input)))
        #expect(request.inputs[0].tensor.bytes == Bytes([9]))
    }
}
