import DunlinBytes

/// Inflates arbitrary bytes as each kind of compressed body, and compresses them and inflates what comes out.
package enum ContentCodecFuzz {
    private static let limit = 1 << 16

    package static func run(_ input: UnsafeRawBufferPointer) {
        var accept = AcceptEncoding()
        accept.read(input)
        let body = Bytes(copying: input)
        _ = InflationFormat(unannounced: body)
        #if Compression
            guard let stream = InflateStream() else { return }
            let budget = InflatedBudget(limit: 1 << 20)
            let offset = Int(input.first ?? 0) & 15
            for format in InflationFormat.allCases {
                do throws(ContentCodingError) {
                    let plain = try stream.inflate(
                        body, format, limit: limit, alignedOffset: offset, budget: budget)
                    precondition(plain.count <= limit, "a body beyond its limit")
                    precondition(
                        plain.base.map { Int(bitPattern: $0 + offset) % 16 == 0 } ?? true, "a body out of line")
                } catch {
                    precondition([400, 413].contains(error.status), "\(error.message)")
                }
                precondition(budget.byteCount == 0, "memory that nobody uses is counted")
            }
            for coding in [ContentCoding.gzip, .deflate] where body.count <= limit {
                let pieces = DeflateStream(coding, level: 1)?.compress([body, body.dropFirst(7)], limit: Int.max)
                guard let pieces else { continue }
                let packed = Bytes(pieces.flatMap(\.array))
                let plain = try? stream.inflate(
                    packed, coding == .gzip ? .gzip : .zlib, limit: 2 * limit, budget: budget)
                precondition(plain?.array == body.array + body.dropFirst(7).array, "compressing changed a body")
            }
        #endif
    }
}
