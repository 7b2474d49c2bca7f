import DunlinBytes

/// The body of answers that HTTP itself gives: `{"error":"…"}`.
enum ErrorBody {
    static func json(_ message: String) -> Bytes {
        var builder = BytesBuilder(capacity: message.utf8.count + 16)
        builder.append("{\"error\":\"")
        for byte in message.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                builder.append(UInt8(ascii: "\\"))
                builder.append(byte)
            case 0..<0x20:
                builder.append("\\u00")
                builder.append(hexDigit(byte >> 4))
                builder.append(hexDigit(byte & 15))
            default: builder.append(byte)
            }
        }
        builder.append("\"}")
        return builder.finish()
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x61 + value - 10 }
}
