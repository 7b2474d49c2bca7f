#if GRPC
    import CNghttp2
    import DunlinBytes
    import DunlinTelemetry
    import Synchronization

    /// Requests: their fields, their bodies and how much of them may come. Called by nghttp2 while it reads.
    extension HTTP2Connection {
        /// What nghttp2 is told when the connection must end.
        private static let failure = Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
        /// Data frames below this size that do not end a body count as control frames.
        private static let smallDataByteCount = 64
        /// The same for streamed bodies, whose messages may be as short as gRPC's frame around them.
        private static let smallPieceByteCount = 5

        /// The header of a frame is there: counts those that carry no request.
        func beginFrame(_ header: nghttp2_frame_hd) -> Int32 {
            // No other frame may come into a header; one that was refused has no end of its own.
            if UInt32(header.type) != NGHTTP2_CONTINUATION.rawValue { headStart = nil }
            let isAcknowledgement = header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0
            let isLast = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
            let isCalm: Bool
            switch nghttp2_frame_type(UInt32(header.type)) {
            case NGHTTP2_HEADERS: isCalm = true
            case NGHTTP2_DATA: isCalm = isLast || !isSmall(header) || takeControl()
            case NGHTTP2_RST_STREAM: isCalm = budget.takeReset(at: loop.now)
            case NGHTTP2_SETTINGS, NGHTTP2_PING: isCalm = isAcknowledgement && header.length <= 8 || takeControl()
            default: isCalm = takeControl()
            }
            return isCalm ? 0 : Self.failure
        }

        private func isSmall(_ data: nghttp2_frame_hd) -> Bool {
            guard data.length < Self.smallDataByteCount else { return false }
            return data.length < Self.smallPieceByteCount || stream(data.stream_id)?.bodyStream == nil
        }

        /// A frame broke the rules, and its stream is refused.
        func invalidFrame() -> Int32 { budget.takeReset(at: loop.now) ? 0 : Self.failure }

        private func takeControl() -> Bool { budget.takeControl(at: loop.now) }

        func beginHeaders(_ id: Int32, isRequest: Bool) -> Int32 {
            headStart = loop.now
            blockByteCount = 0
            // One that was refused in its header has no end of its own.
            headStream = nil
            guard isRequest, let session = session?.pointer else { return 0 }
            let stream = HTTP2Stream(connection: self, id: id)
            stream.index = streams.count
            streams.append(stream)
            headStream = stream
            if loop.state.timing.isOn { stream.receiveStart = TimingSwitch.nanoseconds() }
            return nghttp2_session_set_stream_user_data(session, id, Unmanaged.passUnretained(stream).toOpaque())
        }

        func field(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Int32 {
            // Trailers say nothing here, but they cost the same.
            blockByteCount += name.count + value.count + 3
            let limit = loop.limits.maxHeaderByteCount + loop.limits.maxRequestLineByteCount
            guard blockByteCount <= Self.maxRefusedHeaderFactor * limit else { return Self.failure }
            headStream?.reader.field(name, value)
            return 0
        }

        /// A whole frame is there.
        func endFrame(_ frame: nghttp2_frame) {
            let isLast = frame.hd.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
            switch nghttp2_frame_type(UInt32(frame.hd.type)) {
            case NGHTTP2_HEADERS:
                headStart = nil
                if let stream = headStream, stream.id == frame.hd.stream_id {
                    headStream = nil
                    endHead(stream, isLast: isLast)
                } else if isLast, let stream = stream(frame.hd.stream_id) {
                    endBody(stream)
                }
            case NGHTTP2_DATA:
                if isLast, let stream = stream(frame.hd.stream_id) { endBody(stream) }
            case NGHTTP2_PING:
                let isAcknowledgement = frame.hd.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0
                if isAcknowledgement, case .notice = goAway,
                    withUnsafeBytes(of: frame.ping.opaque_data, { $0.elementsEqual(Self.drainPing) })
                {
                    sayGoodbye()
                }
            default: break
            }
        }

        private func endHead(_ stream: HTTP2Stream, isLast: Bool) {
            do throws(RequestError) {
                try stream.reader.endHead()
            } catch {
                refuse(stream, error)
                return
            }
            stream.isHead = stream.reader.method == .head
            if isLast {
                complete(stream)
            } else if isStreamed(stream) {
                stream.phase = .body
                let sequence = UInt64(stream.id)
                let body = HTTPBodyStream { [self] count, kept in
                    if loop.isCurrent {
                        consumed(sequence, count, kept: kept)
                    } else {
                        loop.post(.consumed(self, sequence: sequence, count, kept: kept))
                    }
                }
                stream.bodyStream = body
                var request = stream.reader.finish()
                request.bodyStream = body
                dispatch(request, stream)
            } else {
                stream.phase = .body
                stream.bodyStart = loop.now
                if stream.reader.expectsContinue, let session = session?.pointer {
                    fields.setStatus(100)
                    _ = fields.withVector { vector, count in
                        nghttp2_submit_headers(
                            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, nil, vector, count, nil)
                    }
                }
            }
        }

        private func isStreamed(_ stream: HTTP2Stream) -> Bool {
            loop.streamedPathSuffixes.contains { stream.reader.pathEnds(with: $0) }
        }

        func body(_ id: Int32, _ bytes: UnsafeRawBufferPointer) {
            receivedBodyByteCount += bytes.count
            guard let stream = stream(id), stream.phase == .body else { return }
            if let body = stream.bodyStream {
                body.deliver(.bytes(Bytes(copying: bytes)))
                return
            }
            do throws(RequestError) {
                try stream.reader.body(bytes)
            } catch {
                refuse(stream, error)
                return
            }
            guard stream.reader.bodyCapacity > 0 else { return }
            if stream.accountedByteCount == 0, let refusal = refusalInAdvance(stream) {
                refuse(stream, refusal)
            } else {
                askForBody(stream)
            }
        }

        /// The answer to a request whatever its large body is, if that is known.
        private func refusalInAdvance(_ stream: HTTP2Stream) -> HTTPResponse? {
            guard let refusal = loop.state.refusal, var request = stream.reader.announced else { return nil }
            request.peer = peer
            return refusal(request)
        }

        private func endBody(_ stream: HTTP2Stream) {
            guard stream.phase == .body else { return }
            if let body = stream.bodyStream {
                stream.phase = .complete
                body.deliver(.end)
            } else {
                complete(stream)
            }
        }

        private func complete(_ stream: HTTP2Stream) {
            stream.phase = .complete
            dispatch(stream.reader.finish(), stream)
        }

        /// Answers a request, or lets it wait while its client owes it to the server to take what it has asked for.
        private func dispatch(_ whole: HTTPRequest, _ stream: HTTP2Stream) {
            var request = whole
            request.peer = peer
            request.received = loop.arrival
            if stream.receiveStart != 0 {
                request.receiveStart = stream.receiveStart
                request.receiveEnd = TimingSwitch.nanoseconds()
            }
            budget.addRequest()
            lastActivity = loop.now
            if !waitingRequests.isEmpty || mustTakeAnswers {
                waitingRequests.append((request, stream))
            } else {
                begin(request, stream)
            }
        }

        private var mustTakeAnswers: Bool { pendingAnswerByteCount > loop.configuration.maxBufferedResponseByteCount }

        /// Goes on with requests that had to wait; called when answers were sent or dropped.
        func dispatchWaiting() {
            guard !waitingRequests.isEmpty, !mustTakeAnswers else { return }
            while !isClosed, let first = waitingRequests.first, !mustTakeAnswers {
                waitingRequests.removeFirst()
                if !first.stream.isReset { begin(first.request, first.stream) }
            }
        }

        private func begin(_ request: HTTPRequest, _ stream: HTTP2Stream) {
            releaseBody(stream)
            stream.isCounted = true
            loop.state.inFlightCount.wrappingAdd(1, ordering: .relaxed)
            loop.respond(
                request,
                HTTPReply(
                    connection: self, sequence: UInt64(stream.id), cancellation: stream,
                    acceptedCoding: request.acceptedCoding))
        }

        func refuse(_ stream: HTTP2Stream, _ error: RequestError) {
            loop.logger.debug("request refused", ["peer": peer, "status": error.status, "reason": error.message])
            let response = HTTPResponse.error(error.status, error.message)
            refuse(stream, stream.reader.isGRPC ? response.inGRPC : response)
        }

        /// Answers a request that never became one; the rest of its body is not wanted.
        private func refuse(_ stream: HTTP2Stream, _ response: HTTPResponse) {
            stream.phase = .refused
            stream.reader.abandon()
            releaseBody(stream)
            answer(UInt64(stream.id), .whole(response))
        }

        // MARK: Memory and windows

        /// Lets a large body have more memory, and its client send as much, when half of what it was allowed has come. What
        /// the client may send there is always memory for, so that nothing has to wait in between.
        func askForBody(_ stream: HTTP2Stream) {
            guard stream.phase == .body, let session = session?.pointer else { return }
            let capacity = stream.reader.bodyCapacity
            if capacity != stream.accountedByteCount {
                // It has them already.
                let isAdmitted = loop.state.receiving.note(stream, taken: capacity)
                stream.accountedByteCount = capacity
                hold(stream, !isAdmitted)
            }
            let whole = stream.reader.expectedCount ?? loop.limits.maxBodyByteCount
            if stream.isHeld || whole > capacity && stream.reader.bodyReceivedCount * 2 >= capacity {
                let wanted = stream.reader.nextBodyCapacity
                guard loop.state.receiving.ask(stream, for: wanted) else {
                    hold(stream, true)
                    return
                }
                hold(stream, false)
                stream.accountedByteCount = wanted
                do throws(RequestError) {
                    try stream.reader.grow()
                } catch {
                    refuse(stream, error)
                    return
                }
            }
            let allowed = min(stream.reader.bodyCapacity, whole)
            guard allowed > stream.grantedByteCount else { return }
            let increment = Self.windowIncrement(
                allowed: allowed, granted: stream.grantedByteCount, received: stream.reader.bodyReceivedCount)
            guard increment > 0,
                nghttp2_submit_window_update(
                    session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, Int32(increment)) == 0
            else { return }
            stream.grantedByteCount += increment
        }

        /// How much more of a body its client may be told to send: a window is a number of 31 bits.
        static func windowIncrement(allowed: Int, granted: Int, received: Int) -> Int {
            min(allowed - granted, Int(Int32.max) - (granted - received))
        }

        /// A streamed body has so many bytes more that its reader keeps. Those count as an arriving body of as many MiB, once
        /// they are more than every stream's first window.
        func keep(_ change: Int, of stream: HTTP2Stream) {
            guard change != 0 else { return }
            if stream.keptByteCount <= 0 { stream.bodyStart = loop.now }
            stream.keptByteCount += change
        }

        /// Lets the client send again what is used up of a streamed body, if there is memory for what is kept of it.
        func giveWindow(_ stream: HTTP2Stream) {
            let kept = stream.keptByteCount > Self.firstWindowByteCount ? stream.keptByteCount : 0
            let step = RequestParser.firstBodyByteCount
            let accounted = (kept + step - 1) / step * step
            if accounted == 0 {
                releaseBody(stream)
            } else if accounted != stream.accountedByteCount || stream.isHeld {
                stream.accountedByteCount = accounted
                hold(stream, !loop.state.receiving.note(stream, taken: accounted))
            }
            guard !stream.isHeld, stream.owedByteCount > 0, let session = session?.pointer else { return }
            nghttp2_session_consume_stream(session, stream.id, stream.owedByteCount)
            stream.owedByteCount = 0
            flushSoon()
        }

        /// A body that we hold up is not late.
        private func hold(_ stream: HTTP2Stream, _ isHeld: Bool) {
            if stream.isHeld && !isHeld { stream.bodyStart = loop.now }
            stream.isHeld = isHeld
        }

        func releaseBody(_ stream: HTTP2Stream) {
            stream.isHeld = false
            guard stream.accountedByteCount > 0 else { return }
            stream.accountedByteCount = 0
            loop.state.receiving.release(stream)
        }

        /// The stream of this number while nghttp2 has it.
        func stream(_ id: Int32) -> HTTP2Stream? {
            guard let session = session?.pointer, let found = nghttp2_session_get_stream_user_data(session, id) else {
                return nil
            }
            return Unmanaged<HTTP2Stream>.fromOpaque(found).takeUnretainedValue()
        }

        func streamClosed(_ id: Int32, _ code: UInt32) -> Int32 {
            guard let stream = stream(id), let session = session?.pointer else { return 0 }
            nghttp2_session_set_stream_user_data(session, id, nil)
            if headStream === stream {
                headStream = nil
                headStart = nil
            }
            let last = streams.removeLast()
            if last !== stream {
                streams[stream.index] = last
                last.index = stream.index
            }
            lastActivity = loop.now
            let isCut = !stream.hasSentEnd
            end(stream)
            if stream.hasSentEnd, let sending = stream.sending {
                stream.sending = nil
                sendings.append(sending)
            }
            over.append(stream)
            // What the client provokes costs the same as what it resets itself.
            guard isCut, code != NGHTTP2_NO_ERROR.rawValue, code != NGHTTP2_CANCEL.rawValue else { return 0 }
            return budget.takeReset(at: loop.now) ? 0 : Self.failure
        }
    }
#endif
