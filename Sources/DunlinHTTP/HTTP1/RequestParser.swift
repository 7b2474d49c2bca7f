package import DunlinBytes
import Glibc

/// HTTP/1.1 requests out of bytes: pure, resumable at any byte boundary, limits inside.
///
/// Call `next` with what was received until everything is consumed. After a failure the framing is lost:
/// answer it, close the connection and give the parser nothing more. For a large body, receive directly into
/// `bodySpace` and say `bodyReceived`; that saves one copy.
package struct RequestParser: ~Copyable {
    package struct Limits: Sendable {
        package var maxRequestLineByteCount: Int
        package var maxHeaderByteCount: Int
        package var maxHeaderCount: Int
        package var maxBodyByteCount: Int
        /// In lower case; empty for none.
        let alignedOffsetField: [UInt8]

        package init(_ configuration: HTTPServerConfiguration = HTTPServerConfiguration()) {
            maxRequestLineByteCount = configuration.maxRequestLineByteCount
            maxHeaderByteCount = configuration.maxHeaderByteCount
            maxHeaderCount = configuration.maxHeaderCount
            maxBodyByteCount = configuration.maxBodyByteCount
            alignedOffsetField = Array(configuration.alignedOffsetField.utf8)
        }
    }

    package enum Event {
        /// Everything was consumed, and no request is complete.
        case needsMore
        /// The head is there; what follows is a large body, not all of which has come (`announced`), or a body that the
        /// client keeps until it is told `100 Continue`.
        case bodyExpected(awaitsContinue: Bool)
        case request(HTTPRequest, keepsAlive: Bool)
        case failure(RequestError)
    }

    package enum Phase: Sendable { case idle, head, body, failed }

    /// Up to this size, head and body share one allocation.
    static let maxJoinedBodyByteCount = 16_384
    /// What a larger body gets at first, however long it says it will be; then the space doubles as data arrives.
    static let firstBodyByteCount = 1 << 20

    package private(set) var phase = Phase.idle
    private let limits: Limits
    private var head = RequestHead()
    private var emptyLine = EmptyLine.none
    /// The beginning of a head whose end has not arrived; empty while a head is read where it lies.
    private var partial = ReceiveBuffer()
    /// Where the line begins in `partial` whose end has not arrived.
    private var lineStart = 0
    /// Where the fields lie in the head; 0 until the request line is read.
    private var fieldsStart = 0
    private var fieldsEnd = 0
    /// The complete head, when the body has an allocation of its own.
    private var headBytes = Bytes()
    /// The body from `bodyStart` on; before it the head, when it is small.
    private var storage: ReceiveBuffer
    private var bodyStart = 0
    /// Head and body are one allocation.
    private var isJoined = false
    private var chunks: ChunkDecoder?

    /// RFC 9112, 2.2: one empty line before a request is ignored.
    private enum EmptyLine { case none, carriageReturn, skipped }

    /// - Parameter pool: Where the memory of large bodies comes from and goes to.
    package init(limits: Limits, pool: BytesPool? = nil) {
        self.limits = limits
        storage = ReceiveBuffer(pool: pool)
    }

    /// Reads on in `input` from `position` and moves `position` behind what was consumed.
    package mutating func next(_ input: UnsafeRawBufferPointer, _ position: inout Int) -> Event {
        do throws(RequestError) {
            if phase == .idle || phase == .head {
                guard try readHead(input, &position) else { return .needsMore }
                let awaitsContinue =
                    head.expectsContinue && head.version == .http11 && position == input.count && !isBodyComplete
                let isLarge = !isJoined && (chunks != nil || input.count - position < head.contentLength ?? 0)
                if isLarge || awaitsContinue { return .bodyExpected(awaitsContinue: awaitsContinue) }
            }
            guard phase == .body else { throw .bad("the framing of this connection is lost") }
            guard try readBody(input, &position) else { return .needsMore }
            return finishRequest()
        } catch {
            abandon()
            return .failure(error)
        }
    }

    /// The request whose large body is arriving, as far as its head says it, without any body; `nil` otherwise.
    package var announced: HTTPRequest? { phase == .body && !isJoined ? request(from: headBytes, body: Bytes()) : nil }

    /// Gives up: frees what has arrived and takes nothing more.
    package mutating func abandon() {
        phase = .failed
        partial = ReceiveBuffer()
        _ = storage.take()
        headBytes = Bytes()
    }

    /// Memory set aside for a large body that is arriving; 0 for small ones.
    package var bodyCapacity: Int { phase == .body && !isJoined ? storage.capacity : 0 }

    /// The same once there is room for more: it grows when the room is used up.
    package var nextBodyCapacity: Int {
        guard bodyCapacity > 0, chunks == nil, let length = head.contentLength else { return bodyCapacity }
        return storage.grown(extra: 1, limit: bodyStart + length)
    }

    /// Bytes of the body that have arrived.
    package var bodyReceivedCount: Int { phase == .body ? storage.count - bodyStart : 0 }

    /// Where to receive into next while a large body arrives; `nil` when input should go through `next`.
    ///
    /// Valid until the next call to this parser.
    package mutating func bodySpace() -> UnsafeMutableRawBufferPointer? {
        guard phase == .body, chunks == nil, let length = head.contentLength, length > Self.maxJoinedBodyByteCount
        else { return nil }
        let missing = bodyStart + length - storage.count
        guard (try? storage.grow(extra: 1, limit: bodyStart + length)) != nil else { return nil }
        return UnsafeMutableRawBufferPointer(rebasing: storage.space.prefix(missing))
    }

    /// Counts bytes that were received into `bodySpace`; then `next` with no input tells what follows.
    package mutating func bodyReceived(_ count: Int) { storage.advance(count) }

    // MARK: Head

    /// True when the head is complete and the body may be read.
    private mutating func readHead(_ input: UnsafeRawBufferPointer, _ position: inout Int) throws(RequestError) -> Bool
    {
        if partial.count == 0 {
            try skipEmptyLine(input, &position)
            guard position < input.count else { return false }
            phase = .head
            let rest = UnsafeRawBufferPointer(rebasing: input[position...])
            while let end = Self.lineEnd(rest, from: lineStart) {
                if try readLine(UnsafeRawBufferPointer(rebasing: rest[lineStart..<end]), at: lineStart) {
                    position += end
                    try beginBody(UnsafeRawBufferPointer(rebasing: rest[..<end]))
                    return true
                }
                lineStart = end
            }
            try checkPending(UnsafeRawBufferPointer(rebasing: rest[lineStart...]))
            try keep(rest)
            position = input.count
            return false
        }
        while position < input.count {
            let rest = UnsafeRawBufferPointer(rebasing: input[position...])
            let end = Self.lineEnd(rest, from: 0)
            let piece = UnsafeRawBufferPointer(rebasing: rest[..<(end ?? rest.count)])
            let pending = partial.count - lineStart + piece.count
            if end == nil, pending > limits.maxRequestLineByteCount + limits.maxHeaderByteCount {
                // Too long whatever it is; not copied first.
                throw fieldsStart == 0 ? requestLineTooLong : headerTooLong
            }
            try keep(piece)
            position += piece.count
            let line = UnsafeRawBufferPointer(rebasing: partial.bytes[lineStart...])
            guard end != nil else {
                try checkPending(line)
                return false
            }
            if try readLine(line, at: lineStart) {
                try beginBody(partial.bytes)
                partial = ReceiveBuffer()
                return true
            }
            lineStart = partial.count
        }
        return false
    }

    private static func lineEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, let found = memchr(base + start, 0x0A, bytes.count - start) else {
            return nil
        }
        return UnsafeRawPointer(found) - base + 1
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) throws(RequestError) {
        try partial.grow(extra: bytes.count, limit: Int.max)
        partial.append(bytes)
    }

    private mutating func skipEmptyLine(
        _ input: UnsafeRawBufferPointer, _ position: inout Int
    ) throws(RequestError) {
        guard phase == .idle else { return }
        if emptyLine == .none, position < input.count, input[position] == 0x0D {
            emptyLine = .carriageReturn
            position += 1
        }
        if emptyLine == .carriageReturn, position < input.count {
            guard input[position] == 0x0A else { throw .bad("a line must end with CR LF") }
            emptyLine = .skipped
            position += 1
        }
    }

    /// `line` with its line feed, at `offset` in the head. True when it ends the head.
    ///
    /// Lengths are judged first, so that the answer does not depend on how the input was cut.
    private mutating func readLine(_ line: UnsafeRawBufferPointer, at offset: Int) throws(RequestError) -> Bool {
        let hasReturn = line.count >= 2 && line[line.count - 2] == 0x0D
        let content = UnsafeRawBufferPointer(rebasing: line[..<(line.count - (hasReturn ? 2 : 1))])
        if fieldsStart == 0 {
            guard content.count <= limits.maxRequestLineByteCount else { throw requestLineTooLong }
            guard hasReturn else { throw .bad("a line must end with CR LF") }
            try head.readRequestLine(content, at: offset)
            fieldsStart = offset + line.count
            return false
        }
        if hasReturn && content.isEmpty {
            fieldsEnd = offset
            return true
        }
        guard offset + line.count - fieldsStart <= limits.maxHeaderByteCount else { throw headerTooLong }
        guard hasReturn, !content.isEmpty else { throw .bad("a line must end with CR LF") }
        guard head.fieldCount < limits.maxHeaderCount else {
            throw RequestError(431, "the request has more than \(limits.maxHeaderCount) header fields")
        }
        try head.readField(content, alignedOffsetField: limits.alignedOffsetField)
        return false
    }

    /// A line without its end, at `lineStart` in the head: refused as soon as it can only become too long.
    private func checkPending(_ line: UnsafeRawBufferPointer) throws(RequestError) {
        if fieldsStart == 0 {
            let content = line.count - (line.last == 0x0D ? 1 : 0)
            if content > limits.maxRequestLineByteCount { throw requestLineTooLong }
        } else if line.count > 1, lineStart + line.count - fieldsStart > limits.maxHeaderByteCount {
            throw headerTooLong
        }
    }

    private var requestLineTooLong: RequestError {
        RequestError(414, "the request line is longer than \(limits.maxRequestLineByteCount) bytes")
    }

    private var headerTooLong: RequestError {
        RequestError(431, "the header is longer than \(limits.maxHeaderByteCount) bytes")
    }

    // MARK: Body

    private mutating func beginBody(_ bytes: UnsafeRawBufferPointer) throws(RequestError) {
        try head.check(maxBodyByteCount: limits.maxBodyByteCount)
        phase = .body
        let length = head.contentLength ?? 0
        if head.transferEncoding == .chunked {
            chunks = ChunkDecoder(limits: limits)
        }
        isJoined = chunks == nil && length <= Self.maxJoinedBodyByteCount
        let headCount = isJoined ? bytes.count : 0
        // So that the byte at the offset, and not the body's first, lies at a multiple of 16.
        bodyStart =
            isJoined && length == 0 ? headCount : (headCount + head.alignedOffset + 15) & ~15 - head.alignedOffset
        try storage.reserve(total: bodyStart + (isJoined ? length : min(length, Self.firstBodyByteCount)))
        if isJoined { storage.append(bytes) } else { headBytes = Bytes(copying: bytes) }
        storage.advance(bodyStart - headCount)
    }

    private var isBodyComplete: Bool { chunks == nil && storage.count == bodyStart + (head.contentLength ?? 0) }

    private mutating func readBody(_ input: UnsafeRawBufferPointer, _ position: inout Int) throws(RequestError) -> Bool
    {
        guard chunks != nil else {
            let end = bodyStart + (head.contentLength ?? 0)
            let count = min(end - storage.count, input.count - position)
            try storage.grow(extra: count, limit: end)
            storage.append(UnsafeRawBufferPointer(rebasing: input[position..<(position + count)]))
            position += count
            return storage.count == end
        }
        while true {
            switch try chunks!.next(input, &position) {
            case .needsMore: return false
            case .end: return true
            case .data(let count):
                try storage.grow(extra: count, limit: bodyStart + limits.maxBodyByteCount)
                storage.append(UnsafeRawBufferPointer(rebasing: input[position..<(position + count)]))
                position += count
            }
        }
    }

    private mutating func finishRequest() -> Event {
        let received = storage.take()
        let request = request(from: isJoined ? received : headBytes, body: received.dropFirst(bodyStart))
        let keepsAlive = head.keepsAlive
        phase = .idle
        head = RequestHead()
        emptyLine = .none
        lineStart = 0
        fieldsStart = 0
        headBytes = Bytes()
        bodyStart = 0
        chunks = nil
        return .request(request, keepsAlive: keepsAlive)
    }

    private func request(from all: Bytes, body: Bytes) -> HTTPRequest {
        var request = HTTPRequest(
            method: head.method, path: head.path.isEmpty ? Self.rootPath : all[head.path],
            query: head.query.map { all[$0] }, headers: HTTPHeaders(checked: all[fieldsStart..<fieldsEnd]),
            body: body, version: head.version)
        request.hasContentEncoding = head.hasContentEncoding
        request.acceptedCoding = head.acceptEncoding.best
        return request
    }

    private static let rootPath = Bytes("/")
}
