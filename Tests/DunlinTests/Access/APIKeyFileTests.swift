import DunlinBytes
import Testing

@testable import Dunlin

@Suite struct APIKeyFileTests {
    private static let salt = String(repeating: "0f", count: 16)
    private static let digest = String(repeating: "ab", count: 32)
    private static let good = "key=ZaCRiVfQOxuOIXZk salt=\(salt) sha256=\(digest) scope=infer"

    private func problem(_ text: String) -> String? {
        do throws(TextFormatError) {
            _ = try APIKeyFile.keys(Bytes(text))
            return nil
        } catch { return error.description }
    }

    @Test func aMadeKeyIsReadBackFromItsLine() throws {
        var random = SystemRandomNumberGenerator()
        let grants = [
            AccessGrant(scopes: [.infer], models: nil), AccessGrant(scopes: [.infer, .admin, .metrics], models: nil),
            AccessGrant(scopes: [.admin], models: ["iris", "with blank, comma and 100%", "größe"]),
        ]
        for grant in grants {
            let made = APIKey.make(grant, using: &random)
            #expect(try APIKeyFile.keys(Bytes(made.key.line + "\n")) == [made.key])
            #expect(made.text.utf8.count == 16 + 1 + 64 && made.text.hasPrefix(made.key.prefix + "."))
            #expect(!made.key.line.contains(made.text.dropFirst(17)), "the secret is in the file")
        }
    }

    @Test func keysAreDifferentEveryTime() {
        var random = SystemRandomNumberGenerator()
        let keys = (0..<50).map { _ in APIKey.make(AccessGrant(scopes: [.infer], models: nil), using: &random) }
        #expect(Set(keys.map(\.text)).count == 50 && Set(keys.map(\.key.salt)).count == 50)
    }

    @Test func commentsEmptyLinesTabsAndLineEndsOfWindowsAreFine() throws {
        let text = "# who: the web page\r\n\r\n  \t\n \(Self.good.replacing(" ", with: "\t "))\r\n#\(Self.good)"
        #expect(try APIKeyFile.keys(Bytes(text)).map(\.prefix) == ["ZaCRiVfQOxuOIXZk"])
        #expect(try APIKeyFile.keys(Bytes("")).isEmpty)
    }

    @Test(arguments: [
        (good.replacing("ZaCRiVfQOxuOIXZk", with: "short"), "line 1: key: expected 16 letters and digits"),
        (good.replacing("ZaCRiVfQOxuOIXZk", with: "ZaCRiVfQOxuOIXZ."), "line 1: key: expected 16 letters and digits"),
        (good.replacing("salt=0f", with: "salt="), "line 1: salt: expected 32 hexadecimal digits"),
        (good.replacing("sha256=ab", with: "sha256=xy"), "line 1: sha256: expected 64 hexadecimal digits"),
        (good.replacing("scope=infer", with: ""), "line 1: 'scope=' is missing"),
        (
            good.replacing("scope=infer", with: "scope=all"),
            "line 1: scope: expected infer, admin, metrics, found 'all'"
        ),
        (good + ",", "line 1: scope: expected infer, admin, metrics, found ''"),
        (good + " scope=admin", "line 1: 'scope=' is there twice"),
        (good + " models=", "line 1: models: expected names of models with commas between them, found ''"),
        (good + " models=a,..", "line 1: models: expected names of models with commas between them, found '..'"),
        (good + " models=a%2", "line 1: models: expected names of models with commas between them, found 'a%2'"),
        (good + " models=%ff", "line 1: models: expected names of models with commas between them, found '%ff'"),
        (
            good + ",metrics models=a",
            "line 1: models: the scope metrics tells of every model and cannot be limited to some"
        ),
        ("\n" + good + "\n" + good, "line 3: key 'ZaCRiVfQOxuOIXZk' is on line 2 already"),
    ])
    func whatIsWrongIsNamed(text: String, expected: String) {
        #expect(problem(text) == expected)
    }

    @Test func aSecretThatStandsInTheFileIsNotRepeated() throws {
        let found = try #require(problem("ZaCRiVfQOxuOIXZk.topsecret"))
        #expect(found.contains("dunlin api-key create") && !found.contains("topsecret"))
    }

    @Test func thereIsALimitOnKeysAndBytes() {
        func lines(_ count: Int) -> String {
            (0..<count).map { index in
                let number = String(index)
                let prefix = String(repeating: "a", count: 16 - number.count) + number
                return Self.good.replacing("ZaCRiVfQOxuOIXZk", with: prefix)
            }.joined(separator: "\n")
        }
        let most = lines(APIKeyFile.maxKeyCount)
        #expect(problem(most) == nil)
        #expect(problem(lines(APIKeyFile.maxKeyCount + 1)) == "line 50001: more than 50000 keys")
        let comment = "#" + String(repeating: "x", count: APIKeyFile.maxByteCount - 1)
        #expect(problem(comment) == nil)
        #expect(problem(comment + "x") == "line 1: 16777217 bytes is more than the limit of 16777216")
        #expect(problem(String(decoding: [0x23, 0x41], as: UTF8.self)) == nil)
    }

    @Test func whatIsNotTextIsRefused() {
        do throws(TextFormatError) {
            _ = try APIKeyFile.keys(Bytes([0x23, 0xFF]))
            Issue.record("accepted")
        } catch { #expect(error.description == "line 1: the file is not UTF-8") }
    }
}
