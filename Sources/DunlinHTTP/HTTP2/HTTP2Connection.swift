#if GRPC
    import CNghttp2
    import DunlinBytes
    import DunlinTelemetry
    import Synchronization

    /// A connection that speaks HTTP/2: many requests at once, each on a stream of its own.
    ///
    /// nghttp2 reads and writes the frames; what they mean, and what the client may cost, is decided here. What one read has
    /// brought goes through nghttp2 at once, and what a turn of the loop has answered is written together (`sendOut`).
    ///
    /// `@unchecked Sendable` because its base class is: everything but `isResumePending`, an `Atomic`, is touched on the loop's
    /// thread only, and the entries check it.
    final class HTTP2Connection: Connection, @unchecked Sendable {
        /// What a client may send of each body before it is asked to wait: the stream's window.
        static let firstWindowByteCount = 256 << 10
        /// The window of the whole connection. It is given back at once, so that a body that waits holds no other up.
        static let connectionWindowByteCount: Int32 = 8 << 20
        /// Fields that are refused are still unpacked, up to so many times the limit; then the connection is closed.
        static let maxRefusedHeaderFactor = 8
        /// How long after the notice clients may begin new requests, while the connection is drained.
        static let noticeMilliseconds: Int64 = 1000
        /// Frames are made up to this size before they are written.
        static let batchByteCount = 512 << 10

        /// What each streamed answer may have waiting, however much waits on other streams.
        static let streamShareByteCount = 512 << 10

        var session: HTTP2Session?
        var streams: [HTTP2Stream] = []
        /// nghttp2 is at work and may call back.
        private var isInSession = false
        /// Bytes that came behind the preface, in the read that showed it.
        private var firstInput: Bytes
        /// The stream whose fields arrive.
        var headStream: HTTP2Stream?
        /// When they began to: milliseconds of the loop's clock.
        var headStart: Int64?
        /// Bytes of bodies that the current read has brought.
        var receivedBodyByteCount = 0
        var budget = FrameBudget()
        /// Bytes of fields of the block that arrives, trailers too.
        var blockByteCount = 0
        var fields = HTTP2Fields()
        /// Bytes of answers that wait for the client, over all streams.
        var pendingAnswerByteCount = 0
        var isFlushPending = false
        private let isResumePending = Atomic<Bool>(false)
        /// The connection is over as soon as what was said is out.
        var isFailed = false
        var lastActivity: Int64

        enum GoAway { case none, notice(since: Int64), final }
        var goAway = GoAway.none
        /// Streams that are over, until those who wait for them are told: not while frames are made or read.
        var over: [HTTP2Stream] = []
        /// Streams whose answers have gone on, until those who give them are told: likewise.
        var taken: [HTTP2Stream] = []
        /// Whole requests that wait until the client has taken more of its answers, oldest first.
        var waitingRequests: [(request: HTTPRequest, stream: HTTP2Stream)] = []

        /// Goes on with the socket of a connection whose client has sent the preface, or has chosen HTTP/2 otherwise.
        ///
        /// - Parameter input: What was received, the preface included.
        init(inPlaceOf other: Connection, input: Bytes) {
            firstInput = input
            lastActivity = other.loop.now
            super.init(inPlaceOf: other)
            session = HTTP2Session(self)
            guard session != nil else { return }
            let configuration = loop.configuration
            var settings = [
                nghttp2_settings_entry(
                    settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue),
                    value: UInt32(configuration.maxConcurrentStreams)),
                nghttp2_settings_entry(
                    settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue),
                    value: UInt32(Self.firstWindowByteCount)),
                // In HTTP/2's count each field has 32 bytes more than its text.
                nghttp2_settings_entry(
                    settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue),
                    value: UInt32(configuration.maxHeaderByteCount + 32 * configuration.maxHeaderCount)),
                nghttp2_settings_entry(
                    settings_id: Int32(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES.rawValue), value: 1),
            ]
            nghttp2_submit_settings(session!.pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), &settings, settings.count)
            nghttp2_session_set_local_window_size(
                session!.pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, Self.connectionWindowByteCount)
            if loop.state.isDraining.load(ordering: .relaxed) { drain() }
        }

        // MARK: Entries

        override func proceed() {
            loop.assertCurrent()
            guard !isClosed, !isProceeding else { return }
            guard !loop.isProceeding else {
                // Another connection's input lies in the loop's read buffer.
                loop.markReady(self)
                return
            }
            isProceeding = true
            loop.isProceeding = true
            if lingerDeadline == nil { readOn() } else { discardInput() }
            isProceeding = false
            loop.isProceeding = false
            if owesProbe { probe() }
            if hasSeenEnd && !isReadable { resetUnfinished() }
            sendOut()
        }

        private func readOn() {
            if !firstInput.isEmpty {
                let input = firstInput
                firstInput = Bytes()
                input.withUnsafeBytes { receive($0) }
            }
            var budget = Self.readBudget
            while !isClosed && !isFailed && isReadable {
                guard budget > 0 else {
                    loop.markReady(self)
                    return
                }
                let buffer = loop.readBuffer
                let count = read(into: buffer)
                if count > 0 { receive(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
                budget -= count
            }
        }

        private func receive(_ input: UnsafeRawBufferPointer) {
            guard let session = session?.pointer, !isFailed else {
                if !isFailed { close() }
                return
            }
            receivedBodyByteCount = 0
            let count = inSession {
                nghttp2_session_mem_recv(
                    session, input.baseAddress?.assumingMemoryBound(to: UInt8.self), input.count)
            }
            tellOver()
            guard !isClosed else { return }
            guard count >= 0 else {
                fail(Self.errorCode(count), "\(String(cString: nghttp2_strerror(Int32(count))))")
                return
            }
            if receivedBodyByteCount > 0 { nghttp2_session_consume_connection(session, receivedBodyByteCount) }
            if nghttp2_session_want_read(session) == 0 && streams.isEmpty { isInputDone = true }
        }

        /// Calls nghttp2 where it may call back; a close meanwhile leaves the session alone until this is over.
        func inSession<Result>(_ body: () -> Result) -> Result {
            isInSession = true
            let result = body()
            isInSession = false
            if isClosed { session = nil }
            return result
        }

        /// What the client is told when nghttp2 gives up.
        private static func errorCode(_ error: Int) -> nghttp2_error_code {
            switch Int32(error) {
            case NGHTTP2_ERR_FLOODED.rawValue, NGHTTP2_ERR_TOO_MANY_SETTINGS.rawValue,
                NGHTTP2_ERR_CALLBACK_FAILURE.rawValue, NGHTTP2_ERR_TOO_MANY_CONTINUATIONS.rawValue:
                NGHTTP2_ENHANCE_YOUR_CALM
            case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue: NGHTTP2_PROTOCOL_ERROR
            default: NGHTTP2_INTERNAL_ERROR
            }
        }

        /// Memory may have become free for one of the streams; called from any thread. One message does for all of them.
        func resumeLater() {
            guard !isResumePending.exchange(true, ordering: .acquiringAndReleasing) else { return }
            loop.post(.resume(self))
        }

        override func resumeReceiving() {
            loop.assertCurrent()
            // Before it is asked for memory: what becomes free from now on is told anew.
            _ = isResumePending.exchange(false, ordering: .acquiringAndReleasing)
            guard !isClosed else { return }
            for stream in streams where stream.isHeld {
                if stream.bodyStream == nil { askForBody(stream) } else { giveWindow(stream) }
            }
            sendOut()
        }

        override func answer(_ sequence: UInt64, _ part: AnswerPart) { give(sequence, part) }

        override func watch(_ sequence: UInt64, _ action: @escaping @Sendable () -> Void) { join(sequence, action) }

        override func watch(_ sequence: UInt64, _ sending: Sending) { join(sequence, sending) }

        override func watchTaking(_ sequence: UInt64, _ action: @escaping @Sendable (Int) -> Void) {
            loop.assertCurrent()
            guard !isClosed else { return }
            stream(Int32(truncatingIfNeeded: sequence))?.onTaken = action
        }

        override func consumed(_ sequence: UInt64, _ byteCount: Int, kept: Int) {
            loop.assertCurrent()
            guard !isClosed, let stream = stream(Int32(truncatingIfNeeded: sequence)) else { return }
            keep(kept, of: stream)
            stream.owedByteCount += byteCount
            giveWindow(stream)
        }

        override func checkTime() { keepTime() }

        override func flushAnswers() {
            guard isFlushPending, !isProceeding else { return }
            sendOut()
        }

        // MARK: End

        /// Nobody reads on, perhaps: a client that is gone is found out when something is sent to it.
        private func probe() {
            guard !isClosed, let session = session?.pointer, !streams.isEmpty else { return }
            owesProbe = false
            nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
        }

        /// Requests that can never be complete: the client has ended its side, and all of it was read.
        private func resetUnfinished() {
            for stream in streams where stream.phase == .head || stream.phase == .body {
                stream.phase = .refused
                reset(stream, NGHTTP2_CANCEL)
            }
        }

        /// Tells the client why, and ends the connection. nghttp2 is not asked any more, so this is not for its callbacks.
        func fail(_ code: nghttp2_error_code, _ reason: String) {
            guard !isFailed, !isClosed else { return }
            isFailed = true
            isInputDone = true
            loop.logger.debug("connection closed", ["peer": peer, "reason": reason])
            var last: Int32 = 0
            if let session = session?.pointer { last = nghttp2_session_get_last_proc_stream_id(session) }
            output.queue(Self.goAwayFrame(last: last, code: code))
            dropStreams()
            session = nil
            tellOver()
        }

        /// A GOAWAY frame of its own: header, last stream and code.
        private static func goAwayFrame(last: Int32, code: nghttp2_error_code) -> Bytes {
            var frame: [UInt8] = [0, 0, 8, UInt8(NGHTTP2_GOAWAY.rawValue), 0, 0, 0, 0, 0]
            withUnsafeBytes(of: last.bigEndian) { frame += $0 }
            withUnsafeBytes(of: code.rawValue.bigEndian) { frame += $0 }
            return Bytes(frame)
        }

        override func drain() {
            loop.assertCurrent()
            guard !isClosed, let session = session?.pointer, case .none = goAway else { return }
            goAway = .notice(since: loop.now)
            nghttp2_submit_shutdown_notice(session)
            flushSoon()
        }

        /// What the PING behind the notice carries: when it comes back, the client has seen the notice.
        static let drainPing: [UInt8] = Array("dunlin-1".utf8)

        /// No further request is taken; the answers that are owed are still given.
        func sayGoodbye() {
            if case .final = goAway { return }
            goAway = .final
            guard let session = session?.pointer else { return }
            nghttp2_submit_goaway(
                session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nghttp2_session_get_last_proc_stream_id(session),
                NGHTTP2_NO_ERROR.rawValue, nil, 0)
        }

        override func stop() {
            super.stop()
            guard !isClosed, lingerDeadline == nil else { return }
            sayGoodbye()
            sendOut()
        }

        /// Closes when everything that was to be said is out.
        func finishIfDone() {
            guard !isClosed, lingerDeadline == nil, output.isEmpty else { return }
            if !isFailed {
                guard let session = session?.pointer else { return close() }
                guard nghttp2_session_want_write(session) == 0 || streams.isEmpty else { return }
                let isOver = nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0
                var isFinal = hasSeenEnd && !isReadable
                if case .final = goAway { isFinal = true }
                guard isOver || isFinal && streams.isEmpty else { return }
            }
            if hasSeenEnd && !isReadable || loop.isStopping { close() } else { linger() }
        }

        override func letGo() {
            dropStreams()
            if !isInSession { session = nil }
        }

        /// Nobody will read the answers that are owed, and nghttp2 finds the streams no more.
        private func dropStreams() {
            let dropped = streams
            streams = []
            waitingRequests = []
            taken = []
            headStream = nil
            over += dropped
            for stream in dropped {
                if let session = session?.pointer { nghttp2_session_set_stream_user_data(session, stream.id, nil) }
                end(stream)
            }
        }

        override func tellOfEnd() { tellOver() }

        func tellOver() {
            while !over.isEmpty {
                let told = over
                over = []
                for stream in told { Self.tell(stream) }
            }
        }
    }
#endif
