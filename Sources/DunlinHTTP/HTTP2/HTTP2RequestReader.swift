import DunlinBytes
import Glibc

/// One request out of the header fields and the pieces of body that a stream brings: pure, limits inside.
///
/// Fields become the same lines that HTTP/1 sends, in one block of memory; a small body lies behind them in that block. A
/// body whose length is known, from `content-length` or from the prefix of a gRPC message, is received into memory of that
/// size, though never more at once than `RequestParser.firstBodyByteCount` before it arrives.
struct HTTP2RequestReader: ~Copyable {
    /// The memory that most heads and small bodies fit in.
    private static let firstByteCount = 1024
    /// A byte that says whether a gRPC message is compressed, and four of its length.
    static let messagePrefixByteCount = 5

    private let limits: RequestParser.Limits
    private var head = RequestHead(version: .http2)
    /// Path and authority as they came, then from `fieldsStart` the field lines, then from `bodyStart` the body if it is small.
    private var storage: ReceiveBuffer
    private var path = 0..<0
    private var authority = 0..<0
    private var fieldsStart = 0
    private var fieldsEnd = 0
    /// The first block, when the body has one of its own.
    private var headBytes = Bytes()
    private var bodyStart = 0
    private var isJoined = true
    private var hasHead = false
    private(set) var isGRPC = false
    /// Bytes of all fields so far, as they count against the limit, those that were refused too.
    private(set) var fieldByteCount = 0
    /// The first thing that is wrong with the head.
    private(set) var failure: RequestError?
    /// The body's length as far as something says it.
    private(set) var expectedCount: Int?
    private var prefix: UInt64 = 0
    private var prefixCount = 0

    private let pool: BytesPool?

    /// - Parameter pool: Where the memory of large bodies comes from and goes to.
    init(limits: RequestParser.Limits, pool: BytesPool?) {
        self.limits = limits
        self.pool = pool
        storage = ReceiveBuffer()
    }

    var method: HTTPMethod { head.method }
    var expectsContinue: Bool { head.expectsContinue }
    var bodyReceivedCount: Int { hasHead ? max(0, storage.count - bodyStart) : 0 }
    /// Memory set aside for a large body; 0 for small ones.
    var bodyCapacity: Int { isJoined ? 0 : storage.capacity }

    /// The same once there is room for more.
    var nextBodyCapacity: Int {
        isJoined ? 0 : storage.grown(extra: storage.capacity - storage.count + 1, limit: bodyLimit)
    }

    private var bodyLimit: Int { bodyStart + (expectedCount ?? limits.maxBodyByteCount) }

    /// Whether the path, without the query, ends with `suffix`.
    func pathEnds(with suffix: [UInt8]) -> Bool {
        let start = head.path.upperBound - suffix.count
        guard start >= head.path.lowerBound else { return false }
        return storage.bytes[start..<head.path.upperBound].elementsEqual(suffix)
    }

    // MARK: Head

    /// Takes one field, pseudo fields too. What is wrong with it is remembered in `failure`.
    mutating func field(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        // Colon and line end count, as over HTTP/1.
        fieldByteCount += name.count + value.count + 3
        guard failure == nil else { return }
        do throws(RequestError) {
            if name.first == UInt8(ascii: ":") {
                try pseudoField(name, value)
            } else {
                try ordinaryField(name, value)
            }
        } catch {
            failure = error
        }
    }

