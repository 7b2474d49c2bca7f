#if GRPC
    import DunlinBytes

    @testable import DunlinHTTP

    /// Says and shows HTTP/2 frames, over a client that knows nothing of them. Fields are sent without compression.
    final class FrameClient {
        enum Kind: UInt8 {
            case data, headers, priority, reset, settings, push, ping, goAway, windowUpdate, continuation
        }

        struct Frame {
            let kind: Kind?
            let flags: UInt8
            let stream: Int
            let payload: [UInt8]

            var isLast: Bool { flags & 1 != 0 }
            /// The error code of RST_STREAM, and of GOAWAY behind its stream.
            var code: Int { FrameClient.number(payload.suffix(from: kind == .goAway ? 4 : 0).prefix(4)) }
            var lastStream: Int { FrameClient.number(payload.prefix(4)) }
        }

        static let noError = 0, protocolError = 1, internalError = 2, refusedStream = 7, cancel = 8,
            enhanceYourCalm = 11

        let raw: RawClient
        /// What is said until it is sent in one piece; `nil` outside of `together`.
        private var held: [UInt8]?

        /// - Parameter settings: Number and value.
        init(_ raw: RawClient, settings: [(Int, Int)] = []) {
            self.raw = raw
            raw.send("\(HTTP2Preface.text)")
            send(.settings, payload: settings.flatMap { Self.bytes($0.0, 2) + Self.bytes($0.1, 4) })
        }

        /// A server of its own for one client; it is gone when `body` ends.
        static func serving(
            _ change: (inout HTTPServerConfiguration) -> Void = { _ in }, settings: [(Int, Int)] = [],
            _ body: (RunningServer, FrameClient) throws -> Void
        ) throws {
            let running = try RunningServer(change)
            defer { running.stop() }
            try body(running, FrameClient(try running.client(), settings: settings))
        }

        /// Whether one more request is answered.
        func isAlive(_ stream: Int) throws -> Bool {
            request(stream, "/alive")
            return try text(stream) == "get /alive"
        }

        func send(_ kind: Kind, flags: UInt8 = 0, stream: Int = 0, payload: [UInt8] = []) {
            let frame = Self.bytes(payload.count, 3) + [kind.rawValue, flags] + Self.bytes(stream, 4) + payload
            if held == nil { raw.send(frame) } else { held! += frame }
        }

        /// Sends the frames of `body` in one piece, so that one read brings them.
        func together(_ body: () -> Void) {
            held = []
            body()
            raw.send(held!)
            held = nil
        }

        func request(_ stream: Int, _ path: String, fields: [(String, String)] = []) {
            request(stream, "GET", path, fields: fields)
        }

        /// Begins a request; with `isLast` it has no body.
        func request(
            _ stream: Int, _ method: String, _ path: String, fields: [(String, String)] = [], isLast: Bool = true
        ) {
            let all = [(":method", method), (":scheme", "http"), (":authority", "x"), (":path", path)] + fields
            headers(stream, all, isLast: isLast)
        }

        func headers(_ stream: Int, _ fields: [(String, String)], isLast: Bool = true) {
            var payload: [UInt8] = []
            for (name, value) in fields { payload += [0x00] + Self.text(name) + Self.text(value) }
            send(.headers, flags: isLast ? 5 : 4, stream: stream, payload: payload)
        }

        func data(_ stream: Int, _ bytes: [UInt8], isLast: Bool = true) {
            send(.data, flags: isLast ? 1 : 0, stream: stream, payload: bytes)
        }

        func next() throws -> Frame {
            let header = try raw.readBytes(9)
            return Frame(
                kind: Kind(rawValue: header[3]), flags: header[4], stream: Self.number(header[5..<9]),
                payload: try raw.readBytes(Self.number(header[0..<3])))
        }

        /// The next frame of this kind, others are passed over.
        func next(_ kind: Kind, stream: Int? = nil) throws -> Frame {
            while true {
                let frame = try next()
                if frame.kind == kind, stream == nil || frame.stream == stream,
                    frame.kind != .settings || frame.flags == 0
                {
                    return frame
                }
            }
        }

        /// The whole body of one answer, and what came with its end.
        func body(_ stream: Int) throws -> [UInt8] {
            var body: [UInt8] = []
            while true {
                let frame = try next()
                guard frame.stream == stream else { continue }
                if frame.kind == .data { body += frame.payload }
                if frame.isLast, frame.kind == .data || frame.kind == .headers { return body }
            }
        }

        func text(_ stream: Int) throws -> String { String(decoding: try body(stream), as: UTF8.self) }

        static func bytes(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
        }

        static func number(_ bytes: some Sequence<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

        /// A string as HPACK writes it without compression.
        private static func text(_ text: String) -> [UInt8] {
            let bytes = Array(text.utf8)
            guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
            var length: [UInt8] = [127]
            var rest = bytes.count - 127
            while rest >= 128 {
                length.append(UInt8(rest & 127 | 128))
                rest >>= 7
            }
            return length + [UInt8(rest)] + bytes
        }
    }
#endif
