import DunlinEngine
import DunlinInference
import DunlinTensor
import Testing

@Suite struct TokenPatternTests {
    private static func matches(_ pattern: String, _ texts: [String]) throws -> [Bool] {
        var writer = ModelWriter(opset: 20)
        writer.input("x", .bytes, [-1])
        writer.node("RegexFullMatch", ["x"], ["y"], ["pattern": .text(pattern)])
        writer.output("y", .bool, [-1])
        let x = Tensor(strings: texts, shape: [texts.count])
        return try Model(data: writer.bytes()).run(["x": x])["y"]?.elements(as: Bool.self) ?? []
    }

    @Test(
        "what matches nothing may be repeated as often as one likes",
        arguments: [
            "(){1000}", "((((((){1000}){1000}){1000}){1000}){1000}){1000}", "((((a{0}){1000}){1000}){1000}){1000}",
            "((((()(){1000}){1000}){1000})*){1000}", "((((a{0}){1000}|){0}){1000}){1000}",
        ])
    func nothing(pattern: String) throws {
        #expect(try Self.matches(pattern, ["", "a"]) == [true, false])
        #expect(try Self.matches("a" + pattern + "b?", ["", "a", "ab", "aa"]) == [false, true, true, false])
    }

    @Test("something may be repeated until there are too many states")
    func something() throws {
        #expect(try Self.matches("((a{10}){10}){10}", [String(repeating: "a", count: 1000), "a"]) == [true, false])
        let error = #expect(throws: InferError.self) { try Self.matches("((a{1000}){1000}){1000}", []) }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("more than 10000 states") ?? false)
    }
}
