import Dispatch
import Glibc
import Synchronization

/// A gRPC server on a port of this machine that treats each call as a test wants, one thread per connection.
final class ScriptedGRPCServer: Sendable {
    /// What to do with a call when all of it is there.
    enum Action: Sendable {
        /// An empty message, and this status.
        case answer(status: Int)
        /// RST_STREAM with this code.
        case reset(UInt8)
        /// GOAWAY that names the last stream to be served; this call and earlier ones that are silent are answered with OK
        /// as far as they are served.
        case goAway(lastStream: Int)
        case close
        /// Bytes that are no frame.
        case garbage
        case silence
    }

    let port: Int
    private let listener: Int32
    private let counts = Mutex((requests: 0, connections: 0))

    /// - Parameters:
    ///   - maxStreams: What the server's SETTINGS allow at once; `nil` says nothing.
    ///   - script: What to do with each call, counted over all connections, by its number and its stream.
    init(maxStreams: UInt8? = nil, _ script: @escaping @Sendable (_ number: Int, _ stream: Int) -> Action) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(listener, $0, length) == 0 && listen(listener, 128) == 0, "no port")
                getsockname(listener, $0, &length)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        self.listener = listener
        Self.thread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else {
                    // Here, and not in `stop`: the number must not mean another file while this thread uses it.
                    close(listener)
                    return
                }
                counts.withLock { $0.connections += 1 }
                Self.thread { self.serve(connection, maxStreams, script) }
            }
        }
    }

    var url: String { "grpc://127.0.0.1:\(port)" }
    var requestCount: Int { counts.withLock { $0.requests } }
    var connectionCount: Int { counts.withLock { $0.connections } }

    /// Ends the thread that accepts; those of connections end when the client closes.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "scripted").async(execute: body)
    }

    // MARK: One connection

    private func serve(_ connection: Int32, _ maxStreams: UInt8?, _ script: (Int, Int) -> Action) {
        defer { close(connection) }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        func receive(_ count: Int) -> [UInt8]? {
            while received.count < count {
                let more = recv(connection, &buffer, buffer.count, 0)
                guard more > 0 else { return nil }
                received += buffer[..<more]
            }
            defer { received.removeFirst(count) }
            return Array(received.prefix(count))
        }
        func send(_ bytes: [UInt8]) { _ = Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
        func sendFrame(_ type: UInt8, flags: UInt8 = 0, stream: Int = 0, _ payload: [UInt8] = []) {
            send(
                [0, UInt8(payload.count >> 8), UInt8(payload.count & 255), type, flags] + Self.number(stream) + payload)
        }
        func answer(_ stream: Int, status: Int) {
            sendFrame(1, flags: 4, stream: stream, [0x88] + Self.field("content-type", "application/grpc"))
            sendFrame(0, stream: stream, [0, 0, 0, 0, 0])
            let message = status == 0 ? [] : Self.field("grpc-message", "as%20asked")
            sendFrame(1, flags: 5, stream: stream, Self.field("grpc-status", String(status)) + message)
        }
        guard receive(24) != nil else { return }
        sendFrame(4, maxStreams.map { [0, 3, 0, 0, 0, $0] } ?? [])
        var silent: [Int] = []
        while let head = receive(9), let payload = receive(Int(head[1]) << 8 | Int(head[2])) {
            let stream = head[5..<9].reduce(0) { $0 << 8 | Int($1) }
            if head[3] == 4, head[4] & 1 == 0 { sendFrame(4, flags: 1) }
            guard head[3] == 0 else { continue }
            if !payload.isEmpty {
                for owner in [0, stream] { sendFrame(8, stream: owner, Self.number(payload.count)) }
            }
            guard head[4] & 1 != 0 else { continue }
            let number = counts.withLock { counts in
                defer { counts.requests += 1 }
                return counts.requests
            }
            switch script(number, stream) {
            case .answer(let status): answer(stream, status: status)
            case .reset(let code): sendFrame(3, stream: stream, [0, 0, 0, code])
            case .goAway(let lastStream):
                sendFrame(7, Self.number(lastStream) + [0, 0, 0, 0])
                for other in silent + [stream] where other <= lastStream { answer(other, status: 0) }
            case .close: return
            case .garbage: send([UInt8](repeating: 0x55, count: 64))
            case .silence: silent.append(stream)
            }
        }
    }

    private static func number(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// A field without compression.
    private static func field(_ name: String, _ value: String) -> [UInt8] {
        [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
    }
}
