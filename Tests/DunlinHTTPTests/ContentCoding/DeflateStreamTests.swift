#if Compression
    import DunlinBytes
    import Testing

    @testable import DunlinHTTP

    @Suite struct DeflateStreamTests {
        /// Bytes that do not repeat: they become no smaller.
        private static func noise(_ count: Int) -> [UInt8] {
            var state: UInt64 = 1
            return (0..<count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 56)
            }
        }

        @Test(
            "what is compressed is inflated to the same",
            arguments: [
                [0], [1], [100_000], [10, 0, 20], [65_536], [65_537, 1], [3, 200_000, 0, 5], [],
            ], [ContentCoding.gzip, .deflate])
        func whatIsCompressedIsInflatedToTheSame(counts: [Int], coding: ContentCoding) throws {
            for make in [Self.noise, { [UInt8](repeating: 0x41, count: $0) }] {
                let segments = counts.map { Bytes(make($0)) }
                let stream = DeflateStream(coding, level: 1)!
                let pieces = try #require(stream.compress(segments, limit: Int.max))
                #expect(pieces.allSatisfy { !$0.isEmpty && $0.count <= DeflateStream.pieceByteCount })
                let inflated = try InflateStream()!.inflate(
                    Bytes(pieces.flatMap(\.array)), coding == .gzip ? .gzip : .zlib, limit: 1 << 20,
                    budget: InflatedBudget(limit: 1 << 30))
                #expect(inflated.array == segments.flatMap(\.array))
            }
        }

        @Test func levelsAndStatesMakeTheSameBytesAgain() {
            let body = [Bytes(String(repeating: "0.25,1.5,3,", count: 5000))]
            let fast = DeflateStream(.gzip, level: 1)!
            let small = DeflateStream(.gzip, level: 9)!
            let first = fast.compress(body, limit: Int.max)
            #expect(fast.compress(body, limit: Int.max) == first)
            let count = { (pieces: [Bytes]?) in pieces!.reduce(0) { $0 + $1.count } }
            #expect(count(small.compress(body, limit: Int.max)) < count(first))
        }

        @Test func theLimitHoldsToTheByte() {
            let body = [Bytes(Self.noise(70_000))]
            let stream = DeflateStream(.deflate, level: 1)!
            let count = stream.compress(body, limit: Int.max)!.reduce(0) { $0 + $1.count }
            #expect(count > 70_000)
            #expect(stream.compress(body, limit: count) != nil)
            #expect(stream.compress(body, limit: count - 1) == nil)
            // A state that gave up compresses the next body as a fresh one does.
            #expect(stream.compress(body, limit: count) != nil)
        }

        @Test func aPoolKeepsAsManyStatesAsItsLimit() {
            let pool = StreamPool(limit: 2) { DeflateStream(.gzip, level: 1) }
            pool.with { _ in
                pool.with { _ in pool.with { _ in } }
            }
            #expect(pool.count == 2)
            let first = pool.with { ObjectIdentifier($0) }
            #expect(pool.with { ObjectIdentifier($0) } == first && pool.count == 2)
            #expect(StreamPool<DeflateStream>(limit: 1) { nil }.with { _ in 1 } == nil)
        }
    }
#endif
