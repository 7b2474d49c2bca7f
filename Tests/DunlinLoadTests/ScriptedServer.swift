import Dispatch
import Foundation
import Glibc
import Synchronization

/// A server on a port of this machine that answers with the bytes a test wants, one thread per connection.
final class ScriptedServer: Sendable {
    /// What to do with a request.
    enum Answer: Sendable {
        case send(String)
        case sendAfter(milliseconds: UInt32, String)
        case sendAndClose(String)
        case close
        /// Neither answers nor closes.
        case silence
    }

    let port: Int
    private let listener: Int32
    private let requestCounter = Mutex(0)
    private let connectionCounter = Mutex(0)

    static func ok(_ body: String = "{}") -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// - Parameters:
    ///   - unixSocket: Listens on a socket of this path instead of a port.
    ///   - script: The answer to each request, counted over all connections.
    init(unixSocket: String? = nil, _ script: @escaping @Sendable (Int) -> Answer) {
        let listener =
            unixSocket.map(Self.listen(unixSocket:)) ?? socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            guard unixSocket == nil else { return }
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(listener, $0, length) == 0 && Glibc.listen(listener, 128) == 0, "no port")
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
                connectionCounter.withLock { $0 += 1 }
                Self.thread { self.serve(connection, script) }
            }
        }
    }

    private static func listen(unixSocket path: String) -> Int32 {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        precondition(status == 0 && Glibc.listen(listener, 128) == 0, "no socket at \(path)")
        return listener
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var requestCount: Int { requestCounter.withLock { $0 } }
    var connectionCount: Int { connectionCounter.withLock { $0 } }

    /// Ends the thread that accepts; those of connections end when the client closes.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "scripted").async(execute: body)
    }

    private func serve(_ connection: Int32, _ script: @Sendable (Int) -> Answer) {
        defer { close(connection) }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            while !Self.takeRequest(&received) {
                let count = recv(connection, &buffer, buffer.count, 0)
                guard count > 0 else { return }
                received += buffer[..<count]
            }
            let number = requestCounter.withLock { number in
                defer { number += 1 }
                return number
            }
            switch script(number) {
            case .send(let text): Self.write(text, connection)
            case .sendAfter(let milliseconds, let text):
                usleep(milliseconds * 1000)
                Self.write(text, connection)
            case .sendAndClose(let text):
                Self.write(text, connection)
                return
            case .close: return
            case .silence:
                while recv(connection, &buffer, buffer.count, 0) > 0 {}
                return
            }
        }
    }

    private static func takeRequest(_ received: inout [UInt8]) -> Bool {
        let text = String(decoding: received, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return false }
        let head = text[..<end.lowerBound]
        let length =
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length: ") }
            .flatMap { Int($0.dropFirst(16)) } ?? 0
        let total = head.utf8.count + 4 + length
        guard received.count >= total else { return false }
        received.removeFirst(total)
        return true
    }

    private static func write(_ text: String, _ connection: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let sent = bytes.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return }
            bytes = bytes.dropFirst(sent)
        }
    }
}
