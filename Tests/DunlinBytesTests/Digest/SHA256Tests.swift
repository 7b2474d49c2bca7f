import DunlinBytes
import Testing

/// FIPS 180-4's examples and NIST's vectors for lengths around a block's end.
@Suite struct SHA256Tests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ])
    func knownMessagesHaveTheirDigests(message: String, expected: String) {
        #expect(SHA256.digest(of: Array(message.utf8)).hex == expected)
    }

    /// Digests of as many letters "a", by `sha256sum`: where padding just fits into the block, and just does not.
    @Test(arguments: [
        (55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
        (56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"),
        (63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"),
        (64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
        (1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
    func lengthsAroundABlock(count: Int, expected: String) {
        #expect(SHA256.digest(of: [UInt8](repeating: 0x61, count: count)).hex == expected)
    }

    @Test func piecesGiveTheDigestOfTheWhole() {
        let message = [UInt8](0...199)
        let whole = SHA256.digest(of: message)
        for cut in [0, 1, 63, 64, 65, 128, 200] {
            #expect(SHA256.digest(of: Array(message[..<cut]), Array(message[cut...])) == whole, "cut at \(cut)")
        }
    }

    @Test func digestsAreReadBack() {
        let digest = SHA256.digest(of: [1, 2, 3])
        #expect(SHA256Digest(hex: digest.hex) == digest)
        #expect(SHA256Digest(hex: digest.hex.uppercased()) == digest)
        for bad in ["", String(digest.hex.dropLast()), digest.hex + "00", "g" + digest.hex.dropFirst()] {
            #expect(SHA256Digest(hex: bad) == nil, "\(bad)")
        }
    }

    @Test func oneBitMakesAnotherDigest() {
        let digest = SHA256.digest(of: [1])
        for index in 0..<64 {
            var digits = Array(digest.hex.utf8)
            digits[index] = digits[index] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            #expect(SHA256Digest(hex: String(decoding: digits, as: UTF8.self)) != digest, "digit \(index)")
        }
    }
}
