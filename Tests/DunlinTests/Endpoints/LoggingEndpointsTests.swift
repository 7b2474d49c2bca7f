import DunlinTelemetry
import DunlinTestSupport
import Testing

@testable import Dunlin

@Suite struct LoggingEndpointsTests {
    private static let start =
        #"{"log_file":"","log_info":false,"log_warning":false,"log_error":true,"log_verbose_level":0,"#
        + #""log_format":"default"}"#

    @Test func settingsAreReadAndChangedWhileTheServerRuns() throws {
        try observedServer { (client, server, _) throws in
            let first = try client.get("/v2/logging")
            #expect(first.status == 200 && first.text == Self.start)
            let changed = try client.post("/v2/logging", #"{"log_info":true,"log_verbose_level":1}"#)
            #expect(changed.status == 200 && changed.text.contains(#""log_info":true"#))
            #expect(try client.get("/v2/logging").text == changed.text)
            let values = server.logger.settings.current
            #expect(values.info && !values.warning && values.verboseLevel == 1)
        }
    }

    @Test func aBodyWithOneWrongKeyChangesNothing() throws {
        try observedServer { (client, _, _) throws in
            let answer = try client.post("/v2/logging", #"{"log_info":true,"log_error":1}"#)
            #expect(answer.status == 400 && answer.text.contains("log_error"))
            let file = try client.post("/v2/logging", #"{"log_warning":true,"log_file":"/tmp/x"}"#)
            #expect(file.status == 501 && file.text.contains("log_file"))
            #expect(try client.get("/v2/logging").text == Self.start)
        }
    }

    @Test(
        "Triton's flags say what is logged",
        arguments: [
            ([], [false, true, true, true]), (["--log-level", "error"], [false, false, false, true]),
            (["--log-verbose", "1"], [true, true, true, true]), (["--log-verbose=0"], [false, true, true, true]),
            (["--log-info", "false"], [false, false, true, true]),
            (["--log-level", "error", "--log-warning=1", "--log-error=0"], [false, false, true, false]),
            (["--log-level", "debug", "--log-verbose=0"], [false, true, true, true]),
        ])
    func flags(arguments: [String], written: [Bool]) throws {
        let configuration = try ServerConfiguration.parse(arguments: arguments, environment: [:])
        let values = configuration.makeLogger().settings.current
        #expect([Logger.Level.debug, .info, .warning, .error].map { values.isEnabled($0) } == written)
    }

    @Test func tritonsFormatsAreText() throws {
        for (word, format) in [("default", ServerConfiguration.LogFormat.text), ("ISO8601", .text), ("json", .json)] {
            let configuration = try ServerConfiguration.parse(arguments: ["--log-format", word], environment: [:])
            #expect(configuration.logFormat == format, "\(word)")
        }
        #expect(throws: ConfigurationError.self) {
            try ServerConfiguration.parse(arguments: ["--log-format", "xml"], environment: [:])
        }
        #expect(throws: ConfigurationError.self) {
            try ServerConfiguration.parse(arguments: ["--log-verbose", "-1"], environment: [:])
        }
    }
}
