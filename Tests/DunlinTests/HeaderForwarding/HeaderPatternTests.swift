import Testing

@testable import Dunlin

@Suite struct HeaderPatternTests {
    @Test(
        "finds names",
        arguments: [
            ("my_header.*", ["my_header_1", "MY_HEADER_2", "x-my_header"], ["my-header", "header_1"]),
            ("^x-", ["X-User", "x-"], ["ax-user", "y"]),
            ("(?-i)MY.*", ["MY_HEADER"], ["my_header"]),
            ("(?i)MY", ["my"], ["mx"]),
            ("^(x-user|x-team(-id)?)$", ["x-user", "x-team", "x-team-id"], ["x-users", "x-team-"]),
            ("^a+b?c*$", ["a", "aab", "abcc"], ["b", "abb"]),
            ("^x-[0-9a-f]{2,3}$", ["x-0f", "X-ABC"], ["x-0", "x-0000", "x-gg"]),
            ("^x{2}$", ["xx"], ["x", "xxx"]), ("^x{2,}$", ["xx", "xxxxx"], ["x"]),
            (#"^\w+\.\d\S$"#, ["a_b.1-"], ["a_b-1-", "a.b "]),
            ("^[^-]+$", ["abc"], ["a-b", ""]), ("[]-]", ["-", "]"], ["a"]), ("(?:a|)b", ["b", "ab"], ["a"]),
            ("NVCF-*", ["nvcf-reqid", "nvcf"], ["nvc"]), (".", ["a"], [""]), ("a*?b", ["b"], ["a"]),
            (#"\D"#, ["a"], ["1"]), ("(a*)*$", ["aaab", "b"], []),
        ] as [(String, [String], [String])])
    func findsNames(text: String, found: [String], other: [String]) throws {
        let pattern = try HeaderPattern(text)
        for name in found { #expect(pattern.matches(name), "\(name)") }
        for name in other { #expect(!pattern.matches(name), "\(name)") }
    }

    @Test(
        "says what is wrong with a pattern",
        arguments: [
            ("", "must not be empty"), ("(a", "has no ) for a ( at byte 2"), ("a)", "has a ) without its ( at byte 1"),
            ("[a", "has no ] for a [ at byte 2"), ("*a", "has nothing to repeat at byte 0"),
            ("a**", "has a repetition of a repetition at byte 2"),
            (#"a\"#, "has a backslash without what it is for at byte 2"),
            (#"\b"#, #"has the unsupported \b at byte 1"#),
            ("(?<n>a)", "has an unsupported group (only ( and (?: are) at byte 1"),
            ("[z-a]", "has a range that has no bytes at byte 4"), ("a{x}", "has no number for a repetition at byte 2"),
            ("a{2,1}", "has a repetition that is not {n}, {n,} or {n,m} at byte 6"),
        ])
    func saysWhatIsWrong(text: String, message: String) {
        #expect(throws: InvalidHeaderPattern(message)) { try HeaderPattern(text) }
    }

    @Test func sizesAreLimited() {
        #expect(throws: Never.self) { try HeaderPattern(String(repeating: "a", count: HeaderPattern.maxByteCount)) }
        #expect(throws: InvalidHeaderPattern("must have at most 512 bytes")) {
            try HeaderPattern(String(repeating: "a", count: HeaderPattern.maxByteCount + 1))
        }
        #expect(throws: Never.self) { try HeaderPattern("a{1000}") }
        for text in [
            "a{1001}", "(a{100}){11}", "((((a{999}){999}){999}){999}){999}",
            "(((((((a{999}){999}){999}){999}){999}){999}){999}){999}",
        ] {
            #expect(throws: InvalidHeaderPattern("stands for more than 1000 states"), "\(text)") {
                try HeaderPattern(text)
            }
        }
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth)
        }
        #expect(throws: Never.self) { try HeaderPattern(nested(HeaderPattern.maxDepth)) }
        #expect(throws: InvalidHeaderPattern.self) { try HeaderPattern(nested(HeaderPattern.maxDepth + 1)) }
    }

    /// What takes a backtracking matcher longer than the universe has been there.
    @Test func nothingTakesLong() throws {
        let pattern = try HeaderPattern("^(a?){64}a{64}$")
        #expect(pattern.matches(String(repeating: "a", count: 64)))
        #expect(!(try HeaderPattern("^(a*)*b$").matches(String(repeating: "a", count: 10_000))))
    }
}
