import Glibc
import Testing

@testable import DunlinTelemetry

@Suite struct LoggerTests {
    /// What a logger writes, by way of a pipe.
    private func output(
        _ level: Logger.Level = .debug, _ format: Logger.Format = .text, _ body: (Logger) -> Void
    ) -> String {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        body(Logger(level: level, format: format, descriptor: ends[1]))
        close(ends[1])
        defer { close(ends[0]) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            if count <= 0 { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The line without its time.
    private func rest(_ line: String) -> String { String(line.drop { $0 != " " }.dropFirst()) }

    @Test func aRecordIsOneLineOfText() {
        let line = output { $0.info("model loaded", ["model": "iris", "version": 1]) }
        #expect(rest(line) == "info model loaded model=iris version=1\n")
        #expect(line.utf8.count == "2026-03-01T12:00:00.123Z ".utf8.count + rest(line).utf8.count)
    }

    @Test func aRecordIsOneJSONObject() {
        let line = output(.debug, .json) { $0.error("load \"failed\"", ["reason": "a\\b\n"]) }
        #expect(line.hasPrefix("{\"time\":\"20"))
        #expect(line.hasSuffix(",\"level\":\"error\",\"message\":\"load \\\"failed\\\"\",\"reason\":\"a\\\\b\\n\"}\n"))
    }

    @Test(arguments: [
        ("a\nb", "\"a\\nb\""), ("a\r\nb", "\"a\\r\\nb\""), ("a b", "\"a b\""), ("a=b", "\"a=b\""), ("", "\"\""),
        ("\u{1b}[2J", "\"\\u001b[2J\""), ("say \"x\"", "\"say \\\"x\\\"\""), ("\u{85}", "\"\\u0085\""),
        ("\u{2028}", "\"\\u2028\""), ("\u{202e}", "\"\\u202e\""), ("\0", "\"\\u0000\""), ("iris-v1.2", "iris-v1.2"),
    ])
    func valuesCannotForgeAnything(value: String, written: String) {
        #expect(rest(output { $0.info("m", ["k": value]) }) == "info m k=\(written)\n")
    }

    @Test func messagesCannotForgeALine() {
        #expect(rest(output { $0.info("m\n2026 error x") }) == "info m\\n2026 error x\n")
    }

    @Test func longValuesAreCut() {
        let most = String(repeating: "x", count: Logger.maxValueByteCount)
        #expect(rest(output { $0.info("m", ["k": most]) }) == "info m k=\(most)\n")
        #expect(rest(output { $0.info("m", ["k": most + "y"]) }) == "info m k=\(most)...\n")
    }

    @Test func lowerLevelsAreNotEvaluated() {
        var evaluated = 0
        func message() -> String {
            evaluated += 1
            return "m"
        }
        let lines = output(.warning) { logger in
            logger.debug(message())
            logger.info(message())
            logger.warning(message())
            logger.error(message())
        }
        #expect(evaluated == 2 && lines.split(separator: "\n").count == 2)
    }

    @Test func levelsHaveNames() {
        for level in Logger.Level.allCases { #expect(Logger.Level(level.name) == level) }
        #expect(Logger.Level("loud") == nil)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_399, "2000-02-28T23:59:59.000Z"),
        (951_782_400, "2000-02-29T00:00:00.000Z"), (951_868_800, "2000-03-01T00:00:00.000Z"),
        (1_772_366_400, "2026-03-01T12:00:00.000Z"), (4_102_444_800, "2100-01-01T00:00:00.000Z"),
        (4_107_542_400, "2100-03-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.000Z"),
    ])
    func timestampsAreUTC(seconds: Int, text: String) {
        #expect(Timestamp(seconds: seconds, milliseconds: 0).description == text)
    }
}
