import Glibc

/// What the parser knows of a request's head: checked line by line, kept as offsets into the head's bytes.
///
/// - SeeAlso: [RFC 9112, HTTP/1.1](https://www.rfc-editor.org/rfc/rfc9112)
struct RequestHead {
    enum TransferEncoding { case none, chunked, other, afterChunked }

    private(set) var method = HTTPMethod.other
    private(set) var version: HTTPRequest.Version
    /// Offsets into the head; empty for an absolute-form target without a path, which means "/".
    private(set) var path = 0..<0
    private(set) var query: Range<Int>?
    private(set) var fieldCount = 0
    private(set) var contentLength: Int?
    private(set) var transferEncoding = TransferEncoding.none
    private(set) var hasHost = false
    private(set) var expectsContinue = false
    /// What the field that names an offset into the body says, modulo 16.
    private(set) var alignedOffset = 0
    private(set) var hasContentEncoding = false
    private(set) var acceptEncoding = AcceptEncoding()
    private var hasOtherExpectation = false
    private var saysClose = false
    private var saysKeepAlive = false

    /// - Parameter version: HTTP/1's is read from the request line.
    init(version: HTTPRequest.Version = .http11) { self.version = version }

    var keepsAlive: Bool { version == .http11 ? !saysClose : saysKeepAlive && !saysClose }

    /// `line` without its line end, at `offset` in the head.
    mutating func readRequestLine(_ line: UnsafeRawBufferPointer, at offset: Int) throws(RequestError) {
        guard let base = line.baseAddress, let space = memchr(base, 0x20, line.count) else {
            throw .bad("the request line must be a method, a target and a version with one space between them")
        }
        let methodEnd = UnsafeRawPointer(space) - base
        try readMethod(UnsafeRawBufferPointer(rebasing: line[..<methodEnd]))
        guard let second = memchr(base + methodEnd + 1, 0x20, line.count - methodEnd - 1) else {
            throw .bad("the request line has no version")
        }
        let targetEnd = UnsafeRawPointer(second) - base
        try readVersion(UnsafeRawBufferPointer(rebasing: line[(targetEnd + 1)...]))
        try readTarget(line, methodEnd + 1..<targetEnd, at: offset)
    }

    mutating func readMethod(_ token: UnsafeRawBufferPointer) throws(RequestError) {
        guard !token.isEmpty, token.allSatisfy({ ByteClass.isToken($0) }) else {
            throw .bad("the request method is not a token")
        }
        method = HTTPMethod(token: token)
    }

    private mutating func readVersion(_ text: UnsafeRawBufferPointer) throws(RequestError) {
        guard text.count == 8, memcmp(text.baseAddress!, "HTTP/", 5) == 0, ByteClass.isDigit(text[5]),
            text[6] == UInt8(ascii: "."), ByteClass.isDigit(text[7])
        else { throw .bad("the request line must end with HTTP/1.1 or HTTP/1.0") }
        switch (text[5], text[7]) {
        case (0x31, 0x31): version = .http11
        case (0x31, 0x30): version = .http10
        default: throw RequestError(505, "only HTTP/1.1 and HTTP/1.0 are supported")
        }
    }

    /// The target at `range` of `line`, which itself lies at `offset` in the head.
    mutating func readTarget(
        _ line: UnsafeRawBufferPointer, _ range: Range<Int>, at offset: Int
    ) throws(RequestError) {
        guard !range.isEmpty, line[range].allSatisfy({ ByteClass.isTarget($0) }) else {
            throw .bad("the request target is empty or holds a character that must be percent-encoded")
        }
        var start = range.lowerBound
        if line[start] == UInt8(ascii: "*"), range.count == 1, method == .options {
            path = offset + start..<offset + range.upperBound
            return
        }
        if line[start] != UInt8(ascii: "/") {
            start = try Self.endOfAuthority(line, range)
        }
        let question = memchr(line.baseAddress! + start, 0x3F, range.upperBound - start)
        let pathEnd = question.map { UnsafeRawPointer($0) - line.baseAddress! } ?? range.upperBound
        path = offset + start..<offset + pathEnd
        if question != nil { query = offset + pathEnd + 1..<offset + range.upperBound }
    }

    /// Checks `http://host[:port]` and returns where the path begins.
    private static func endOfAuthority(_ line: UnsafeRawBufferPointer, _ range: Range<Int>) throws(RequestError) -> Int
    {
        for scheme in ["http://", "https://"] as [StaticString] {
            let length = scheme.utf8CodeUnitCount
            guard range.count > length,
                ByteClass.isEqualIgnoringCase(line.baseAddress! + range.lowerBound, scheme.utf8Start, length)
            else { continue }
            let start = range.lowerBound + length
            let end = line[start..<range.upperBound].firstIndex { $0 == 0x2F || $0 == 0x3F } ?? range.upperBound
            guard end > start, HostName.isValid(UnsafeRawBufferPointer(rebasing: line[start..<end])) else { break }
            return end
        }
        throw .bad("the request target must be a path that starts with / or an http URL")
    }

    /// `line` without its line end; not empty.
    mutating func readField(
        _ line: UnsafeRawBufferPointer, alignedOffsetField: [UInt8] = []
    ) throws(RequestError) {
        let (nameCount, value) = try Self.splitField(line)
        try take(line.baseAddress!, nameCount, value, alignedOffsetField: alignedOffsetField)
    }

