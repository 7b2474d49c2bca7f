import DunlinBytes
import Testing

@testable import Dunlin

@Suite struct AuthorizationTests {
    @Test(arguments: [
        ("ApiKey abc", Authorization.key(7..<10)),
        ("apikey abc", .key(7..<10)),
        ("APIKEY   abc", .key(9..<12)),
        ("Bearer abc", .key(7..<10)),
        ("bearer\tabc", .key(7..<10)),
        ("Bearer abc def", .other),
        ("Bearer abc, Bearer def", .other),
        ("Bearer", .other),
        ("Bearer ", .other),
        ("Bearerabc", .other),
        ("Basic abc", .other),
        ("abc", .other),
        ("", .other),
    ])
    func keysComeUnderTwoSchemes(text: String, expected: Authorization) {
        #expect(Authorization(Bytes(text)) == expected)
    }

    @Test func noFieldIsNoKey() { #expect(Authorization(nil) == .missing) }

    /// A byte that differs from a letter's only in the bit that makes it a capital is no letter.
    @Test func schemesAreLettersOnly() { #expect(Authorization(Bytes("\u{1}pikey abc")) == .other) }
}
