import Dispatch
import DunlinBytes

/// Inflates request bodies before an endpoint sees them, and compresses answers on their way to the connection.
///
/// All of it happens on a queue of its own, which runs as many bodies at a time as there are CPUs: a body's size says
/// nothing of the work in it. Builds without the package trait `Compression` refuse compressed bodies and leave
/// answers alone.
final class ContentCodec: Sendable {
    /// States that wait for the next body, for each kind.
    static let pooledStreamCount = 4

    private let configuration: HTTPServerConfiguration
    let inflated: InflatedBudget
    private let queue = DispatchQueue(label: "dunlin.http.coding", qos: .userInitiated, attributes: .concurrent)
    #if Compression
        private let inflaters = StreamPool(limit: ContentCodec.pooledStreamCount) { InflateStream() }
        private let gzips, deflates: StreamPool<DeflateStream>
    #endif

    init(_ configuration: HTTPServerConfiguration) {
        self.configuration = configuration
        inflated = InflatedBudget(limit: configuration.maxReceivingByteCount)
        #if Compression
            let level = configuration.compressionLevel
            gzips = StreamPool(limit: Self.pooledStreamCount) { DeflateStream(.gzip, level: level) }
            deflates = StreamPool(limit: Self.pooledStreamCount) { DeflateStream(.deflate, level: level) }
        #endif
    }

    /// Runs `work` on the codec's queue.
    func later(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }

    // MARK: Requests

    /// How the body of `request` is compressed; `nil` when it is not.
    ///
    /// - Throws: 501 when it is compressed in a way that this build does not read, or more than once.
    func format(of request: HTTPRequest) throws(ContentCodingError) -> InflationFormat? {
        guard request.hasContentEncoding else { return unannouncedFormat(of: request) }
        let fields = request.headers.all("content-encoding")
        let names = fields.joined(separator: ",").split(separator: ",").map { $0.trimmingBlanks() }
        let meant = names.filter { $0.lowercased() != "identity" && !$0.isEmpty }
        guard let name = meant.first else { return nil }
        guard meant.count == 1 else {
            throw ContentCodingError(
                501,
                "Unsupported compression type: a body may be compressed once, and Content-Encoding says "
                    + "'\(meant.joined(separator: ", "))'")
        }
        switch (Array(name.utf8).withUnsafeBytes { ContentCoding(token: $0) }, ContentCoding.isBuiltIn) {
        case (.gzip, true): return request.body.isEmpty ? nil : .gzip
        case (.deflate, true): return request.body.isEmpty ? nil : InflationFormat(deflate: request.body)
        case (.gzip, false), (.deflate, false):
            throw ContentCodingError(
                501,
                "Unsupported compression type: this build reads no Content-Encoding '\(name)'; send the body as "
                    + "it is (identity)")
        default:
            throw ContentCodingError(
                501, "Unsupported compression type: Content-Encoding '\(name)'; supported: \(ContentCoding.accepted)")
        }
    }

    /// A body with a JSON header of its own length is not looked into: raw tensors may begin like anything.
    private func unannouncedFormat(of request: HTTPRequest) -> InflationFormat? {
        guard ContentCoding.isBuiltIn, let format = InflationFormat(unannounced: request.body) else { return nil }
        let field = configuration.alignedOffsetField
        return field.isEmpty || request.headers.first(named: field) == nil ? format : nil
    }

    /// `request` with its body inflated.
    ///
    /// - Throws: What `InflateStream.inflate` does.
    func inflate(_ request: HTTPRequest, _ format: InflationFormat) throws(ContentCodingError) -> HTTPRequest {
        #if Compression
            let field = configuration.alignedOffsetField
            let offset = field.isEmpty ? nil : request.headers.first(named: field).flatMap { Int($0) }
            var plain = request
            plain.body = try inflate(request.body, format, alignedOffset: (offset ?? 0) & 15)
            plain.hasContentEncoding = false
            return plain
        #else
            preconditionFailure("a compressed body in a build without Compression")
        #endif
    }

    /// `body` inflated; the byte at `alignedOffset` of it lies at a multiple of 16.
    ///
    /// - Throws: What `InflateStream.inflate` does.
    func inflate(
        _ body: Bytes, _ format: InflationFormat, alignedOffset: Int = 0
    ) throws(ContentCodingError) -> Bytes {
        #if Compression
            let limit = configuration.maxBodyByteCount
            let plain = try inflaters.with { (stream) throws(ContentCodingError) in
                try stream.inflate(body, format, limit: limit, alignedOffset: alignedOffset, budget: inflated)
            }
            guard let plain else { throw ContentCodingError(503, "there is no memory to inflate the \(format.name)") }
            return plain
        #else
            preconditionFailure("a compressed body in a build without Compression")
        #endif
    }

    // MARK: Answers

    /// Whether `response` might be compressed for some client.
    func isCompressible(_ response: HTTPResponse) -> Bool {
        ContentCoding.isBuiltIn && configuration.compressionLevel > 0 && !response.staysPlain
            && response.bodyByteCount >= configuration.minCompressedByteCount
            // gRPC compresses its messages by itself.
            && response.contentType?.isGRPC != true
    }

    /// `response` with its body in `coding`, or as it is where that makes it no smaller.
    func compress(_ response: HTTPResponse, _ coding: ContentCoding) -> HTTPResponse {
        var coded = response
        coded.coding = .identity
        if let body = compress(response.body, coding) {
            coded.body = body
            coded.coding = coding
        }
        return coded
    }

    /// `body` compressed; `nil` where that makes it no smaller.
    func compress(_ body: [Bytes], _ coding: ContentCoding) -> [Bytes]? {
        #if Compression
            let limit = body.reduce(0) { $0 + $1.count }
            let pool = coding == .gzip ? gzips : deflates
            if coding != .identity, case let coded?? = pool.with({ $0.compress(body, limit: limit) }) { return coded }
        #endif
        return nil
    }
}

extension StringProtocol {
    fileprivate func trimmingBlanks() -> String {
        var rest = Substring(self)
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return String(rest)
    }
}
