#if GRPC
    import DunlinBytes
    import Glibc
    import Testing

    @testable import DunlinHTTP

    /// The client's side of HTTP/2, opposite a server made of single frames.
    @Suite struct HTTP2ClientSessionTests {
        private static let body = Bytes("0123456789")
        /// Of answers: `:status` 200, and the field `x: y`.
        private static let head: [UInt8] = [0x88]
        private static let field: [UInt8] = [0x00, 1, 0x78, 1, 0x79]

        @Test func anAnswerIsToldPieceByPiece() {
            let peer = FramePeer()
            #expect(peer.session.begin(Self.body, ticket: 5) && peer.session.begin(Bytes(), ticket: 6))
            let frames = peer.exchange()
            #expect(peer.sentPreface)
            #expect(frames.map(\.kind) == [.settings, .windowUpdate, .headers, .headers, .data, .data])
            #expect(frames.dropFirst(2).map(\.stream) == [1, 3, 1, 3])
            #expect(frames.dropFirst(4).map(\.payload) == [Self.body.array, []])
            #expect(frames.dropFirst(4).map(\.isLast) == [true, true])
            peer.send(.settings)
            peer.send(.headers, flags: 4, stream: 1, payload: Self.head)
            peer.send(.headers, flags: 4, stream: 3, payload: Self.head)
            peer.send(.data, stream: 1, payload: [1, 2])
            peer.send(.headers, flags: 5, stream: 1, payload: Self.field)
            #expect(peer.session.openCount == 2)
            _ = peer.exchange()
            #expect(
                peer.events == ["5 :status=200", "6 :status=200", "5 [1, 2]", "5 x=y", "5 NO_ERROR"])
            #expect(peer.session.openCount == 1 && !peer.session.isOver)
        }

        @Test func fieldsAreThoseOfTheSession() {
            let peer = FramePeer()
            _ = peer.session.begin(Self.body, ticket: 0)
            let head = peer.exchange().first { $0.kind == .headers }
            // Static table: POST and http; the path is a literal behind its index.
            #expect(head.map { Array($0.payload.prefix(2)) } == [0x83, 0x86])
        }

        @Test func aRefusedStreamEndsItsRequestAlone() {
            let peer = FramePeer()
            for ticket in 0...1 { _ = peer.session.begin(Self.body, ticket: ticket) }
            _ = peer.exchange()
            peer.send(.settings)
            peer.send(.reset, stream: 1, payload: [0, 0, 0, 7])
            _ = peer.exchange()
            #expect(peer.events == ["0 REFUSED_STREAM"] && peer.session.openCount == 1)
            #expect(peer.session.begin(Self.body, ticket: 0))
        }

        @Test func aFarewellEndsWhatItDoesNotName() {
            let peer = FramePeer()
            for ticket in 0...2 { _ = peer.session.begin(Self.body, ticket: ticket) }
            _ = peer.exchange()
            // Begun before the farewell is known, and never sent.
            _ = peer.session.begin(Self.body, ticket: 3)
            peer.send(.settings)
            peer.send(.goAway, payload: [0, 0, 0, 3, 0, 0, 0, 0])
            _ = peer.exchange()
            #expect(Set(peer.events) == ["2 REFUSED_STREAM", "3 REFUSED_STREAM"])
            #expect(peer.session.isGoingAway && peer.session.openCount == 2 && !peer.session.isOver)
            #expect(!peer.session.begin(Self.body, ticket: 4))
            for stream in [1, 3] { peer.send(.headers, flags: 5, stream: stream, payload: Self.head) }
            _ = peer.exchange()
            #expect(peer.session.openCount == 0 && peer.session.isOver)
        }

        @Test func whatIsGivenUpIsResetAndNotTold() {
            let peer = FramePeer()
            _ = peer.session.begin(Self.body, ticket: 1)
            _ = peer.exchange()
            peer.session.cancel(1)
            // Not twice, and not what was never begun.
            peer.session.cancel(1)
            peer.session.cancel(9)
            let frames = peer.exchange()
            #expect(frames.map(\.kind) == [.reset] && frames.first?.payload == [0, 0, 0, 8])
            peer.send(.settings)
            peer.send(.headers, flags: 5, stream: 1, payload: Self.head)
            _ = peer.exchange()
            #expect(peer.events == [] && peer.session.openCount == 0)
        }

        @Test func whatTheServerHasNoRoomForWaits() {
            let peer = FramePeer()
            // SETTINGS_MAX_CONCURRENT_STREAMS 1
            peer.send(.settings, payload: [0, 3, 0, 0, 0, 1])
            _ = peer.exchange()
            for ticket in 0...2 { _ = peer.session.begin(Self.body, ticket: ticket) }
            #expect(peer.exchange().map(\.kind) == [.headers, .data])
            peer.session.cancel(1)
            peer.send(.headers, flags: 5, stream: 1, payload: Self.head)
            let frames = peer.exchange()
            #expect(frames.map(\.kind) == [.headers, .data] && frames.allSatisfy { $0.stream == 5 })
            #expect(peer.events == ["0 :status=200", "0 NO_ERROR"] && peer.session.openCount == 1)
        }

        @Test func aBodyKeepsToTheWindow() {
            let peer = FramePeer()
            let body = Bytes((0..<100_000).map { UInt8(truncatingIfNeeded: $0) })
            _ = peer.session.begin(body, ticket: 0)
            var sent = peer.exchange().filter { $0.kind == .data }
            #expect(sent.reduce(0) { $0 + $1.payload.count } == 65_535)
            peer.send(.settings)
            for stream in [0, 1] { peer.send(.windowUpdate, stream: stream, payload: [0, 1, 0, 0]) }
            sent += peer.exchange().filter { $0.kind == .data }
            #expect(sent.flatMap(\.payload) == body.array && sent.last?.isLast == true)
        }

        @Test func aServerThatBreaksTheRulesEndsTheConnection() {
            let peer = FramePeer()
            _ = peer.session.begin(Self.body, ticket: 0)
            _ = peer.exchange()
            peer.send(.data, stream: 1, payload: [1])
            let problem = peer.receive()
            _ = peer.exchange()
            #expect(problem != nil || peer.session.isOver)
        }

        @Test func aBrokenSocketIsTold() {
            let peer = FramePeer()
            peer.close()
            #expect(!peer.session.flush(peer.stream))
        }

        @Test(arguments: [(0, "NO_ERROR"), (7, "REFUSED_STREAM"), (13, "HTTP_1_1_REQUIRED"), (14, "code 14")])
        func codesHaveNames(code: UInt32, name: String) { #expect(HTTP2ErrorCode(rawValue: code).name == name) }
    }

    /// A session, what it tells, and the other end of its socket.
    private final class FramePeer: HTTP2ClientEvents {
        private(set) var session: HTTP2ClientSession!
        private(set) var events: [String] = []
        private(set) var sentPreface = false
        let stream: SocketStream
        private var descriptor: Int32
        private var received: [UInt8] = []

        init() {
            var ends: [Int32] = [-1, -1]
            precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0, &ends) == 0, "no sockets")
            for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
            stream = SocketStream(descriptor: ends[0])
            descriptor = ends[1]
            let fields = [(":method", "POST"), (":scheme", "http"), (":path", "/p"), (":authority", "a")]
            session = HTTP2ClientSession(fields: fields, events: self)
        }

        deinit {
            stream.close(isWhole: true)
            close()
        }

        func close() {
            if descriptor >= 0 { Glibc.close(descriptor) }
            descriptor = -1
        }

        func field(_ ticket: Int, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
            events.append(
                "\(ticket) \(String(decoding: name, as: UTF8.self))=\(String(decoding: value, as: UTF8.self))")
        }

        func body(_ ticket: Int, _ bytes: UnsafeRawBufferPointer) { events.append("\(ticket) \(Array(bytes))") }

        func ended(_ ticket: Int, _ code: HTTP2ErrorCode) { events.append("\(ticket) \(code.name)") }

        func send(_ kind: FrameClient.Kind, flags: UInt8 = 0, stream: Int = 0, payload: [UInt8] = []) {
            let bytes = FrameClient.bytes(payload.count, 3) + [kind.rawValue, flags] + FrameClient.bytes(stream, 4)
            #expect(write(descriptor, bytes + payload, bytes.count + payload.count) == bytes.count + payload.count)
        }

        /// Gives the session what the server has sent.
        func receive() -> String? {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            guard case .bytes(let count) = buffer.withUnsafeMutableBytes({ stream.receive(into: $0) }) else {
                return nil
            }
            return buffer.withUnsafeBytes { session.receive(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }

        /// Lets the session read and write until neither has more to say; gives the frames that came from it, without
        /// acknowledgements.
        func exchange() -> [FrameClient.Frame] {
            _ = receive()
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                _ = session.flush(stream)
                let count = read(descriptor, &buffer, buffer.count)
                guard count > 0 else { break }
                received += buffer[..<count]
            }
            if !sentPreface, received.starts(with: Array("\(HTTP2Preface.text)".utf8)) {
                sentPreface = true
                received.removeFirst(24)
            }
            var frames: [FrameClient.Frame] = []
            while received.count >= 9 {
                let length = FrameClient.number(received[0..<3])
                let frame = FrameClient.Frame(
                    kind: FrameClient.Kind(rawValue: received[3]), flags: received[4],
                    stream: FrameClient.number(received[5..<9]), payload: Array(received[9..<(9 + length)]))
                received.removeFirst(9 + length)
                if frame.kind != .settings || frame.flags & 1 == 0 { frames.append(frame) }
            }
            return frames
        }
    }
#endif
