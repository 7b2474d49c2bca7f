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
            if stream.phase == .body && stream.bodyStream == nil && !stream.isHeld {
                let waited = now - stream.bodyStart
                if waited >= loop.bodyTimeout || loop.pace.isTooSlow(stream.reader.bodyReceivedCount, in: waited) {
                    refuse(stream, RequestError(408, "the request body did not arrive in time"))
                    return
                }
            }
            if stream.pendingByteCount > 0 && now - stream.lastProgress >= loop.writeTimeout {
                loop.logger.debug("stream reset", ["peer": peer, "reason": "the client does not take its answers"])
                reset(stream, NGHTTP2_CANCEL)
            }
        }
    }
#endif
