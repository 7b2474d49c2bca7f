import DunlinBytes
import Testing

@Suite struct TOMLTests {
    struct Scalar: CustomTestStringConvertible {
        let text: String
        let value: TOMLValue
        var testDescription: String { text }
        init(_ text: String, _ value: TOMLValue) { (self.text, self.value) = (text, value) }
    }

    @Test(
        "reads values",
        arguments: [
            Scalar("1", .integer(1)), Scalar("+1", .integer(1)), Scalar("-17", .integer(-17)),
            Scalar("1_000", .integer(1000)), Scalar("0xDEAD_beef", .integer(0xDEAD_BEEF)), Scalar("0o17", .integer(15)),
            Scalar("0b101", .integer(5)), Scalar("-0", .integer(0)), Scalar("9223372036854775807", .integer(.max)),
            Scalar("-9223372036854775808", .integer(.min)), Scalar("1.5", .float(1.5)), Scalar("-0.5", .float(-0.5)),
            Scalar("1e3", .float(1000)), Scalar("6.26e-3", .float(0.00626)), Scalar("1_0.0_1", .float(10.01)),
            Scalar("inf", .float(.infinity)), Scalar("-inf", .float(-.infinity)), Scalar("true", .boolean(true)),
            Scalar("false # no", .boolean(false)), Scalar(#""a\t\"b\\é\U0001F600""#, .string("a\t\"b\\é😀")),
            Scalar(#"'C:\x'"#, .string(#"C:\x"#)), Scalar("\"\"", .string("")), Scalar("''", .string("")),
            Scalar("\"\"\"\none\n  two\"\"\"", .string("one\n  two")),
            Scalar("\"\"\"one \\\n   two\"\"\"", .string("one two")), Scalar("\"\"\"a\"\"\"\"\"", .string("a\"\"")),
            Scalar("'''\n\\a\n'''", .string("\\a\n")), Scalar("''''a'''", .string("'a")),
            Scalar("[]", .array([])), Scalar("[1, 2,]", .array([.integer(1), .integer(2)])),
            Scalar("[ # c\n 1,\n [ 'a' ] # d\n]", .array([.integer(1), .array([.string("a")])])),
            Scalar("{}", .table(.init())),
        ])
    func readsValues(row: Scalar) throws {
        let table = try TOMLTable(parsing: Bytes("key = \(row.text)\nnext = 1"))
        #expect(table["key"] == row.value)
        #expect(table["next"] == .integer(1))
    }

    @Test func readsNotANumber() throws {
        guard case .float(let value)? = try TOMLTable(parsing: Bytes("a = +nan"))["a"] else {
            Issue.record("not a float")
            return
        }
        #expect(value.isNaN)
    }

    @Test func readsTablesAndArraysOfTables() throws {
        let text = """
            name = "mnist" # the model
            dotted.key."quoted part" = 1
            dotted.other = { x = 1, y.z = [2] }

            [parameters]
            threads = 2

            [[inputs]]
            name = "a"
            shape = [28, 28, 1]
            [[inputs]]
            name = "b"
            [inputs.more]
            id = ""

            [ top . middle ]
            [top]
            """
        let table = try TOMLTable(parsing: Bytes(text))
        #expect(table.entries.map(\.key) == ["name", "dotted", "parameters", "inputs", "top"])
        guard case .array(let inputs)? = table["inputs"], case .table(let second) = inputs[1],
            case .table(let dotted)? = table["dotted"], case .table(let other)? = dotted["other"]
        else {
            Issue.record("wrong structure: \(table)")
            return
        }
        #expect(inputs.count == 2)
        #expect(second.entries.map(\.key) == ["name", "more"])
        #expect(second.entries[0].line == 12)
        #expect(other["x"] == .integer(1))
    }

    @Test func readsWindowsLineEndsAndNoFinalNewline() throws {
        let table = try TOMLTable(parsing: Bytes("a = 1\r\n\r\n[b]\r\nc = 2"))
        #expect(table["a"] == .integer(1))
        #expect(table.entries.count == 2)
        #expect(try TOMLTable(parsing: Bytes("")).entries.isEmpty)
    }

    struct Refusal: CustomTestStringConvertible {
        let text: String
        let line: Int
        let words: String
        var testDescription: String { text }
        init(_ text: String, line: Int = 1, _ words: String) {
            (self.text, self.line, self.words) = (text, line, words)
        }
    }

    @Test(
        "names line and expectation",
        arguments: [
            Refusal("a", "expected '=' after the key 'a', but the file ends"), Refusal("a =", "expected a value"),
            Refusal("a = \n", "expected a value, but the line ends"), Refusal("= 1", "expected a key, found '='"),
            Refusal("a = 1 b = 2", "expected the end of the line, found 'b'"),
            Refusal("\na = 1979-05-27", line: 2, "dates and times are not supported"),
            Refusal("a = 07:32:00", "dates and times are not supported"),
            Refusal("a = 1979-05-27T07:32:00Z", "dates and times are not supported"),
            Refusal("a = 01", "'01' is not a value"), Refusal("a = 1__0", "is not a value"),
            Refusal("a = _1", "is not a value"), Refusal("a = 1.", "is not a value"),
            Refusal("a = .5", "is not a value"),
            Refusal("a = 0xG", "is not a value"), Refusal("a = 9223372036854775808", "is not a value"),
            Refusal("a = yes", "is not a value"), Refusal("a = 1\na = 2", line: 2, "'a' is already defined on line 1"),
            Refusal("[a]\n[a]", line: 2, "'a' is already defined on line 1"),
            Refusal("a = 1\n[a.b]", line: 2, "already"),
            Refusal("a = {}\na.b = 1", line: 2, "already"), Refusal("a = []\n[[a]]", line: 2, "already"),
            Refusal("[[a]]\n[a]", line: 2, "already"), Refusal("[a]\nb.c = 1\n[a.b]", line: 3, "already"),
            Refusal("[a", "expected ']' after the table name 'a'"), Refusal("[[a]", "expected ']]'"),
            Refusal("[]", "expected a key"), Refusal("a = [1 2]", "expected ',' or ']' in an array, found '2'"),
            Refusal("a = [1,\n2", line: 2, "the file ends"), Refusal("a = {x = 1,}", "expected a key"),
            Refusal("a = {x = 1\n}", "expected ',' or '}'"), Refusal("a = \"x", "the file ends inside a string"),
            Refusal("a = \"x\ny\"", "does not end on its line"), Refusal("a = '''x\n", line: 2, "opened on line 1"),
            Refusal(#"a = "\q""#, "unknown escape"), Refusal(#"a = "\ud800""#, "Unicode scalar"),
            Refusal(#"a = "\u12""#, "4 hex digits"), Refusal("a = \"\u{1}\"", "control character 1"),
        ])
    func namesLineAndExpectation(row: Refusal) {
        do {
            _ = try TOMLTable(parsing: Bytes(row.text))
            Issue.record("accepted")
        } catch {
            #expect(error.line == row.line)
            #expect(error.message.contains(row.words), "\(error)")
        }
    }

    @Test func refusesIllFormedUTF8ByLine() {
        #expect(throws: TextFormatError(line: 2, "the text is not valid UTF-8")) {
            try TOMLTable(parsing: Bytes(Array("a = 1\nb = '".utf8) + [0xFF]))
        }
    }

    @Test func limitsHoldOnBothSides() throws {
        var limits = TOMLTable.Limits()
        limits.maxDepth = 2
        _ = try TOMLTable(parsing: Bytes("a = [[[]]]"), limits: limits)
        #expect(throws: TextFormatError.self) { try TOMLTable(parsing: Bytes("a = [[[[]]]]"), limits: limits) }
        _ = try TOMLTable(parsing: Bytes("a.b = 1"), limits: limits)
        #expect(throws: TextFormatError.self) { try TOMLTable(parsing: Bytes("a.b.c = 1"), limits: limits) }
        limits.maxValueCount = 3
        _ = try TOMLTable(parsing: Bytes("a = [1,2]"), limits: limits)
        #expect(throws: TextFormatError.self) { try TOMLTable(parsing: Bytes("a = [1,2,3]"), limits: limits) }
        limits.maxByteCount = 5
        _ = try TOMLTable(parsing: Bytes("a = 1"), limits: limits)
        #expect(throws: TextFormatError.self) { try TOMLTable(parsing: Bytes("a = 12"), limits: limits) }
    }

    @Test func depthCannotExhaustTheStack() {
        for text in [
            "a = " + String(repeating: "[", count: 100_000), "a = " + String(repeating: "{a=", count: 100_000),
            String(repeating: "a.", count: 100_000) + "a = 1",
        ] {
            #expect(throws: TextFormatError.self) { try TOMLTable(parsing: Bytes(text)) }
        }
    }

    @Test func survivesMutatedFiles() {
        let seed =
            "a.b = \"\"\"x\\\n y\\u00e9\"\"\"\n[[t]]\nc = [1_0, {d = -1.5e+3}, '''q''', true] # é\n[t.e]\nf = 0x1F"
        for bytes in Mutations(of: seed, marks: "[]{}=.\"'\\#\n,_-+e0", count: 20_000) {
            _ = try? TOMLTable(parsing: Bytes(bytes))
        }
    }
}
