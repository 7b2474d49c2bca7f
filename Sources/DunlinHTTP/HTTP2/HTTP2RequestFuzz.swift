import DunlinBytes

/// Feeds arbitrary fields and pieces of body to the reader of HTTP/2's requests, and traps when a request comes out that its
/// limits do not allow, or that depends on how its body was cut.
package enum HTTP2RequestFuzz {
    package static func run(_ bytes: UnsafeRawBufferPointer) {
        var configuration = HTTPServerConfiguration()
        configuration.maxRequestLineByteCount = 128
        configuration.maxHeaderByteCount = 512
        configuration.maxHeaderCount = 8
        configuration.maxBodyByteCount = 65_536
        configuration.alignedOffsetField = "x"
        let limits = RequestParser.Limits(configuration)
        let whole = outcome(bytes, limits, pieceByteCount: max(1, bytes.count))
        let cut = outcome(bytes, limits, pieceByteCount: 1 + Int(bytes.first ?? 0) % 7)
        precondition(whole == cut, "a request depends on how its body was cut")
    }

    /// Fields are lines `name value`, up to an empty line; the rest is the body.
    private static func outcome(
        _ bytes: UnsafeRawBufferPointer, _ limits: RequestParser.Limits, pieceByteCount: Int
    ) -> String {
        var reader = HTTP2RequestReader(limits: limits, pool: nil)
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A) {
            let line = UnsafeRawBufferPointer(rebasing: rest[..<end])
            rest = rest[(end + 1)...]
            guard let space = line.firstIndex(of: 0x20) else { break }
            let name = UnsafeRawBufferPointer(rebasing: line[..<space])
            let value = UnsafeRawBufferPointer(rebasing: line[(space + 1)...])
            // nghttp2 lets nothing else through.
            let text = name.first == UInt8(ascii: ":") ? UnsafeRawBufferPointer(rebasing: name[1...]) : name
            guard !text.isEmpty, text.allSatisfy({ ByteClass.isToken($0) }),
                value.allSatisfy({ ByteClass.isFieldContent($0) })
            else { continue }
            reader.field(name, value)
        }
        do throws(RequestError) {
            try reader.endHead()
            while !rest.isEmpty {
                let piece = rest.prefix(pieceByteCount)
                try reader.body(UnsafeRawBufferPointer(rebasing: piece))
                rest = rest.dropFirst(piece.count)
            }
        } catch {
            return "\(error.status) \(error.message)"
        }
        let received = reader.bodyReceivedCount
        let request = reader.finish()
        precondition(request.body.count == received && received <= limits.maxBodyByteCount, "a body beyond its limit")
        precondition(request.headers.fields.count <= limits.maxHeaderCount, "more fields than may be")
        return "\(request.method) \(request.path.string) \(request.query?.string ?? "-") "
            + "\(request.headers.fields) \(request.body.array)"
    }
}
