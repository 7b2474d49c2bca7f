import DunlinBytes
import Testing

@Suite struct ProtobufTextTests {
    typealias Value = ProtobufTextMessage.Value

    struct Scalar: CustomTestStringConvertible {
        let text: String
        let value: Value
        var testDescription: String { text }
        init(_ text: String, _ value: Value) { (self.text, self.value) = (text, value) }
    }

    @Test(
        "reads scalars",
        arguments: [
            Scalar("a: 1", .integer(1)), Scalar("a: -1", .integer(-1)), Scalar("a: - 7", .integer(-7)),
            Scalar("a: 0x1F", .integer(31)), Scalar("a: -0x1f", .integer(-31)), Scalar("a: 017", .integer(15)),
            Scalar("a: 0", .integer(0)), Scalar("a: 9223372036854775807", .integer(.max)),
            Scalar("a: -9223372036854775808", .integer(.min)),
            Scalar("a: 18446744073709551615", .unsigned(.max)), Scalar("a: 1.5", .float(1.5)),
            Scalar("a: -1.5e3", .float(-1500)), Scalar("a: .5", .float(0.5)), Scalar("a: 1.", .float(1)),
            Scalar("a: 2f", .float(2)), Scalar("a: 1e-3", .float(0.001)), Scalar("a: inf", .float(.infinity)),
            Scalar("a: -Infinity", .float(-.infinity)), Scalar("a: TYPE_FP32", .word("TYPE_FP32")),
            Scalar("a: true", .word("true")), Scalar("a: \"x\"", .string("x")), Scalar("a: 'x\"'", .string("x\"")),
            Scalar("a: \"one \" 'two'\n # and\n \"three\"", .string("one twothree")),
            Scalar(#"a: "\n\t\"\\\x41\101é\U0001F600\?""#, .string("\n\t\"\\AAé😀?")),
            Scalar("a:\"ü\"", .string("ü")), Scalar(#"a: "\303\274""#, .string("ü")),
            Scalar("a{}", .message(.init())), Scalar("a: <>", .message(.init())), Scalar("a: { };", .message(.init())),
        ])
    func readsScalars(row: Scalar) throws {
        let message = try ProtobufTextMessage(parsing: Bytes(row.text))
        #expect(message.fields == [.init(name: "a", line: 1, value: row.value)])
    }

    @Test func readsListsAsRepeatedFields() throws {
        let message = try ProtobufTextMessage(
            parsing: Bytes("dims: [ 1, -1 ,3 ] none: []\nstep [ { n: 1 }, { n: 2 } { n: 3 } ]\ndims: 4, x: 1; y: 2"))
        #expect(message.fields.map(\.name) == ["dims", "dims", "dims", "step", "step", "step", "dims", "x", "y"])
        #expect(message.fields.prefix(3).map(\.value) == [.integer(1), .integer(-1), .integer(3)])
        #expect(message.fields[3].line == 2)
        #expect(message.fields[6].line == 3)
    }

    @Test func readsAModelConfiguration() throws {
        let text = """
            # a comment
            name: "iris"
            input [ { name: "x" data_type: TYPE_FP32 dims: [ 4 ] } ]
            instance_group [ { count: 2 kind: KIND_CPU } ]
            parameters { key: "a" value: { string_value: "b" } }
            """
        let message = try ProtobufTextMessage(parsing: Bytes(text))
        #expect(message.fields.map(\.name) == ["name", "input", "instance_group", "parameters"])
        guard case .message(let input) = message.fields[1].value else {
            Issue.record("input is not a message")
            return
        }
        #expect(input.fields.map(\.value) == [.string("x"), .word("TYPE_FP32"), .integer(4)])
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
            Refusal("a", "expected ':' or '{' after 'a', but the file ends"),
            Refusal("a:", "expected a value for 'a', but the file ends"),
            Refusal("a 1", "expected ':' or '{' after 'a', found '1'"),
            Refusal("1: 2", "expected a field name, found '1'"),
            Refusal("a {\n b: 1", line: 2, "the file ends inside the message opened on line 1: expected '}'"),
            Refusal("a: <\n}", line: 2, "expected a field name, found '}'"), Refusal("}", "expected a field name"),
            Refusal("a: [1 2]", "expected ',' or ']' in the list 'a', found '2'"), Refusal("a: [1", "the file ends"),
            Refusal("a: [1,]", "expected a value for 'a', found ']'"), Refusal("a: [[1]]", "expected a value"),
            Refusal("\na: \"x", line: 2, "the file ends inside a string"),
            Refusal("a: \"x\ny\"", "a string does not end on its line"), Refusal(#"a: "\q""#, "'\\q' is not an escape"),
            Refusal(#"a: "\x""#, "hex digits"), Refusal(#"a: "\777""#, "above"),
            Refusal(#"a: "\ud800""#, "Unicode scalar"),
            Refusal(#"a: "\377""#, "not valid UTF-8"), Refusal("a: 1x", "'1x' is not a number"),
            Refusal("a: 08", "is not a number"), Refusal("a: 0x", "is not a number"),
            Refusal("a: 18446744073709551616", "fits 64 bits"), Refusal("a: -9223372036854775809", "fits 64 bits"),
            Refusal("a: -true", "'-true' is not a number"), Refusal("a: 1..2", "is not a number"),
            Refusal("[x.y]: 1", "not supported"), Refusal("a: \u{1}", "byte 1"),
        ])
    func namesLineAndExpectation(row: Refusal) {
        do {
            _ = try ProtobufTextMessage(parsing: Bytes(row.text))
            Issue.record("accepted")
        } catch {
            #expect(error.line == row.line)
            #expect(error.message.contains(row.words), "\(error)")
        }
    }

    @Test func limitsHoldOnBothSides() throws {
        var limits = ProtobufTextMessage.Limits()
        limits.maxDepth = 3
        _ = try ProtobufTextMessage(parsing: Bytes("a{a{a{}}}"), limits: limits)
        #expect(throws: TextFormatError.self) {
            try ProtobufTextMessage(parsing: Bytes("a{a{a{a{}}}}"), limits: limits)
        }
        limits.maxFieldCount = 3
        _ = try ProtobufTextMessage(parsing: Bytes("a: [1,2,3]"), limits: limits)
        #expect(throws: TextFormatError.self) {
            try ProtobufTextMessage(parsing: Bytes("a: [1,2,3,4]"), limits: limits)
        }
        limits.maxByteCount = 4
        _ = try ProtobufTextMessage(parsing: Bytes("a: 1"), limits: limits)
        #expect(throws: TextFormatError.self) { try ProtobufTextMessage(parsing: Bytes("a: 12"), limits: limits) }
    }

    @Test func depthCannotExhaustTheStack() {
        let text = String(repeating: "a{", count: 100_000)
        #expect(throws: TextFormatError.self) { try ProtobufTextMessage(parsing: Bytes(text)) }
    }

    @Test func survivesMutatedFiles() {
        let seed = #"name: "é\x41" # c\#ninput [{dims: [1,-1.5e+3, 0x1F], t: <a: 'b' "c">}]; u: inf"#
        for bytes in Mutations(of: seed, marks: #"{}[]<>"'\:,;#-0eax"#, count: 20_000) {
            _ = try? ProtobufTextMessage(parsing: Bytes(bytes))
        }
    }
}
