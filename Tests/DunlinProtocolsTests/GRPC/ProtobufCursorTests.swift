import DunlinBytes
import Testing

@testable import DunlinProtocols

@Suite struct ProtobufCursorTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: String
        let message: String

        init(_ name: String, _ bytes: String, _ message: String) {
            (testDescription, self.bytes, self.message) = (name, bytes, message)
        }
    }

    private func walk(_ bytes: Bytes) throws(ProtobufError) -> [Int] {
        try bytes.withUnsafeBytes { (buffer) throws(ProtobufError) in
            var cursor = ProtobufCursor(buffer)
            var fields: [Int] = []
            while try cursor.next() {
                fields.append(cursor.field)
                try cursor.skip()
            }
            return fields
        }
    }

    @Test(
        "refuses what is no message",
        arguments: [
            Row("a key that is cut short", "80", "a number is cut short"),
            Row("no value", "08", "a number is cut short"),
            Row("a value of 65 bits", "08 ff ff ff ff ff ff ff ff ff 02", "a number has more than 64 bits"),
            Row("a value of eleven bytes", "08 80 80 80 80 80 80 80 80 80 80 00", "a number has more than 64 bits"),
            Row("field 0", "00 00", "field number 0 is out of range"),
            Row("a field beyond the last", "80 80 80 80 10 00", "field number 536870912 is out of range"),
            Row("one byte too few", "0a 02 61", "field 1 has 2 bytes, 1 are left"),
            Row(
                "a length of 2^63", "0a ff ff ff ff ff ff ff ff 7f", "field 1 has 9223372036854775807 bytes, 0 are left"
            ),
            Row("a float of three bytes", "0d 00 00 00", "a number is cut short"),
            Row("a double of seven bytes", "09 00 00 00 00 00 00 00", "a number is cut short"),
            Row("a group", "0b 0c", "field 1 has wire type 3, which is not supported"),
            Row("the end of a group", "0c", "field 1 has wire type 4, which is not supported"),
            Row("wire type 7", "0f", "field 1 has wire type 7, which is not supported"),
        ])
    func refusesWhatIsNoMessage(row: Row) {
        #expect(throws: ProtobufError(row.message)) { try walk(Piece.hex(row.bytes)) }
    }

    @Test func comesByEveryKindOfField() throws {
        #expect(try walk(Bytes()) == [])
        #expect(try walk(Piece.hex("08 01 | 11 00 00 00 00 00 00 00 00 | 1a 01 61 | 25 00 00 00 00")) == [1, 2, 3, 4])
        #expect(try walk(Piece.hex("f8 ff ff ff 0f 00")) == [536_870_911])
        #expect(try walk(Piece.hex("08 ff ff ff ff ff ff ff ff ff 01")) == [1])
    }

    @Test func namesTheFieldThatHasAnotherType() throws {
        Piece.hex("08 01").withUnsafeBytes { buffer in
            var cursor = ProtobufCursor(buffer)
            #expect((try? cursor.next()) == true)
            #expect(throws: ProtobufError("field 1 must be a length and bytes, it is a number")) {
                try cursor.string()
            }
        }
    }

    @Test func refusesTextThatIsNotUTF8() throws {
        Piece.hex("0a 01 ff").withUnsafeBytes { buffer in
            var cursor = ProtobufCursor(buffer)
            #expect((try? cursor.next()) == true)
            #expect(throws: ProtobufError("field 1 must be UTF-8")) { try cursor.string() }
        }
    }

    @Test(
        "numbers may be packed or not", arguments: ["1a 03 01 02 03", "18 01 18 02 18 03", "1a 01 01 18 02 1a 01 03"])
    func numbersMayBePackedOrNot(text: String) throws {
        var found: [UInt64] = []
        try Piece.hex(text).withUnsafeBytes { buffer in
            var cursor = ProtobufCursor(buffer)
            while try cursor.next() {
                try cursor.eachNumber { (number) throws(ProtobufError) in
                    found.append(number)
                } failure: {
                    $0
                }
            }
        }
        #expect(found == [1, 2, 3])
    }
}