    private mutating func pseudoField(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws(RequestError) {
        switch name.count {
        case 7 where Self.isEqual(name, ":method"): try head.readMethod(value)
        case 5 where Self.isEqual(name, ":path"):
            guard value.count <= limits.maxRequestLineByteCount else {
                throw RequestError(414, "the request's path is longer than \(limits.maxRequestLineByteCount) bytes")
            }
            path = try keep(value)
        case 10 where Self.isEqual(name, ":authority"):
            guard value.count <= limits.maxHeaderByteCount else { throw headerTooLong }
            authority = try keep(value)
        default: break  // :scheme, which changes nothing here.
        }
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) throws(RequestError) -> Range<Int> {
        if storage.capacity == 0 { try storage.reserve(total: Self.firstByteCount) }
        let start = storage.count
        try storage.grow(extra: bytes.count, limit: Int.max)
        storage.append(bytes)
        return start..<storage.count
    }

    private mutating func ordinaryField(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws(RequestError) {
        if fieldsStart == 0 { try beginFields() }
        let isHost = name.count == 4 && Self.isEqual(name, "host")
        // The authority has said it.
        if isHost && head.hasHost { return }
        guard head.fieldCount < limits.maxHeaderCount else {
            throw RequestError(431, "the request has more than \(limits.maxHeaderCount) header fields")
        }
        try appendLine(name, value)
    }

    private mutating func beginFields() throws(RequestError) {
        if storage.capacity == 0 { try storage.reserve(total: Self.firstByteCount) }
        fieldsStart = storage.count
        guard !authority.isEmpty else { return }
        // The bytes may move while the line is written.
        let host = Bytes(copying: UnsafeRawBufferPointer(rebasing: storage.bytes[authority]))
        try host.withUnsafeBytes { (host) throws(RequestError) in
            try appendLine(UnsafeRawBufferPointer(start: Self.hostName.utf8Start, count: 4), host)
        }
    }

    private static let hostName: StaticString = "host"

    private mutating func appendLine(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws(RequestError) {
        let end = storage.count + name.count + value.count + 3
        guard end - fieldsStart <= limits.maxHeaderByteCount else { throw headerTooLong }
        try head.take(name.baseAddress!, name.count, value, alignedOffsetField: limits.alignedOffsetField)
        if name.count == 12, Self.isEqual(name, "content-type") { isGRPC = HTTPContentType.isGRPC(value) }
        try storage.grow(extra: name.count + value.count + 3, limit: Int.max)
        storage.append(name)
        storage.append(UInt8(ascii: ":"))
        storage.append(value)
        storage.append(0x0D)
        storage.append(0x0A)
    }

    private var headerTooLong: RequestError {
        RequestError(431, "the header is longer than \(limits.maxHeaderByteCount) bytes")
    }

    /// All fields are there.
    mutating func endHead() throws(RequestError) {
        if let failure { throw failure }
        if fieldsStart == 0 { try beginFields() }
        fieldsEnd = storage.count
        let bytes = storage.bytes
        guard path.count > 0, bytes[path.lowerBound] == UInt8(ascii: "/") || bytes[path.lowerBound] == UInt8(ascii: "*")
        else {
            throw .bad("the request has no path that starts with /")
        }
        try head.readTarget(bytes, path, at: 0)
        try head.check(maxBodyByteCount: limits.maxBodyByteCount)
        expectedCount = head.contentLength
        // So that the byte at the offset, and not the body's first, lies at a multiple of 16.
        bodyStart = aligned(fieldsEnd)
        hasHead = true
    }

    /// Where a body begins that may begin at `start`. Of a gRPC message it is the end that lies at a multiple of 16: its last
    /// raw tensor ends there, and need not be copied to be aligned.
    private func aligned(_ start: Int) -> Int {
        let offset = isGRPC ? expectedCount ?? 0 : head.alignedOffset
        return (start + offset + 15) & ~15 - offset
    }

    // MARK: Body

    mutating func body(_ bytes: UnsafeRawBufferPointer) throws(RequestError) {
        let total = bodyReceivedCount + bytes.count
        guard total <= limits.maxBodyByteCount else { throw .bodyTooLarge(limit: limits.maxBodyByteCount) }
        if isGRPC && prefixCount < Self.messagePrefixByteCount { try readPrefix(bytes) }
        if isGRPC, let expectedCount, total > expectedCount {
            throw .bad("expected one message of \(expectedCount - Self.messagePrefixByteCount) bytes, found more")
        }
        if isJoined {
            if storage.count == fieldsEnd { bodyStart = aligned(fieldsEnd) }
            if storage.count < bodyStart {
                let small = min(max(expectedCount ?? 0, total), RequestParser.maxJoinedBodyByteCount)
                try storage.reserve(total: bodyStart + small)
                storage.advance(bodyStart - storage.count)
            }
            if max(expectedCount ?? 0, total) > RequestParser.maxJoinedBodyByteCount { try separate() }
        }
        // What is said to come is a guess, and what comes is held to the limit alone.
        try storage.grow(extra: bytes.count, limit: max(bodyLimit, storage.count + bytes.count))
        storage.append(bytes)
    }

    /// Makes room for more of a large body, as `nextBodyCapacity` says.
    mutating func grow() throws(RequestError) { try storage.reserve(total: nextBodyCapacity) }

    /// Gives the body memory of its own.
    private mutating func separate() throws(RequestError) {
        let first = storage.take()
        headBytes = first[0..<fieldsEnd]
        let received = first.dropFirst(bodyStart)
        var own = ReceiveBuffer(pool: pool)
        bodyStart = aligned(0)
        let length = expectedCount ?? RequestParser.firstBodyByteCount
        try own.reserve(total: bodyStart + min(length, RequestParser.firstBodyByteCount))
        own.advance(bodyStart)
        try received.withUnsafeBytes { (received) throws(RequestError) in
            try own.grow(extra: received.count, limit: Int.max)
            own.append(received)
        }
        storage = own
        isJoined = false
    }

    /// The length of a gRPC message, from its first bytes.
    private mutating func readPrefix(_ bytes: UnsafeRawBufferPointer) throws(RequestError) {
        for byte in bytes.prefix(Self.messagePrefixByteCount - prefixCount) {
            prefix = prefix << 8 | UInt64(byte)
            prefixCount += 1
        }
        guard prefixCount == Self.messagePrefixByteCount, expectedCount == nil else { return }
        let length = Self.messagePrefixByteCount + Int(prefix & 0xFFFF_FFFF)
        guard length <= limits.maxBodyByteCount else { throw .bodyTooLarge(limit: limits.maxBodyByteCount) }
        expectedCount = length
    }

    // MARK: Request

    /// The request whose large body is arriving, as far as its fields say it, without any body; `nil` otherwise.
    var announced: HTTPRequest? { hasHead && !isJoined ? request(from: headBytes, body: Bytes()) : nil }

    /// The whole request; the reader is empty after it.
    mutating func finish() -> HTTPRequest {
        let received = storage.take()
        let request = request(from: isJoined ? received : headBytes, body: received.dropFirst(bodyStart))
        headBytes = Bytes()
        hasHead = false
        return request
    }

    private func request(from all: Bytes, body: Bytes) -> HTTPRequest {
        var request = HTTPRequest(
            method: head.method, path: all[head.path], query: head.query.map { all[$0] },
            headers: HTTPHeaders(checked: all[fieldsStart..<fieldsEnd]), body: body, version: .http2)
        request.hasContentEncoding = head.hasContentEncoding
        request.acceptedCoding = head.acceptEncoding.best
        return request
    }

    /// Frees what has arrived.
    mutating func abandon() {
        _ = storage.take()
        headBytes = Bytes()
        hasHead = false
    }

    private static func isEqual(_ text: UnsafeRawBufferPointer, _ expected: StaticString) -> Bool {
        text.count == expected.utf8CodeUnitCount && memcmp(text.baseAddress!, expected.utf8Start, text.count) == 0
    }
}
