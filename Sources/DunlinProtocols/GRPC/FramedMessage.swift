package import DunlinBytes
import DunlinInference

/// What readers and writers of single messages share.
package enum FramedMessage {
    /// A message of the fields that `body` writes, behind its frame's prefix.
    static func framed(capacity: Int = 128, _ body: (inout ProtobufWriter) -> Void) -> Bytes {
        var writer = ProtobufWriter(capacity: capacity)
        writer.raw(count: GRPCFrame.prefixByteCount) { GRPCFrame(byteCount: 0).write(to: $0) }
        body(&writer)
        writer.writePrefix()
        return writer.finish()
    }

    /// A message without fields.
    package static let empty = framed { _ in }

    /// Reads the fields of `message` with `body`.
    ///
    /// - Throws: `.invalidArgument` that names the message, in the place of what `body` throws.
    static func read<Result>(
        _ message: Bytes, _ name: StaticString,
        _ body: (inout ProtobufCursor) throws(ProtobufError) -> Result
    ) throws(InferError) -> Result {
        try message.withUnsafeBytes { (bytes) throws(InferError) in
            var cursor = ProtobufCursor(bytes)
            do throws(ProtobufError) { return try body(&cursor) } catch {
                throw InferError(.invalidArgument, "\(name): \(error)")
            }
        }
    }
}

extension ProtobufWriter {
    /// Puts the length of what was written behind the first five bytes into them.
    ///
    /// - Parameter extra: Bytes of the message that follow in other segments.
    mutating func writePrefix(extra: Int = 0) {
        let length = count - GRPCFrame.prefixByteCount + extra
        overwritePrefix { GRPCFrame(byteCount: length).write(to: $0) }
    }
}
