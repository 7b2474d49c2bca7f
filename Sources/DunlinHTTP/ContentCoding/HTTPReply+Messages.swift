package import DunlinBytes

/// Compression of messages within a body, as gRPC has it. Not meant for the loop's thread.
extension HTTPReply {
    /// A message that came compressed, at most as large as a body may be.
    ///
    /// - Throws: As for bodies; 501 in builds that cannot.
    package func inflated(_ message: Bytes, _ coding: ContentCoding) throws(ContentCodingError) -> Bytes {
        guard ContentCoding.isBuiltIn, !message.isEmpty else {
            if message.isEmpty { return message }
            throw ContentCodingError(501, "this build reads no compressed messages")
        }
        switch coding {
        case .identity: return message
        case .gzip: return try codec.inflate(message, .gzip)
        case .deflate: return try codec.inflate(message, InflationFormat(deflate: message))
        }
    }

    /// Runs `work`, which compresses messages of this answer, on the thread for it; not at all when nobody is left to answer.
    package func compressing(_ work: @escaping @Sendable () -> Void) {
        codec.later { if !self.isCancelled { work() } }
    }

    /// A message compressed; `nil` where that makes it no smaller, or cannot be done.
    package func compressed(_ message: [Bytes], _ coding: ContentCoding) -> [Bytes]? {
        codec.compress(message, coding)
    }
}

extension ContentCoding {
    /// The coding of this name; `nil` when none known here has it.
    package init?(named name: String) {
        guard let coding = Array(name.utf8).withUnsafeBytes({ ContentCoding(token: $0) }) else { return nil }
        self = coding
    }
}
