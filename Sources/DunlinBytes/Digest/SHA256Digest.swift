/// 256 bits that stand for a message.
package struct SHA256Digest: Sendable {
    /// In the order of the standard, the first word first.
    let words: SIMD8<UInt32>

    init(words: SIMD8<UInt32>) { self.words = words }

    /// Reads 64 hexadecimal digits.
    package init?(hex: some StringProtocol) {
        guard let bytes = Hexadecimal.bytes(hex), bytes.count == 32 else { return nil }
        var words = SIMD8<UInt32>()
        for (index, byte) in bytes.enumerated() { words[index / 4] = words[index / 4] << 8 | UInt32(byte) }
        self.words = words
    }

    /// 64 digits in lower case.
    package var hex: String {
        Hexadecimal.text((0..<32).map { UInt8(truncatingIfNeeded: words[$0 / 4] >> UInt32(24 - $0 % 4 * 8)) })
    }
}

extension SHA256Digest: Equatable {
    /// Takes the same time whatever the digests are, so that nobody can guess one piece by piece.
    package static func == (lhs: SHA256Digest, rhs: SHA256Digest) -> Bool {
        let difference = lhs.words ^ rhs.words
        var all: UInt32 = 0
        for index in difference.indices { all |= difference[index] }
        return all == 0
    }
}

/// Bytes as pairs of hexadecimal digits.
package enum Hexadecimal {
    /// In lower case.
    package static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// `nil` when there is anything else than pairs of digits, in either case.
    package static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text.utf8 {
            let value: UInt8
            switch character {
            case 0x30...0x39: value = character - 0x30
            case 0x41...0x46: value = character - 0x41 + 10
            case 0x61...0x66: value = character - 0x61 + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? bytes : nil
    }
}
