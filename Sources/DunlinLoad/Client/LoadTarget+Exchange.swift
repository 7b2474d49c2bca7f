import CDunlinSystem
import DunlinBytes
import DunlinInference
import Glibc

extension LoadTarget {
    /// One request on a connection of its own, waited for.
    ///
    /// - Parameter timeout: Nanoseconds for all of it.
    /// - Throws: `.unavailable` when there is no complete answer.
    func exchange(_ message: Bytes, timeout: UInt64) throws(InferError) -> (status: Int, body: Bytes) {
        let deadline = LoadGenerator.monotonicNanoseconds() &+ timeout
        let descriptor: Int32
        switch connect() {
        case .failure(let failure): throw failed(failure.text)
        case .success(let opened): descriptor = opened.descriptor
        }
        defer { close(descriptor) }
        var sentCount = 0
        var parser = ResponseParser(keepsBody: true)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let now = LoadGenerator.monotonicNanoseconds()
            guard now < deadline else { throw failed("no answer within \(timeout / 1_000_000) ms") }
            let wanted = Int16(sentCount < message.count ? POLLIN | POLLOUT : POLLIN)
            var entry = pollfd(fd: descriptor, events: wanted, revents: 0)
            guard poll(&entry, 1, Int32(clamping: (deadline &- now) / 1_000_000 + 1)) >= 0 || errno == EINTR else {
                throw failed(SystemFailure(errno).text)
            }
            if entry.revents & Int16(POLLOUT) != 0, let base = message.base {
                let sent = send(descriptor, base + sentCount, message.count - sentCount, Int32(dunlin_send_flags))
                if sent > 0 { sentCount += sent } else if errno != EAGAIN { throw failed(SystemFailure(errno).text) }
            }
            guard entry.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 else { continue }
            let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(dunlin_receive_flags))
            if count < 0 {
                if errno == EAGAIN || errno == EINTR { continue }
                throw failed(SystemFailure(errno).text)
            }
            do throws(ResponseParser.Malformed) {
                if count == 0 {
                    guard parser.close() else { throw ResponseParser.Malformed("the connection was closed") }
                } else {
                    _ = try parser.consume(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                }
            } catch {
                throw failed(error.description)
            }
            if parser.isComplete { return (parser.status, Bytes(parser.excerpt)) }
        }
    }

    private func failed(_ reason: String) -> InferError { InferError(.unavailable, "\(authority): \(reason)") }
}
