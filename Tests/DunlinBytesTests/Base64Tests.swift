import DunlinBytes
import Testing

@Suite struct Base64Tests {
    private func decode(_ text: String) -> [UInt8]? {
        Bytes(text).withUnsafeBytes { Base64.decode($0)?.array }
    }

    @Test(
        "reads what RFC 4648 lists, with and without padding",
        arguments: [
            ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"), ("Zg", "f"), ("Zm8", "fo"),
        ])
    func reads(text: String, expected: String) { #expect(decode(text) == Array(expected.utf8)) }

    @Test(
        "refuses", arguments: ["Z", "Zg=", "Z===", "Zm9v\n", "Zm 9", "Zm9-", "Zh==", "Zm9=", "====", "Zg==Zg==", "é"])
    func refuses(text: String) { #expect(decode(text) == nil, "\(text)") }

    @Test func readsEveryByte() {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        for byte in UInt8.min...UInt8.max {
            let text = "\(alphabet[Int(byte >> 2)])\(alphabet[Int(byte & 3) << 4])=="
            #expect(decode(text) == [byte])
        }
    }

    @Test func countsBeforeItReads() {
        for count in [0, 2, 3, 4, 6, 7, 8] {
            let text = String(repeating: "A", count: count)
            #expect(decode(text)?.count == Base64.decodedByteCount(count))
        }
    }
}
