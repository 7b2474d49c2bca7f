/// Finds where the HTTP/1.1 responses on one connection end, and what their status is. Resumable at any byte.
///
/// Bodies are counted, not kept, but for the beginning of one that tells of an error. Pure: bytes in, state out.
struct ResponseParser {
    /// Bytes of a status line and all header fields.
    static let maxHeadByteCount = 64 << 10
    /// Bytes of one line in a chunked body: a size with its extensions, or a trailer.
    static let maxChunkLineByteCount = 8 << 10
    /// Bytes of an error's body that are kept.
    static let maxExcerptByteCount = 512
    /// Bytes of a body that is kept.
    static let maxBodyByteCount = 16 << 20
    /// Interim (1xx) responses before the one that counts.
    static let maxInterimCount = 16

    /// What a server sent that is no response.
    struct Malformed: Error, Equatable, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    private enum Phase: Equatable {
        case head
        case length(Int)
        case chunkSize, chunkSizeLine, chunkData(Int), chunkEnd, trailer
        case untilClose
        case complete
    }

    /// 0 until the head is complete.
    private(set) var status = 0
    /// Whether the connection can be used for another request after this response.
    private(set) var keepsAlive = true
    /// The beginning of the body of a response that is no success; of any response, and more of it, for `keepsBody`.
    private(set) var excerpt: [UInt8] = []
    /// Bytes of the body so far, without framing.
    private(set) var bodyByteCount = 0

    private var phase = Phase.head
    private var head: [UInt8] = []
    private var interimCount = 0
    private var chunkSize = 0
    private var digitCount = 0
    private var lineByteCount = 0
    private let keepsBody: Bool

    /// - Parameter keepsBody: Whether `excerpt` is to hold the body, up to `maxBodyByteCount`.
    init(keepsBody: Bool = false) { self.keepsBody = keepsBody }

    var isComplete: Bool { phase == .complete }
    /// Whether any byte of a response has come.
    var hasBegun: Bool { status != 0 || !head.isEmpty }

    /// Ready for the next response.
    mutating func reset() {
        status = 0
        keepsAlive = true
        excerpt.removeAll(keepingCapacity: true)
        bodyByteCount = 0
        phase = .head
        head.removeAll(keepingCapacity: true)
        interimCount = 0
    }

    /// Takes bytes until the response is complete or `input` is used up.
    ///
    /// - Returns: How many were taken.
    mutating func consume(_ input: UnsafeRawBufferPointer) throws(Malformed) -> Int {
        var position = 0
        while position < input.count, phase != .complete {
            switch phase {
            case .head: try readHead(input, &position)
            case .length(let remaining):
                let taken = take(remaining, input, &position)
                phase = taken == remaining ? .complete : .length(remaining - taken)
            case .chunkData(let remaining):
                let taken = take(remaining, input, &position)
                phase = taken == remaining ? .chunkEnd : .chunkData(remaining - taken)
            case .untilClose: _ = take(Int.max, input, &position)
            default:
                try readFrame(input[position])
                position += 1
            }
        }
        return position
    }

    /// The server closed the connection.
    ///
    /// - Returns: Whether that ends a response, as it does when a response has no other end.
    mutating func close() -> Bool {
        guard phase == .untilClose else { return phase == .complete }
        phase = .complete
        return true
    }

    // MARK: Head

    private mutating func readHead(_ input: UnsafeRawBufferPointer, _ position: inout Int) throws(Malformed) {
        while position < input.count {
            let byte = input[position]
            position += 1
            head.append(byte)
            if byte == 0x0A, head.count >= 4, head[head.count - 2] == 0x0D, head[head.count - 3] == 0x0A,
                head[head.count - 4] == 0x0D
            {
                return try endHead()
            }
            guard head.count < Self.maxHeadByteCount else {
                throw Malformed("the header is longer than \(Self.maxHeadByteCount) bytes")
            }
            if head.count == 5, head != Array("HTTP/".utf8) { throw Malformed("the answer does not begin with HTTP/") }
        }
    }

    private mutating func endHead() throws(Malformed) {
        let fields = try ResponseHead(head)
        head.removeAll(keepingCapacity: true)
        if fields.status < 200 {
            interimCount += 1
            guard fields.status != 101, interimCount <= Self.maxInterimCount else {
                throw Malformed("the server answers with status \(fields.status) again and again")
            }
            return
        }
        status = fields.status
        keepsAlive = fields.keepsAlive
        if status == 204 || status == 304 {
            phase = .complete
        } else if fields.isChunked {
            beginChunk()
        } else if let length = fields.contentLength {
            phase = length == 0 ? .complete : .length(length)
        } else {
            keepsAlive = false
            phase = .untilClose
        }
    }

    // MARK: Body

    private mutating func take(_ count: Int, _ input: UnsafeRawBufferPointer, _ position: inout Int) -> Int {
        let taken = min(count, input.count - position)
        let limit = keepsBody ? Self.maxBodyByteCount : Self.maxExcerptByteCount
        if keepsBody || status >= 300, excerpt.count < limit {
            let end = position + min(taken, limit - excerpt.count)
            excerpt.append(contentsOf: input[position..<end])
        }
        position += taken
        bodyByteCount += taken
        return taken
    }

    private mutating func beginChunk() {
        phase = .chunkSize
        chunkSize = 0
        digitCount = 0
        lineByteCount = 0
    }

    private mutating func readFrame(_ byte: UInt8) throws(Malformed) {
        lineByteCount += 1
        guard lineByteCount <= Self.maxChunkLineByteCount else {
            throw Malformed("a line of a chunked body is longer than \(Self.maxChunkLineByteCount) bytes")
        }
        switch phase {
        case .chunkSize:
            if let digit = hexValue(byte) {
                digitCount += 1
                guard digitCount <= 15 else { throw Malformed("a chunk size has more than 15 digits") }
                chunkSize = chunkSize << 4 | Int(digit)
            } else {
                guard digitCount > 0 else { throw Malformed("a chunk does not begin with its size") }
                guard byte == 0x0D || byte == 0x3B || byte == 0x20 || byte == 0x09 else {
                    throw Malformed("a chunk size is not a hexadecimal number")
                }
                phase = .chunkSizeLine
            }
        case .chunkSizeLine:
            guard byte == 0x0A else { return }
            lineByteCount = 0
            digitCount = 0
            phase = chunkSize == 0 ? .trailer : .chunkData(chunkSize)
        case .chunkEnd:
            // CR, then LF.
            guard byte == (lineByteCount == 1 ? 0x0D : 0x0A) else { throw Malformed("a chunk is longer than its size") }
            if byte == 0x0A { beginChunk() }
        default:
            // A trailer: an empty line ends it. `digitCount` counts what stands on the line.
            if byte == 0x0A {
                if digitCount == 0 { phase = .complete }
                digitCount = 0
                lineByteCount = 0
            } else if byte != 0x0D {
                digitCount += 1
            }
        }
    }

    private func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
