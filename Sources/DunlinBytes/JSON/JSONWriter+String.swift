extension JSONWriter {
    /// Appends `text` between quotation marks, escaping what JSON demands and nothing else.
    mutating func quote(_ text: UnsafeRawBufferPointer) {
        guard let source = text.baseAddress else {
            builder.append("\"\"")
            return
        }
        let clean = JSONText.plainPrefix(source, count: text.count)
        if clean == text.count {
            builder.withSpace(text.count + 2) { space in
                space.storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
                (space + 1).copyMemory(from: source, byteCount: text.count)
                space.storeBytes(of: UInt8(ascii: "\""), toByteOffset: text.count + 1, as: UInt8.self)
                return text.count + 2
            }
            return
        }
        builder.append(UInt8(ascii: "\""))
        // In blocks, so that a long text with one escape does not ask for six times its size.
        var rest = UnsafeRawBufferPointer(rebasing: text[...])
        while !rest.isEmpty {
            let block = rest.prefix(4096)
            builder.withSpace(block.count * Self.maxEscapeByteCount) { space in
                let out = space.assumingMemoryBound(to: UInt8.self)
                var count = 0
                for byte in block { count += Self.escape(byte, to: out + count) }
                return count
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(block.count))
        }
        builder.append(UInt8(ascii: "\""))
    }

    /// Bytes of the longest escape, `\u001f`.
    private static let maxEscapeByteCount = 6

    /// Writes one byte of a string, escaped when it must be, and returns how many bytes that took.
    private static func escape(_ byte: UInt8, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let short: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): short = byte
        case 0x08: short = UInt8(ascii: "b")
        case 0x09: short = UInt8(ascii: "t")
        case 0x0A: short = UInt8(ascii: "n")
        case 0x0C: short = UInt8(ascii: "f")
        case 0x0D: short = UInt8(ascii: "r")
        case 0..<0x20:
            out[0] = UInt8(ascii: "\\")
            out[1] = UInt8(ascii: "u")
            out[2] = UInt8(ascii: "0")
            out[3] = UInt8(ascii: "0")
            out[4] = UInt8(ascii: "0") + (byte >> 4)
            out[5] = byte & 15 < 10 ? UInt8(ascii: "0") + (byte & 15) : UInt8(ascii: "a") + (byte & 15) - 10
            return 6
        default:
            out[0] = byte
            return 1
        }
        out[0] = UInt8(ascii: "\\")
        out[1] = short
        return 2
    }
}
