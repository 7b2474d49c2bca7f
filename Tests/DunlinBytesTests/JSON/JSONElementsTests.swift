import DunlinBytes
import Glibc
import Testing

@Suite struct JSONElementsTests {
    /// What `text` gives as elements of `type`.
    private func read<Element: BitwiseCopyable>(
        _ text: String, as type: JSONElementType, _ element: Element.Type, capacity: Int = 64
    ) throws(JSONError) -> [Element] {
        var scanner = JSONScanner(Bytes(text))
        let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: capacity)
        defer { memory.deallocate() }
        let count = try scanner.readElements(
            type, into: UnsafeMutableRawPointer(memory.baseAddress!), capacity: capacity)
        try scanner.expectEnd()
        return Array(memory.prefix(count))
    }

    private func error(_ text: String, as type: JSONElementType) -> JSONError? {
        do throws(JSONError) {
            _ = try read(text, as: type, UInt64.self)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "flattens any nesting",
        arguments: [
            "[1,2,3,4]", "[[1,2],[3,4]]", "[[[1]],[2,[3]],4]", " [ [ 1 , 2 ] , [ ] , [ 3 ] , 4 ] ",
            "[1.0,2e0,30e-1,0.4e1]",
        ])
    func flattens(text: String) throws {
        #expect(try read(text, as: .int32, Int32.self) == [1, 2, 3, 4])
        #expect(try read(text, as: .float, Float.self) == [1, 2, 3, 4])
        #expect(try read(text, as: .uint8, UInt8.self) == [1, 2, 3, 4])
        #expect(try read(text, as: .double, Double.self) == [1, 2, 3, 4])
    }

    @Test("reads empty arrays", arguments: ["[]", "[ ]", "[[],[]]", "[[[]]]"])
    func readsEmptyArrays(text: String) throws {
        for type in JSONElementType.allCases { #expect(try read(text, as: type, UInt64.self).isEmpty) }
    }

    @Test func readsTheEndsOfEveryIntegerType() throws {
        #expect(try read("[-128,127,-0]", as: .int8, Int8.self) == [-128, 127, 0])
        #expect(try read("[-32768,32767]", as: .int16, Int16.self) == [.min, .max])
        #expect(try read("[-2147483648,2147483647]", as: .int32, Int32.self) == [.min, .max])
        #expect(try read("[-9223372036854775808,9223372036854775807]", as: .int64, Int64.self) == [.min, .max])
        #expect(try read("[0,255]", as: .uint8, UInt8.self) == [0, 255])
        #expect(try read("[0,65535]", as: .uint16, UInt16.self) == [0, .max])
        #expect(try read("[-0,4294967295]", as: .uint32, UInt32.self) == [0, .max])
        #expect(
            try read("[18446744073709551615,9007199254740993]", as: .uint64, UInt64.self) == [
                .max, 9_007_199_254_740_993,
            ])
        #expect(try read("[true,false , true]", as: .bool, UInt8.self) == [1, 0, 1])
    }

    @Test func readsIntegralNumbersHoweverTheyAreWritten() throws {
        #expect(
            try read(
                "[1.0,1e3,120e-1,0.00,0e99,-5.000e0,0.1e1,1000000000000000000000e-18,1.00000000000000000000000]",
                as: .int64, Int64.self) == [1, 1000, 12, 0, 0, -5, 1, 1000, 1])
        #expect(try read("[1.8446744073709551615e19]", as: .uint64, UInt64.self) == [.max])
    }

    @Test(
        "refuses elements that do not fit",
        arguments: [
            ("[256]", .uint8, 1, "expected an integer in 0...255, found '256'"),
            ("[-1]", .uint8, 1, "expected an integer in 0...255, found '-1'"),
            ("[1,-129]", .int8, 3, "expected an integer in -128...127, found '-129'"),
            ("[128]", .int8, 1, "expected an integer in -128...127, found '128'"),
            ("[65536]", .uint16, 1, "expected an integer in 0...65535, found '65536'"),
            ("[2147483648]", .int32, 1, "expected an integer in -2147483648...2147483647, found '2147483648'"),
            (
                "[18446744073709551616]", .uint64, 1,
                "expected an integer in 0...18446744073709551615, found '18446744073709551616'"
            ),
            (
                "[9223372036854775808]", .int64, 1,
                "expected an integer in -9223372036854775808...9223372036854775807, found '9223372036854775808'"
            ),
            ("[1.5]", .int32, 1, "expected an integer in -2147483648...2147483647, found '1.5'"),
            ("[1e-1]", .uint8, 1, "expected an integer in 0...255, found '1e-1'"),
            ("[1e99999999999]", .uint8, 1, "expected an integer in 0...255, found '1e99999999999'"),
            ("[NaN]", .uint8, 1, "expected an integer in 0...255, found 'NaN'"),
            ("[01]", .uint8, 1, "expected an integer in 0...255, found '01'"),
            ("[true]", .uint8, 1, "expected an integer in 0...255, found 'true'"),
            ("[\"1\"]", .uint8, 1, "expected an integer in 0...255, found a string"),
            ("[null]", .float, 1, "expected a number within ±3.4028235e38 (FP32), found 'null'"),
            ("[3.5e38]", .float, 1, "expected a number within ±3.4028235e38 (FP32), found '3.5e38'"),
            ("[1e400]", .double, 1, "expected a number within ±1.7976931348623157e308 (FP64), found '1e400'"),
            ("[{}]", .float, 1, "expected a number within ±3.4028235e38 (FP32), found an object"),
            ("[1]", .bool, 1, "expected true or false, found '1'"),
            ("[True]", .bool, 1, "expected true or false, found 'True'"),
            ("[1,]", .float, 3, "expected a number within ±3.4028235e38 (FP32), found ']'"),
            ("[1 2]", .float, 3, "expected ',' or ']', found '2'"),
            ("[1x]", .int32, 2, "expected ',' or ']', found 'x'"),
            ("[[1],[2]", .int32, 8, "expected ',' or ']', found the end of the text"),
            ("[1", .int32, 2, "expected ',' or ']', found the end of the text"),
            ("[", .int32, 1, "expected an integer in -2147483648...2147483647, found the end of the text"),
            ("5", .int32, 0, "expected an array, found '5'"),
        ] as [(String, JSONElementType, Int, String)])
    func refusesElementsThatDoNotFit(text: String, type: JSONElementType, offset: Int, message: String) {
        #expect(error(text, as: type) == JSONError(offset: offset, message: message))
    }

    @Test func readsTheTokensForNumbersThatJSONLacks() throws {
        let values = try read("[NaN,Infinity,-Infinity,Inf,-Inf]", as: .float, Float.self)
        #expect(values[0].isNaN && Array(values[1...]) == [.infinity, -.infinity, .infinity, -.infinity])
        let doubles = try read("[NaN,Infinity,-Infinity,Inf,-Inf]", as: .double, Double.self)
        #expect(doubles[0].isNaN && Array(doubles[1...]) == [.infinity, -.infinity, .infinity, -.infinity])
    }

    @Test func countsElementsThereIsNoRoomForAndStoresTheOthers() throws {
        var scanner = JSONScanner(Bytes("[[1,2],[3,4],5]"))
        var memory: [Int32] = [0, 0, 99]
        let count = try memory.withUnsafeMutableBytes { space throws(JSONError) in
            try scanner.readElements(.int32, into: space.baseAddress!, capacity: 2)
        }
        #expect(count == 5 && memory == [1, 2, 99])
    }

    @Test func nestsAHundredDeepAndNoDeeper() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + "7" + String(repeating: "]", count: depth)
        }
        #expect(try read(nested(JSONScanner.maxDepth), as: .int8, Int8.self) == [7])
        #expect(error(nested(JSONScanner.maxDepth + 1), as: .int8)?.message.contains("nesting depth") == true)
    }

    @Test func readsSingleElements() throws {
        var scanner = JSONScanner(Bytes("{\"a\": 7 ,\"b\":true,\"c\":-1.5,\"d\":18446744073709551615,\"e\":NaN}"))
        var builder = BytesBuilder()
        try scanner.enterObject()
        for type in [JSONElementType.uint8, .bool, .float, .uint64, .double] {
            _ = try scanner.nextKey()
            try scanner.readElement(type, appendedTo: &builder)
        }
        let end = try scanner.nextKey() == nil
        #expect(end)
        let bytes = builder.finish().array
        #expect(
            bytes.count == 22 && Array(bytes[..<14]) == [7, 1, 0, 0, 0xC0, 0xBF] + [UInt8](repeating: 255, count: 8))
    }

    @Test(
        "refuses single elements",
        arguments: [
            ("256", JSONElementType.uint8), ("-1", .uint64), ("1.5", .int64), ("\"1\"", .float), ("1", .bool),
            ("[1]", .int32), ("", .double), ("1e39", .float), ("null", .int8),
        ])
    func refusesSingleElements(text: String, type: JSONElementType) {
        var scanner = JSONScanner(Bytes(text))
        var builder = BytesBuilder()
        var isRefused = false
        do throws(JSONError) { try scanner.readElement(type, appendedTo: &builder) } catch { isRefused = true }
        #expect(isRefused)
        let (offset, count) = (scanner.offset, builder.count)
        #expect(offset == 0 && count == 0)
    }

    @Test func readsStringsIntoTheRawForm() throws {
        var scanner = JSONScanner(Bytes("[[\"ab\",\"é\"],[\"\",\"\\u0000\\n\"]]"))
        var builder = BytesBuilder()
        #expect(try scanner.readStrings(lengthPrefixedInto: &builder, byteLimit: 22) == 4)
        #expect(
            builder.finish().array == [
                2, 0, 0, 0, 0x61, 0x62, 2, 0, 0, 0, 0xC3, 0xA9, 0, 0, 0, 0, 2, 0, 0, 0, 0, 10,
            ])
    }

    @Test func stopsStringsAtTheLimit() {
        var scanner = JSONScanner(Bytes("[\"ab\",\"cd\"]"))
        var builder = BytesBuilder()
        #expect(throws: JSONError(offset: 10, message: "expected at most 11 bytes of strings")) {
            try scanner.readStrings(lengthPrefixedInto: &builder, byteLimit: 11)
        }
    }

    @Test(
        "refuses elements that are no strings",
        arguments: ["[1]", "[null]", "[\"a\",true]", "[{}]", "5", "[\"a\"", "[\"a\",]"])
    func refusesElementsThatAreNoStrings(text: String) {
        var scanner = JSONScanner(Bytes(text))
        var builder = BytesBuilder()
        #expect(throws: JSONError.self) { try scanner.readStrings(lengthPrefixedInto: &builder, byteLimit: 100) }
    }
}
