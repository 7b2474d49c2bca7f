/// The coding that a client likes best, out of all its `Accept-Encoding` fields: that of the highest quality, of equals
/// the one that compresses best.
///
/// A client that names no coding wants bodies as they are; `*` is passed over, as Triton does.
/// - SeeAlso: [RFC 9110, 12.5.3](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3)
struct AcceptEncoding {
    private(set) var best = ContentCoding.identity
    /// Of `best`, in thousandths; 0 when nothing was named yet.
    private var quality = 0

    /// Reads one field's value: `gzip;q=0.5, deflate`.
    mutating func read(_ value: UnsafeRawBufferPointer) {
        RequestHead.forEachElement(value) { element in
            let nameEnd = element.firstIndex { $0 == UInt8(ascii: ";") || ByteClass.isBlank($0) } ?? element.count
            let token = UnsafeRawBufferPointer(rebasing: element[..<nameEnd])
            guard let coding = ContentCoding(token: token),
                let quality = Self.quality(UnsafeRawBufferPointer(rebasing: element[nameEnd...]))
            else { return }
            let isBetter = quality > self.quality || quality == self.quality && coding.rawValue > best.rawValue
            guard quality > 0, isBetter else { return }
            best = coding
            self.quality = quality
        }
    }

    /// Thousandths of `;q=0.5`, blanks allowed around the semicolon; 1000 when nothing is there, `nil` when it is
    /// something else.
    private static func quality(_ text: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        func skipBlanks() { while index < text.count, ByteClass.isBlank(text[index]) { index += 1 } }
        skipBlanks()
        if index == text.count { return 1000 }
        guard text[index] == UInt8(ascii: ";") else { return nil }
        index += 1
        skipBlanks()
        guard text.count - index >= 3, text[index] | 0x20 == UInt8(ascii: "q"), text[index + 1] == UInt8(ascii: "="),
            text[index + 2] == UInt8(ascii: "0") || text[index + 2] == UInt8(ascii: "1")
        else { return nil }
        var value = Int(text[index + 2] - 0x30) * 1000
        index += 3
        if index == text.count { return value }
        guard text[index] == UInt8(ascii: "."), text.count - index <= 4 else { return nil }
        var unit = 100
        for digit in text[(index + 1)...] {
            guard ByteClass.isDigit(digit) else { return nil }
            value += Int(digit - 0x30) * unit
            unit /= 10
        }
        return value <= 1000 ? value : nil
    }
}
