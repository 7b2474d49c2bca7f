import CDunlinSystem
import DunlinBytes
import DunlinHTTP
import DunlinInference
import Glibc

extension LoadTarget {
    /// Asks the server for the model's metadata.
    ///
    /// - Parameter message: Over gRPC: the framed request.
    func metadata(headers: [(name: String, value: String)], _ message: Bytes) -> any LoadDialogue {
        #if GRPC
            if scheme.isGRPC { return GRPCDialogue(fields("ModelMetadata", headers: headers), message) }
        #endif
        return HTTP1Dialogue(self.message("GET", modelPath, headers: headers))
    }

    /// Sends one of the requests of a run.
    func inference(headers: [(name: String, value: String)], _ message: Bytes) -> any LoadDialogue {
        #if GRPC
            if scheme.isGRPC { return GRPCDialogue(fields("ModelInfer", headers: headers), message) }
        #endif
        return HTTP1Dialogue(message)
    }

    /// One request on a connection of its own, waited for.
    ///
    /// - Parameter timeout: Nanoseconds for all of it.
    /// - Throws: `.unavailable` when there is no complete answer.
    func exchange(_ dialogue: any LoadDialogue, timeout: UInt64) throws(InferError) -> LoadAnswer {
        let deadline = LoadGenerator.monotonicNanoseconds() &+ timeout
        let opened: SocketStream?
        switch connect() {
        case .failure(let failure): throw failed(failure.text)
        case .success(let (descriptor, _)):
            opened = stream(descriptor)
            if opened == nil { close(descriptor) }
        }
        guard let stream = opened else { throw failed("no TLS session can be made") }
        defer { stream.close(isWhole: true) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var wanted = POLLOUT
        var isConnected = false
        var isSending = false
        while true {
            let now = LoadGenerator.monotonicNanoseconds()
            guard now < deadline else { throw failed("no answer within \(timeout / 1_000_000) ms") }
            var entry = pollfd(fd: stream.descriptor, events: Int16(wanted), revents: 0)
            let count = poll(&entry, 1, Int32(clamping: (deadline &- now) / 1_000_000 + 1))
            guard count >= 0 || errno == EINTR else { throw failed(SystemFailure(errno).text) }
            guard count > 0 else { continue }
            if !isConnected {
                let error = Self.connectError(stream.descriptor)
                guard error == 0 else { throw failed(SystemFailure(error).text) }
                isConnected = true
            }
            try receive(stream, dialogue, buffer)
            if let answer = dialogue.answer { return answer }
            if !stream.isHandshaking {
                if !isSending, let problem = protocolProblem(stream) { throw failed(problem) }
                isSending = true
                if !dialogue.send(on: stream) {
                    let reason = errno
                    // What the server said before it closed is worth more than that it closed.
                    try receive(stream, dialogue, buffer)
                    if let answer = dialogue.answer { return answer }
                    throw failed(SystemFailure(reason).text)
                }
            }
            wanted = POLLIN | (dialogue.isSending || stream.readsAfterOutput ? POLLOUT : 0)
        }
    }

    /// Reads what is there.
    private func receive(
        _ stream: SocketStream, _ dialogue: any LoadDialogue, _ buffer: UnsafeMutableRawBufferPointer
    ) throws(InferError) {
        while dialogue.answer == nil {
            let input = stream.receive(into: buffer)
            let reason = errno
            do throws(ResponseParser.Malformed) {
                switch input {
                case .bytes(let count):
                    try dialogue.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                    guard stream.mayHaveMore(after: count, of: buffer.count) else { return }
                case .nothing: return
                case .end: try dialogue.receiveEnd()
                case .broken: throw ResponseParser.Malformed(SystemFailure(reason).text)
                case .plainText: throw ResponseParser.Malformed("the server does not speak TLS on this port")
                case .noHandshake(let reason): throw ResponseParser.Malformed(reason)
                }
            } catch {
                throw failed(error.description)
            }
        }
    }

    /// How a connect that was begun has ended: 0, or `errno`.
    static func connectError(_ descriptor: Int32) -> Int32 {
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 else { return errno }
        return error
    }

    private func failed(_ reason: String) -> InferError { InferError(.unavailable, "\(authority): \(reason)") }
}
