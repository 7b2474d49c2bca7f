import Testing

@testable import DunlinServing

@Suite struct ModelNameTests {
    @Test(
        "ordinary names are accepted",
        arguments: [
            "iris", "...", "..my_model", "model..1", "model.version1", "a b", "ü", "..a/".dropLast().description,
        ])
    func accepts(name: String) { #expect(ModelName.problem(name) == nil) }

    @Test(
        "names that could lead elsewhere are refused",
        arguments: [
            "../x", "..", ".", "/etc/passwd", "model/subdir", "model/", "model/..", " ..", ".. ", "\u{A0}..", "a\\b",
            "/",
        ])
    func refusesTraversal(name: String) {
        #expect(ModelName.problem(name)?.contains("path traversal") == true)
    }

    @Test("empty names are refused", arguments: ["", " ", "\t \n"])
    func refusesEmpty(name: String) { #expect(ModelName.problem(name) == "model name cannot be empty") }

    @Test("control characters are refused", arguments: ["a\0b", "a\nb", "a\u{7F}"])
    func refusesControlCharacters(name: String) {
        #expect(ModelName.problem(name) == "model name must not contain control characters")
    }

    @Test func lengthIsLimited() {
        #expect(ModelName.problem(String(repeating: "a", count: ModelName.maxByteCount)) == nil)
        #expect(
            ModelName.problem(String(repeating: "a", count: ModelName.maxByteCount + 1))
                == "model name is 256 bytes long; the limit is 255")
    }

    @Test(
        "versions are decimal numbers that do not start with 0",
        arguments: [
            ("1", 1), ("42", 42), ("999999999999999999", 999_999_999_999_999_999), ("1000000000000000000", nil),
            ("0", nil),
            ("01", nil), ("", nil), ("+1", nil), ("-1", nil), ("1.0", nil), ("v1", nil), ("1 ", nil), ("１", nil),
        ] as [(String, Int?)])
    func versionNumbers(name: String, number: Int?) { #expect(VersionName.number(name) == number) }
}
