#if GRPC
    import CNghttp2
    import DunlinBytes
    import DunlinTelemetry
    import Synchronization

    /// Answers: given in any order, in whole or in parts, and sent as far as the client's windows allow.
    extension HTTP2Connection {
        /// Takes a part of an answer; written with what else the turn brings.
        func give(_ sequence: UInt64, _ part: AnswerPart) {
            loop.assertCurrent()
            guard !isClosed, !isFailed, let stream = stream(Int32(truncatingIfNeeded: sequence)),
                !stream.isAnswerComplete
            else { return }
            stream.sending?.begin(part)
            if stream.pendingByteCount == 0 { stream.lastProgress = loop.now }
            switch part {
            case .whole(let response): giveWhole(stream, response)
            case .begin(let response):
                begin(stream, response, contentLength: nil, hasBody: !stream.isHead)
                if stream.isHead { stream.isAnswerComplete = true }
            case .bytes(let bytes):
                budget.addPiece()
                _ = give(stream, [bytes])
            case .end(let trailers):
                stream.isAnswerComplete = true
                stream.trailers = trailers
                resume(stream)
            case .abandoned: reset(stream, NGHTTP2_INTERNAL_ERROR)
            }
            flushSoon()
        }

        private func giveWhole(_ stream: HTTP2Stream, _ response: HTTPResponse) {
            let mayHaveBody = response.status != 204 && response.status != 304
            let count = response.bodyByteCount
            stream.isAnswerComplete = true
            stream.trailers = stream.isHead ? [] : response.trailers
            // Who sends trailers does not know the end before.
            let length = mayHaveBody && response.trailers.isEmpty && response.contentType?.isGRPC != true ? count : nil
            let hasBody = mayHaveBody && !stream.isHead && (count > 0 || !response.trailers.isEmpty)
            if hasBody && !give(stream, response.body) { return }
            begin(stream, response, contentLength: length, hasBody: hasBody)
        }

        private func begin(_ stream: HTTP2Stream, _ response: HTTPResponse, contentLength: Int?, hasBody: Bool) {
            guard let session = session?.pointer, !stream.hasHead else { return }
            stream.hasHead = true
            fields.setHead(response, contentLength: contentLength)
            let result = fields.withVector { vector, count in
                guard hasBody else { return nghttp2_submit_response(session, stream.id, vector, count, nil) }
                var provider = HTTP2Session.dataProvider()
                return nghttp2_submit_response(session, stream.id, vector, count, &provider)
            }
            if result != 0 { reset(stream, NGHTTP2_INTERNAL_ERROR) }
        }

        /// False when the client takes too little of its answers for this one.
        private func give(_ stream: HTTP2Stream, _ segments: [Bytes]) -> Bool {
            let before = stream.pendingByteCount
            for segment in segments { stream.append(segment) }
            let others = pendingAnswerByteCount - before
            pendingAnswerByteCount += stream.pendingByteCount - before
            // A single answer may be as large as it likes.
            let isAlone = others == 0 && (before == 0 || stream.isAnswerComplete)
            if !isAlone && pendingAnswerByteCount > loop.configuration.maxBufferedResponseByteCount {
                loop.logger.debug("stream reset", ["peer": peer, "reason": "the client does not take its answers"])
                reset(stream, NGHTTP2_ENHANCE_YOUR_CALM)
                return false
            }
            resume(stream)
            return true
        }

        private func resume(_ stream: HTTP2Stream) {
            guard stream.isDeferred, let session = session?.pointer else { return }
            stream.isDeferred = false
            nghttp2_session_resume_data(session, stream.id)
        }

        /// Gives up on one stream: nothing more is sent on it, and nobody is left to answer.
        func reset(_ stream: HTTP2Stream, _ code: nghttp2_error_code) {
            guard let session = session?.pointer else { return }
            stream.isAnswerComplete = true
            nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, code.rawValue)
            flushSoon()
        }

        // MARK: Watching

        func join(_ sequence: UInt64, _ action: @escaping @Sendable () -> Void) {
            loop.assertCurrent()
            guard !isClosed, let stream = stream(Int32(truncatingIfNeeded: sequence)) else { return action() }
            guard let earlier = stream.onDisconnect else {
                stream.onDisconnect = action
                return
            }
            stream.onDisconnect = {
                earlier()
                action()
            }
        }

        func join(_ sequence: UInt64, _ sending: Sending) {
            loop.assertCurrent()
            guard !isClosed, let stream = stream(Int32(truncatingIfNeeded: sequence)) else {
                return sending.finish(isSent: false)
            }
            stream.sending = sending
        }

        /// `stream` is over: gives back what it has.
        func end(_ stream: HTTP2Stream) {
            releaseBody(stream)
            stream.reader.abandon()
            pendingAnswerByteCount -= stream.pendingByteCount
            stream.pendingByteCount = 0
            stream.segments = []
            if !stream.hasSentEnd { stream.isSet.store(true, ordering: .relaxed) }
            if stream.isCounted {
                stream.isCounted = false
                loop.state.inFlightCount.wrappingSubtract(1, ordering: .relaxed)
            }
        }

        /// Tells who waits for a stream that is over.
        static func tell(_ stream: HTTP2Stream) {
            let action = stream.onDisconnect.take()
            if !stream.hasSentEnd { action?() }
            stream.sending.take()?.finish(isSent: false)
            stream.bodyStream.take()?.abandon()
        }
    }
#endif
