/// Finds the data in a chunked body; resumable at any byte. Trailers are checked and dropped.
struct ChunkDecoder {
    enum Step: Equatable {
        /// The next `count` bytes at the position are data; the decoder counts them as taken.
        case data(count: Int)
        case needsMore
        case end
    }

    /// Bytes of chunk extensions in one body, all chunks together.
    static let maxExtensionByteCount = 4096
    /// Hexadecimal digits of one chunk size, leading zeros counted.
    static let maxSizeDigitCount = 16

    fileprivate enum Phase {
        case size, blankAfterSize, chunkExtension, sizeLineFeed, data, dataReturn, dataLineFeed
        case trailerStart, trailerName, trailerValue, trailerLineFeed, lastLineFeed, end
    }

    private var phase = Phase.size
    private var digitCount = 0
    private var remaining = 0
    private var total = 0
    private var extensionByteCount = 0
    private var trailerByteCount = 0
    private var trailerCount = 0
    private let limits: RequestParser.Limits

    init(limits: RequestParser.Limits) { self.limits = limits }

    mutating func next(
        _ input: UnsafeRawBufferPointer, _ position: inout Int
    ) throws(RequestError) -> Step {
        while phase != .end {
            guard position < input.count else { return .needsMore }
            if phase == .data {
                let count = min(remaining, input.count - position)
                remaining -= count
                if remaining == 0 { phase = .dataReturn }
                return .data(count: count)
            }
            let byte = input[position]
            position += 1
            if phase.isTrailer { try readTrailer(byte) } else { try readFrame(byte) }
        }
        return .end
    }

    private mutating func readFrame(_ byte: UInt8) throws(RequestError) {
        switch phase {
        case .size:
            if let digit = ByteClass.hexValue(byte) {
                digitCount += 1
                guard digitCount <= Self.maxSizeDigitCount else { throw .bad("a chunk size has too many digits") }
                let (product, overflowed) = remaining.multipliedReportingOverflow(by: 16)
                let (size, carried) = product.addingReportingOverflow(Int(digit))
                guard !overflowed, !carried, size <= limits.maxBodyByteCount - total else {
                    throw .bodyTooLarge(limit: limits.maxBodyByteCount)
                }
                remaining = size
            } else {
                guard digitCount > 0 else { throw .bad("a chunk does not start with its size in hexadecimal digits") }
                try endSize(byte)
            }
        case .blankAfterSize, .chunkExtension: try endSize(byte)
        case .sizeLineFeed:
            guard byte == 0x0A else { throw .bad("a chunk size must end with CR LF") }
            total += remaining
            digitCount = 0
            phase = remaining == 0 ? .trailerStart : .data
        case .dataReturn:
            guard byte == 0x0D else { throw .bad("a chunk is longer than its size") }
            phase = .dataLineFeed
        default:
            guard byte == 0x0A else { throw .bad("a chunk must end with CR LF") }
            phase = .size
        }
    }

    /// Whatever may stand between a chunk's size and its line end.
    private mutating func endSize(_ byte: UInt8) throws(RequestError) {
        if byte == 0x0D && phase != .blankAfterSize {
            phase = .sizeLineFeed
            return
        }
        extensionByteCount += 1
        guard extensionByteCount <= Self.maxExtensionByteCount else {
            throw .bad("the chunk extensions are longer than \(Self.maxExtensionByteCount) bytes")
        }
        if phase == .chunkExtension {
            guard ByteClass.isFieldContent(byte) else { throw .bad("a chunk extension holds a control character") }
        } else if byte == UInt8(ascii: ";") {
            phase = .chunkExtension
        } else if ByteClass.isBlank(byte) {
            phase = .blankAfterSize
        } else {
            throw .bad("a chunk size is not a hexadecimal number")
        }
    }

    private mutating func readTrailer(_ byte: UInt8) throws(RequestError) {
        trailerByteCount += 1
        // The last line end is not a part of the trailers.
        if trailerByteCount > limits.maxHeaderByteCount && phase != .lastLineFeed
            && !(phase == .trailerStart && byte == 0x0D)
        {
            throw RequestError(431, "the trailers are longer than \(limits.maxHeaderByteCount) bytes")
        }
        switch phase {
        case .trailerStart:
            if byte == 0x0D {
                phase = .lastLineFeed
                return
            }
            trailerCount += 1
            guard trailerCount <= limits.maxHeaderCount else {
                throw RequestError(431, "there are more than \(limits.maxHeaderCount) trailers")
            }
            guard ByteClass.isToken(byte) else { throw .bad("a trailer does not start with a name") }
            phase = .trailerName
        case .trailerName:
            if byte == UInt8(ascii: ":") {
                phase = .trailerValue
            } else if !ByteClass.isToken(byte) {
                throw .bad("a trailer must be a name, a colon directly after it, and a value")
            }
        case .trailerValue:
            if byte == 0x0D {
                phase = .trailerLineFeed
            } else if !ByteClass.isFieldContent(byte) {
                throw .bad("a trailer value holds a control character")
            }
        default:
            guard byte == 0x0A else { throw .bad("a trailer must end with CR LF") }
            phase = phase == .lastLineFeed ? .end : .trailerStart
        }
    }
}

extension ChunkDecoder.Phase {
    fileprivate var isTrailer: Bool {
        switch self {
        case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .lastLineFeed: true
        default: false
        }
    }
}
