import Testing

@testable import DunlinBytes

@Suite struct JSONNestedTests {
    private struct Read: Equatable {
        var extents: [Int]
        var elements: [Float]
    }

    private static func read(_ text: String, byteLimit: Int = 1 << 20) throws(JSONError) -> Read {
        var scanner = JSONScanner(Bytes(text))
        var nesting = JSONNesting()
        var builder = BytesBuilder()
        try scanner.readNested(.float, &nesting, into: &builder, byteLimit: byteLimit)
        try scanner.expectEnd()
        let bytes = builder.finish()
        let elements = bytes.withUnsafeBytes { source in
            (0..<source.count / 4).map { source.load(fromByteOffset: $0 * 4, as: Float.self) }
        }
        return Read(extents: nesting.extents, elements: elements)
    }

    @Test(
        "extents are found while elements are read",
        arguments: [
            ("1", [], [1]), ("[]", [0], []), ("[ ]", [0], []), ("[1]", [1], [1]), ("[1,2.5 , 3]", [3], [1, 2.5, 3]),
            ("[[1,2],[3,4],[5,6]]", [3, 2], [1, 2, 3, 4, 5, 6]), ("[[],[]]", [2, 0], []),
            ("[[[1],[2]]]", [1, 2, 1], [1, 2]), (" [ [ 1 , 2 ] , [ 3 , 4 ] ] ", [2, 2], [1, 2, 3, 4]),
            ("[[[]],[[]]]", [2, 1, 0], []),
        ] as [(String, [Int], [Float])])
    func extents(text: String, extents: [Int], elements: [Float]) throws {
        #expect(try Self.read(text) == Read(extents: extents, elements: elements))
    }

    @Test(
        "irregular arrays are refused where they begin to be",
        arguments: [
            ("[[1,2],[3]]", "expected 2 elements as in the arrays before, found 1"),
            ("[[1],[2,3]]", "expected 1 elements as in the arrays before, found 2"),
            ("[1,[2]]", "found an array"), ("[[1],2]", "expected an array, as before"),
            ("[[1],[[2]]]", "expected no array at this depth"), ("[[],[1]]", "expected 0 elements"),
            ("[[1],[]]", "expected 1 elements as in the arrays before, found 0"), ("[1,]", "found ']'"),
            ("[[1],]", "expected an array, as before"), ("[,1]", "found ','"), ("[1 2]", "expected ',' or ']'"),
            ("[1", "expected ',' or ']'"), ("[", "expected a value"), ("", "expected a value"),
            ("[[1]", "expected ',' or ']'"), ("[1}", "expected ',' or ']'"), ("[null]", "found 'null'"),
            ("[\"a\"]", "found a string"), ("1,2", "expected the end"), ("[1]]", "expected the end"),
        ])
    func irregular(text: String, message: String) {
        let error = #expect(throws: JSONError.self) { try Self.read(text) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func moreThanABlockOfElements() throws {
        for count in [255, 256, 257, 1000] {
            let text = "[" + (0..<count).map(String.init).joined(separator: ",") + "]"
            let read = try Self.read(text)
            #expect(read.extents == [count] && read.elements == (0..<count).map(Float.init))
            let rows = "[" + [text, text].joined(separator: ",") + "]"
            #expect(try Self.read(rows).extents == [2, count])
        }
    }

    @Test func theByteLimitIsExact() throws {
        #expect(try Self.read("[1,2,3]", byteLimit: 12).elements.count == 3)
        let error = #expect(throws: JSONError.self) { try Self.read("[1,2,3]", byteLimit: 11) }
        #expect(error?.message.contains("maximum allowed input size of 11 bytes") == true)
    }

    @Test func theDepthLimitIsExact() throws {
        func text(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth)
        }
        #expect(try Self.read(text(JSONScanner.maxDepth)).extents.count == JSONScanner.maxDepth)
        #expect(throws: JSONError.self) { try Self.read(text(JSONScanner.maxDepth + 1)) }
    }

    @Test func integersAreWrittenPlainly() throws {
        for (text, isGood) in [
            ("[1]", true), ("[-7]", true), ("[1.0]", false), ("[1e3]", false), ("[1.5]", false), ("[01]", false),
            ("[9223372036854775807]", true), ("[9223372036854775808]", false), ("[100000000000000000000]", false),
        ] {
            var scanner = JSONScanner(Bytes(text))
            var nesting = JSONNesting()
            var builder = BytesBuilder()
            do throws(JSONError) {
                try scanner.readNested(.int64, &nesting, into: &builder, byteLimit: 100)
                #expect(isGood, "\(text)")
            } catch {
                #expect(!isGood && error.message.hasPrefix("expected an integer in"), "\(text): \(error)")
            }
        }
    }

    @Test func rowsMustAgreeWithThoseBefore() throws {
        var nesting = JSONNesting()
        var builder = BytesBuilder()
        for text in ["[1,2]", "[3,4]"] {
            var scanner = JSONScanner(Bytes(text))
            try scanner.readNested(.int8, &nesting, into: &builder, byteLimit: 100)
        }
        #expect(nesting.extents == [2] && builder.count == 4)
        for text in ["[1]", "1", "[[1,2]]"] {
            var scanner = JSONScanner(Bytes(text))
            var other = nesting
            do throws(JSONError) {
                try scanner.readNested(.int8, &other, into: &builder, byteLimit: 100)
                Issue.record("\(text) was accepted")
            } catch {}
        }
    }

    @Test func stringsAndBase64() throws {
        var scanner = JSONScanner(Bytes(#"[["a",{"b64":"aGk="}],["\u00e9",{ "b64" : "" }]]"#))
        var nesting = JSONNesting()
        var builder = BytesBuilder()
        try scanner.readNestedStrings(&nesting, into: &builder, byteLimit: 100)
        try scanner.expectEnd()
        #expect(nesting.extents == [2, 2])
        let expected: [UInt8] = [1, 0, 0, 0, 0x61, 2, 0, 0, 0, 0x68, 0x69, 2, 0, 0, 0, 0xC3, 0xA9, 0, 0, 0, 0]
        #expect(builder.finish().withUnsafeBytes { [UInt8]($0) } == expected)
    }

    @Test(arguments: JSONElementType.allCases)
    func whatIsReadIsWrittenAgain(type: JSONElementType) throws {
        let element = type == .bool ? "true" : type == .float || type == .double ? "1.5" : "7"
        for text in [element, "[\(element)]", "[[\(element),\(element)],[\(element),\(element)]]", "[[],[]]", "[]"] {
            var scanner = JSONScanner(Bytes(text))
            var nesting = JSONNesting()
            var builder = BytesBuilder()
            try scanner.readNested(type, &nesting, into: &builder, byteLimit: 1000)
            var writer = JSONWriter()
            let bytes = builder.finish()
            bytes.withUnsafeBytes { writer.nested(type, $0.baseAddress, nesting.extents[...]) }
            #expect(writer.finish().string == text)
        }
    }

    @Test func stringsThatAreNotUTF8AreWrittenAsBase64() {
        let elements: [UInt8] = [1, 0, 0, 0, 0x61, 1, 0, 0, 0, 0xFF]
        var writer = JSONWriter()
        var offset = 0
        elements.withUnsafeBytes { writer.nestedStrings($0, at: &offset, [2], asBase64: false) }
        #expect(writer.finish().string == #"["a",{"b64":"/w=="}]"#)
        #expect(offset == elements.count)
    }
}
