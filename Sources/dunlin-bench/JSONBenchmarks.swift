import DunlinBytes
import Glibc

/// JSON arrays of floats, as requests and answers carry them, against the C library and the standard library.
///
/// The numbers are of all sizes between -4 and 4. Texts are those of Python's clients: the float as a double, 17 digits.
func jsonBenchmarks() -> [Benchmark] {
    let count = 4096
    var generator = SystemRandomNumberGenerator()
    let floats = (0..<count).map { _ in Float.random(in: -4...4, using: &generator) }
    let texts = floats.map { Double($0).description }
    let array = Bytes("[" + texts.joined(separator: ", ") + "]")
    let lines = Bytes(texts.joined(separator: " ") + "\0")
    let space = UnsafeMutablePointer<Float>.allocate(capacity: count)
    return [
        Benchmark(
            "json/read/4096 floats of 17 digits against strtof", work: Double(count), unit: "elements", mustReach: 2.5,
            subject: {
                var scanner = JSONScanner(array)
                _ = try? scanner.readElements(.float, into: space, capacity: count)
            },
            reference: {
                lines.withUnsafeBytes { raw in
                    let text = raw.baseAddress!.assumingMemoryBound(to: CChar.self)
                    var at: UnsafeMutablePointer<CChar>? = UnsafeMutablePointer(mutating: text)
                    for index in 0..<count { space[index] = strtof(at!, &at) }
                }
            }),
        Benchmark(
            "json/write/4096 floats against their descriptions", work: Double(count), unit: "elements", mustReach: 3,
            subject: {
                var writer = JSONWriter(capacity: count * 16)
                floats.withUnsafeBytes { writer.array(.float, $0.baseAddress, count: count) }
                _ = writer.finish()
            },
            reference: {
                var builder = BytesBuilder(capacity: count * 16)
                for value in floats { builder.append(utf8: value.description) }
                _ = builder.finish()
            }),
    ]
}
