import DunlinBytes

/// Feeds arbitrary bytes to the parser, in one piece and cut, and traps when the two disagree.
package enum RequestParserFuzz {
    package static func run(_ bytes: UnsafeRawBufferPointer) {
        var configuration = HTTPServerConfiguration()
        // Small limits, so that short inputs reach them.
        configuration.maxRequestLineByteCount = 128
        configuration.maxHeaderByteCount = 512
        configuration.maxHeaderCount = 8
        configuration.maxBodyByteCount = 65_536
        // Short, so that it is found.
        configuration.alignedOffsetField = "x"
        let limits = RequestParser.Limits(configuration)
        let whole = outcomes(bytes, limits: limits, pieceByteCount: max(1, bytes.count))
        let step = 1 + Int(bytes.first ?? 0) % 7
        let cut = outcomes(bytes, limits: limits, pieceByteCount: step)
        precondition(whole == cut, "the parser's answer depends on how its input was cut")
    }

    /// What the parser says about `bytes` when they arrive `pieceByteCount` at a time: one line per request, its
    /// parts named, and one for a failure.
    package static func outcomes(
        _ bytes: UnsafeRawBufferPointer, limits: RequestParser.Limits, pieceByteCount: Int
    ) -> [String] {
        var parser = RequestParser(limits: limits)
        var outcomes: [String] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + pieceByteCount)
            let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            var position = 0
            repeat {
                let before = position
                switch parser.next(piece, &position) {
                case .needsMore: precondition(position == piece.count, "the parser left bytes behind")
                case .bodyExpected: break
                case .failure(let error):
                    outcomes.append("\(error.status) \(error.message)")
                    return outcomes
                case .request(let request, let keepsAlive):
                    precondition(position > before, "the parser made a request from nothing")
                    outcomes.append(describe(request, keepsAlive: keepsAlive))
                }
            } while position < piece.count
            start = end
        }
        return outcomes
    }

    private static func describe(_ request: HTTPRequest, keepsAlive: Bool) -> String {
        let fields = request.headers.fields.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
        return "\(request.method) \(request.path.string) \(request.query?.string ?? "-") \(request.version) "
            + "[\(fields)] \(request.body.array) \(keepsAlive)"
    }
}
