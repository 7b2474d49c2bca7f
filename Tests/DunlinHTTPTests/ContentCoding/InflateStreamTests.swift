#if Compression
    import DunlinBytes
    import Testing

    @testable import DunlinHTTP

    @Suite struct InflateStreamTests {
        private static let text = Array(String(repeating: "0.25,1.5,", count: 2000).utf8)
        private static let limit = 1 << 20

        private static func compressed(_ coding: ContentCoding, _ bytes: [UInt8] = text) -> [UInt8] {
            DeflateStream(coding, level: 6)!.compress([Bytes(bytes)], limit: Int.max)!.flatMap(\.array)
        }

        private static let gzip = compressed(.gzip)
        private static let zlib = compressed(.deflate)
        private static let raw = Array(zlib[2..<(zlib.count - 4)])

        private static func inflate(
            _ bytes: [UInt8], _ format: InflationFormat, limit: Int = limit, alignedOffset: Int = 0
        ) throws(ContentCodingError) -> Bytes {
            try InflateStream()!.inflate(
                Bytes(bytes), format, limit: limit, alignedOffset: alignedOffset, budget: InflatedBudget(limit: 1 << 30)
            )
        }

        @Test(
            "reads each format",
            arguments: [
                (InflationFormat.gzip, gzip), (.zlib, zlib), (.rawDeflate, raw), (.unannouncedZlib, zlib),
                (.unannouncedGzip, gzip), (.gzip, gzip + compressed(.gzip, [])),
            ])
        func readsEachFormat(format: InflationFormat, bytes: [UInt8]) throws {
            #expect(try Self.inflate(bytes, format).array == Self.text)
        }

        @Test func readsWhatOtherLibrariesWrite() throws {
            let amd: [UInt8] = [
                0x78, 0x9C, 0x4B, 0xCC, 0x4D, 0xC9, 0xCC, 0x4B, 0x4B, 0x2D, 0x02, 0, 0x0E, 0x96, 0x03, 0x47,
            ]
            #expect(try Self.inflate(amd, .unannouncedZlib).string == "amdinfer")
        }

        @Test func membersOfAGzipBodyFollowEachOther() throws {
            let twice = try Self.inflate(Self.gzip + Self.gzip, .gzip)
            #expect(twice.array == Self.text + Self.text)
        }

        struct Broken: Sendable, CustomTestStringConvertible {
            let name: String
            let format: InflationFormat
            let bytes: [UInt8]
            let words: String
            var testDescription: String { name }

            init(_ name: String, _ format: InflationFormat, _ bytes: [UInt8], _ words: String) {
                self.name = name
                self.format = format
                self.bytes = bytes
                self.words = words
            }
        }

        /// `bytes` with one bit of the last one turned.
        private static func withWrongEnd(_ bytes: [UInt8]) -> [UInt8] {
            var changed = bytes
            changed[changed.count - 1] ^= 1
            return changed
        }

        @Test(
            "refuses",
            arguments: [
                Broken("a gzip body without its last byte", .gzip, Array(gzip.dropLast()), "cut short"),
                Broken("a zlib body without its last byte", .zlib, Array(zlib.dropLast()), "cut short"),
                Broken("the beginning of a zlib body", .zlib, Array(zlib.prefix(20)), "cut short"),
                Broken("the beginning of a gzip header", .gzip, Array(gzip.prefix(3)), "cut short"),
                Broken("a raw body cut short", .rawDeflate, Array(raw.dropLast(2)), "cut short"),
                Broken("a second member cut short", .gzip, gzip + gzip.prefix(9), "cut short"),
                Broken("a byte behind a gzip body", .gzip, gzip + [0], "goes on for 1 bytes"),
                Broken("what is no second member", .gzip, gzip + [0x1F, 0x8C], "goes on for 2 bytes"),
                Broken("two zlib bodies", .zlib, zlib + zlib, "goes on for \(zlib.count) bytes"),
                Broken("zlib data as gzip", .gzip, zlib, "broken"),
                Broken("noise", .rawDeflate, [0xFF, 0xFF], "broken"),
                Broken("noise behind a zlib header", .zlib, [0x78, 0x9C, 0xFF], "broken"),
                Broken("a wrong checksum", .zlib, withWrongEnd(zlib), "incorrect data check"),
                Broken("a wrong length", .gzip, withWrongEnd(gzip), "incorrect length check"),
                Broken("a preset dictionary", .zlib, [0x78, 0xBB, 0, 0, 0, 1, 3, 0], "preset dictionary"),
            ])
        func refuses(row: Broken) {
            let error = #expect(throws: ContentCodingError.self) { try Self.inflate(row.bytes, row.format) }
            #expect(error?.status == 400 && error?.message.contains(row.words) == true, "\(error?.message ?? "")")
        }

        @Test func everyPrefixAndEveryFlippedByteIsReadOrRefused() {
            for (format, bytes) in [(InflationFormat.gzip, Self.gzip), (.zlib, Self.zlib), (.rawDeflate, Self.raw)] {
                for count in 0..<bytes.count {
                    if let inflated = try? Self.inflate(Array(bytes[..<count]), format) {
                        #expect(inflated.count == 0 || format == .rawDeflate && inflated.count == Self.text.count)
                    }
                    var flipped = bytes
                    flipped[count] ^= 0x10
                    let inflated = try? Self.inflate(flipped, format)
                    #expect((inflated?.count ?? 0) <= Self.limit)
                }
            }
        }

        @Test func theLimitHoldsToTheByte() throws {
            for (format, bytes) in [(InflationFormat.gzip, Self.gzip), (.zlib, Self.zlib), (.rawDeflate, Self.raw)] {
                #expect(try Self.inflate(bytes, format, limit: Self.text.count).count == Self.text.count)
                let error = #expect(throws: ContentCodingError.self) {
                    try Self.inflate(bytes, format, limit: Self.text.count - 1)
                }
                #expect(error?.status == 413 && error?.message.contains("\(Self.text.count - 1) bytes") == true)
            }
            // Members count together.
            #expect(throws: ContentCodingError.self) {
                try Self.inflate(Self.gzip + Self.gzip, .gzip, limit: Self.text.count * 2 - 1)
            }
        }

        @Test func memoryIsGivenBackWhateverHappens() throws {
            let budget = InflatedBudget(limit: 1 << 30)
            let stream = InflateStream()!
            for bytes in [Self.zlib, Array(Self.zlib.dropLast()), Self.gzip, Self.zlib + [1], Self.zlib] {
                _ = try? stream.inflate(Bytes(bytes), .zlib, limit: 10_000_000, budget: budget)
                _ = try? stream.inflate(Bytes(bytes), .zlib, limit: 100, budget: budget)
                #expect(budget.byteCount == 0)
            }
            // A state that has failed reads the next body as a fresh one does.
            #expect(try stream.inflate(Bytes(Self.gzip), .gzip, limit: Self.limit, budget: budget).array == Self.text)
        }

        @Test(arguments: [0, 1, 8, 15, 16])
        func theByteAtTheOffsetIsAligned(offset: Int) throws {
            let body = try Self.inflate(Self.zlib, .zlib, alignedOffset: offset)
            #expect(Int(bitPattern: body.base! + offset) % 16 == 0 && body.array == Self.text)
        }

        @Test(
            "tells formats from their first bytes",
            arguments: [
                ([0x78, 0x01, 0], InflationFormat.unannouncedZlib), ([0x78, 0x9C, 0], .unannouncedZlib),
                ([0x78, 0xDA, 0], .unannouncedZlib), ([0x1F, 0x8B, 8], .unannouncedGzip),
                ([0x78, 0x9D, 0], nil), ([0x78, 0x9C], nil), ([0x7B, 0x22, 0x78], nil), ([0x1F, 0x8C, 0], nil),
                ([0x58, 0x85, 0], nil), ([], nil),
            ])
        func tellsFormatsFromTheirFirstBytes(bytes: [UInt8], format: InflationFormat?) {
            #expect(InflationFormat(unannounced: Bytes(bytes)) == format)
        }

        @Test func deflateIsReadWithAndWithoutItsWrapping() {
            #expect(InflationFormat(deflate: Bytes(Self.zlib)) == .zlib)
            #expect(InflationFormat(deflate: Bytes(Self.raw)) == .rawDeflate)
            #expect(InflationFormat(deflate: Bytes([0x58, 0x85])) == .zlib)
            #expect(InflationFormat(deflate: Bytes([0x78])) == .rawDeflate)
        }
    }
#endif
