import DunlinBytes
import DunlinInference
import Testing

@testable import DunlinProtocols

@Suite struct V2LoggingCodecTests {
    private func change(_ text: String) throws(InferError) -> V2LoggingCodec.Settings {
        try V2LoggingCodec.decode(Bytes(text), changing: V2LoggingCodec.Settings())
    }

    @Test func settingsAreWrittenInTritonsForm() {
        #expect(
            V2LoggingCodec.encode(V2LoggingCodec.Settings()).string
                == #"{"log_file":"","log_info":true,"log_warning":true,"log_error":true,"log_verbose_level":0,"#
                + #""log_format":"default"}"#)
    }

    @Test(
        "what is absent or null stays",
        arguments: ["", "{}", "null", #"{"log_info":null,"log_format":null,"log_file":null}"#, #"{"log_file":""}"#])
    func whatIsAbsentStays(text: String) throws { #expect(try change(text) == V2LoggingCodec.Settings()) }

    @Test func everySettingIsRead() throws {
        let settings = try change(
            #"{"log_info":false,"log_warning":false,"log_error":false,"log_verbose_level":2,"log_format":"ISO8601"}"#)
        var expected = V2LoggingCodec.Settings()
        (expected.info, expected.warning, expected.error) = (false, false, false)
        (expected.verboseLevel, expected.format) = (2, "ISO8601")
        #expect(settings == expected)
        let plurals = try change(#"{"log_warnings":false,"log_errors":false}"#)
        #expect(plurals.info && !plurals.warning && !plurals.error)
    }

    @Test(
        "what makes no sense is refused by name",
        arguments: [
            (#"{"log_info":1}"#, "'log_info': expected true or false, found a number"),
            (#"{"log_info":"true"}"#, "'log_info': expected true or false, found a string"),
            (#"{"log_verbose_level":-1}"#, "'log_verbose_level': expected a whole number in 0...2147483647"),
            (#"{"log_verbose_level":2147483648}"#, "'log_verbose_level': expected"),
            (#"{"log_verbose_level":true}"#, "'log_verbose_level': expected"),
            (#"{"log_format":"xml"}"#, #"'log_format': expected "default" or "ISO8601""#),
            (#"{"log_file":1}"#, "'log_file': expected a string"), (#"{"log_level":1}"#, "there is no 'log_level'"),
            ("[]", "expected a JSON object"), ("{", "logging settings"),
        ])
    func whatMakesNoSenseIsRefused(text: String, problem: String) {
        let error = #expect(throws: InferError.self) { try change(text) }
        #expect(error?.code == .invalidArgument && error?.message.contains(problem) == true, "\(error?.message ?? "")")
    }

    @Test func theLargestVerboseLevelIsTaken() throws {
        #expect(try change(#"{"log_verbose_level":2147483647}"#).verboseLevel == Int(V2LoggingCodec.maxVerboseLevel))
    }

    @Test func theFileCannotBeChanged() {
        let error = #expect(throws: InferError.self) { try change(#"{"log_file":"/tmp/x"}"#) }
        #expect(error?.code == .unsupported && error?.message.contains("'log_file'") == true)
    }
}
