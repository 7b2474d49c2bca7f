import Glibc

/// A blocking HTTP/1.1 client for tests: one keep-alive connection to a port of this machine.
package final class TestClient {
    package struct Response {
        package var status: Int
        /// Names in lower case.
        package var headers: [String: String]
        package var body: [UInt8]
        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let descriptor: Int32
    private var received: [UInt8] = []

    package init(port: Int) throws {
        // A process that another test starts would keep it open.
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure(description: "connect to port \(port): errno \(errno)") }
    }

    deinit { close(descriptor) }

    package func get(_ path: String) throws -> Response { try request("GET", path) }

    package func post(_ path: String, _ body: String = "", headers: [String: String] = [:]) throws -> Response {
        try request("POST", path, body: [UInt8](body.utf8), headers: headers)
    }

    package func request(
        _ method: String, _ path: String, body: [UInt8] = [], headers: [String: String] = [:]
    ) throws -> Response {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n"
        if method == "POST" || !body.isEmpty { head += "Content-Length: \(body.count)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        try send([UInt8]((head + "\r\n").utf8) + body)
        return try receive(hasBody: method != "HEAD")
    }

    package func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "send: errno \(errno)") }
            sent += count
        }
    }

    /// Reads one response, whose body has a `Content-Length` or is chunked.
    package func receive(hasBody: Bool = true) throws -> Response {
        let end: [UInt8] = [13, 10, 13, 10]
        var headCount = index(of: end)
        while headCount == nil {
            try receiveMore()
            headCount = index(of: end)
        }
        let lines = String(decoding: received[..<headCount!], as: UTF8.self).split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        let bodyCount = hasBody ? Int(headers["content-length"] ?? "0") ?? 0 : 0
        let bodyStart = headCount! + 4
        let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        if hasBody, headers["transfer-encoding"] == "chunked" {
            received.removeFirst(bodyStart)
            return Response(status: status, headers: headers, body: try receiveChunks())
        }
        while received.count < bodyStart + bodyCount { try receiveMore() }
        let body = Array(received[bodyStart..<bodyStart + bodyCount])
        received.removeFirst(bodyStart + bodyCount)
        return Response(status: status, headers: headers, body: body)
    }

    private func receiveChunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            var lineEnd = index(of: [13, 10])
            while lineEnd == nil {
                try receiveMore()
                lineEnd = index(of: [13, 10])
            }
            let size = Int(String(decoding: received[..<lineEnd!], as: UTF8.self), radix: 16) ?? 0
            let start = lineEnd! + 2
            while received.count < start + size + 2 { try receiveMore() }
            body += received[start..<start + size]
            received.removeFirst(start + size + 2)
            if size == 0 { return body }
        }
    }

    private func receiveMore() throws {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else {
            throw Failure(description: count == 0 ? "the server closed the connection" : "recv: errno \(errno)")
        }
        received.append(contentsOf: buffer[..<count])
    }

    private func index(of pattern: [UInt8]) -> Int? {
        guard received.count >= pattern.count else { return nil }
        return (0...received.count - pattern.count).first { received[$0..<$0 + pattern.count].elementsEqual(pattern) }
    }
}
