import Glibc
import Testing

@testable import DunlinTelemetry

@Suite struct LogSettingsTests {
    @Test(
        "a level lets through what is at least as serious",
        arguments: [
            (Logger.Level.debug, [Logger.Level.debug, .info, .warning, .error]), (.info, [.info, .warning, .error]),
            (.warning, [.warning, .error]), (.error, [.error]),
        ])
    func levels(level: Logger.Level, written: [Logger.Level]) {
        let settings = LogSettings(LogSettings.Values(level: level), startFormat: .text)
        #expect(Logger.Level.allCases.filter { settings.isEnabled($0) } == written)
    }

    @Test func levelsAreSwitchedOneByOne() {
        let settings = LogSettings(LogSettings.Values(level: .info), startFormat: .text)
        var values = settings.current
        (values.info, values.verboseLevel) = (false, 3)
        settings.set(values)
        #expect(Logger.Level.allCases.filter { settings.isEnabled($0) } == [.debug, .warning, .error])
        #expect(settings.current == values)
    }

    @Test func iso8601IsTextWhateverTheServerWasStartedWith() {
        let settings = LogSettings(LogSettings.Values(), startFormat: .json)
        #expect(settings.format == .json)
        var values = settings.current
        values.format = .iso8601
        settings.set(values)
        #expect(settings.format == .text)
    }

    @Test func copiesOfALoggerFollow() {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let logger = Logger(level: .error, descriptor: ends[1])
        let copy = logger
        copy.info("unseen")
        logger.settings.set(LogSettings.Values(level: .info))
        copy.info("seen")
        close(ends[1])
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = read(ends[0], &buffer, buffer.count)
        close(ends[0])
        let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        #expect(text.hasSuffix(" info seen\n") && text.split(separator: "\n").count == 1)
    }
}
