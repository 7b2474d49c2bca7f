import DunlinBytes
import Glibc
import Testing

/// Reading compared with the C library's correctly rounded functions, writing with the standard library's shortest
/// text.
@Suite struct JSONFloatTests {
    private func floats(_ texts: [String]) throws -> [Float] {
        var scanner = JSONScanner(Bytes("[" + texts.joined(separator: ",") + "]"))
        return try [Float](unsafeUninitializedCapacity: texts.count) { space, count in
            count = try scanner.readElements(
                .float, into: UnsafeMutableRawPointer(space.baseAddress!), capacity: texts.count)
        }
    }

    private func doubles(_ texts: [String]) throws -> [Double] {
        var scanner = JSONScanner(Bytes("[" + texts.joined(separator: ",") + "]"))
        return try [Double](unsafeUninitializedCapacity: texts.count) { space, count in
            count = try scanner.readElements(
                .double, into: UnsafeMutableRawPointer(space.baseAddress!), capacity: texts.count)
        }
    }

    private func written(_ values: [Float]) -> [String] {
        var writer = JSONWriter()
        values.withUnsafeBytes { writer.array(.float, $0.baseAddress, count: values.count) }
        return writer.finish().string.dropFirst().dropLast().split(separator: ",").map(String.init)
    }

    /// Decimal texts of all lengths: random digits, point and exponent.
    private func randomTexts(_ count: Int, exponents: ClosedRange<Int>, seed: UInt64) -> [String] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            let digits = (0..<Int.random(in: 1...24, using: &generator)).map { _ in
                String(Int.random(in: 0...9, using: &generator))
            }
            let integer = String(Int.random(in: 0...999, using: &generator))
            let sign = Bool.random(using: &generator) ? "-" : ""
            let exponent = Int.random(in: exponents, using: &generator)
            return "\(sign)\(integer).\(digits.joined())" + (exponent == 0 ? "" : "e\(exponent)")
        }
    }

    @Test("reads FP32 as strtof does", arguments: [0...0, -3...3, -45...35] as [ClosedRange<Int>])
    func readsFloats(exponents: ClosedRange<Int>) throws {
        let texts = randomTexts(30_000, exponents: exponents, seed: 3)
        for (text, value) in zip(texts, try floats(texts)) where value.bitPattern != strtof(text, nil).bitPattern {
            Issue.record("\(text) gives \(value)")
        }
    }

    @Test("reads FP64 as strtod does", arguments: [0...0, -20...20, -320...300] as [ClosedRange<Int>])
    func readsDoubles(exponents: ClosedRange<Int>) throws {
        let texts = randomTexts(30_000, exponents: exponents, seed: 4)
        for (text, value) in zip(texts, try doubles(texts)) where value.bitPattern != strtod(text, nil).bitPattern {
            Issue.record("\(text) gives \(value)")
        }
    }

    @Test func readsHalfwayPointsOfDoubles() throws {
        var generator = SeededGenerator(seed: 8)
        var texts: [String] = []
        for _ in 0..<3_000 {
            // Odd integers of 54 bits lie between two doubles; their neighbours round down or up.
            let halfway = UInt64.random(in: 1 << 53..<1 << 54, using: &generator) | 1
            texts += [
                "\(halfway - 1)", "\(halfway).0", "\(halfway + 1)e0", "\(halfway)0e-1", "\(halfway)e1", "\(halfway)e27",
            ]
        }
        for exponent in -27...27 {
            texts += ["1e\(exponent)", "9999999999999999999e\(exponent)", "9007199254740993e\(exponent)"]
        }
        for (text, value) in zip(texts, try doubles(texts)) where value.bitPattern != strtod(text, nil).bitPattern {
            Issue.record("\(text) gives \(value)")
        }
    }

    @Test("digits may make up for a long exponent", arguments: [99_999, 100_001, 1_000_001])
    func digitsMayMakeUpForALongExponent(count: Int) throws {
        let zeros = String(repeating: "0", count: count)
        #expect(try doubles(["0.\(zeros)5e\(count + 1)", "25\(zeros)e-\(count)"]) == [5, 25])
        #expect(
            try doubles(["0e\(count)", "1e-\(count)1", "0.\(zeros)1e-123456789012345678901234567890"]) == [0, 0, 0])
        for text in ["0.\(zeros)5e1\(count)0", "1e\(count)1"] {
            #expect(throws: JSONError.self) { try doubles([text]) }
        }
    }

    @Test func readsHalfwayPointsOfFloats() throws {
        var generator = SeededGenerator(seed: 5)
        var texts: [String] = []
        for _ in 0..<5_000 {
            let value = Float(bitPattern: UInt32.random(in: 0x3000_0000..<0x5000_0000, using: &generator))
            let halfway = (Double(value) + Double(value.nextUp)) / 2
            texts += [halfway.nextDown.description, halfway.description, halfway.nextUp.description]
        }
        for (text, value) in zip(texts, try floats(texts)) where value.bitPattern != strtof(text, nil).bitPattern {
            Issue.record("\(text) gives \(value)")
        }
    }

    @Test("reads any float from its 9, 17 and 19 digits")
    func readsAnyFloatFromItsDigits() throws {
        var generator = SeededGenerator(seed: 10)
        var texts: [String] = []
        for _ in 0..<4_000 {
            let value = Float(bitPattern: UInt32.random(in: 0..<0x7F80_0000, using: &generator))
            let halfway = Double(value) + Double(value.ulp) / 2
            for number in [Double(value), halfway, halfway.nextUp, halfway.nextDown] {
                texts += [number.description, "-" + decimal(number, "%.8e"), decimal(number, "%.18e")]
                if (1e-7..<1e9).contains(number) { texts += [decimal(number, "%.19f"), decimal(number, "%.40f")] }
            }
        }
        for (text, value) in zip(texts, try floats(texts)) where value.bitPattern != strtof(text, nil).bitPattern {
            Issue.record("\(text) gives \(value)")
        }
    }

    private func decimal(_ number: Double, _ format: String) -> String {
        var text = [CChar](repeating: 0, count: 400)
        let count = withVaList([number]) { vsnprintf(&text, text.count, format, $0) }
        return String(decoding: text.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    @Test(
        "reads extreme numbers",
        arguments: [
            "0", "-0", "0.0", "-0.0e5", "1e-45", "1e-46", "1.401298464324817e-45", "1.17549435e-38", "1.1754943e-38",
            "3.4028235e38", "3.40282356e38", "16777217", "16777216.5", "9007199254740993", "18446744073709551615",
            "9223372036854775808", "0.000000000000000000000000000000000001", "100000000000000000000000000000000000000",
            "0.10000000149011612", "1.00000000000000000000000000000000000001", "123456789012345678901234567890",
        ])
    func readsExtremeNumbers(text: String) throws {
        #expect(try floats([text])[0].bitPattern == strtof(text, nil).bitPattern)
        #expect(try doubles([text])[0].bitPattern == strtod(text, nil).bitPattern)
    }

    @Test(
        "writes FP32 that reads back, as short as can be",
        arguments: [
            (0, 0x7F80_0000), (0x38D1_B717, 0x4B80_0000), (0x3F00_0000, 0x4100_0000),
        ] as [(UInt32, UInt32)])
    func writesFloats(lowest: UInt32, highest: UInt32) throws {
        var generator = SeededGenerator(seed: 6)
        let values = (0..<40_000).map { _ in
            let magnitude = Float(bitPattern: UInt32.random(in: lowest..<highest, using: &generator))
            return Bool.random(using: &generator) ? magnitude : -magnitude
        }
        for (value, text) in zip(values, written(values)) {
            if strtof(text, nil).bitPattern != value.bitPattern { Issue.record("\(value) written as \(text)") }
            if text.utf8.count > value.description.utf8.count { Issue.record("\(value) written longer: \(text)") }
        }
    }

    @Test func writesTheStandardLibrarysDigitsForAnyBits() {
        var generator = SeededGenerator(seed: 9)
        var values = (0..<20_000).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: generator.next())) }
        // The least and the greatest that have no exponent, the subnormals' ends, and all their neighbours.
        for edge: UInt32 in [1, 0x80_0000, 0x38D1_B717, 0x4B80_0000, 0x7F7F_FFFF] {
            values += [edge &- 1, edge, edge &+ 1].map { Float(bitPattern: $0) }
        }
        for (value, text) in zip(values, written(values)) where value.isFinite && text != value.description {
            Issue.record("\(value) written as \(text)")
        }
    }

    @Test func writesDecimalsAsPeopleDo() {
        let values: [Float] = [
            0, -0.0, 0.1, 0.2, 0.3, 1, -1, 5.1, 3.5, 100, 1234567, 16777215, 16777216, 0.5, 0.25, 0.0078125, 0.0001,
            1e-5, 123456.79, 0.001, 2048, 3.4028235e38, Float.leastNonzeroMagnitude, .nan, .infinity, -.infinity,
        ]
        #expect(
            written(values) == [
                "0.0", "-0.0", "0.1", "0.2", "0.3", "1.0", "-1.0", "5.1", "3.5", "100.0", "1234567.0", "16777215.0",
                "16777216.0", "0.5", "0.25", "0.0078125", "0.0001", "1e-05", "123456.79", "0.001", "2048.0",
                "3.4028235e+38", "1e-45", "NaN", "Infinity", "-Infinity",
            ])
    }

    @Test func writesEveryPowerOfTwoAndTenAndTheirNeighbours() {
        var values: [Float] = []
        for exponent in -149...127 { values.append(Float(sign: .plus, exponent: exponent, significand: 1)) }
        for exponent in -45...38 { values.append(strtof("1e\(exponent)", nil)) }
        values += values.map(\.nextUp) + values.map(\.nextDown)
        for (value, text) in zip(values, written(values)) {
            #expect(strtof(text, nil).bitPattern == value.bitPattern, "\(value) written as \(text)")
            #expect(text.utf8.count <= value.description.utf8.count)
        }
    }

    @Test func writesDoublesThatReadBack() {
        var generator = SeededGenerator(seed: 7)
        let values =
            [0.1, 1, -2.5, 1e300, Double.leastNonzeroMagnitude]
            + (0..<5_000).map { _ in Double(bitPattern: generator.next()) }
        var writer = JSONWriter()
        values.withUnsafeBytes { writer.array(.double, $0.baseAddress, count: values.count) }
        let texts = writer.finish().string.dropFirst().dropLast().split(separator: ",").map(String.init)
        #expect(texts.prefix(3) == ["0.1", "1.0", "-2.5"])
        for (value, text) in zip(values, texts) where !value.isNaN {
            #expect(strtod(text, nil) == value)
        }
    }
}
