/// Floating-point numbers as the shortest decimal text that reads back as the same value.
///
/// Everything has a fraction or an exponent (`3.0`, `1e-07`), so that readers keep it a floating-point number.
/// What JSON has no number for is written as the tokens that Python and Triton read: `NaN`, `Infinity`, `-Infinity`.
enum ShortestDecimal {
    /// Bytes that either function writes at most.
    static let maxByteCount = 32

    /// Writes `value` and returns the bytes written.
    static func write(_ value: Double, to out: UnsafeMutableRawPointer) -> Int {
        guard value.isFinite else { return writeToken(isNaN: value.isNaN, isNegative: value < 0, to: out) }
        return write(description: value.description, to: out)
    }

    private static func write(description: String, to out: UnsafeMutableRawPointer) -> Int {
        var text = description
        return text.withUTF8 { utf8 in
            let count = min(utf8.count, maxByteCount)
            out.copyMemory(from: utf8.baseAddress!, byteCount: count)
            return count
        }
    }

    static func writeToken(isNaN: Bool, isNegative: Bool, to out: UnsafeMutableRawPointer) -> Int {
        let token: StaticString = isNaN ? "NaN" : isNegative ? "-Infinity" : "Infinity"
        out.copyMemory(from: token.utf8Start, byteCount: token.utf8CodeUnitCount)
        return token.utf8CodeUnitCount
    }
}
