#if GRPC
    import CNghttp2
    package import DunlinBytes

    /// Who is told what comes over a client's session. A ticket is the caller's own number for a request.
    ///
    /// Called while the session reads or writes: more requests may be begun and others cancelled, nothing else.
    package protocol HTTP2ClientEvents: AnyObject {
        /// One field of an answer's head, or of its trailers.
        func field(_ ticket: Int, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer)
        /// A piece of an answer's body.
        func body(_ ticket: Int, _ bytes: UnsafeRawBufferPointer)
        /// Nothing more comes, because the answer is over or the stream was reset.
        func ended(_ ticket: Int, _ code: HTTP2ErrorCode)
    }

    /// The client's side of one HTTP/2 connection: requests that differ only in their bodies, many at once.
    ///
    /// Has no socket: bytes come in by `receive` and leave by `flush`. Belongs to one thread. Answers are handed on as they
    /// come and cost no memory here, so the windows are as large as can be.
    package final class HTTP2ClientSession {
        /// What the server may send before it must wait; more than it has to say.
        static let windowByteCount: Int32 = 1 << 30
        /// Frames are made up to this size before they are written.
        static let batchByteCount = 512 << 10

        /// A request under way, and the place for the next when it is over.
        private final class Request {
            /// Below 0: nobody wants to hear of it any more.
            var ticket = HTTP2ClientSession.noTicket
            var isUnderWay = false
            var id: Int32 = 0
            var body = Bytes()
            var sentByteCount = 0
        }

        private static let noTicket = -1

        private var pointer: OpaquePointer?
        private unowned let events: any HTTP2ClientEvents
        private let fields: RequestFields
        /// Where nghttp2 asks for bodies; made once, and pointed at each request as it begins.
        private var provider = makeProvider()
        /// All there ever were, which nghttp2 knows by address; and those of them that are over.
        private var requests: [Request] = []
        private var free: [Request] = []
        private var output = BytesBuilder()
        private var sentByteCount = 0
        /// The server takes no more requests on this connection; those that are under way may still be answered.
        package private(set) var isGoingAway = false

        /// - Parameters:
        ///   - fields: Of every request, those that begin with a colon first, names in lower case.
        ///   - events: Not kept alive: it owns the session.
        /// - Returns: `nil` when there is no memory for it.
        package init?(fields: [(name: String, value: String)], events: any HTTP2ClientEvents) {
            self.fields = RequestFields(fields)
            self.events = events
            let context = Unmanaged.passUnretained(self).toOpaque()
            guard nghttp2_session_client_new(&pointer, Self.callbacks, context) == 0, pointer != nil else { return nil }
            var settings = [
                nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0),
                nghttp2_settings_entry(
                    settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue),
                    value: UInt32(Self.windowByteCount)),
            ]
            let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
            guard nghttp2_submit_settings(pointer, none, &settings, settings.count) == 0,
                nghttp2_session_set_local_window_size(pointer, none, 0, Self.windowByteCount) == 0
            else { return nil }
        }

        deinit { nghttp2_session_del(pointer) }

        /// Requests whose end has not been told.
        package var openCount: Int { requests.count - free.count }

        /// Nothing can come or go any more.
        package var isOver: Bool {
            nghttp2_session_want_read(pointer) == 0 && nghttp2_session_want_write(pointer) == 0
                && sentByteCount == output.count
        }

        /// Begins a request; `flush` sends it.
        ///
        /// - Returns: False when this connection can take no more.
        package func begin(_ body: Bytes, ticket: Int) -> Bool {
            guard !isGoingAway else { return false }
            let request = free.popLast() ?? Request()
            let address = Unmanaged.passUnretained(request).toOpaque()
            provider.source.ptr = address
            let id = nghttp2_submit_request(pointer, nil, fields.vector, fields.count, &provider, address)
            guard id > 0 else {
                // All numbers of streams are used up.
                isGoingAway = true
                if request.id != 0 { free.append(request) }
                return false
            }
            if request.id == 0 { requests.append(request) }
            request.id = id
            request.isUnderWay = true
            request.ticket = ticket
            request.body = body
            request.sentByteCount = 0
            return true
        }

        /// Gives a request up; its end is not told.
        package func cancel(_ ticket: Int) {
            guard let request = requests.first(where: { $0.ticket == ticket }) else { return }
            request.ticket = Self.noTicket
            nghttp2_submit_rst_stream(
                pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), request.id, NGHTTP2_CANCEL.rawValue)
        }

        /// Takes what the server has sent.
        ///
        /// - Returns: What is wrong with it, and the connection with it; `nil` to go on.
        package func receive(_ input: UnsafeRawBufferPointer) -> String? {
            let count = nghttp2_session_mem_recv(
                pointer, input.baseAddress?.assumingMemoryBound(to: UInt8.self), input.count)
            return count < 0 ? String(cString: nghttp2_strerror(Int32(count))) : nil
        }

        /// Sends as much as there is and the socket takes; false when the connection is broken.
        package func flush(_ stream: SocketStream) -> Bool {
            while true {
                if sentByteCount == output.count {
                    output.removeAll()
                    sentByteCount = 0
                    guard makeFrames() else { return false }
                    if output.count == 0 { return true }
                }
                let sent = output.withUnsafeBytes {
                    stream.send(UnsafeRawBufferPointer(rebasing: $0[sentByteCount...]))
                }
                switch sent {
                case .bytes(let count): sentByteCount += count
                case .blocked: return true
                case .broken: return false
                }
            }
        }

        private func makeFrames() -> Bool {
            while output.count < Self.batchByteCount {
                var bytes: UnsafePointer<UInt8>?
                let count = nghttp2_session_mem_send(pointer, &bytes)
                // Frames of bodies go through `sendBody`.
                guard count > 0 else { return count == 0 }
                output.append(UnsafeRawBufferPointer(start: bytes, count: count))
            }
            return true
        }

        // MARK: nghttp2's callbacks

        private func end(_ request: Request, _ code: UInt32) {
            guard request.isUnderWay else { return }
            let ticket = request.ticket
            request.isUnderWay = false
            request.ticket = Self.noTicket
            request.body = Bytes()
            free.append(request)
            if ticket != Self.noTicket { events.ended(ticket, HTTP2ErrorCode(rawValue: code)) }
        }

        private func readBody(_ request: Request, most: Int, _ flags: inout UInt32) -> Int {
            let rest = request.body.count - request.sentByteCount
            if rest <= most { flags |= NGHTTP2_DATA_FLAG_EOF.rawValue }
            if rest > 0 { flags |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue }
            return min(rest, most)
        }

        private func sendBody(_ request: Request, _ header: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
            output.append(UnsafeRawBufferPointer(start: header, count: 9))
            let start = request.sentByteCount
            output.append(request.body[start..<(start + count)])
            request.sentByteCount += count
            // nghttp2 goes from one such frame to the next without a pause of its own.
            return output.count >= Self.batchByteCount ? Int32(NGHTTP2_ERR_PAUSE.rawValue) : 0
        }

        private static func session(_ context: UnsafeMutableRawPointer?) -> HTTP2ClientSession {
            Unmanaged<HTTP2ClientSession>.fromOpaque(context!).takeUnretainedValue()
        }

        private static func request(_ address: UnsafeMutableRawPointer?) -> Request? {
            address.map { Unmanaged<Request>.fromOpaque($0).takeUnretainedValue() }
        }

        private static func makeProvider() -> nghttp2_data_provider {
            var provider = nghttp2_data_provider()
            provider.read_callback = { _, _, _, most, flags, source, context in
                HTTP2ClientSession.session(context).readBody(
                    HTTP2ClientSession.request(source!.pointee.ptr)!, most: most, &flags!.pointee)
            }
            return provider
        }

        // Made once; nghttp2 only reads them when a session is made.
        nonisolated(unsafe) private static let callbacks: OpaquePointer? = {
            var callbacks: OpaquePointer?
            guard nghttp2_session_callbacks_new(&callbacks) == 0 else { return nil }
            nghttp2_session_callbacks_set_on_header_callback(callbacks) {
                session, frame, name, nameCount, value, valueCount, _, context in
                let found = nghttp2_session_get_stream_user_data(session, frame!.pointee.hd.stream_id)
                guard let request = HTTP2ClientSession.request(found), request.ticket >= 0 else { return 0 }
                HTTP2ClientSession.session(context).events.field(
                    request.ticket, UnsafeRawBufferPointer(start: name, count: nameCount),
                    UnsafeRawBufferPointer(start: value, count: valueCount))
                return 0
            }
            nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
                session, _, id, data, count, context in
                let found = nghttp2_session_get_stream_user_data(session, id)
                guard let request = HTTP2ClientSession.request(found), request.ticket >= 0 else { return 0 }
                HTTP2ClientSession.session(context).events.body(
                    request.ticket, UnsafeRawBufferPointer(start: data, count: count))
                return 0
            }
            nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, context in
                if UInt32(frame!.pointee.hd.type) == NGHTTP2_GOAWAY.rawValue {
                    HTTP2ClientSession.session(context).isGoingAway = true
                }
                return 0
            }
            nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { session, id, code, context in
                let found = nghttp2_session_get_stream_user_data(session, id)
                if let request = HTTP2ClientSession.request(found) {
                    HTTP2ClientSession.session(context).end(request, code)
                }
                return 0
            }
            nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) { session, frame, _, context in
                // A request that came behind the server's farewell: no stream was opened, so none is closed.
                let header = frame!.pointee.hd
                guard UInt32(header.type) == NGHTTP2_HEADERS.rawValue,
                    nghttp2_session_get_stream_user_data(session, header.stream_id) == nil
                else { return 0 }
                let own = HTTP2ClientSession.session(context)
                if let request = own.requests.first(where: { $0.id == header.stream_id && $0.isUnderWay }) {
                    own.end(request, NGHTTP2_REFUSED_STREAM.rawValue)
                }
                return 0
            }
            nghttp2_session_callbacks_set_send_data_callback(callbacks) { _, _, header, count, source, context in
                HTTP2ClientSession.session(context).sendBody(
                    HTTP2ClientSession.request(source!.pointee.ptr)!, header!, count)
            }
            return callbacks
        }()
    }

    /// The fields of requests as nghttp2 takes them, in memory that stays where it is: nothing is copied for a request.
    private final class RequestFields {
        let vector: UnsafeMutablePointer<nghttp2_nv>
        let count: Int
        private let text: UnsafeMutablePointer<UInt8>

        init(_ fields: [(name: String, value: String)]) {
            count = fields.count
            vector = .allocate(capacity: max(count, 1))
            text = .allocate(capacity: max(fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }, 1))
            let flags = NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue
            var position = text
            func place(_ part: String) -> (UnsafeMutablePointer<UInt8>, Int) {
                let start = position
                for byte in part.utf8 {
                    position.initialize(to: byte)
                    position += 1
                }
                return (start, position - start)
            }
            for (index, field) in fields.enumerated() {
                let (name, nameCount) = place(field.name)
                let (value, valueCount) = place(field.value)
                (vector + index).initialize(
                    to: nghttp2_nv(
                        name: name, value: value, namelen: nameCount, valuelen: valueCount, flags: UInt8(flags)))
            }
        }

        deinit {
            vector.deallocate()
            text.deallocate()
        }
    }
#endif
