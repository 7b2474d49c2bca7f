#if Compression
    import CZlib
    import DunlinBytes
    import Glibc

    /// zlib's state for compressing, which is used again for one body after the other.
    ///
    /// `@unchecked Sendable` because it has one owner at a time: the pool, under its lock, or whoever took it. zlib
    /// keeps the address of `stream`, which therefore has memory of its own.
    final class DeflateStream: @unchecked Sendable {
        /// Compressed bodies are made in pieces of this size.
        static let pieceByteCount = 64 << 10

        private let stream: UnsafeMutablePointer<z_stream>

        /// - Parameter level: 1, fast, to 9, small.
        /// `nil` when there is no memory.
        init?(_ coding: ContentCoding, level: Int) {
            stream = .allocate(capacity: 1)
            stream.initialize(to: z_stream())
            let windowBits: Int32 = coding == .gzip ? 15 + 16 : 15
            let size = Int32(MemoryLayout<z_stream>.size)
            let status = deflateInit2_(
                stream, Int32(level), Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
            guard status == Z_OK else {
                stream.deallocate()
                return nil
            }
        }

        deinit {
            deflateEnd(stream)
            stream.deallocate()
        }

        /// `body` compressed; `nil` when that takes `limit` bytes or more, or there is no memory.
        func compress(_ body: [Bytes], limit: Int) -> [Bytes]? {
            deflateReset(stream)
            var pieces = Pieces(limit: limit)
            for segment in body {
                guard write(segment, to: &pieces) else { return nil }
            }
            stream.pointee.next_in = nil
            stream.pointee.avail_in = 0
            while true {
                guard pieces.prepare(stream) else { return nil }
                let status = deflate(stream, Z_FINISH)
                pieces.count(stream)
                if status == Z_STREAM_END { return pieces.finish() }
                // Z_BUF_ERROR: there was no room left in this piece.
                guard status == Z_OK || status == Z_BUF_ERROR else { return nil }
            }
        }

        private func write(_ segment: Bytes, to pieces: inout Pieces) -> Bool {
            guard let source = segment.base else { return true }
            defer { withExtendedLifetime(segment) {} }
            var read = 0
            while read < segment.count {
                let input = min(segment.count - read, 1 << 30)
                stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: (source + read).assumingMemoryBound(to: UInt8.self))
                stream.pointee.avail_in = uInt(input)
                guard pieces.prepare(stream) else { return false }
                guard deflate(stream, Z_NO_FLUSH) == Z_OK else { return false }
                pieces.count(stream)
                read += input - Int(stream.pointee.avail_in)
            }
            return true
        }
    }

    /// Where compressed bytes go: pieces of memory, the last one partly filled.
    private struct Pieces: ~Copyable {
        private var full: [Bytes] = []
        private var memory: UnsafeMutableRawPointer?
        private var capacity = 0
        private var filled = 0
        /// What may still be allocated.
        private var rest: Int

        init(limit: Int) { rest = limit }

        deinit { free(memory) }

        /// Gives `stream` the room there is, in a new piece when the last one is full; false when there is none.
        mutating func prepare(_ stream: UnsafeMutablePointer<z_stream>) -> Bool {
            if filled == capacity {
                close()
                let size = min(DeflateStream.pieceByteCount, rest)
                guard size > 0, let fresh = malloc(size) else { return false }
                (memory, capacity, filled) = (fresh, size, 0)
                rest -= size
            }
            stream.pointee.next_out = (memory! + filled).assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = uInt(capacity - filled)
            return true
        }

        /// Counts what `stream` has written into the room that it was given.
        mutating func count(_ stream: UnsafeMutablePointer<z_stream>) {
            filled = capacity - Int(stream.pointee.avail_out)
        }

        mutating func finish() -> [Bytes] {
            close()
            return full
        }

        private mutating func close() {
            guard let memory else { return }
            if filled > 0 { full.append(Bytes(adopting: memory, count: filled)) } else { free(memory) }
            self.memory = nil
            (capacity, filled) = (0, 0)
        }
    }
#endif
