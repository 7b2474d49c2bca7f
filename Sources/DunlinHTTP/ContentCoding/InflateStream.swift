#if Compression
    import CZlib
    import DunlinBytes

    /// zlib's state for inflating, which is used again for one body after the other.
    ///
    /// `@unchecked Sendable` because it has one owner at a time: the pool, under its lock, or whoever took it. zlib
    /// keeps the address of `stream`, which therefore has memory of its own.
    final class InflateStream: @unchecked Sendable {
        private let stream: UnsafeMutablePointer<z_stream>

        /// `nil` when there is no memory.
        init?() {
            stream = .allocate(capacity: 1)
            stream.initialize(to: z_stream())
            let size = Int32(MemoryLayout<z_stream>.size)
            guard inflateInit2_(stream, 15, ZLIB_VERSION, size) == Z_OK else {
                stream.deallocate()
                return nil
            }
        }

        deinit {
            inflateEnd(stream)
            stream.deallocate()
        }

        /// All of `body`, at most `limit` bytes; the byte at `alignedOffset` of it lies at a multiple of 16.
        ///
        /// - Throws: 400 when the data is broken, cut short or goes on behind its end, 413 beyond the limit, 503 when
        ///   there is no memory.
        func inflate(
            _ body: Bytes, _ format: InflationFormat, limit: Int, alignedOffset: Int = 0, budget: InflatedBudget
        ) throws(ContentCodingError) -> Bytes {
            guard let source = body.base else { return body }
            defer { withExtendedLifetime(body) {} }
            inflateReset2(stream, format.windowBits)
            let start = -alignedOffset & 15
            // One byte beyond the limit shows that there is more.
            var buffer = InflationBuffer(limit: start + limit + 1, budget: budget)
            var read = 0
            var count = 0
            while true {
                if start + count >= buffer.capacity { _ = try buffer.grow(forCompressed: body.count) }
                let input = min(body.count - read, Self.maxPieceByteCount)
                let room = min(buffer.capacity - start - count, Self.maxPieceByteCount)
                // zlib does not write its input; its type says so only where ZLIB_CONST is set.
                stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: (source + read).assumingMemoryBound(to: UInt8.self))
                stream.pointee.avail_in = uInt(input)
                stream.pointee.next_out = (buffer.base! + start + count).assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_out = uInt(room)
                let status = CZlib.inflate(stream, Z_NO_FLUSH)
                read += input - Int(stream.pointee.avail_in)
                count += room - Int(stream.pointee.avail_out)
                guard count <= limit else {
                    throw ContentCodingError(
                        413,
                        "the \(format.name) of \(body.count) bytes inflates to more than the \(limit) bytes "
                            + "that a request body may have")
                }
                switch status {
                case Z_OK: continue
                case Z_BUF_ERROR where read < body.count || start + count >= buffer.capacity: continue
                case Z_STREAM_END where read == body.count: return buffer.take(from: start, count: count)
                case Z_STREAM_END where format.hasMembers && body.dropFirst(read).isGzip: inflateReset(stream)
                default: throw failure(status, body, format, read: read, count: count)
                }
            }
        }

        private func failure(
            _ status: Int32, _ body: Bytes, _ format: InflationFormat, read: Int, count: Int
        ) -> ContentCodingError {
            let reason =
                switch status {
                case Z_STREAM_END: "goes on for \(body.count - read) bytes behind the end of its data"
                case Z_BUF_ERROR: "is cut short: its \(body.count) bytes inflate to \(count), and the end is missing"
                case Z_NEED_DICT: "needs a preset dictionary, which no request can bring"
                case Z_MEM_ERROR: "could not be inflated: there is no memory"
                default:
                    "is broken after \(read) of \(body.count) bytes: "
                        + (stream.pointee.msg.map { String(cString: $0) } ?? "zlib's error \(status)")
                }
            return ContentCodingError(status == Z_MEM_ERROR ? 503 : 400, "the \(format.name) \(reason)")
        }

        /// zlib counts in 32 bits.
        private static let maxPieceByteCount = 1 << 30
    }

    extension Bytes {
        /// Begins as a member of a gzip file.
        fileprivate var isGzip: Bool { count >= 2 && self[0] == 0x1F && self[1] == 0x8B }
    }
#endif
