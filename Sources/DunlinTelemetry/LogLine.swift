/// The bytes of one record under construction.
struct LogLine {
    private let format: Logger.Format
    private var bytes: [UInt8] = []

    init(format: Logger.Format) {
        self.format = format
        bytes.reserveCapacity(256)
    }

    mutating func begin(time: String, level: String, message: String) {
        switch format {
        case .text:
            bytes.append(contentsOf: "\(time) \(level) ".utf8)
            appendEscaped(message, quotingAllowed: false)
        case .json:
            bytes.append(contentsOf: "{\"time\":\"\(time)\",\"level\":\"\(level)\",\"message\":".utf8)
            appendQuoted(message)
        }
    }

    mutating func add(_ key: String, _ value: String) {
        switch format {
        case .text:
            bytes.append(UInt8(ascii: " "))
            appendEscaped(key, quotingAllowed: true)
            bytes.append(UInt8(ascii: "="))
            appendEscaped(value, quotingAllowed: true)
        case .json:
            bytes.append(UInt8(ascii: ","))
            appendQuoted(key)
            bytes.append(UInt8(ascii: ":"))
            appendQuoted(value)
        }
    }

    mutating func finish() -> [UInt8] {
        if format == .json { bytes.append(UInt8(ascii: "}")) }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// As it is when it is one plain word (or a message); otherwise quoted, so that `a=b c` cannot be two fields.
    private mutating func appendEscaped(_ text: String, quotingAllowed: Bool) {
        let isWord =
            !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x5C && $0 < 0x7F }
        if quotingAllowed && !isWord {
            appendQuoted(text)
        } else {
            appendContent(text)
        }
    }

    private mutating func appendQuoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        appendContent(text)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Escapes as in JSON; control characters that could move a terminal's cursor are escaped too.
    private mutating func appendContent(_ text: String) {
        var room = Logger.maxValueByteCount
        for scalar in text.unicodeScalars {
            let width = UTF8.width(scalar)
            guard room >= width else {
                bytes.append(contentsOf: "...".utf8)
                return
            }
            room -= width
            switch scalar.value {
            case 0x22: bytes.append(contentsOf: "\\\"".utf8)
            case 0x5C: bytes.append(contentsOf: "\\\\".utf8)
            case 0x0A: bytes.append(contentsOf: "\\n".utf8)
            case 0x0D: bytes.append(contentsOf: "\\r".utf8)
            case 0x09: bytes.append(contentsOf: "\\t".utf8)
            // C0, DEL, C1, line and paragraph separators, and the characters that reverse the writing direction.
            case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069:
                let digits = String(scalar.value, radix: 16)
                bytes.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8)
            default: bytes.append(contentsOf: UTF8.encode(scalar)!)
            }
        }
    }
}
