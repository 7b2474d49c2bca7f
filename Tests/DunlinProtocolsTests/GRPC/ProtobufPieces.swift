import DunlinBytes

/// Messages made field by field, so that tests can also make what no writer would.
enum Piece {
    static func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }

    static func number(_ field: Int, _ value: UInt64) -> [UInt8] { varint(UInt64(field << 3)) + varint(value) }

    static func bytes(_ field: Int, _ value: [UInt8]) -> [UInt8] {
        varint(UInt64(field << 3 | 2)) + varint(UInt64(value.count)) + value
    }

    static func text(_ field: Int, _ value: String) -> [UInt8] { bytes(field, Array(value.utf8)) }

    static func fixed32(_ field: Int, _ value: Float) -> [UInt8] {
        varint(UInt64(field << 3 | 5)) + raw([value])
    }

    /// Elements as a tensor has them.
    static func raw<Element>(_ elements: [Element]) -> [UInt8] { elements.withUnsafeBytes { Array($0) } }

    static func entry(_ field: Int, _ key: String, _ value: [UInt8]) -> [UInt8] {
        bytes(field, text(1, key) + bytes(2, value))
    }

    /// Bytes from the text that byte vectors are written in: `0a 04 | 65`.
    static func hex(_ text: String) -> Bytes {
        Bytes(text.split { " |\n".contains($0) }.map { UInt8($0, radix: 16)! })
    }

    static func hex(_ bytes: Bytes) -> String {
        bytes.array.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }
}

extension [Bytes] {
    /// All segments in one.
    var joined: Bytes { Bytes(flatMap(\.array)) }
}
