#if GRPC
    import CNghttp2
    import DunlinBytes
    import DunlinTelemetry

    /// What is too slow: the same limits as HTTP/1's, for each stream.
    extension HTTP2Connection {
        func keepTime() {
            loop.assertCurrent()
            let now = loop.now
            if let lingerDeadline {
                if now >= lingerDeadline { close() }
                return
            }
            if !output.isEmpty, !output.keepsPace(loop.pace, timeout: loop.writeTimeout, now: now) {
                closeSlowReader()
                return
            }
            if let headStart, now - headStart >= loop.headerTimeout {
                fail(NGHTTP2_ENHANCE_YOUR_CALM, "the request header did not arrive in time")
                sendOut()
                return
            }
            if case .notice(let since) = goAway, now - since >= Self.noticeMilliseconds {
                sayGoodbye()
                flushSoon()
            }
            if streams.isEmpty {
                if now - lastActivity >= loop.idleTimeout {
                    sayGoodbye()
                    flushSoon()
                }
                return
            }
            // A stream that is over leaves the list.
            for stream in streams.reversed() { keepTime(of: stream, now) }
        }

        private func keepTime(of stream: HTTP2Stream, _ now: Int64) {
            // Between the messages of a stream there may be any time.
            let isStreamed = stream.bodyStream != nil
            if stream.phase == .body && !stream.isHeld && (!isStreamed || stream.keptByteCount > 0) {
                let waited = now - stream.bodyStart
                let received = isStreamed ? stream.keptByteCount : stream.reader.bodyReceivedCount
                if waited >= loop.bodyTimeout || loop.pace.isTooSlow(received, in: waited) {
                    let error = RequestError(408, "the request body did not arrive in time")
                    // The answer to a stream has begun.
                    if isStreamed { cut(stream, error.message) } else { refuse(stream, error) }
                    return
                }
            }
            if !stream.pending.isEmpty && now - stream.lastProgress >= loop.writeTimeout {
                cut(stream, "the client does not take its answers")
            }
        }

        private func cut(_ stream: HTTP2Stream, _ reason: String) {
            loop.logger.debug("stream reset", ["peer": peer, "reason": reason])
            reset(stream, NGHTTP2_CANCEL)
        }
    }
#endif
