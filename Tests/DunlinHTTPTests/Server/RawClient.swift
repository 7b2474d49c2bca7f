import Glibc
import Testing

/// A blocking TCP client that says and shows exact bytes.
final class RawClient {
    private let descriptor: Int32
    private var received: [UInt8] = []

    /// - Parameter receiveBufferByteCount: A small one makes a client that is slow to take answers.
    init(port: Int, receiveBufferByteCount: Int32? = nil) throws {
        // A process that another test starts would keep it open.
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        if var size = receiveBufferByteCount {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        Self.limitWaits(descriptor)
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        let result = withUnsafeBytes(of: &address) {
            connect(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        guard result == 0 else { throw Failure.notConnected }
    }

    /// Connects to a Unix-domain socket.
    ///
    /// - Parameter sendBufferByteCount: How much may be sent before anybody reads.
    init(path: String, sendBufferByteCount: Int32? = nil) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        if var size = sendBufferByteCount {
            setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        Self.limitWaits(descriptor)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let result = withUnsafeBytes(of: &address) {
            connect(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        guard result == 0 else { throw Failure.notConnected }
    }

    /// A test that waits for an answer that never comes, or for somebody to read, must end.
    private static func limitWaits(_ descriptor: Int32) {
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    enum Failure: Error { case notConnected, endedEarly, notHTTP(String) }

    deinit { Glibc.close(descriptor) }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        bytes.withUnsafeBytes { bytes in
            while sent < bytes.count {
                let count = Glibc.send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, 0x4000)
                if count <= 0 { return }
                sent += count
            }
        }
    }

    func shutdownWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends with a reset, as a process that dies with unread input does.
    func reset() {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// False at the end of the stream.
    private func receiveMore() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 { received += buffer[..<count] }
        return count > 0
    }

    /// Whether nothing comes for so long: a negative that only time can show.
    func isSilent(milliseconds: Int32) -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return received.isEmpty && poll(&wanted, 1, milliseconds) == 0
    }

    /// Everything until the server closes.
    func readToEnd() -> String {
        while receiveMore() {}
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    /// Exactly `count` bytes.
    func read(_ count: Int) throws -> String { String(decoding: try readBytes(count), as: UTF8.self) }

    func readBytes(_ count: Int) throws -> [UInt8] {
        while received.count < count { guard receiveMore() else { throw Failure.endedEarly } }
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }

    struct Answer {
        let status: Int
        let head: String
        let body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }

        func field(_ name: String) -> String? {
            for line in head.split(separator: "\r\n").dropFirst() where line.lowercased().hasPrefix(name + ": ") {
                return String(line.dropFirst(name.utf8.count + 2))
            }
            return nil
        }
    }

    /// One whole answer, by its length or its chunks.
    func answer(isHead: Bool = false) throws -> Answer {
        var end = Self.headEnd(received)
        while end == nil {
            guard receiveMore() else { throw Failure.endedEarly }
            end = Self.headEnd(received)
        }
        let head = try read(end!)
        guard head.hasPrefix("HTTP/1.1 "), let status = Int(head.dropFirst(9).prefix(3)) else {
            throw Failure.notHTTP(head)
        }
        let bare = Answer(status: status, head: head, body: [])
        if isHead || status == 204 || status == 304 || status < 200 { return bare }
        if bare.field("transfer-encoding") == "chunked" {
            var body: [UInt8] = []
            while true {
                var size = ""
                while !size.hasSuffix("\r\n") { size += try read(1) }
                guard let count = Int(size.dropLast(1), radix: 16) else { throw Failure.notHTTP(size) }
                body += Array(try read(count).utf8)
                guard try read(2) == "\r\n" else { throw Failure.notHTTP("no line end after a chunk") }
                if count == 0 { return Answer(status: status, head: head, body: body) }
            }
        }
        guard let length = bare.field("content-length").flatMap({ Int($0) }) else { throw Failure.notHTTP(head) }
        while received.count < length { guard receiveMore() else { throw Failure.endedEarly } }
        defer { received.removeFirst(length) }
        return Answer(status: status, head: head, body: Array(received[..<length]))
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 0...(bytes.count - 4)
        where bytes[index] == 13 && bytes[index + 1] == 10 && bytes[index + 2] == 13 && bytes[index + 3] == 10 {
            return index + 4
        }
        return nil
    }
}
