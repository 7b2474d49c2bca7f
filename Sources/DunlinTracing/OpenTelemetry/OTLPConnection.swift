import DunlinBytes
import Glibc

/// Posts one body to a collector over a connection of its own. Blocks, but never beyond its deadline; only the look-up of
/// a host's name takes as long as the system's resolver does.
struct OTLPConnection {
    struct Failure: Error { let reason: String }

    struct Answer: Equatable {
        var status: Int
        /// Seconds, when the collector says when to come again.
        var retryAfter: Int?
    }

    let endpoint: OTLPEndpoint
    /// Nanoseconds of `CLOCK_MONOTONIC`.
    let deadline: UInt64

    /// Bytes of an answer's head that are read; what matters stands at its beginning.
    static let maxHeadByteCount = 16 << 10

    func post(_ body: Bytes) throws(Failure) -> Answer {
        let descriptor = try connect()
        defer { close(descriptor) }
        var request = BytesBuilder(capacity: body.count + 256)
        request.append(
            utf8: "POST \(endpoint.path) HTTP/1.1\r\nHost: \(endpoint.authority)\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.count)\r\nConnection: close\r\nUser-Agent: dunlin\r\n\r\n")
        request.append(body)
        try send(request.finish(), descriptor)
        return try receive(descriptor)
    }

    // MARK: The socket

    /// Tries the addresses of the host in the resolver's order.
    private func connect() throws(Failure) -> Int32 {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(endpoint.host, String(endpoint.port), &hints, &found)
        guard status == 0, let found else {
            throw Failure(reason: "\(endpoint.host): \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(found) }
        var reason = "no address"
        var candidate: UnsafeMutablePointer<addrinfo>? = found
        while let address = candidate {
            candidate = address.pointee.ai_next
            let flags = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
            let descriptor = socket(address.pointee.ai_family, flags, 0)
            guard descriptor >= 0 else { continue }
            var outcome: Int32 = 0
            if Glibc.connect(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) != 0 {
                outcome = errno == EINPROGRESS ? connected(descriptor) : errno
            }
            if outcome == 0 { return descriptor }
            close(descriptor)
            reason = String(cString: strerror(outcome))
        }
        throw Failure(reason: "\(endpoint.authority): \(reason)")
    }

    /// Waits for a connection that is being made; its error, or 0.
    private func connected(_ descriptor: Int32) -> Int32 {
        guard wait(for: POLLOUT, descriptor) else { return ETIMEDOUT }
        var outcome: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &outcome, &size)
        return outcome
    }

    private func send(_ bytes: Bytes, _ descriptor: Int32) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + done, $0.count - done, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                done += count
            } else if errno == EAGAIN {
                guard wait(for: POLLOUT, descriptor) else { throw timeout }
            } else if errno != EINTR {
                throw Failure(reason: "\(endpoint.authority): \(String(cString: strerror(errno)))")
            }
        }
    }

    private func receive(_ descriptor: Int32) throws(Failure) -> Answer {
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while head.count < Self.maxHeadByteCount {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                head += buffer[..<count]
                if let answer = Self.answer(head) { return answer }
            } else if count == 0 {
                break
            } else if errno == EAGAIN {
                guard wait(for: POLLIN, descriptor) else { throw timeout }
            } else if errno != EINTR {
                throw Failure(reason: "\(endpoint.authority): \(String(cString: strerror(errno)))")
            }
        }
        throw Failure(reason: "\(endpoint.authority): the answer is no HTTP")
    }

    /// The status and what else matters of a head; `nil` until it is complete.
    static func answer(_ received: [UInt8]) -> Answer? {
        let text = String(decoding: received, as: UTF8.self)
        // A CR LF is one character.
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end].split(separator: "\r\n")
        let parts = lines.first?.split(separator: " ") ?? []
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), let status = Int(parts[1]), (100...599).contains(status)
        else { return nil }
        var answer = Answer(status: status)
        for line in lines.dropFirst() where line.lowercased().hasPrefix("retry-after:") {
            answer.retryAfter = Int(line.dropFirst(12).filter { $0 != " " }).flatMap { $0 >= 0 ? $0 : nil }
        }
        return answer
    }

    private var timeout: Failure { Failure(reason: "\(endpoint.authority): no answer in time") }

    private func wait(for events: Int32, _ descriptor: Int32) -> Bool {
        while true {
            let now = TraceClock.now()
            guard now < deadline else { return false }
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let count = poll(&entry, 1, Int32(clamping: (deadline - now) / 1_000_000 + 1))
            if count > 0 { return true }
            if count < 0, errno != EINTR { return false }
        }
    }
}

extension String {
    /// Where `text` begins; this module does without Foundation.
    fileprivate func range(of text: String) -> String.Index? {
        let source = Array(utf8)
        let wanted = Array(text.utf8)
        guard source.count >= wanted.count else { return nil }
        for start in 0...source.count - wanted.count where source[start..<start + wanted.count].elementsEqual(wanted) {
            return utf8.index(utf8.startIndex, offsetBy: start)
        }
        return nil
    }
}
