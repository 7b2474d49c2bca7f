/// What a response's status line and header fields say about its end.
struct ResponseHead {
    private(set) var status: Int
    private(set) var keepsAlive: Bool
    private(set) var contentLength: Int?
    private(set) var isChunked = false

    /// - Parameter bytes: The head with the empty line that ends it.
    init(_ bytes: [UInt8]) throws(ResponseParser.Malformed) {
        // "HTTP/1.1 200 OK"
        guard bytes.count > 13, bytes.starts(with: Array("HTTP/1.".utf8)), bytes[8] == 0x20,
            bytes[9...11].allSatisfy({ (0x30...0x39).contains($0) }), bytes[12] == 0x20 || bytes[12] == 0x0D
        else { throw ResponseParser.Malformed("the status line is not one of HTTP/1: '\(Self.excerpt(bytes))'") }
        status = bytes[9...11].reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard (100...599).contains(status) else {
            throw ResponseParser.Malformed("the status is \(status); expected 100 through 599")
        }
        keepsAlive = bytes[7] != 0x30
        var start = (bytes.firstIndex(of: 0x0A) ?? bytes.count - 1) + 1
        while start < bytes.count - 2 {
            guard let end = bytes[start...].firstIndex(of: 0x0A) else { break }
            try readField(bytes[start..<end])
            start = end + 1
        }
    }

    private mutating func readField(_ line: ArraySlice<UInt8>) throws(ResponseParser.Malformed) {
        guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex else {
            throw ResponseParser.Malformed("a header line has no name: '\(Self.excerpt(Array(line)))'")
        }
        let length = colon - line.startIndex
        // The three that matter have names of these lengths.
        guard length == 14 || length == 17 || length == 10 else { return }
        let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
        let value = Self.trimmed(line[(colon + 1)...]).lowercased()
        switch name {
        case "content-length":
            guard !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(value) else {
                throw ResponseParser.Malformed("Content-Length is '\(value.prefix(40))'; expected a number")
            }
            guard contentLength == nil || contentLength == length else {
                throw ResponseParser.Malformed("Content-Length is \(contentLength ?? 0) and \(length)")
            }
            contentLength = length
        case "transfer-encoding":
            guard value == "chunked" else {
                throw ResponseParser.Malformed("Transfer-Encoding is '\(value.prefix(40))'; expected chunked")
            }
            isChunked = true
        case "connection":
            for option in value.split(separator: ",") {
                switch option.drop(while: { $0 == " " }) {
                case "close": keepsAlive = false
                case "keep-alive": keepsAlive = true
                default: break
                }
            }
        default: break
        }
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        var rest = bytes.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return String(decoding: rest, as: UTF8.self)
    }

    private static func excerpt(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix(64).prefix { $0 >= 0x20 }, as: UTF8.self)
    }
}