    /// A field whose name is a token and whose value holds no control characters.
    mutating func take(
        _ name: UnsafeRawPointer, _ nameCount: Int, _ value: UnsafeRawBufferPointer, alignedOffsetField: [UInt8]
    ) throws(RequestError) {
        fieldCount += 1
        func isNamed(_ expected: StaticString) -> Bool {
            ByteClass.isEqualIgnoringCase(name, expected.utf8Start, nameCount)
        }
        switch nameCount {
        case 4 where isNamed("host"):
            guard !hasHost else { throw .bad("the Host field is there twice") }
            guard HostName.isValid(value) else { throw .bad("the Host field is not a host name with an optional port") }
            hasHost = true
        case 6 where isNamed("expect"):
            if Self.isEqual(value, "100-continue") { expectsContinue = true } else { hasOtherExpectation = true }
        case 10 where isNamed("connection"):
            Self.forEachElement(value) { element in
                if Self.isEqual(element, "close") { saysClose = true }
                if Self.isEqual(element, "keep-alive") { saysKeepAlive = true }
            }
        case 14 where isNamed("content-length"): try readContentLength(value)
        case 15 where isNamed("accept-encoding"): acceptEncoding.read(value)
        case 16 where isNamed("content-encoding"): hasContentEncoding = true
        case 17 where isNamed("transfer-encoding"): readTransferEncoding(value)
        default:
            let isOffset = alignedOffsetField.withUnsafeBytes { wanted in
                wanted.count == nameCount && ByteClass.isEqualIgnoringCase(name, wanted.baseAddress!, nameCount)
            }
            if isOffset { alignedOffset = (Self.decimal(value) ?? 0) & 15 }
        }
    }

    /// The length of the name, and the value without surrounding blanks.
    static func splitField(_ line: UnsafeRawBufferPointer) throws(RequestError) -> (Int, UnsafeRawBufferPointer) {
        if ByteClass.isBlank(line[0]) { throw .bad("a header line starts with a blank; folded lines are not accepted") }
        var index = 0
        while index < line.count, ByteClass.isToken(line[index]) { index += 1 }
        guard index > 0, index < line.count, line[index] == UInt8(ascii: ":") else {
            throw .bad("a header line must be a name, a colon directly after it, and a value")
        }
        let nameCount = index
        index += 1
        var end = line.count
        for position in index..<end where !ByteClass.isFieldContent(line[position]) {
            throw .bad("a header value holds a control character")
        }
        while index < end, ByteClass.isBlank(line[index]) { index += 1 }
        while end > index, ByteClass.isBlank(line[end - 1]) { end -= 1 }
        return (nameCount, UnsafeRawBufferPointer(rebasing: line[index..<end]))
    }

    /// One number, or a list of the same number (RFC 9110, 8.6).
    private mutating func readContentLength(_ value: UnsafeRawBufferPointer) throws(RequestError) {
        var elements = 0
        var failure: RequestError?
        Self.forEachElement(value) { element in
            elements += 1
            guard let number = Self.decimal(element) else {
                failure = .bad("Content-Length is not a number of bytes")
                return
            }
            if let contentLength, contentLength != number { failure = .bad("Content-Length is there with two values") }
            contentLength = number
        }
        if elements == 0 { failure = .bad("Content-Length is empty") }
        if let failure { throw failure }
    }

    private mutating func readTransferEncoding(_ value: UnsafeRawBufferPointer) {
        var elements = 0
        Self.forEachElement(value) { element in
            elements += 1
            switch transferEncoding {
            case .chunked, .afterChunked: transferEncoding = .afterChunked
            case .other: transferEncoding = .other
            case .none: transferEncoding = Self.isEqual(element, "chunked") ? .chunked : .other
            }
        }
        if elements == 0 { transferEncoding = .afterChunked }
    }

    /// What can only be judged once all fields are there.
    func check(maxBodyByteCount: Int) throws(RequestError) {
        if version == .http11 && !hasHost { throw .bad("an HTTP/1.1 request needs a Host field") }
        switch transferEncoding {
        case .none: break
        case .afterChunked: throw .bad("Transfer-Encoding must be chunked, once and last")
        case .chunked, .other:
            if contentLength != nil { throw .bad("Content-Length and Transfer-Encoding exclude each other") }
            if version == .http10 { throw .bad("HTTP/1.0 has no Transfer-Encoding") }
            if transferEncoding == .other { throw RequestError(501, "only the transfer encoding chunked is supported") }
        }
        if hasOtherExpectation { throw RequestError(417, "the only expectation supported is 100-continue") }
        if let contentLength, contentLength > maxBodyByteCount { throw .bodyTooLarge(limit: maxBodyByteCount) }
    }

    /// Digits only. A number that does not fit is `Int.max`, which no limit admits.
    private static func decimal(_ text: UnsafeRawBufferPointer) -> Int? {
        guard !text.isEmpty else { return nil }
        var number = 0
        for byte in text {
            guard ByteClass.isDigit(byte) else { return nil }
            let (product, overflowed) = number.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(Int(byte - 0x30))
            number = overflowed || carried ? Int.max : sum
        }
        return number
    }

    private static func isEqual(_ text: UnsafeRawBufferPointer, _ expected: StaticString) -> Bool {
        text.count == expected.utf8CodeUnitCount
            && ByteClass.isEqualIgnoringCase(text.baseAddress!, expected.utf8Start, text.count)
    }

    /// The elements of a comma-separated list without surrounding blanks. An empty value has none; an empty
    /// element between commas is passed on, so that its reader can refuse it.
    static func forEachElement(_ value: UnsafeRawBufferPointer, _ visit: (UnsafeRawBufferPointer) -> Void) {
        guard !value.isEmpty else { return }
        var start = 0
        for index in 0...value.count where index == value.count || value[index] == UInt8(ascii: ",") {
            var first = start
            var last = index
            while first < last, ByteClass.isBlank(value[first]) { first += 1 }
            while last > first, ByteClass.isBlank(value[last - 1]) { last -= 1 }
            visit(UnsafeRawBufferPointer(rebasing: value[first..<last]))
            start = index + 1
        }
    }
}
