import DunlinBytes
import Testing

@Suite struct JSONScannerTests {
    /// The text if it can be passed as one value, else the error.
    private func skip(_ text: String) -> JSONError? {
        skip(Bytes(text))
    }

    private func skip(_ bytes: Bytes) -> JSONError? {
        var scanner = JSONScanner(bytes)
        do throws(JSONError) {
            try scanner.skipValue()
            try scanner.expectEnd()
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "passes every kind of value",
        arguments: [
            "{}", "[]", "[[],{}]", "\"\"", "0", "-0", "1.5e-3", "true", "false", "null",
            " \t\r\n{ \"a\" : [ 1 , 2 ] } ",
            "{\"a\":{\"b\":[\"c\",null,true,-1E+2]}}", "NaN", "[Infinity,-Infinity,Inf]", "\"\\u0000\\ud83d\\ude00é😀\"",
            "\"a long string of plain text with a / and a \\\\ and a \\\" inside it\"",
        ])
    func passesEveryKindOfValue(text: String) {
        #expect(skip(text) == nil)
    }

    @Test(
        "refuses what is not JSON, and says where",
        arguments: [
            ("", 0, "expected a value, found the end of the text"),
            ("  ", 0, "expected a value, found the end of the text"),
            ("{", 1, "expected ',' or '}', found the end of the text"),
            ("[", 1, "expected ',' or ']', found the end of the text"),
            ("[1", 2, "expected ',' or ']', found the end of the text"),
            ("[1,]", 3, "expected another value after ',', found ']'"),
            ("[,1]", 1, "expected a value, found ','"),
            ("[1 2]", 3, "expected ',' or ']', found '2'"),
            ("[1}", 2, "expected ',' or ']', found '}'"),
            ("{\"a\"}", 4, "expected ':' after the key, found '}'"),
            ("{\"a\":}", 5, "expected a value, found '}'"),
            ("{\"a\":1,}", 7, "expected another value after ',', found '}'"),
            ("{a:1}", 1, "expected a key in quotation marks, found 'a'"),
            ("{1:1}", 1, "expected a key in quotation marks, found '1'"),
            ("{\"a\":1 \"b\":2}", 7, "expected ',' or '}', found a string"),
            ("[]]", 2, "expected the end of the JSON text, found ']'"),
            ("01", 0, "expected a value, found '01'"),
            ("-", 0, "expected a value, found '-'"),
            ("+1", 0, "expected a value, found '+1'"),
            (".5", 0, "expected a value, found '.5'"),
            ("1.", 0, "expected a value, found '1.'"),
            ("1e", 0, "expected a value, found '1e'"),
            ("1e+", 0, "expected a value, found '1e+'"),
            ("[1.e5]", 1, "expected a value, found '1.e5'"),
            ("truth", 0, "expected true or false, found 'truth'"),
            ("nul", 0, "expected null, found 'nul'"),
            ("-NaN", 0, "expected a value, found '-NaN'"),
            ("\"abc", 0, "expected the end of the string, found the end of the text"),
            ("\"a\u{1}\"", 2, "expected an escape, found control byte 0x1 in a string"),
            ("\"\\x\"", 1, "expected one of \"\\/bfnrtu after a backslash"),
            ("\"\\u12g4\"", 1, "expected four hexadecimal digits after \\u"),
            ("\"\\ud800\"", 1, "expected a pair of surrogates, found a lone one"),
            ("\"\\udc00\"", 1, "expected a pair of surrogates, found a lone one"),
            ("\"\\ud800\\u0041\"", 1, "expected a pair of surrogates, found a lone one"),
            ("'a'", 0, "expected a value, found ''a''"),
        ])
    func refusesWhatIsNotJSON(text: String, offset: Int, message: String) {
        #expect(skip(text) == JSONError(offset: offset, message: message))
    }

    @Test(
        "refuses ill-formed UTF-8 in strings",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xE0, 0x9F, 0xBF], [0xE2, 0x82], [0xED, 0xA0, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x28, 0xA1],
        ] as [[UInt8]])
    func refusesIllFormedUTF8(bytes: [UInt8]) {
        for padding in 0..<9 {
            let text = Bytes([0x22] + [UInt8](repeating: 0x61, count: padding) + bytes + [0x22])
            #expect(
                skip(text)
                    == JSONError(offset: padding + 1, message: "expected UTF-8, found an ill-formed byte sequence"))
        }
    }

    @Test(
        "passes well-formed UTF-8 at the ends of its ranges",
        arguments: [
            "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "\u{FFFF}", "\u{10000}", "\u{10FFFF}",
        ])
    func passesUTF8(text: String) throws {
        var scanner = JSONScanner(Bytes("\"\(text)\""))
        #expect(try scanner.readString() == text)
    }

    @Test func nestsAHundredDeepAndNoDeeper() {
        let most = JSONScanner.maxDepth
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(most == 100)
        #expect(skip(nested(most)) == nil)
        #expect(
            skip(nested(most + 1))
                == JSONError(offset: most, message: "JSON nesting depth exceeds maximum allowed limit (100)"))
        #expect(skip(String(repeating: "{\"a\":", count: most) + "1" + String(repeating: "}", count: most)) == nil)
        #expect(skip(String(repeating: "{\"a\":", count: most + 1) + "1")?.offset == most * 5)
        #expect(skip(String(repeating: "[", count: 1_000_000)) != nil)
    }

    @Test(
        "unescapes strings",
        arguments: [
            ("\"plain\"", "plain"), ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{8}\u{C}\n\r\t"),
            ("\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\"", "Aé€😀"), ("\"a\\u0000b\"", "a\0b"),
            ("\"\\\\u0041\"", "\\u0041"), ("\"é\\né\"", "é\né"),
        ])
    func unescapesStrings(text: String, expected: String) throws {
        var scanner = JSONScanner(Bytes(text))
        #expect(try scanner.readString() == expected)
        try scanner.expectEnd()
    }

    @Test func givesStringsWithoutEscapesAsPartsOfTheText() throws {
        let bytes = Bytes("[\"abc\"]")
        var scanner = JSONScanner(bytes)
        try scanner.enterArray()
        _ = try scanner.nextElement()
        let text = try scanner.readText()
        #expect(text.start == bytes.base! + 2 && text.count == 3)
    }

    @Test(
        "reads numbers as integers when they are written as such",
        arguments: [
            ("0", .int(0)), ("-0", .int(0)), ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
            ("1.0", .double(1)), ("1e2", .double(100)), ("-2.5", .double(-2.5)),
        ] as [(String, JSONNumber)])
    func readsNumbers(text: String, expected: JSONNumber) throws {
        var scanner = JSONScanner(Bytes(text))
        #expect(try scanner.readNumber() == expected)
        try scanner.expectEnd()
    }

    @Test(
        "refuses numbers out of range",
        arguments: [
            "9223372036854775808", "-9223372036854775809", "100000000000000000000000", "1e400", "-1e309", "NaN",
        ])
    func refusesNumbersOutOfRange(text: String) {
        var scanner = JSONScanner(Bytes(text))
        #expect(throws: JSONError.self) { try scanner.readNumber() }
    }

    @Test func comesBackToAMark() throws {
        var scanner = JSONScanner(Bytes("{\"a\":[1,[2]],\"b\":3}"))
        try scanner.enterObject()
        #expect(try scanner.nextKey()?.string == "a")
        let mark = scanner.mark
        try scanner.skipValue()
        #expect(try scanner.nextKey()?.string == "b")
        scanner.reset(to: mark)
        try scanner.enterArray()
        #expect(try scanner.nextElement())
        #expect(try scanner.readInteger() == 1)
        #expect(try scanner.nextElement())
        try scanner.skipValue()
        #expect(try scanner.nextElement() == false)
        #expect(try scanner.nextKey()?.string == "b")
        #expect(try scanner.readInteger() == 3)
        #expect(try scanner.nextKey() == nil)
        try scanner.expectEnd()
    }

    @Test func survivesRandomBytes() {
        var generator = SeededGenerator(seed: 1)
        let alphabet = Array("{}[]\",:0123456789.eE+-truefalsnNIiy \\u\u{0}é\n".utf8)
        var accepted = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 0..<40, using: &generator)
            let bytes = Bytes((0..<count).map { _ in alphabet.randomElement(using: &generator)! })
            if skip(bytes) == nil { accepted += 1 }
            _ = try? JSONValue(parsing: bytes)
        }
        #expect(accepted > 100)
    }
}
