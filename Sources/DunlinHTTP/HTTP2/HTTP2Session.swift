#if GRPC
    import CNghttp2
    import DunlinBytes

    /// Owns one server session of nghttp2, and leads its callbacks to a connection.
    final class HTTP2Session {
        /// Acknowledgements of PING and SETTINGS that may wait to be sent; beyond it the connection is closed.
        static let maxWaitingAcknowledgements = 1000
        /// CONTINUATION frames of one header block; beyond it the connection is closed.
        static let maxContinuationCount = 8
        /// Settings in one frame; beyond it the connection is closed.
        static let maxSettingCount = 32
        /// The largest payload of one DATA frame that is sent, if the client takes as much.
        static let maxSentFrameByteCount = 64 << 10

        let pointer: OpaquePointer

        /// - Parameter connection: Not kept alive: it owns the session.
        init?(_ connection: HTTP2Connection) {
            var session: OpaquePointer?
            let context = Unmanaged.passUnretained(connection).toOpaque()
            guard nghttp2_session_server_new2(&session, Self.callbacks, context, Self.options) == 0, let session else {
                return nil
            }
            pointer = session
        }

        deinit { nghttp2_session_del(pointer) }

        // Made once; nghttp2 only reads them when a session is made.
        nonisolated(unsafe) private static let options: OpaquePointer? = {
            var options: OpaquePointer?
            guard nghttp2_option_new(&options) == 0 else { return nil }
            nghttp2_option_set_no_auto_window_update(options, 1)
            nghttp2_option_set_no_closed_streams(options, 1)
            nghttp2_option_set_max_outbound_ack(options, HTTP2Session.maxWaitingAcknowledgements)
            nghttp2_option_set_max_settings(options, HTTP2Session.maxSettingCount)
            dunlin_option_set_max_continuations(options, HTTP2Session.maxContinuationCount)
            // `FrameBudget` counts them, with those that the client provokes.
            dunlin_option_set_stream_reset_rate_limit(options, UInt64(UInt32.max), UInt64(UInt32.max))
            return options
        }()

        nonisolated(unsafe) private static let callbacks: OpaquePointer? = {
            var callbacks: OpaquePointer?
            guard nghttp2_session_callbacks_new(&callbacks) == 0 else { return nil }
            nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { _, header, context in
                HTTP2Session.connection(context).beginFrame(header!.pointee)
            }
            nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, context in
                let isRequest = frame!.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
                return HTTP2Session.connection(context).beginHeaders(frame!.pointee.hd.stream_id, isRequest: isRequest)
            }
            nghttp2_session_callbacks_set_on_header_callback(callbacks) {
                _, _, name, nameCount, value, valueCount, _, context in
                HTTP2Session.connection(context).field(
                    UnsafeRawBufferPointer(start: name, count: nameCount),
                    UnsafeRawBufferPointer(start: value, count: valueCount))
            }
            nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, id, data, count, context in
                HTTP2Session.connection(context).body(id, UnsafeRawBufferPointer(start: data, count: count))
                return 0
            }
            nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, context in
                HTTP2Session.connection(context).endFrame(frame!.pointee)
                return 0
            }
            nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks) { _, _, _, context in
                HTTP2Session.connection(context).invalidFrame()
            }
            nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, code, context in
                HTTP2Session.connection(context).streamClosed(id, code)
            }
            nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, context in
                HTTP2Session.connection(context).frameSent(frame!.pointee)
                return 0
            }
            nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) { _, frame, _, context in
                HTTP2Session.connection(context).frameNotSent(frame!.pointee)
                return 0
            }
            nghttp2_session_callbacks_set_send_data_callback(callbacks) { _, frame, header, count, _, context in
                HTTP2Session.connection(context).sendData(frame!.pointee.hd.stream_id, header!, count)
            }
            nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks) { _, _, _, _, _, most, _ in
                min(Int(most), HTTP2Session.maxSentFrameByteCount)
            }
            return callbacks
        }()

        /// Where nghttp2 asks for the next piece of an answer.
        static func dataProvider() -> nghttp2_data_provider {
            var provider = nghttp2_data_provider()
            provider.read_callback = { _, id, _, count, flags, _, context in
                HTTP2Session.connection(context).readAnswer(id, most: count, &flags!.pointee)
            }
            return provider
        }

        private static func connection(_ context: UnsafeMutableRawPointer?) -> HTTP2Connection {
            Unmanaged<HTTP2Connection>.fromOpaque(context!).takeUnretainedValue()
        }
    }
#endif
