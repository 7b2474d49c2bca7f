#if GRPC
    import DunlinBytes
    import DunlinHTTP

    /// A connection that speaks gRPC: each request has a stream of its own.
    ///
    /// What is begun in one turn of the generator is sent together at its end. When the server takes no more requests
    /// (GOAWAY), those that come wait until it has answered the others, and a new connection is opened for them.
    final class GRPCLoadConnection: LoadConnection, HTTP2ClientEvents {
        private static let http1Preface = Array("HTTP/1.".utf8)

        private let fields: [(name: String, value: String)]
        private var session: HTTP2ClientSession?
        private var answers: [GRPCAnswer] = []
        /// Requests that wait for a session that takes them.
        private var waiting: [(ticket: Int, message: Bytes)] = []
        private var isUnderWay: [Bool] = []
        private var hasReceived = false
        /// What is begun meanwhile is sent at the end of it.
        private var isReceiving = false

        init(index: Int, generator: LoadGenerator, fields: [(name: String, value: String)]) {
            self.fields = fields
            super.init(index: index, generator: generator)
        }

        override func begin(_ ticket: Int, _ message: Bytes) {
            while answers.count <= ticket {
                answers.append(GRPCAnswer())
                isUnderWay.append(false)
            }
            answers[ticket].reset()
            isUnderWay[ticket] = true
            if state == .open, let session, session.begin(message, ticket: ticket) { return flushSoon() }
            waiting.append((ticket, message))
            switch state {
            case .closed: connect()
            case .open: flushSoon()
            default: break
            }
        }

        override func cancel(_ ticket: Int) {
            isUnderWay[ticket] = false
            waiting.removeAll { $0.ticket == ticket }
            session?.cancel(ticket)
            if state == .open { flushSoon() }
        }

        private func flushSoon() {
            if !isReceiving { generator.flushLater(self) }
        }

        override func opened() {
            guard let made = HTTP2ClientSession(fields: fields, events: self) else {
                return fail("connect", "no HTTP/2 session can be made", rests: true)
            }
            session = made
            hasReceived = false
            let due = waiting
            waiting = []
            for (ticket, message) in due where !made.begin(message, ticket: ticket) {
                waiting.append((ticket, message))
            }
            flush()
        }

        override func received(_ input: UnsafeRawBufferPointer) {
            guard let session else { return }
            if !hasReceived {
                hasReceived = true
                if input.starts(with: Self.http1Preface) {
                    return fail("malformed", "the server speaks HTTP/1 on this port, not gRPC")
                }
            }
            isReceiving = true
            let problem = session.receive(input)
            isReceiving = false
            if let problem { return fail("malformed", problem) }
            flush()
        }

        override func flush() {
            guard let session, let stream else { return }
            guard session.flush(stream) else { return failAfterReading() }
            if session.isGoingAway, session.openCount == 0 {
                close()
                self.session = nil
                if !waiting.isEmpty { connect() }
            } else if session.isOver {
                fail("malformed", "the server does not keep to HTTP/2")
            }
        }

        override func abandon() -> [Int] {
            session = nil
            waiting = []
            let tickets = isUnderWay.indices.filter { isUnderWay[$0] }
            for ticket in tickets { isUnderWay[ticket] = false }
            return tickets
        }

        // MARK: What comes

        func field(_ ticket: Int, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
            answers[ticket].field(name, value)
        }

        func body(_ ticket: Int, _ bytes: UnsafeRawBufferPointer) { answers[ticket].body(bytes) }

        func ended(_ ticket: Int, _ code: HTTP2ErrorCode) {
            isUnderWay[ticket] = false
            generator.ended(lanes[ticket], answers[ticket].outcome(code))
        }
    }
#endif
