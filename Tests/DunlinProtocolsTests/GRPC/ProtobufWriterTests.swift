import DunlinBytes
import Testing

@testable import DunlinProtocols

@Suite struct ProtobufWriterTests {
    private func written(_ body: (inout ProtobufWriter) -> Void) -> String {
        var writer = ProtobufWriter(capacity: 1)
        body(&writer)
        return Piece.hex(writer.finish())
    }

    @Test func leavesOutDefaultsUnlessTheyAreChosen() {
        #expect(
            written { writer in
                writer.uint(1, 0)
                writer.bool(2, false)
                writer.string(3, "")
                writer.double(4, 0)
                writer.ints(5, [])
            } == "")
        #expect(
            written { writer in
                writer.bool(1, false, always: true)
                writer.string(3, "", always: true)
            } == "08 00 1a 00")
        // -0 is not the default.
        #expect(written { $0.double(1, -0.0) } == "09 00 00 00 00 00 00 00 80")
    }

    @Test(
        "messages of every length have the shortest one in front", arguments: [0, 1, 127, 128, 16_383, 16_384, 70_000])
    func messagesHaveTheShortestLength(count: Int) {
        let text = String(repeating: "a", count: count)
        var writer = ProtobufWriter()
        writer.uint(9, 1)
        writer.message(1) { $0.raw(utf8: text) }
        writer.uint(9, 1)
        let length = Piece.varint(UInt64(count))
        #expect(ProtobufSize.varint(UInt64(count)) == length.count)
        #expect(writer.finish().array == [0x48, 1, 0x0A] + length + Array(text.utf8) + [0x48, 1])
    }

    @Test("sizes are what is written", arguments: [0, 1, 127, 128, 1 << 14, 1 << 35, UInt64.max >> 1, UInt64.max])
    func sizesAreWhatIsWritten(value: UInt64) {
        var writer = ProtobufWriter()
        writer.varint(value)
        #expect(writer.count == ProtobufSize.varint(value))
    }

    @Test func negativeNumbersHaveTenBytes() {
        #expect(written { $0.int(1, -1) } == "08 ff ff ff ff ff ff ff ff ff 01")
    }
}
