#if GRPC
    import DunlinBytes

    /// One request and its answer on a connection that has many.
    ///
    /// `@unchecked Sendable` because everything but `isSet`, which is an `Atomic`, is touched on the thread of the
    /// connection's loop only; replies hold the object for that one value.
    final class HTTP2Stream: ReplyCancellation, BodyReceiver, @unchecked Sendable {
        let connection: HTTP2Connection
        let id: Int32
        /// Its place in `HTTP2Connection.streams`.
        var index = 0

        // The request
        enum Phase { case head, body, complete, refused }
        var phase = Phase.head
        var reader: HTTP2RequestReader
        var isHead = false
        /// What the client was allowed to send in all.
        var grantedByteCount = HTTP2Connection.firstWindowByteCount
        /// What this stream has of the server's memory for arriving bodies.
        var accountedByteCount = 0
        /// It waits for more of that memory.
        var isHeld = false
        /// When the body began, or was last held up by us: milliseconds of the loop's clock.
        var bodyStart: Int64
        /// When its first byte was read; 0 when nobody wants to know.
        var receiveStart: UInt64 = 0
        var bodyStream: HTTPBodyStream?

        // The answer
        var isCounted = false
        var hasHead = false
        var segments: [Bytes] = []
        /// The first segment that has something left, and how much of it is gone.
        var nextSegment = 0
        var segmentOffset = 0
        /// Bytes of `segments` that are left.
        var pendingByteCount = 0
        /// No more segments follow.
        var isAnswerComplete = false
        var trailers: [(name: String, value: String)] = []
        /// nghttp2 asks no more until it is told that there are segments.
        var isDeferred = false
        var hasSentEnd = false
        /// When the client last took something: milliseconds of the loop's clock.
        var lastProgress: Int64
        var onDisconnect: (@Sendable () -> Void)?
        var sending: Sending?

        init(connection: HTTP2Connection, id: Int32) {
            self.connection = connection
            self.id = id
            let loop = connection.loop
            reader = HTTP2RequestReader(limits: loop.limits, pool: loop.state.pool)
            bodyStart = loop.now
            lastProgress = loop.now
        }

        /// Memory may have become free; called from any thread.
        func resumeLater() { connection.loop.post(.resume(connection)) }

        func append(_ bytes: Bytes) {
            guard !bytes.isEmpty else { return }
            segments.append(bytes)
            pendingByteCount += bytes.count
        }

        /// Gives the next `count` bytes of the answer, in pieces.
        ///
        /// - Precondition: So many are left.
        func take(_ count: Int, _ visit: (Bytes) -> Void) {
            var missing = count
            while missing > 0 {
                let segment = segments[nextSegment]
                let length = min(missing, segment.count - segmentOffset)
                visit(segment[segmentOffset..<(segmentOffset + length)])
                missing -= length
                segmentOffset += length
                if segmentOffset == segment.count {
                    segments[nextSegment] = Bytes()
                    nextSegment += 1
                    segmentOffset = 0
                }
            }
            pendingByteCount -= count
            if nextSegment == segments.count {
                segments.removeAll(keepingCapacity: true)
                nextSegment = 0
            }
        }
    }
#endif
