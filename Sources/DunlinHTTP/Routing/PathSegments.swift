import DunlinBytes

/// A path cut at its slashes and percent-decoded.
enum PathSegments {
    /// The segments of `path`; `nil` when it does not start with "/", has an empty segment (other than one
    /// trailing slash), a broken escape, a NUL, ill-formed UTF-8 or more than `limit` segments.
    static func split(_ path: Bytes, limit: Int) -> [String]? {
        path.withUnsafeBytes { bytes in
            guard bytes.first == UInt8(ascii: "/") else { return nil }
            var end = bytes.count
            if end > 1 && bytes[end - 1] == UInt8(ascii: "/") { end -= 1 }
            if end == 1 { return bytes.count == 1 ? [] : nil }
            var segments: [String] = []
            segments.reserveCapacity(8)
            var start = 1
            for index in 1...end where index == end || bytes[index] == UInt8(ascii: "/") {
                guard index > start, segments.count < limit,
                    let segment = decode(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
                else { return nil }
                segments.append(segment)
                start = index + 1
            }
            return segments
        }
    }

    /// Percent-decodes; `nil` for a broken escape, a NUL or ill-formed UTF-8.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard bytes.contains(where: { $0 == UInt8(ascii: "%") || $0 == 0 }) else {
            return String(validating: bytes, as: UTF8.self)
        }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            var byte = bytes[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < bytes.count, let high = ByteClass.hexValue(bytes[index + 1]),
                    let low = ByteClass.hexValue(bytes[index + 2])
                else { return nil }
                byte = high << 4 | low
                index += 2
            }
            guard byte != 0 else { return nil }
            decoded.append(byte)
            index += 1
        }
        return String(validating: decoded, as: UTF8.self)
    }
}
