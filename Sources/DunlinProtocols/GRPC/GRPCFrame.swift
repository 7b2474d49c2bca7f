package import DunlinBytes
package import DunlinInference

/// The five bytes in front of each gRPC message: whether it is compressed, and its length, most significant byte first.
package struct GRPCFrame: Sendable, Equatable {
    package static let prefixByteCount = 5

    package var isCompressed: Bool
    package var byteCount: Int

    package init(isCompressed: Bool = false, byteCount: Int) {
        self.isCompressed = isCompressed
        self.byteCount = byteCount
    }

    /// - Parameter bytes: At least the prefix.
    /// - Throws: `.internal`, as gRPC says of what is no message, when the first byte is neither 0 nor 1.
    package init(_ bytes: UnsafeRawBufferPointer) throws(InferError) {
        guard bytes[0] <= 1 else {
            throw InferError(.internal, "gRPC message: expected a first byte of 0 or 1 (compressed), found \(bytes[0])")
        }
        isCompressed = bytes[0] == 1
        byteCount = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
    }

    /// Writes the prefix.
    package func write(to target: UnsafeMutableRawPointer) {
        target.storeBytes(of: isCompressed ? 1 : 0, as: UInt8.self)
        target.storeBytes(of: UInt32(byteCount).bigEndian, toByteOffset: 1, as: UInt32.self)
    }

    /// The only message of a unary call's body.
    ///
    /// - Throws: `.internal` when the body is not one whole message, `.resourceExhausted` beyond `maxByteCount`.
    package static func only(in body: Bytes, maxByteCount: Int) throws(InferError) -> (
        message: Bytes, isCompressed: Bool
    ) {
        guard body.count >= prefixByteCount else {
            throw InferError(.internal, "gRPC message: expected one message, found \(body.count) bytes")
        }
        let frame = try body.withUnsafeBytes { (bytes) throws(InferError) in try GRPCFrame(bytes) }
        guard frame.byteCount <= maxByteCount else { throw tooLarge(frame.byteCount, maxByteCount) }
        guard frame.byteCount == body.count - prefixByteCount else {
            throw InferError(
                .internal,
                "gRPC message: expected \(frame.byteCount) bytes, found \(body.count - prefixByteCount)")
        }
        return (body.dropFirst(prefixByteCount), frame.isCompressed)
    }

    static func tooLarge(_ byteCount: Int, _ limit: Int) -> InferError {
        InferError(.resourceExhausted, "the message has \(byteCount) bytes; the limit is \(limit) (--max-body-size)")
    }
}

/// Cuts a stream of bytes into gRPC messages. A message that came in one piece is a slice of it; others are joined in
/// memory that grows as they arrive.
package struct GRPCFrameReader: ~Copyable {
    package typealias Message = (message: Bytes, isCompressed: Bool)

    private let maxByteCount: Int
    private var rest = Bytes()
    private var joined = BytesBuilder()

    /// - Parameter maxByteCount: The largest message, without its prefix.
    package init(maxByteCount: Int) { self.maxByteCount = maxByteCount }

    /// Takes what arrived next. `next()` must have returned `nil` before.
    package mutating func append(_ bytes: Bytes) {
        if joined.count == 0, rest.isEmpty {
            rest = bytes
            return
        }
        joined.append(rest)
        rest = Bytes()
        joined.append(bytes)
    }

    /// Bytes that are kept. After `next()` has returned `nil` they are of a message that is not whole.
    package var byteCount: Int { joined.count + rest.count }

    /// Bytes of memory that what lies behind the last message keeps from being let go; `nil` when that is not known.
    package var keptByteCount: Int? { rest.keptByteCount }

    /// The next whole message; `nil` when more must arrive first.
    ///
    /// - Throws: As `GRPCFrame.only`. Nothing can be read afterwards.
    package mutating func next() throws(InferError) -> Message? {
        guard byteCount >= GRPCFrame.prefixByteCount else { return nil }
        let frame =
            joined.count > 0
            ? try joined.withWrittenBytes { (bytes) throws(InferError) in
                try GRPCFrame(UnsafeRawBufferPointer(start: bytes, count: GRPCFrame.prefixByteCount))
            } : try rest.withUnsafeBytes { (bytes) throws(InferError) in try GRPCFrame(bytes) }
        guard frame.byteCount <= maxByteCount else { throw GRPCFrame.tooLarge(frame.byteCount, maxByteCount) }
        let needed = GRPCFrame.prefixByteCount + frame.byteCount
        guard byteCount >= needed else { return nil }
        guard joined.count > 0 else {
            defer { rest = rest.dropFirst(needed) }
            return (rest[GRPCFrame.prefixByteCount..<needed], frame.isCompressed)
        }
        let whole = joined.finish()
        // The little that follows must not keep the memory of a message that is used up.
        rest = whole.dropFirst(needed).withUnsafeBytes { Bytes(copying: $0) }
        return (whole[GRPCFrame.prefixByteCount..<needed], frame.isCompressed)
    }
}
