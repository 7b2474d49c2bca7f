import DunlinBytes
import Glibc

/// A path cut at its slashes and percent-decoded: pieces of memory, no text.
enum PathSegments {
    /// Gives `body` the segments of `path`; `nil` without a call when it does not start with "/", has an empty segment
    /// (other than one trailing slash), a broken escape, a NUL or more than `limit` segments.
    static func withSegments<Result>(
        of path: Bytes, limit: Int, _ body: (UnsafeBufferPointer<UnsafeRawBufferPointer>) -> Result?
    ) -> Result? {
        path.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, bytes[0] == UInt8(ascii: "/"), memchr(base, 0, bytes.count) == nil
            else {
                return nil
            }
            // Not the trailing slash; "//" has an empty segment.
            let end = bytes.count > 2 && bytes[bytes.count - 1] == UInt8(ascii: "/") ? bytes.count - 1 : bytes.count
            // Decoded segments are never longer than what they were written as.
            let scratchByteCount = memchr(base, 0x25, bytes.count) == nil ? 0 : bytes.count
            return withUnsafeTemporaryAllocation(byteCount: scratchByteCount, alignment: 1) { scratch in
                withUnsafeTemporaryAllocation(of: UnsafeRawBufferPointer.self, capacity: limit) { segments in
                    let path = UnsafeRawBufferPointer(start: base, count: end)
                    guard let count = split(path, into: segments, decodingInto: scratch) else { return nil }
                    return body(UnsafeBufferPointer(rebasing: segments[..<count]))
                }
            }
        }
    }

    /// How many segments there are; `nil` when one is not well formed.
    private static func split(
        _ path: UnsafeRawBufferPointer, into segments: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>,
        decodingInto scratch: UnsafeMutableRawBufferPointer
    ) -> Int? {
        if path.count == 1 { return 0 }
        var count = 0
        var start = 1
        var decodedCount = 0
        while true {
            let found = memchr(path.baseAddress! + start, 0x2F, path.count - start)
            let stop = found.map { UnsafeRawPointer($0) - path.baseAddress! } ?? path.count
            guard stop > start, count < segments.count else { return nil }
            var segment = UnsafeRawBufferPointer(rebasing: path[start..<stop])
            if !scratch.isEmpty, memchr(segment.baseAddress!, 0x25, segment.count) != nil {
                let space = UnsafeMutableRawBufferPointer(rebasing: scratch[decodedCount...])
                guard let length = decode(segment, into: space) else { return nil }
                segment = UnsafeRawBufferPointer(rebasing: space[..<length])
                decodedCount += length
            }
            segments.initializeElement(at: count, to: segment)
            count += 1
            if found == nil { return count }
            start = stop + 1
            if start == path.count { return nil }
        }
    }

    /// Percent-decodes; the length, or `nil` for a broken escape or a NUL.
    private static func decode(_ bytes: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer) -> Int? {
        var count = 0
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
            out[count] = byte
            count += 1
            index += 1
        }
        return count
    }
}
