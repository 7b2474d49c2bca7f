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
        /// Bytes of a streamed body that were used up and are kept all the same, and bytes of it that the client may not send
        /// again yet because there is no memory for more.
        var keptByteCount = 0
        var owedByteCount = 0

        // The answer
        var isCounted = false
        var hasHead = false
        /// What the client has not taken yet.
        var pending = SegmentQueue()
        /// No more of it follows.
        var isAnswerComplete = false
        /// The stream ends without the rest of its answer.
        var isReset = false
        var trailers: [(name: String, value: String)] = []
        /// nghttp2 asks no more until it is told that there are segments.
        var isDeferred = false
        var hasSentEnd = false
        /// When the client last took something: milliseconds of the loop's clock.
        var lastProgress: Int64
        var onDisconnect: (@Sendable () -> Void)?
        /// Who wants to know what the client has taken, and how much of that is not told yet.
        var onTaken: (@Sendable (Int) -> Void)?
        var takenByteCount = 0
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
        func resumeLater() { connection.resumeLater() }
    }
#endif
