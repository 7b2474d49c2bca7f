import DunlinBytes
import Testing

@Suite struct JSONWriterTests {
    @Test func setsCommasAndColons() {
        var writer = JSONWriter(capacity: 0)
        writer.beginObject()
        writer.key("a")
        writer.value(1)
        writer.key("b\"" as String)
        writer.beginArray()
        writer.value("x")
        writer.value(true)
        writer.value(false)
        writer.null()
        writer.value(0.1)
        writer.beginObject()
        writer.endObject()
        writer.beginArray()
        writer.endArray()
        writer.endArray()
        writer.key("c")
        writer.value(Int.min)
        writer.endObject()
        #expect(
            writer.finish().string
                == "{\"a\":1,\"b\\\"\":[\"x\",true,false,null,0.1,{},[]],\"c\":-9223372036854775808}")
    }

    @Test(
        "escapes what must be escaped",
        arguments: [
            ("", "\"\""), ("a/é😀\u{7F}", "\"a/é😀\u{7F}\""), ("\"\\\u{8}\u{C}\n\r\t", "\"\\\"\\\\\\b\\f\\n\\r\\t\""),
            ("\0\u{1F}", "\"\\u0000\\u001f\""), ("0123456789\u{1}0123456789\"", "\"0123456789\\u00010123456789\\\"\""),
        ])
    func escapes(text: String, expected: String) throws {
        var writer = JSONWriter()
        writer.value(text)
        let bytes = writer.finish()
        #expect(bytes.string == expected)
        var scanner = JSONScanner(bytes)
        #expect(try scanner.readString() == text)
    }

    @Test func escapesTextsLongerThanOneBlock() throws {
        let text = String(repeating: "a\"é\n", count: 5000)
        var writer = JSONWriter()
        writer.value(text)
        var scanner = JSONScanner(writer.finish())
        #expect(try scanner.readString() == text)
        try scanner.expectEnd()
    }

    private func array<Element: BitwiseCopyable>(_ type: JSONElementType, _ elements: [Element]) -> String {
        var writer = JSONWriter()
        elements.withUnsafeBytes { writer.array(type, $0.baseAddress, count: elements.count) }
        return writer.finish().string
    }

    @Test func writesTheEndsOfEveryType() {
        #expect(array(.bool, [1, 0, 1] as [UInt8]) == "[true,false,true]")
        #expect(array(.uint8, [0, 9, 10, 99, 100, 255] as [UInt8]) == "[0,9,10,99,100,255]")
        #expect(array(.uint16, [0, UInt16.max]) == "[0,65535]")
        #expect(array(.uint32, [1000, UInt32.max]) == "[1000,4294967295]")
        #expect(
            array(.uint64, [10_000_000_000_000_000_000, UInt64.max]) == "[10000000000000000000,18446744073709551615]")
        #expect(array(.int8, [-128, -1, 127] as [Int8]) == "[-128,-1,127]")
        #expect(array(.int16, [Int16.min, Int16.max]) == "[-32768,32767]")
        #expect(array(.int32, [Int32.min, Int32.max]) == "[-2147483648,2147483647]")
        #expect(array(.int64, [Int64.min, Int64.max]) == "[-9223372036854775808,9223372036854775807]")
        #expect(array(.float, [] as [Float]) == "[]")
        #expect(array(.double, [1e22, 0.1]) == "[1e+22,0.1]")
    }

    @Test func writesEveryDigitCount() {
        var power: UInt64 = 1
        for _ in 0..<20 {
            #expect(array(.uint64, [power - 1, power, power + 1]) == "[\(power - 1),\(power),\(power + 1)]")
            power = power &* 10
        }
    }

    @Test func writesArraysLongerThanOneBlock() {
        let values = (0..<5000).map(Int32.init)
        #expect(array(.int32, values) == "[" + values.map(String.init).joined(separator: ",") + "]")
    }

    @Test func writesSingleElements() {
        var writer = JSONWriter()
        writer.beginArray()
        withUnsafeBytes(of: Int16(-7)) { writer.element(.int16, $0.baseAddress!) }
        withUnsafeBytes(of: Double(0.1)) { writer.element(.double, $0.baseAddress!) }
        let isWritten = writer.string(Bytes("a\"\0"))
        let isRefused = !writer.string(Bytes([0xC3]))
        writer.endArray()
        #expect(isWritten && isRefused)
        #expect(writer.finish().string == #"[-7,0.1,"a\"\u0000"]"#)
    }

    @Test func writesRawElementsAsStrings() {
        var writer = JSONWriter()
        #expect(
            writer.strings(lengthPrefixed: Bytes([2, 0, 0, 0, 0x61, 0x22, 0, 0, 0, 0, 2, 0, 0, 0, 0xC3, 0xA9])) == nil)
        #expect(writer.finish().string == "[\"a\\\"\",\"\",\"é\"]")
    }

    @Test(
        "names the raw element that cannot be a string",
        arguments: [
            ([1, 0, 0, 0, 0x61, 1, 0, 0, 0, 0xFF], 1), ([1, 0, 0, 0, 0xC3], 0), ([5, 0, 0, 0, 0x61], 0),
            ([1, 0, 0], 0),
            ([1, 0, 0, 0, 0x61, 0xFF, 0xFF, 0xFF, 0xFF], 1),
        ] as [([UInt8], Int)])
    func namesTheBadElement(bytes: [UInt8], index: Int) {
        var writer = JSONWriter()
        #expect(writer.strings(lengthPrefixed: Bytes(bytes)) == index)
    }
}
