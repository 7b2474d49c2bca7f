import DunlinBytes
import DunlinInference
import Testing

@testable import DunlinProtocols

@Suite struct GRPCFrameTests {
    @Test(
        "a body is one message",
        arguments: [
            ("00 00 00 00 00", ""), ("00 00 00 00 02 | 08 01", "08 01"),
        ])
    func aBodyIsOneMessage(body: String, message: String) throws {
        let found = try GRPCFrame.only(in: Piece.hex(body), maxByteCount: 2)
        #expect(Piece.hex(found.message) == message && !found.isCompressed)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let body: String
        let code: InferError.Code
        let message: String
    }

    @Test(
        "refuses other bodies",
        arguments: [
            Row(
                testDescription: "nothing", body: "", code: .internal,
                message: "gRPC message: expected one message, found 0 bytes"),
            Row(
                testDescription: "half a prefix", body: "00 00", code: .internal,
                message: "gRPC message: expected one message, found 2 bytes"),
            Row(
                testDescription: "too few bytes", body: "00 00 00 00 02 08", code: .internal,
                message: "gRPC message: expected 2 bytes, found 1"),
            Row(
                testDescription: "more than one message", body: "00 00 00 00 00 00 00 00 00 00", code: .internal,
                message: "gRPC message: expected 0 bytes, found 5"),
            Row(
                testDescription: "a flag that there is not", body: "02 00 00 00 00", code: .internal,
                message: "gRPC message: expected a first byte of 0 or 1 (compressed), found 2"),
            Row(
                testDescription: "one byte beyond the limit", body: "00 00 00 00 03 01 02 03", code: .resourceExhausted,
                message: "the message has 3 bytes; the limit is 2 (--max-body-size)"),
        ])
    func refusesOtherBodies(row: Row) {
        #expect(throws: InferError(row.code, row.message)) {
            try GRPCFrame.only(in: Piece.hex(row.body), maxByteCount: 2)
        }
    }

    @Test("a stream is cut at any place", arguments: 1...24)
    func aStreamIsCutAtAnyPlace(size: Int) throws {
        let messages: [[UInt8]] = [[], [1], [2, 3, 4], [], Array(0..<9)]
        let all = messages.flatMap { message -> [UInt8] in [0, 0, 0, 0, UInt8(message.count)] + message }
        var reader = GRPCFrameReader(maxByteCount: 9)
        var found: [[UInt8]] = []
        for start in stride(from: 0, to: all.count, by: size) {
            reader.append(Bytes(Array(all[start..<min(start + size, all.count)])))
            while let next = try reader.next() { found.append(next.message.array) }
        }
        #expect(found == messages)
        let kept = reader.byteCount
        #expect(kept == 0)
    }

    @Test func aMessageThatCameInOnePieceIsNotCopied() throws {
        let piece = Bytes([0, 0, 0, 0, 1, 7])
        var reader = GRPCFrameReader(maxByteCount: 1)
        reader.append(piece)
        #expect(try reader.next()?.message.base == piece.base.map { $0 + 5 })
    }

    @Test func theBeginningOfAMessageDoesNotKeepTheOneBefore() throws {
        var reader = GRPCFrameReader(maxByteCount: 100_000)
        reader.append(Bytes([0, 0, 1, 0, 0] + [UInt8](repeating: 7, count: 60_000)))
        #expect(try reader.next() == nil)
        reader.append(Bytes([UInt8](repeating: 7, count: 5_536) + [0, 0]))
        #expect(try reader.next()?.message.count == 65_536)
        #expect(try reader.next() == nil)
        let kept = reader.keptByteCount
        #expect(kept == 2)
        reader.append(Bytes([0, 0, 1, 9]))
        #expect(try reader.next()?.message.array == [9])
    }

    @Test func aStreamIsRefusedBeforeWhatIsTooLongHasCome() throws {
        var reader = GRPCFrameReader(maxByteCount: 9)
        reader.append(Bytes([0, 0, 0, 0]))
        #expect(try reader.next() == nil)
        reader.append(Bytes([10]))
        #expect(throws: InferError(.resourceExhausted, "the message has 10 bytes; the limit is 9 (--max-body-size)")) {
            _ = try reader.next()
        }
    }
}
