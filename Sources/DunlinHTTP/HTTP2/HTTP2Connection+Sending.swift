#if GRPC
    import CNghttp2
    import DunlinTelemetry
    import DunlinBytes

    /// The way out: nghttp2 makes the frames, small ones are copied together, and large pieces of answers go as they are.
    extension HTTP2Connection {
        /// Pieces of this size or more are not copied.
        private static let uncopiedByteCount = 8 << 10

        /// Writes at the end of what is going on now.
        func flushSoon() {
            guard !isFlushPending, !isProceeding else { return }
            isFlushPending = true
            loop.flushLater(self)
        }

        /// Makes frames and writes them until there are none, the socket takes no more or the budget is used up.
        func sendOut() {
            isFlushPending = false
            var budget = OutputQueue.writeBudget
            while !isClosed {
                if !output.isEmpty && !output.isBlocked && !output.drain() { return close() }
                guard output.isEmpty else {
                    if !output.isBlocked { loop.markReady(self) }
                    break
                }
                tellSendings(areSent: true)
                if isFailed || lingerDeadline != nil { break }
                guard budget > 0 else {
                    loop.markReady(self)
                    break
                }
                let count = makeFrames()
                if count == 0 { break }
                budget -= count
                self.budget.addAnswer(byteCount: count)
            }
            dispatchWaiting()
            finishIfDone()
        }

        /// Lets nghttp2 make frames and gives them to the output; returns their size.
        private func makeFrames() -> Int {
            loop.claimGather(self)
            guard let session = session?.pointer else { return 0 }
            let result = inSession { () -> Int in
                while loop.gatheredByteCount < EventLoop.gatherByteCount && output.byteCount < Self.batchByteCount {
                    var bytes: UnsafePointer<UInt8>?
                    let count = nghttp2_session_mem_send(session, &bytes)
                    // A frame of an answer goes through `sendData`, and counts there.
                    guard count > 0 else { return count }
                    loop.gather(UnsafeRawBufferPointer(start: bytes, count: count))
                }
                return 0
            }
            guard !isClosed else { return 0 }
            let total = loop.gatheredByteCount + output.byteCount
            guard loop.sendGathered(of: self) else {
                close()
                return 0
            }
            tellOver()
            tellTaken()
            if result < 0 { fail(NGHTTP2_INTERNAL_ERROR, String(cString: nghttp2_strerror(Int32(result)))) }
            return total
        }

        /// nghttp2 asks how much of an answer may go into the next frame.
        func readAnswer(_ id: Int32, most: Int, _ flags: inout UInt32) -> Int {
            guard let stream = stream(id) else { return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue) }
            // RST_STREAM is on its way; nothing may look like the end of an answer that was cut off.
            if stream.isReset { return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue) }
            let count = min(most, stream.pending.byteCount)
            if count == 0 && !stream.isAnswerComplete {
                stream.isDeferred = true
                return Int(NGHTTP2_ERR_DEFERRED.rawValue)
            }
            if count > 0 { flags |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue }
            guard stream.isAnswerComplete && count == stream.pending.byteCount else { return count }
            flags |= NGHTTP2_DATA_FLAG_EOF.rawValue
            if !stream.trailers.isEmpty, let session = session?.pointer {
                flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
                fields.setTrailers(stream.trailers)
                _ = fields.withVector { nghttp2_submit_trailer(session, id, $0, $1) }
            }
            return count
        }

        /// The frame of an answer whose `header` is made: puts it and `count` bytes of the answer behind what was gathered.
        func sendData(_ id: Int32, _ header: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
            guard let stream = stream(id) else { return Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue) }
            loop.gather(UnsafeRawBufferPointer(start: header, count: 9))
            stream.lastProgress = loop.now
            pendingAnswerByteCount -= count
            if stream.onTaken != nil {
                if stream.takenByteCount == 0 { taken.append(stream) }
                stream.takenByteCount += count
            }
            stream.pending.take(count) { piece in
                if piece.count >= Self.uncopiedByteCount {
                    loop.queueGathered(of: self)
                    output.queue(piece)
                } else {
                    piece.withUnsafeBytes { loop.gather($0) }
                }
            }
            // nghttp2 goes from one such frame to the next without a pause of its own.
            let isBatchFull = loop.gatheredByteCount + output.byteCount >= Self.batchByteCount
            return isBatchFull ? Int32(NGHTTP2_ERR_PAUSE.rawValue) : 0
        }

        /// Tells who gives answers piece by piece that there is room for more.
        private func tellTaken() {
            while let stream = taken.popLast() {
                let count = stream.takenByteCount
                stream.takenByteCount = 0
                stream.onTaken?(count)
            }
        }

        /// A frame could not be made, as where fields are longer than nghttp2 sends. Without the head, or the trailers, there is
        /// no answer: the client is told so instead of being left to wait.
        func frameNotSent(_ frame: nghttp2_frame) {
            guard nghttp2_frame_type(UInt32(frame.hd.type)) == NGHTTP2_HEADERS, let stream = stream(frame.hd.stream_id)
            else { return }
            loop.logger.error("answer not sent", ["peer": peer, "reason": "its fields are too long"])
            reset(stream, NGHTTP2_INTERNAL_ERROR)
        }

        /// A frame is made.
        func frameSent(_ frame: nghttp2_frame) {
            let isLast = frame.hd.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
            let type = nghttp2_frame_type(UInt32(frame.hd.type))
            if type == NGHTTP2_GOAWAY, case .notice = goAway, let session = session?.pointer {
                // Not with the notice itself: a PING would overtake it.
                nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), Self.drainPing)
                return
            }
            guard isLast, type == NGHTTP2_DATA || type == NGHTTP2_HEADERS, let stream = stream(frame.hd.stream_id)
            else {
                return
            }
            stream.hasSentEnd = true
            // The rest of a request that is answered already is not wanted.
            if let session = session?.pointer, nghttp2_session_get_stream_remote_close(session, stream.id) == 0 {
                nghttp2_submit_rst_stream(
                    session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, NGHTTP2_NO_ERROR.rawValue)
            }
        }
    }
#endif
