import Testing

@testable import DunlinHTTP

@Suite struct AcceptEncodingTests {
    @Test(
        "the highest quality wins",
        arguments: [
            ("", .identity), ("gzip", .gzip), ("deflate", .deflate), ("identity", .identity), ("x-gzip", .gzip),
            ("GZip", .gzip), ("gzip, deflate", .gzip), ("deflate, gzip", .gzip), ("gzip;q=0.5, deflate", .deflate),
            ("deflate;q=0.499,gzip;q=0.5", .gzip), ("gzip;q=0.1", .gzip), ("gzip ; Q=1", .gzip),
            ("gzip;q=0", .identity), ("gzip;q=0.000, deflate;q=0.001", .deflate),
            ("identity, gzip;q=0.9", .identity), ("identity;q=0.5, gzip;q=0.5", .gzip),
            ("identity;q=0, br", .identity), ("*", .identity), ("br, zstd", .identity),
            ("deflate, gzip, br, zstd", .gzip), (" , ,gzip", .gzip),
            ("gzip;q=1.001", .identity), ("gzip;q=2", .identity), ("gzip;q=0.1234", .identity),
            ("gzip;q=x", .identity), ("gzip;q", .identity), ("gzip;level=1", .identity), ("gzipped", .identity),
        ] as [(String, ContentCoding)])
    func theHighestQualityWins(value: String, coding: ContentCoding) {
        #expect(Self.best([value]) == coding)
    }

    @Test func severalFieldsAreOneList() {
        #expect(Self.best(["deflate;q=0.5", "gzip;q=0.4"]) == .deflate)
        #expect(Self.best(["deflate;q=0.5", "gzip;q=0.6"]) == .gzip)
    }

    private static func best(_ values: [String]) -> ContentCoding {
        var accept = AcceptEncoding()
        for value in values { Array(value.utf8).withUnsafeBytes { accept.read($0) } }
        return accept.best
    }
}
