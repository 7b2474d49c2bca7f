/// The form of a `Host` field: `name`, `name:port`, `[v6]` or `[v6]:port`. Empty is allowed (RFC 9110, 7.2).
enum HostName {
    static func isValid(_ text: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        if text.first == UInt8(ascii: "[") {
            index = 1
            while index < text.count, isAddressCharacter(text[index]) { index += 1 }
            guard index > 2, index < text.count, text[index] == UInt8(ascii: "]") else { return false }
            index += 1
        } else {
            while index < text.count, isNameCharacter(text[index]) { index += 1 }
        }
        if index == text.count { return true }
        guard text[index] == UInt8(ascii: ":") else { return false }
        let port = text[(index + 1)...]
        return port.count <= 5 && port.allSatisfy { ByteClass.isDigit($0) }
    }

    private static func isAddressCharacter(_ byte: UInt8) -> Bool {
        ByteClass.hexValue(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
    }

    /// unreserved, percent and sub-delims of RFC 3986.
    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x24...0x2E, 0x3B, 0x3D, 0x5F, 0x7E: true  // ! $%&'()*+,-. ; = _ ~
        default: false
        }
    }
}
