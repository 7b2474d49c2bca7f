import Testing

@testable import DunlinBytes

@Suite struct Base64Tests {
    private static func decode(_ text: String) -> [UInt8]? {
        var builder = BytesBuilder()
        guard Bytes(text).withUnsafeBytes({ Base64.decode($0, into: &builder) }) else { return nil }
        return builder.finish().withUnsafeBytes { [UInt8]($0) }
    }

    private static func encode(_ bytes: [UInt8]) -> String {
        var builder = BytesBuilder()
        Bytes(bytes).withUnsafeBytes { Base64.encode($0, into: &builder) }
        return builder.finish().string
    }

    @Test(
        "the test vectors of RFC 4648",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func vectors(text: String, encoded: String) {
        #expect(Self.encode([UInt8](text.utf8)) == encoded)
        #expect(Self.decode(encoded) == [UInt8](text.utf8))
        let bare = String(encoded.prefix { $0 != "=" })
        #expect(Self.decode(bare) == [UInt8](text.utf8), "without what fills it up")
    }

    @Test func allBytesComeBackInBothAlphabets() {
        let bytes = [UInt8](0...255) + [0xFF, 0xFE]
        let text = Self.encode(bytes)
        #expect(text.contains("+") && text.contains("/"))
        #expect(Self.decode(text) == bytes)
        let urlText = String(text.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
        #expect(Self.decode(urlText) == bytes)
    }

    @Test(arguments: [
        "a", "abcde", "a*cd", "ab=c", "abc==", "ab===", "====", "ab*d ", "Zg=", "é", "Zg =", "a\u{B}\0cd",
    ])
    func otherTextIsRefused(text: String) { #expect(Self.decode(text) == nil) }

    @Test(
        "ends of lines and blanks are passed over",
        arguments: ["Zm9v\nYmE=\n", " Zm9vYmE=", "Zm 9v\r\n\tYmE\n=", "Zm9vYmE\n"])
    func blanks(text: String) { #expect(Self.decode(text) == Array("fooba".utf8)) }

    @Test func countsBeforeItReads() {
        for count in [0, 2, 3, 4, 6, 7, 8] {
            let text = String(repeating: "A", count: count)
            #expect(Bytes(text).withUnsafeBytes { Base64.decode($0)?.count } == Base64.decodedByteCount(count))
        }
        #expect(Bytes("A").withUnsafeBytes { Base64.decode($0) } == nil)
    }
}
